"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "watchbell.district.accounts"
    label = "accounts"
