"""Imported once by the process that roles are born from; nothing here may open a connection or start a thread."""

import importlib

from watchbell.line.process import settle
from watchbell.project import django_ready, nursery

for name in nursery.LIGHT:
    importlib.import_module(name)
django_ready.get_ready()
for name in ("watchbell.project.worker", "watchbell.project.urls", "django.contrib.sessions.backends.db"):
    importlib.import_module(name)
settle()
