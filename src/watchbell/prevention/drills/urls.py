"""Routes of drills."""

from django.urls import path

from watchbell.prevention.drills import pages

app_name = "drills"

urlpatterns = [
    path("drills", pages.drills_page, name="drills_page"),
    path("drills/calendar", pages.calendar_page, name="calendar_page"),
    path("drills/report", pages.report_page, name="report_page"),
    path("drills/add", pages.add_drill, name="add_drill"),
    path("drills/exempt", pages.exempt_site, name="exempt_site"),
    path("drills/profiles", pages.profiles_page, name="profiles_page"),
    path("drills/profiles/take", pages.take_sample, name="take_sample"),
    path("drills/profiles/<uuid:profile_id>", pages.profile_page, name="profile_page"),
    path("drills/profiles/<uuid:profile_id>/lines", pages.write_requirement, name="write_requirement"),
    path("drills/lines/<uuid:requirement_id>/remove", pages.remove_requirement, name="remove_requirement"),
    path("drills/<uuid:drill_id>", pages.drill_page, name="drill_page"),
    path("drills/<uuid:drill_id>/remove", pages.remove_drill, name="remove_drill"),
    path("home/drills", pages.due_part, name="due_part"),
]
