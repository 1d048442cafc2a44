"""The paging app."""

from django.apps import AppConfig


class PagingConfig(AppConfig):
    name = "watchbell.field.paging"
    label = "paging"
