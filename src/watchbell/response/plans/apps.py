"""The plans app."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "watchbell.response.plans"
    label = "plans"
