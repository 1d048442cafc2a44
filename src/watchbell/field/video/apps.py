"""The video app."""

from django.apps import AppConfig


class VideoConfig(AppConfig):
    name = "watchbell.field.video"
    label = "video"
