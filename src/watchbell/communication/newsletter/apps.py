"""The newsletter, as a Django app."""

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "watchbell.communication.newsletter"
    label = "newsletter"
