"""The roll call by room, and checking one room in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.sites.queries import place_fact
from watchbell.kernel.web import change_page, csv_of, csv_url, page
from watchbell.line.numbers import read_whole
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.facts import ROOM_STATES
from watchbell.response.incidents.pages.listing import SEE
from watchbell.response.incidents.pages.one import checkin_of


@page(permission=SEE, template="incidents/rooms_page.html")
def rooms_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The roll call by room, those that need help and silent ones first."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    everybody = queries.roll_of(incident)
    state, search = request.GET.get("state", ""), request.GET.get("q", "").strip().lower()
    roll = [r for r in everybody if state in ("", r.state or "silent") and search in r.name.lower()]
    if request.GET.get("format") == "csv":
        columns = ("room", "state", "accounted", "students", "staff", "note", "by", "at")
        cells = [
            (r.name, r.state or "silent", r.accounted, r.students, r.staff, r.note, r.by, r.at or "") for r in roll
        ]
        return csv_of(cells, columns, f"roll-{incident.number}")
    return {
        "incident": incident, "roll": roll, "checkin": checkin_of(incident_id, queries.roll_summary(everybody)),
        "states": ROOM_STATES, "may_check_in": "incidents.check_in" in request.actor.permissions,
        "topic": f"incident:{incident_id}",
        "filters": {
            "q": {"name": "q", "value": search, "label": "Room"}, "target": "roll", "count": len(roll),
            "count_word": "rooms", "csv_url": csv_url(request),
            "selects": [{"name": "state", "label": "State", "value": state,
                         "options": [("", "All"), ("silent", "Silent"), *ROOM_STATES.items()]}],
        },
    }  # fmt: skip


@page(permission="incidents.check_in", template="incidents/room_page.html")
def room_page(request: HttpRequest, incident_id: UUID, place_id: UUID) -> Any:
    """One room: say how it is, in one press."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    row = next((r for r in queries.roll_of(incident) if r.place == place_id), None)
    expected = 0 if row is None else row.accounted if row.state else row.students + row.staff
    return {"incident": incident, "place": place_fact(place_id), "row": row, "states": ROOM_STATES,
            "expected": expected}  # fmt: skip


@change_page(permission="incidents.check_in")
def check_in_room(request: HttpRequest, incident_id: UUID, place_id: UUID) -> HttpResponse:
    place = place_fact(place_id)
    number = read_whole(request.POST.get("accounted", "0"))
    actions.check_in_room(
        request.actor, incident_id, place_id, request.POST.get("state", ""), note=request.POST.get("note", ""),
        accounted=number or 0, place_name=place.name or f"Room {place.room}",
        report=request.POST.get("report", ""),
    )  # fmt: skip
    messages.success(request, f"{place.name or place.room}: {ROOM_STATES[request.POST['state']].lower()}. Recorded.")
    return redirect("incidents:rooms_page", incident_id)
