"""The accountability app."""

from django.apps import AppConfig


class AccountabilityConfig(AppConfig):
    name = "watchbell.response.accountability"
    label = "accountability"
