"""The kernel's Django app: audit, announcements, districts."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "watchbell.kernel"
    label = "kernel"
