"""What the incident page shows, as plain facts for the console's parts."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.text import Truncator

from watchbell.district.equipment.queries import symbols_of_site
from watchbell.district.sites.queries import door_points, floors_of_site, place_points
from watchbell.kernel.permissions import Actor, may, roles_with
from watchbell.response.incidents.facts import OUTCOMES, WITH_AID, AidHere, BoardRow, HelpNow, RoomRow
from watchbell.response.incidents.models import Incident, IncidentPress, IncidentStep, TimelineEntry
from watchbell.response.incidents.queries.helping import cancel_offer, duress_of, help_now
from watchbell.response.incidents.rules import device_kind, may_clear

ICONS = {"press": "bell-ringing", "order": "send", "room": "user-check", "note": "message", "person": "user-shield"}
TONES = {"press": "alarm", "room": "good", "person": "info"}
SHOWN_EQUIPMENT = ("aed", "kit")
DOOR_ACTIONS = ("lock_door", "unlock_door", "release_door")


def band_of(actor: Actor, incident: Incident, board: Sequence[BoardRow]) -> dict[str, Any]:
    """The status band: what is on, where, since when, and the one thing to do."""
    where = incident.place_name or "place unknown"
    facts = [
        {"label": "Where", "value": incident.site.name, "note": where},
        {"label": "911", "value": _dispatch_words(incident, board), "icon": "phone",
         "note": Truncator(incident.dispatch_state).chars(60)},
    ]  # fmt: skip
    if incident.clear_proposed and incident.state == "open":
        facts.append({"label": "All clear", "value": "Proposed", "icon": "flag",
                      "note": f"by {incident.clear_proposed['name']}; a second person confirms"})  # fmt: skip
    actions = _band_actions(actor, incident, board)
    ended, silent = incident.closed_at, duress_of(actor, incident)
    if incident.cancelled_at:
        facts.append({"label": "Taken back", "value": "Pressed by mistake", "note": f"by {incident.cleared_by}"})
    if incident.outcome and not incident.cancelled_at:
        facts.append({"label": "It was", "value": OUTCOMES.get(incident.outcome, ""), "note": incident.outcome_by})
    if silent is not None:
        facts.insert(0, {"label": "Under duress", "value": "Cancelled with the duress PIN", "icon": "urgent",
                         "note": "This is NOT over. Open the silent alarm."})  # fmt: skip
        actions.insert(0, {"label": "Open the silent alarm", "icon": "urgent", "method": "get", "solid": True,
                           "url": reverse("incidents:incident_page", args=[silent.id])})  # fmt: skip
    return {
        "kind": incident.kind, "mode": incident.mode, "state": incident.state, "name": incident.name,
        "directive": incident.directive, "since": incident.opened_at, "ended": ended,
        "lasted": ended - incident.opened_at if ended else None, "facts": facts, "actions": actions,
    }  # fmt: skip


def _band_actions(actor: Actor, incident: Incident, board: Sequence[BoardRow]) -> list[dict[str, Any]]:
    """What this person may do about the incident as a whole now."""
    actions = []
    roles = roles_with(actor, "incidents.all_clear", incident.site_id)
    named = incident.plan.get("clear_roles", [])
    if incident.state == "open" and any(may_clear(role, named, True) for role in roles):
        actions += _clear_actions(actor, incident, board)
    actions += _ending_actions(actor, incident)
    if incident.kind in ("medical", "staff_assist") and incident.state == "open" and may(actor, "alarms.raise"):
        page = "panic:drill_page" if incident.mode == "drill" else "panic:press_page"
        where = f"site={incident.site_id}" + (f"&place={incident.place_id}" if incident.place_id else "")
        actions.append({"label": "Hold the corridors", "icon": "door", "method": "get",
                        "url": f"{reverse(page)}?{where}"})  # fmt: skip
    if incident.has_roll and may(actor, "incidents.check_in", incident.site_id) and incident.state != "closed":
        has_class = not may(actor, "incidents.report", incident.site_id)
        actions.append(
            {"label": "Check my class in" if has_class else "Check rooms in", "icon": "user-check", "method": "get",
             "url": reverse("accountability:check_in_page") if has_class
             else reverse("incidents:rooms_page", args=[incident.id])}
        )  # fmt: skip
    if may(actor, "incidents.report", incident.site_id):
        actions.append(
            {"label": "Report", "icon": "file-text", "method": "get",
             "url": reverse("incidents:report_page", args=[incident.id])}
        )  # fmt: skip
    if may(actor, "cards.view") and len(actions) < 3 and incident.state != "closed":
        actions.append({"label": "What do I do", "icon": "list-check", "method": "get",
                        "url": f"{reverse('procedures:mine_page')}#{incident.kind}"})  # fmt: skip
    return actions


def _ending_actions(actor: Actor, incident: Incident) -> list[dict[str, Any]]:
    """Taking the press back while that is possible; saying what it was once it is over."""
    actions: list[dict[str, Any]] = []
    is_own = actor.user_id is not None and actor.user_id == incident.pressed_by
    if cancel_offer(actor, incident, is_own):
        actions.append(
            {"label": "Pressed by mistake", "icon": "arrow-back-up", "method": "get",
             "url": reverse("incidents:cancel_page", args=[incident.id])}
        )  # fmt: skip
    if incident.state != "open" and not incident.outcome and may(actor, "incidents.all_clear", incident.site_id):
        actions.append(
            {"label": "What was it?", "icon": "clipboard-check", "method": "get",
             "url": reverse("incidents:outcome_page", args=[incident.id])}
        )  # fmt: skip
    return actions


def _clear_actions(actor: Actor, incident: Incident, board: Sequence[BoardRow]) -> list[dict[str, Any]]:
    """The all-clear, or its proposal where the plan demands two people. Who has proposed it waits for another."""
    proposed = incident.clear_proposed
    if proposed and proposed.get("user") == str(actor.user_id):
        return []
    count = sum(1 for row in board if not row.is_reset and row.state != "failed")
    label, does = "All clear", f"Gives the all-clear at {incident.site.name} and resets {count} endpoints."
    if int(incident.plan.get("clear_people") or 1) > 1:
        label = "Confirm all clear" if proposed else "Propose all clear"
        does = does if proposed else f"Proposes the all-clear at {incident.site.name}. A second person confirms it."
    return [{
        "label": label, "icon": "flag", "method": "post", "hold_ms": 3000, "solid": True,
        "url": reverse("incidents:all_clear", args=[incident.id]), "confirm": does,
    }]  # fmt: skip


def _dispatch_words(incident: Incident, board: Iterable[BoardRow]) -> str:
    told = [row for row in board if row.action == "tell_dispatch"]
    if incident.acknowledged_at:
        return "Acknowledged"
    if incident.dispatch_state:
        return "Has answered, NOT acknowledged"
    if any(row.state == "done" for row in told):
        return "Told, waiting for a person"
    return "NOT reached, call now" if told else "Not part of this plan"


def signals_of(
    board: Sequence[BoardRow],
    roll: dict[str, Any],
    confirmed: int,
    presses: int,
    *,
    is_over: bool = False,
    has_roll: bool = True,
) -> list[dict[str, Any]]:
    """The strip under the band: doors, speakers, staff, rooms where they check in. After the all-clear: the resets."""
    signals = [
        _signal(
            "Doors",
            "door",
            [r for r in board if r.action in DOOR_ACTIONS],
            "locked",
            is_over,
        ),
        _signal(
            "Speakers",
            "speakerphone",
            [r for r in board if r.action in ("start_page", "stop_page")],
            "speaking",
            is_over,
        ),
        _signal("Police and 911", "shield-star", [r for r in board if r.action == "tell_dispatch"], "told"),
    ]
    shown = sum(int(row.detail.get("shown", 0)) for row in board if row.action == "tell_screens")
    screens = "1 screen" if shown == 1 else f"{shown} screens"
    staff = {"label": "Staff", "value": f"{confirmed} confirmed", "note": f"alert on {screens}", "icon": "bell",
             "tone": "good" if confirmed else "", "url": ""}  # fmt: skip
    silent = len(roll["silent"])
    rooms = {"label": "Rooms", "value": f"{roll['total_rooms'] - silent} of {roll['total_rooms']} reported",
             "note": f"{silent} silent" if silent else "all reported", "icon": "users", "url": "",
             "tone": "warn" if silent else "good"}  # fmt: skip
    alarms = {"label": "Alarms", "value": f"{presses} pressed", "note": "on the plan", "icon": "bell-ringing",
              "tone": "", "url": ""}  # fmt: skip
    return [*signals, staff, *([rooms] if has_roll else ()), *([alarms] if presses > 1 else ())]


def _signal(label: str, icon: str, rows: list[BoardRow], verb: str, is_over: bool = False) -> dict[str, Any]:
    resets = [row for row in rows if row.is_reset] if is_over else []
    asked, verb = (resets, "reset") if resets else ([row for row in rows if not row.is_reset], verb)
    done = sum(1 for row in asked if row.state == "done")
    bad = [row for row in asked if row.state in ("failed", "expired", "late")]
    note = ", ".join(row.endpoint.split(",")[0] for row in bad[:2]) + (" failed" if bad else "")
    return {
        "label": label, "icon": icon, "value": f"{done} of {len(asked)} {verb}" if asked else "not asked", "url": "",
        "note": note or ("all answered" if asked and done == len(asked) else "waiting" if asked else "by this plan"),
        "tone": "warn" if bad else "good" if asked and done == len(asked) else "",
    }  # fmt: skip


def floors_of(
    incident: Incident, roll: Sequence[RoomRow], presses: Sequence[IncidentPress], known: HelpNow | None = None
) -> tuple[list[dict[str, Any]], str]:
    """(floors: rooms coloured by the roll call, doors by their lock, dots where alarms were pressed; floor to show)."""
    states = {row.place: _room_state(row) for row in roll} if incident.has_roll else {}
    notes = {row.place: f"{row.accounted} of {row.students + row.staff}" for row in roll if row.state}
    pressed: dict[Any, list[IncidentPress]] = {}
    for press in presses:
        if press.place_id:
            pressed.setdefault(press.place_id, []).append(press)
    points = place_points(incident.site_id)
    doors, marks = symbols_of_site(incident.site_id, SHOWN_EQUIPMENT)
    floors, current = [], ""
    all_doors = door_points(incident.site_id)
    if known is None and incident.kind in WITH_AID:
        known = help_now(incident)
    here_now, ways = (known.here, known.ways) if known is not None else ({}, ())
    for floor in floors_of_site(incident.site_id):
        here = [point for point in points if point["floor_id"] == floor.id]
        callouts = dots_of(here, pressed)
        if callouts and not current:
            current = str(floor.id)
        floors.append(
            {
                "id": str(floor.id), "name": floor.name, "width": floor.width, "height": floor.height,
                "has_image": floor.has_image,  # type: ignore[attr-defined]
                "outline": floor.outline, "callouts": callouts,
                "rooms": [_room(p, "alarm" if p["id"] in pressed else states.get(p["id"], ""), notes, incident)
                          for p in here],
                "doors": [{"id": d["id"], "name": d["number"], "x": d["x"], "y": d["y"],
                           "state": doors.get(d["id"], "")} for d in all_doors
                          if d["floor_id"] == floor.id and d["is_controlled"]],
                "equipment": [vars(mark) for mark in marks.get(floor.id, ())],
                "people": [*_people_to_help(here, roll), *_aids_there(here, incident, here_now)],
                "paths": [way for way in ways if way["floor"] == str(floor.id)],
            }
        )  # fmt: skip
    return floors, current


def _people_to_help(here: Sequence[dict[str, Any]], roll: Sequence[RoomRow]) -> list[dict[str, Any]]:
    """A symbol in each room where people are injured or missing, with how many; no names."""
    wanted = {row.place: row for row in roll if row.injured or row.missing}
    marks = []
    for point in here:
        row = wanted.get(point["id"])
        if row is not None:
            told = [f"{row.injured} injured"] * bool(row.injured) + [f"{row.missing} missing"] * bool(row.missing)
            heights = [y for _, y in point["ring"]] or [point["label_y"]]
            low = point["label_y"] + 0.36 * (max(heights) - min(heights))  # under the room's number and an alarm's dot
            marks.append({"id": f"help-{row.place}", "name": ", ".join(told), "x": point["label_x"],
                          "y": low, "state": "help",
                          "kind": "first-aid-kit" if row.injured else "user-question"})  # fmt: skip
    return marks


def _aids_there(
    here: Sequence[dict[str, Any]], incident: Incident, aids: Mapping[str, AidHere]
) -> list[dict[str, Any]]:  # fmt: skip
    """A symbol at the place of the incident for what has been brought there."""
    point = next((one for one in here if one["id"] == incident.place_id), None)
    if point is None or not aids:
        return []
    heights = [y for _, y in point["ring"]] or [point["label_y"]]
    low = point["label_y"] + 0.36 * (max(heights) - min(heights))
    return [
        {"id": f"here-{one.what}", "name": one.words, "x": point["label_x"] + 12, "y": low + 8 + 26 * index,
         "state": "here", "kind": "heartbeat" if one.what == "aed" else "first-aid-kit"}
        for index, one in enumerate(aids.values())
    ]  # fmt: skip


def dots_of(here: Sequence[dict[str, Any]], pressed: dict[Any, list[IncidentPress]]) -> list[dict[str, Any]]:
    """A dot for each press; the first of a room has a label, while there are few rooms. Dots of a room form a ring."""
    is_crowded = sum(1 for point in here if point["id"] in pressed) > 6
    dots = []
    for point in here:
        for index, press in enumerate(pressed.get(point["id"], ())):
            turn = index * 2.4  # the golden angle, about: a growing spiral in which no two dots hide each other
            out = 5.5 * math.sqrt(index)
            dots.append(
                {"x": point["label_x"] + out * math.cos(turn), "y": point["label_y"] + out * math.sin(turn),
                 "title": f"Alarm, {point['name'] or point['number']}",
                 "text": press.by_name or device_kind(press.device), "is_dot": is_crowded or index > 0}
            )  # fmt: skip
    return sorted(dots, key=lambda dot: not dot["is_dot"])


def _room_state(row: RoomRow) -> str:
    return {"safe": "safe", "": "wait"}.get(row.state, "help")


def _room(point: dict[str, Any], state: str, notes: dict[Any, str], incident: Incident) -> dict[str, Any]:
    is_open = bool(state) and incident.state != "closed"
    url = reverse("incidents:room_page", args=[incident.id, point["id"]]) if is_open else ""
    return {
        "id": point["id"], "name": point["number"] or point["name"], "geometry": point["geometry"], "state": state,
        "note": notes.get(point["id"], ""), "is_hall": point["kind"] == "hall", "url": url,
    }  # fmt: skip


def steps_shown(actor: Actor, incident: Incident, steps: Iterable[IncidentStep]) -> list[dict[str, Any]]:
    """Steps that wait for a person first, with what approving them does."""
    allowed = may(actor, "incidents.approve", incident.site_id) and incident.state == "open"
    shown = []
    for step in steps:
        waits = step.state == "waiting"
        shown.append(
            {
                "name": step.name, "at": step.decided_at, "by": step.decided_by,
                "state": {"waiting": "waiting", "released": "done"}.get(step.state, "refused"),
                "note": ("Waits for approval" if step.timing == "approval" else "Follows by itself") if waits else "",
                "approve_url": reverse("incidents:approve_step", args=[incident.id, step.id])
                if waits and allowed and step.timing == "approval" else "",
                "refuse_url": reverse("incidents:refuse_step", args=[incident.id, step.id])
                if waits and allowed else "",
                "confirm": f"{step.name} at {incident.site.name}?",
            }
        )  # fmt: skip
    return sorted(shown, key=lambda step: step["state"] != "waiting")


def timeline_shown(entries: Iterable[TimelineEntry]) -> list[dict[str, Any]]:
    return [
        {"id": entry.id, "at": entry.at, "what": entry.what, "text": entry.because, "by": entry.by,
         "icon": ICONS.get(entry.kind, "point-filled"),
         "tone": "warn" if entry.kind == "order" and "Closed" not in entry.what else TONES.get(entry.kind, "")}
        for entry in entries
    ]  # fmt: skip
