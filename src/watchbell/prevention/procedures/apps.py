"""The procedures app."""

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "watchbell.prevention.procedures"
    label = "procedures"
