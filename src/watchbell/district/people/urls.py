"""Addresses of people."""

from django.urls import path

from watchbell.district.people import pages

app_name = "people"

urlpatterns = [
    path("people", pages.people_page, name="people_page"),
    path("people/<uuid:person_id>", pages.person_page, name="person_page"),
    path("people/<uuid:person_id>/skills", pages.record_skills, name="record_skills"),
    path("people/<uuid:person_id>/rides", pages.record_ride, name="record_ride"),
    path("people/<uuid:person_id>/rides/<uuid:ride_id>/end", pages.end_ride, name="end_ride"),
    path("people/<uuid:person_id>/rides/<uuid:ride_id>/put-back", pages.put_ride_back, name="put_ride_back"),
    path("people/buses", pages.buses_page, name="buses_page"),
    path("people/buses/count", pages.bus_part, name="bus_part"),
    path("people/riders", pages.riders_page, name="riders_page"),
    path("people/riders/import", pages.riders_import_page, name="riders_import_page"),
]
