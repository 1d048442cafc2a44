"""Addresses of school days."""

from django.urls import path

from watchbell.district.schedules import pages

app_name = "schedules"

urlpatterns = [
    path("schedules", pages.schedules_page, name="schedules_page"),
]
