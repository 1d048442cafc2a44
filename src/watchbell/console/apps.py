"""The console as a Django app; it has no tables."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "watchbell.console"
    label = "console"
