from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "watchbell.district.sites"
    label = "sites"
    verbose_name = "Sites"
