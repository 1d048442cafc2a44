"""The command app."""

from django.apps import AppConfig


class CommandConfig(AppConfig):
    name = "watchbell.response.command"
    label = "command"
