"""Django, set up once for a process that needs it."""

import os


def get_ready() -> None:
    """Settings, app registry, wiring."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchbell.project.settings")
    import django

    django.setup()
    from watchbell import wiring

    wiring.connect()
