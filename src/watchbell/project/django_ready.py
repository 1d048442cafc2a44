"""Django, set up once for a process that needs it."""

import importlib
import os


def get_ready() -> None:
    """Settings, app registry, wiring."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchbell.project.settings")
    import django

    django.setup()

    importlib.import_module("watchbell.wiring").connect()
