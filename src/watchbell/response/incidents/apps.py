"""The incidents app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "watchbell.response.incidents"
    label = "incidents"
