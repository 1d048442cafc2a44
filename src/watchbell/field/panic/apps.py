"""The panic app."""

from django.apps import AppConfig


class PanicConfig(AppConfig):
    name = "watchbell.field.panic"
    label = "panic"
