"""The console app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "watchbell.console"
    label = "console"
