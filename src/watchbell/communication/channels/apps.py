"""Channels, as a Django app."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "watchbell.communication.channels"
    label = "channels"
