from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "watchbell.district.people"
    label = "people"
    verbose_name = "People"
