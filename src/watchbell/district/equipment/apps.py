from django.apps import AppConfig


class EquipmentConfig(AppConfig):
    name = "watchbell.district.equipment"
    label = "equipment"
    verbose_name = "Equipment"
