"""Addresses of school days."""

from django.urls import path

from watchbell.district.schedules import pages

app_name = "schedules"

urlpatterns = [
    path("schedules", pages.schedules_page, name="schedules_page"),
    path("schedules/mark-day", pages.mark_day, name="mark_day"),
    path("schedules/days/<uuid:calendar_day_id>/unmark", pages.unmark_day, name="unmark_day"),
    path("schedules/write", pages.write_schedule, name="write_schedule"),
    path("schedules/<uuid:bell_schedule_id>/remove", pages.remove_schedule, name="remove_schedule"),
]
