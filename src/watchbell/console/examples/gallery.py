"""The rest of the gallery: every part in every state."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator

from watchbell.console.examples.incident import incident_context
from watchbell.console.kinds import KINDS
from watchbell.line import clock


def _bands(now: datetime) -> list[dict[str, Any]]:
    since, where = (
        now - timedelta(seconds=138),
        {"label": "Where", "value": "Lincoln High School", "note": "Main office"},
    )
    bands = [{"kind": kind, "mode": "real", "since": since, "facts": [where], "boxed": True} for kind in KINDS]
    bands.append(
        {
            "kind": "lockdown",
            "mode": "drill",
            "since": since,
            "facts": [{**where, "note": "911 told, no dispatch"}],
            "boxed": True,
            "actions": [{"label": "End drill", "icon": "flag", "url": "#end", "solid": True}],
        }
    )
    bands.append({"kind": "shelter", "mode": "test", "since": since, "facts": [where], "boxed": True})
    bands.append({"kind": "hold", "mode": "real", "state": "clearing", "since": since, "facts": [where], "boxed": True})
    bands.append(
        {
            "kind": "secure",
            "mode": "real",
            "state": "closed",
            "since": since,
            "ended": now,
            "lasted": now - since,
            "facts": [where],
            "boxed": True,
        }
    )
    return bands


class ExampleForm(forms.Form):
    name = forms.CharField(label="Name of the door", help_text="As responders read it on the door.")
    mail = forms.EmailField(label="Notify", required=False)
    kind = forms.ChoiceField(choices=[("a", "Exterior"), ("b", "Interior")])
    speak = forms.ChoiceField(
        label="On alarm", widget=forms.RadioSelect, choices=[("lock", "Lock"), ("leave", "Leave as it is")]
    )
    is_main = forms.BooleanField(label="Main entrance", required=False)
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)


def _places() -> list[dict[str, Any]]:
    return [
        {
            "id": "1",
            "name": "Lincoln High School",
            "lon": -96.70,
            "lat": 40.81,
            "url": "#lincoln",
            "kind": "lockdown",
            "note": "since 10:42",
        },
        {"id": "2", "name": "Oak Elementary", "lon": -96.74, "lat": 40.84, "url": "#oak", "state": "good"},
        {
            "id": "3",
            "name": "Riverside Middle School",
            "lon": -96.65,
            "lat": 40.79,
            "url": "#riverside",
            "state": "warn",
            "note": "2 doors silent",
        },
        {"id": "4", "name": "Bus yard", "lon": -96.76, "lat": 40.79, "url": "#yard", "icon": "bus"},
    ]


def _table() -> dict[str, Any]:
    rows = [
        ("Door D4, cafeteria", "Forced open", "bad", "Lincoln High", 3),
        ("Door D9, receiving", "Late", "warn", "Lincoln High", 12),
        ("Door D1, main entrance", "Locked", "", "Oak Elementary", 1420),
    ]
    return {
        "caption": "Doors",
        "sorts_here": True,
        "columns": [{"label": "Door"}, {"label": "State"}, {"label": "Site"}, {"label": "Openings", "is_num": True}],
        "rows": [
            {
                "tone": tone,
                "cells": [
                    {"text": name, "url": "#door", "note": "Exterior"},
                    {"text": state},
                    {"text": site},
                    {"text": f"{n:,}", "value": n},
                ],
            }
            for name, state, tone, site, n in rows
        ],
    }


def gallery_context() -> dict[str, Any]:
    """Everything the gallery shows."""
    now = clock.now()
    alert = {
        "press": "example",
        "site": "s",
        "site_name": "Lincoln High School",
        "kind": "lockdown",
        "mode": "real",
        "title": "Lockdown",
        "directive": "Locks, lights, out of sight",
        "place_name": "room 204",
        "at": now.timestamp(),
        "url": "#incident",
    }
    page = Paginator(range(1240), 50).get_page(7)
    return incident_context(now) | {
        "now": now,
        "earlier": now - timedelta(seconds=12),
        "long_ago": now - timedelta(days=3),
        "bands": _bands(now),
        "form": ExampleForm({"mail": "not an address", "kind": "a"}),
        "table": _table(),
        "places": _places(),
        "states": (
            "ok",
            "locked",
            "asked",
            "waiting",
            "late",
            "silent",
            "help",
            "failed",
            "offline",
            "forced",
            "wait",
            "disabled",
            "unknown",
        ),
        "kinds": list(KINDS),
        "alert": alert,
        "drill_alert": alert
        | {
            "mode": "drill",
            "press": "example-2",
            "kind": "evacuate",
            "title": "Evacuate",
            "directive": "To the football field",
        },
        "filters": {
            "q": {"name": "q", "placeholder": "Name or number"},
            "selects": [
                {"name": "site", "label": "Site", "value": "", "options": [("", "All sites"), ("1", "Lincoln High")]},
                {"name": "state", "label": "State", "value": "", "options": [("", "Any state"), ("open", "Open")]},
            ],
            "count": 1240,
            "count_word": "doors",
            "csv_url": "?format=csv",
        },
        "page": page,
        "pages": page.paginator.num_pages,
        "count": 1240,
        "query": "",
        "progress": {
            "label": "Calling families",
            "done": 812,
            "total": 1204,
            "note": "About 40 s left. You can leave this page.",
        },
        "press": {
            "ticket": "example",
            "site": "00000000-0000-0000-0000-000000000000",
            "site_name": "Lincoln High School",
            "place_name": "room 204",
            "mode": "drill",
            "kinds": ["lockdown", "medical", "staff_assist"],
            "hold_ms": 1500,
        },
        "spark": [3, 4, 4, 6, 5, 8, 7, 9, 12, 10, 14, 13],
    }
