"""A lockdown at the made-up school: everything the incident page shows."""

from datetime import datetime, timedelta
from typing import Any

from watchbell.console.boards import arrange_receipts
from watchbell.console.examples.floors import floor_one, floor_two


def _receipts(now: datetime) -> list[dict[str, Any]]:
    def row(step: str, endpoint: str, state: str, because: str, took: float, attempts: int = 1) -> dict[str, Any]:
        asked = now - timedelta(minutes=6, seconds=41 - took)
        return {
            "id": endpoint,
            "step": step,
            "endpoint": endpoint,
            "state": state,
            "because": because,
            "asked_at": asked,
            "done_at": asked + timedelta(seconds=took) if state == "done" else None,
            "attempts": attempts,
            "deadline_seconds": 10,
            "again_url": "#again" if state in ("failed", "expired") else "",
            "close_url": "#by-hand" if state in ("failed", "expired") else "",
        }

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
        entry(
            9,
            "good",
            "user-check",
            "Room 305 reports all safe",
            "24 students, 1 adult. Door locked.",
            "K. Okafor, phone app",
        )
        | {"is_new": True},
        entry(
            36,
            "info",
            "shield-star",
            "Adam 12 and Adam 7 entered",
            "Main entrance D1, moving to room 204.",
            "Police CAD",
        ),
        entry(
            53,
            "warn",
            "first-aid-kit",
            "Gymnasium needs help",
            "2 people hurt. One ankle, one cut. Not gunshot.",
            "Coach Reyes, phone app",
        ),
        entry(
            88,
            "",
            "message-2",
            "Note",
            "Caller in 206 hears voices in the hall, no shots.",
            "D. Whitfield, command post",
        ),
        entry(
            116,
            "info",
            "user-shield",
            "Unified command set up",
            "D. Whitfield with Sgt. L. Moreno, main office.",
            "D. Whitfield",
        ),
        entry(285, "warn", "lock-open", "Door D9 forced open", "Receiving. Camera 31 clip saved.", "Access control"),
        entry(377, "good", "phone", "911 acknowledged", "CAD 26-118842. Plans and cameras shared.", "NENA i3 link"),
        entry(
            399,
            "good",
            "bell",
            "1,318 alerts sent",
            "App, text, voice, desktop, speakers.",
            "Automatic, 1.9 s after the press",
        ),
        entry(
            401,
            "alarm",
            "bell-ringing",
            "Lockdown started",
            "Panic badge 0387 pressed 8 times, room 204.",
            "M. Alvarez",
        ),
    ]
    filters = [
        {"label": word, "url": f"?show={word.lower()}", "is_current": word == "All"}
        for word in ("All", "Alarms", "People", "Doors", "Notes")
    ]
    return {"entries": entries, "filters": filters, "note_url": "#note"}


def incident_context(now: datetime) -> dict[str, Any]:
    since = now - timedelta(seconds=401)
    facts = [
        {"label": "Where", "value": "Lincoln High School", "note": "Panic badge, room 204"},
        {"label": "911", "value": "On the line", "note": "CAD 26-118842", "icon": "phone"},
    ]
    acts = [
        {"label": "Message everyone", "icon": "speakerphone", "url": "#message", "solid": True},
        {"label": "Change response", "icon": "shield-lock", "url": "#change"},
        {
            "label": "All clear",
            "icon": "flag",
            "url": "#all-clear",
            "method": "post",
            "hold_ms": 3000,
            "confirm": "Ends the lockdown at Lincoln High School: unlocks 46 doors, speaks on 31 speakers, "
            "tells 1,318 people and the 911 centre.",
        },
    ]
    steps = [
        {
            "name": "Secure doors D4 and D9",
            "note": "Due 10:46, now 2 min late",
            "state": "late",
            "view_url": "#assign",
            "view_label": "Assign",
        },
        {
            "name": "First message to families",
            "note": "1,204 families, 3 languages",
            "state": "waiting",
            "icon": "messages",
            "approve_url": "#approve",
            "view_url": "#draft",
            "view_label": "Read",
        },
        {
            "name": "Open reunification site",
            "note": "Riverside Middle School gym",
            "state": "waiting",
            "icon": "users-group",
            "approve_url": "#open",
            "approve_label": "Open",
            "hold_ms": 1500,
        },
        {"name": "Join unified command", "at": now - timedelta(seconds=116), "by": "D. Whitfield", "state": "done"},
        {"name": "Share floor plans with 911", "at": now - timedelta(seconds=377), "by": "automatic", "state": "done"},
    ]
    signals = [
        {
            "label": "Exterior doors",
            "value": "46 of 48 locked",
            "note": "D4 and D9 open",
            "icon": "door",
            "tone": "warn",
            "url": "#doors",
        },
        {
            "label": "Alerts delivered",
            "value": "1,302 of 1,318",
            "note": "median 4.2 s",
            "icon": "bell",
            "tone": "good",
            "url": "#alerts",
        },
        {
            "label": "Responders",
            "value": "3 inside, 1 staging",
            "note": "2 more, 3 min",
            "icon": "shield-star",
            "url": "#responders",
        },
        {
            "label": "Cameras",
            "value": "61 of 62 online",
            "note": "shared with police",
            "icon": "device-cctv",
            "tone": "good",
            "url": "#cameras",
        },
        {
            "label": "Speakers",
            "value": "Playing lockdown",
            "note": "repeat 7",
            "icon": "microphone",
            "tone": "good",
            "url": "#speakers",
        },
    ]
    return {
        "band": {"kind": "lockdown", "mode": "real", "since": since, "facts": facts, "actions": acts, "boxed": True},
        "signals": signals,
        "floors": [floor_one(), floor_two()],
        "current_floor": "f1",
        "steps": steps,
        "steps_role": "Incident commander: D. Whitfield",
        "steps_count": "5 of 9 done",
        "steps_title": "Steps",
        "checkin": {"total": 1243, "safe": 1125, "help": 9, "wait": 109, "rooms_url": "#rooms", "help_url": "#help"},
        "board": arrange_receipts(_receipts(now), now),
        "timeline": _timeline(now),
    }
