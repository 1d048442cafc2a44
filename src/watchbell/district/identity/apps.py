"""The identity app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "watchbell.district.identity"
    label = "identity"
