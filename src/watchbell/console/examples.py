"""Example content of the gallery: a lockdown at a made-up school, and every part in every state."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator

from watchbell.console.boards import arrange_receipts
from watchbell.console.kinds import KINDS
from watchbell.console.plans import Callout, Drawing, Mark, Room, draw_floor
from watchbell.line import clock

OUTLINE = [
    (0, 0), (230, 0), (230, 170), (650, 170), (650, 0), (1000, 0), (1000, 590), (650, 590), (650, 490), (385, 490),
    (385, 445), (230, 445), (230, 590), (0, 590),
]  # fmt: skip
COURTYARD = [(236, 6), (644, 6), (644, 164), (236, 164)]
STATES = {"204": "alarm", "112": "help", "Gymnasium": "help", "206": "wait", "303": "wait", "Library": "wait",
          "Lobby": "", "Lockers": "", "Receiving": ""}  # fmt: skip
NOTES = {"112": "21 of 25", "Gymnasium": "56 of 61", "206": "0 of 23", "303": "0 of 24", "Library": "0 of 38"}


def _box(x: float, y: float, wide: float, high: float) -> list[tuple[float, float]]:
    return [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]


def _boxes() -> dict[str, list[tuple[float, float]]]:
    found = {str(101 + i): _box(0, i * 73.75, 96, 73.75) for i in range(8)}
    found |= {str(109 + i): _box(130, i * 70, 100, 70) for i in range(4)}
    found |= {str(113 + i): _box(130, 312 + i * 69.5, 100, 69.5) for i in range(4)}
    found |= {str(201 + i): _box(230 + i * 70, 170, 70, 110) for i in range(6)}
    found |= {str(301 + i): _box(650, i * 70, 95, 70) for i in range(4)}
    found |= {str(305 + i): _box(650, 312 + i * 69.5, 95, 69.5) for i in range(4)}
    return found | {
        "Library": _box(230, 312, 155, 133), "Main office": _box(385, 312, 130, 113), "Nurse": _box(385, 425, 65, 65),
        "Counselor": _box(450, 425, 65, 65), "Lobby": _box(515, 312, 135, 178), "Gymnasium": _box(779, 0, 221, 175),
        "Lockers": _box(779, 175, 111, 105), "Weights": _box(890, 175, 110, 105), "Cafeteria": _box(779, 280, 221, 195),
        "Kitchen": _box(779, 475, 111, 115), "Receiving": _box(890, 475, 110, 115),
    }  # fmt: skip


def _floor_one() -> Drawing:
    rooms = [
        Room(f"r{name}", name, ring, STATES.get(name, "safe"), NOTES.get(name, ""), url=f"#room-{name}")
        for name, ring in _boxes().items()
    ]
    halls = [("HALL A", _box(96, 0, 34, 590)), ("HALL B", _box(130, 280, 615, 32)), ("HALL C", _box(745, 0, 34, 590))]
    rooms += [Room(name, name, ring, is_hall=True) for name, ring in halls]
    doors = [
        Mark(f"d{name}", name, x, y, state=state)
        for name, x, y, state in (
            ("D1", 515, 490, "locked"), ("D2", 113, 0, "locked"), ("D3", 113, 590, "locked"), ("D4", 1000, 292, "open"),
            ("D5", 762, 0, "locked"), ("D6", 762, 590, "locked"), ("D9", 945, 590, "forced"), ("D12", 0, 292, "unknown"),
        )
    ]  # fmt: skip
    equipment = [
        Mark(f"c{i}", f"Camera {i}", x, y, "camera")
        for i, (x, y) in enumerate(((190, 296), (600, 296), (113, 80), (113, 500), (762, 80), (762, 500)), 1)
    ]
    equipment += [Mark("a1", "AED, hall B", 470, 296, "aed"), Mark("x1", "Fire extinguisher, kitchen", 862, 560, "extinguisher"),
                  Mark("s1", "Speaker hall C: silent", 762, 400, "speaker", "warn")]  # fmt: skip
    people = [
        Mark("p1", "SRO Diaz", 250, 296, "user-shield"),
        Mark("p2", "Adam 12", 530, 345, "shield-star"),
        Mark("p3", "Adam 7", 530, 375, "shield-star"),
    ]
    calls = [Callout(475, 205, "Panic alarm, room 204", "10:42:07, 24 people inside")]
    return draw_floor("f1", "1", 1000, 590, rooms, doors, equipment, people, calls, OUTLINE, [COURTYARD])


def _floor_two() -> Drawing:
    rooms = [Room(f"u{n}", str(n), _box(130 + (n - 401) * 103, 170, 103, 110), "safe") for n in range(401, 407)]
    rooms += [
        Room("uh", "HALL D", _box(130, 280, 618, 32), is_hall=True),
        Room("um", "Media centre", _box(130, 312, 618, 120), "wait", "0 of 19"),
    ]
    return draw_floor("f2", "2", 1000, 590, rooms, outline=_box(130, 170, 618, 262))


def _receipts(now: datetime) -> list[dict[str, Any]]:
    def row(step: str, endpoint: str, state: str, because: str, took: float, attempts: int = 1) -> dict[str, Any]:
        asked = now - timedelta(minutes=6, seconds=41 - took)
        return {"id": endpoint, "step": step, "endpoint": endpoint, "state": state, "because": because, "asked_at": asked,
                "done_at": asked + timedelta(seconds=took) if state == "done" else None, "attempts": attempts,
                "deadline_seconds": 10, "again_url": "#again" if state in ("failed", "expired") else "",
                "close_url": "#by-hand" if state in ("failed", "expired") else ""}  # fmt: skip

    rows = [
        row(
            "Lock exterior doors", "Door D4, cafeteria", "failed", "The reader answers, the lock does not move.", 4.2, 3
        ),
        row("Lock exterior doors", "Door D9, receiving", "expired", "No answer in 10 s.", 10, 4),
        row("Speak on all zones", "Speaker hall C", "asked", "", 0),
        row("Tell 911", "County 911, CAD 26-118842", "done", "Acknowledged.", 0.9),
        row("Alert staff", "1,318 phones", "done", "1,302 delivered.", 4.2),
        row("Alert staff", "Screens in 31 rooms", "done", "Shown on 31 open screens.", 0.3),
    ]
    rows.append(
        {**row("Call the duty officer", "Sgt. Moreno, voice", "asked", "", 0), "asked_at": now - timedelta(seconds=3)}
    )
    return rows + [row("Lock exterior doors", f"Door D{n}", "done", "Locked.", 0.4) for n in (1, 2, 3, 5, 6)]


def _timeline(now: datetime) -> dict[str, Any]:
    def entry(ago: int, tone: str, icon: str, what: str, text: str, by: str) -> dict[str, Any]:
        return {"at": now - timedelta(seconds=ago), "tone": tone, "icon": icon, "what": what, "text": text, "by": by}

    entries = [
        entry(9, "good", "user-check", "Room 305 reports all safe", "24 students, 1 adult. Door locked.", "K. Okafor, phone app") | {"is_new": True},
        entry(36, "info", "shield-star", "Adam 12 and Adam 7 entered", "Main entrance D1, moving to room 204.", "Police CAD"),
        entry(53, "warn", "first-aid-kit", "Gymnasium needs help", "2 people hurt. One ankle, one cut. Not gunshot.", "Coach Reyes, phone app"),
        entry(88, "", "message-2", "Note", "Caller in 206 hears voices in the hall, no shots.", "D. Whitfield, command post"),
        entry(116, "info", "user-shield", "Unified command set up", "D. Whitfield with Sgt. L. Moreno, main office.", "D. Whitfield"),
        entry(285, "warn", "lock-open", "Door D9 forced open", "Receiving. Camera 31 clip saved.", "Access control"),
        entry(377, "good", "phone", "911 acknowledged", "CAD 26-118842. Plans and cameras shared.", "NENA i3 link"),
        entry(399, "good", "bell", "1,318 alerts sent", "App, text, voice, desktop, speakers.", "Automatic, 1.9 s after the press"),
        entry(401, "alarm", "bell-ringing", "Lockdown started", "Panic badge 0387 pressed 8 times, room 204.", "M. Alvarez"),
    ]  # fmt: skip
    filters = [
        {"label": word, "url": f"?show={word.lower()}", "is_current": word == "All"}
        for word in ("All", "Alarms", "People", "Doors", "Notes")
    ]
    return {"entries": entries, "filters": filters, "note_url": "#note"}


def _incident(now: datetime) -> dict[str, Any]:
    since = now - timedelta(seconds=401)
    facts = [
        {"label": "Where", "value": "Lincoln High School", "note": "Panic badge, room 204"},
        {"label": "911", "value": "On the line", "note": "CAD 26-118842", "icon": "phone"},
    ]
    acts = [
        {"label": "Message everyone", "icon": "speakerphone", "url": "#message", "solid": True},
        {"label": "Change response", "icon": "shield-lock", "url": "#change"},
        {"label": "All clear", "icon": "flag", "url": "#all-clear", "method": "post", "hold_ms": 3000,
         "confirm": "Ends the lockdown at Lincoln High School: unlocks 46 doors, speaks on 31 speakers, tells 1,318 people and the 911 centre."},
    ]  # fmt: skip
    steps = [
        {"name": "Secure doors D4 and D9", "note": "Due 10:46, now 2 min late", "state": "late", "view_url": "#assign", "view_label": "Assign"},
        {"name": "First message to families", "note": "1,204 families, 3 languages", "state": "waiting", "icon": "messages", "approve_url": "#approve", "view_url": "#draft", "view_label": "Read"},
        {"name": "Open reunification site", "note": "Riverside Middle School gym", "state": "waiting", "icon": "users-group", "approve_url": "#open", "approve_label": "Open", "hold_ms": 1500},
        {"name": "Join unified command", "at": now - timedelta(seconds=116), "by": "D. Whitfield", "state": "done"},
        {"name": "Share floor plans with 911", "at": now - timedelta(seconds=377), "by": "automatic", "state": "done"},
    ]  # fmt: skip
    signals = [
        {"label": "Exterior doors", "value": "46 of 48 locked", "note": "D4 and D9 open", "icon": "door", "tone": "warn", "url": "#doors"},
        {"label": "Alerts delivered", "value": "1,302 of 1,318", "note": "median 4.2 s", "icon": "bell", "tone": "good", "url": "#alerts"},
        {"label": "Responders", "value": "3 inside, 1 staging", "note": "2 more, 3 min", "icon": "shield-star", "url": "#responders"},
        {"label": "Cameras", "value": "61 of 62 online", "note": "shared with police", "icon": "device-cctv", "tone": "good", "url": "#cameras"},
        {"label": "Speakers", "value": "Playing lockdown", "note": "repeat 7", "icon": "microphone", "tone": "good", "url": "#speakers"},
    ]  # fmt: skip
    return {
        "band": {"kind": "lockdown", "mode": "real", "since": since, "facts": facts, "actions": acts, "boxed": True},
        "signals": signals, "floors": [_floor_one(), _floor_two()], "current_floor": "f1", "steps": steps,
        "steps_role": "Incident commander: D. Whitfield", "steps_count": "5 of 9 done", "steps_title": "Steps",
        "checkin": {"total": 1243, "safe": 1125, "help": 9, "wait": 109, "rooms_url": "#rooms", "help_url": "#help"},
        "board": arrange_receipts(_receipts(now), now), "timeline": _timeline(now),
    }  # fmt: skip


def _bands(now: datetime) -> list[dict[str, Any]]:
    since, where = (
        now - timedelta(seconds=138),
        {"label": "Where", "value": "Lincoln High School", "note": "Main office"},
    )
    bands = [{"kind": kind, "mode": "real", "since": since, "facts": [where], "boxed": True} for kind in KINDS]
    bands.append({"kind": "lockdown", "mode": "drill", "since": since, "facts": [{**where, "note": "911 told, no dispatch"}], "boxed": True,
                  "actions": [{"label": "End drill", "icon": "flag", "url": "#end", "solid": True}]})  # fmt: skip
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
        {"id": "1", "name": "Lincoln High School", "lon": -96.70, "lat": 40.81, "url": "#lincoln", "kind": "lockdown", "note": "since 10:42"},
        {"id": "2", "name": "Oak Elementary", "lon": -96.74, "lat": 40.84, "url": "#oak", "state": "good"},
        {"id": "3", "name": "Riverside Middle School", "lon": -96.65, "lat": 40.79, "url": "#riverside", "state": "warn", "note": "2 doors silent"},
        {"id": "4", "name": "Bus yard", "lon": -96.76, "lat": 40.79, "url": "#yard", "icon": "bus"},
    ]  # fmt: skip


def _table() -> dict[str, Any]:
    rows = [
        ("Door D4, cafeteria", "Forced open", "bad", "Lincoln High", 3),
        ("Door D9, receiving", "Late", "warn", "Lincoln High", 12),
        ("Door D1, main entrance", "Locked", "", "Oak Elementary", 1420),
    ]
    return {
        "caption": "Doors", "sorts_here": True,
        "columns": [{"label": "Door"}, {"label": "State"}, {"label": "Site"}, {"label": "Openings", "is_num": True}],
        "rows": [{"tone": tone, "cells": [{"text": name, "url": "#door", "note": "Exterior"}, {"text": state}, {"text": site}, {"text": f"{n:,}", "value": n}]} for name, state, tone, site, n in rows],
    }  # fmt: skip


def gallery_context() -> dict[str, Any]:
    """Everything the gallery shows."""
    now = clock.now()
    alert = {"press": "example", "site": "s", "site_name": "Lincoln High School", "kind": "lockdown", "mode": "real", "title": "Lockdown",
             "directive": "Locks, lights, out of sight", "place_name": "room 204", "at": now.timestamp(), "url": "#incident"}  # fmt: skip
    page = Paginator(range(1240), 50).get_page(7)
    return _incident(now) | {
        "now": now, "earlier": now - timedelta(seconds=12), "long_ago": now - timedelta(days=3),
        "bands": _bands(now), "form": ExampleForm({"mail": "not an address", "kind": "a"}), "table": _table(), "places": _places(),
        "states": ("ok", "locked", "asked", "waiting", "late", "silent", "help", "failed", "offline", "forced", "wait", "disabled", "unknown"),
        "kinds": list(KINDS), "alert": alert, "drill_alert": alert | {"mode": "drill", "press": "example-2", "kind": "evacuate", "title": "Evacuate", "directive": "To the football field"},
        "filters": {"q": {"name": "q", "placeholder": "Name or number"}, "selects": [{"name": "site", "label": "Site", "value": "", "options": [("", "All sites"), ("1", "Lincoln High")]}, {"name": "state", "label": "State", "value": "", "options": [("", "Any state"), ("open", "Open")]}], "count": 1240, "count_word": "doors", "csv_url": "?format=csv"},
        "page": page, "pages": page.paginator.num_pages, "count": 1240, "query": "",
        "progress": {"label": "Calling families", "done": 812, "total": 1204, "note": "About 40 s left. You can leave this page."},
        "press": {"ticket": "example", "site": "00000000-0000-0000-0000-000000000000", "site_name": "Lincoln High School", "place_name": "room 204", "mode": "drill", "kinds": ["lockdown", "medical", "staff_assist"], "hold_ms": 1500},
        "spark": [3, 4, 4, 6, 5, 8, 7, 9, 12, 10, 14, 13],
    }  # fmt: skip
