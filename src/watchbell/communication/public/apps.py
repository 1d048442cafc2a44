"""The public app."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "watchbell.communication.public"
    label = "public"
