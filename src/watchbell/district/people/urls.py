"""Addresses of people."""

from django.urls import path

from watchbell.district.people import pages

app_name = "people"

urlpatterns = [
    path("people", pages.people_page, name="people_page"),
    path("people/<uuid:person_id>", pages.person_page, name="person_page"),
    path("people/<uuid:person_id>/skills", pages.record_skills, name="record_skills"),
    path("people/in-room/<uuid:place_id>", pages.room_part, name="room_part"),
]
