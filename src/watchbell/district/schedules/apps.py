from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "watchbell.district.schedules"
    label = "schedules"
    verbose_name = "Schedules"
