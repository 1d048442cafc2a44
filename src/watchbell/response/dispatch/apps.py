"""The dispatch app."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "watchbell.response.dispatch"
    label = "dispatch"
