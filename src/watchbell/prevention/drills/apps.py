"""The drills app."""

from django.apps import AppConfig


class DrillsConfig(AppConfig):
    name = "watchbell.prevention.drills"
    label = "drills"
