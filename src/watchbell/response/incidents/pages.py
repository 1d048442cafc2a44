"""The incident's pages and their live parts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.accounts.queries import live_ticket
from watchbell.district.equipment.queries import state_counts
from watchbell.district.sites.queries import all_site_facts, place_fact
from watchbell.kernel.web import change_page, csv_of, page, page_of, part
from watchbell.line.errors import NotFound, WatchbellError
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.facts import ROOM_STATES, STATES
from watchbell.response.plans.facts import KINDS

SEE = "incidents.view"
KIND_OPTIONS = [("", "Any kind"), *((kind, words[0]) for kind, words in KINDS.items())]
MODE_OPTIONS = [("", "Any mode"), ("real", "Real"), ("drill", "Drill"), ("test", "Test")]


@page(permission=SEE, template="incidents/incidents_page.html")
def incidents_page(request: HttpRequest) -> Any:
    """All incidents, open ones first to find by filter."""
    wanted = {name: request.GET.get(name, "") for name in ("state", "kind", "mode")}
    rows = queries.incidents_seen_by(request.actor, **wanted)
    if request.GET.get("format") == "csv":
        columns = ("number", "kind", "mode", "state", "site", "opened", "closed")
        cells = [(i.number, i.kind, i.mode, i.state, i.site.name, i.opened_at, i.closed_at or "") for i in rows]
        return csv_of(cells, columns, "incidents")
    found = page_of(request, rows)
    state_options = [("", "Any state"), ("open", "Not closed"), *((k, v) for k, v in STATES.items() if k != "open")]
    selects = [
        {"name": "state", "label": "State", "value": wanted["state"], "options": state_options},
        {"name": "kind", "label": "Kind", "value": wanted["kind"], "options": KIND_OPTIONS},
        {"name": "mode", "label": "Mode", "value": wanted["mode"], "options": MODE_OPTIONS},
    ]
    filters = {"selects": selects, "target": "list", "count": found["count"], "csv_url": "?format=csv"}
    return {**found, "filters": filters}


def _context(request: HttpRequest, incident_id: UUID, parts: set[str]) -> dict[str, Any]:
    """What the named parts of the page need, and no query more."""
    actor = request.actor
    incident = queries.incident_seen_by(actor, incident_id)
    context: dict[str, Any] = {"incident": incident}
    board = queries.board_of(incident) if parts & {"band", "strip", "receipts"} else []
    roll = queries.roll_of(incident) if parts & {"strip", "plan", "checkin"} else []
    presses = queries.presses_of(incident) if parts & {"strip", "plan"} else []
    if "band" in parts:
        context["band"] = queries.band_of(actor, incident, board)
    if "strip" in parts:
        confirmed = queries.confirmations_of(incident).filter(what="screen_confirmed").count()
        context["signals"] = queries.signals_of(board, queries.roll_summary(roll), confirmed, len(presses))
    if "plan" in parts:
        context["floors"], context["current_floor"] = queries.floors_of(incident, roll, presses)
    if "receipts" in parts:
        context["rows"] = _with_urls(request, incident_id, board)
    if "checkin" in parts:
        context["checkin"] = _checkin(incident_id, queries.roll_summary(roll))
    if "steps" in parts:
        context["steps"] = queries.steps_shown(actor, incident, queries.steps_of(incident))
    if "timeline" in parts:
        context["timeline"] = {
            "entries": queries.timeline_shown(queries.timeline_of(incident)[:80]), "form": "time",
            "live_topic": f"incident:{incident_id}", "part_url": _url("timeline_part", incident_id),
            "note_url": _url("add_note", incident_id) if "incidents.note" in actor.permissions else "",
        }  # fmt: skip
    return context


def _url(name: str, *arguments: object) -> str:
    return reverse(f"incidents:{name}", args=arguments)


def _checkin(incident_id: UUID, roll: dict[str, Any]) -> dict[str, Any]:
    return {
        "total": roll["expected"], "safe": max(0, roll["accounted"] - roll["help"]), "help": roll["help"],
        "wait": roll["not_reported"], "rooms_url": _url("rooms_page", incident_id),
    }  # fmt: skip


def _with_urls(request: HttpRequest, incident_id: UUID, board: list[Any]) -> list[dict[str, Any]]:
    may_retry = "incidents.retry" in request.actor.permissions
    may_close = "incidents.close_endpoint" in request.actor.permissions
    rows = []
    for row in board:
        is_bad = row.state in ("failed", "expired", "late")
        rows.append(
            {
                "id": row.id, "step": f"Reset: {row.step_name}" if row.is_reset else row.step_name,
                "endpoint": row.endpoint, "state": row.state, "because": row.because, "asked_at": row.asked_at,
                "done_at": row.done_at, "attempts": row.attempts, "is_by_hand": row.is_by_hand,
                "again_url": _url("retry_endpoint", incident_id, row.id) if is_bad and may_retry else "",
                "close_url": _url("close_endpoint", incident_id, row.id) if is_bad and may_close else "",
            }
        )  # fmt: skip
    return rows


ALL_PARTS = {"band", "strip", "plan", "receipts", "checkin", "steps", "timeline"}


@page(permission=SEE, template="incidents/incident_page.html")
def incident_page(request: HttpRequest, incident_id: UUID) -> Any:
    """Everything about one incident, live."""
    names = ("band", "strip", "plan", "checkin", "steps", "receipts")
    parts = {name: _url("incident_part", incident_id, name) for name in names}
    return {**_context(request, incident_id, ALL_PARTS), "incident_topic": f"incident:{incident_id}", "parts": parts}


@part(permission=SEE, template="incidents/_incident_part.html")
def incident_part(request: HttpRequest, incident_id: UUID, name: str) -> Any:
    """One live part of the page."""
    if name not in ALL_PARTS:
        raise NotFound("There is no such part.")
    return {**_context(request, incident_id, {name}), "part": name}


@part(permission=SEE, template="incidents/_timeline_part.html")
def timeline_part(request: HttpRequest, incident_id: UUID) -> Any:
    return _context(request, incident_id, {"timeline"})


@page(permission=SEE, template="incidents/incident_page.html")
def press_page(request: HttpRequest, press: str) -> Any:
    """From an alert to its incident, once it has been recorded."""
    found = queries.incident_of_press(press)
    if found is None:
        raise NotFound("This alarm is being recorded; try again in a moment.")
    return redirect("incidents:incident_page", found)


@page(permission=SEE, template="incidents/rooms_page.html")
def rooms_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The roll call by room, those that need help and silent ones first."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    roll = queries.roll_of(incident)
    if request.GET.get("format") == "csv":
        columns = ("room", "state", "accounted", "students", "staff", "note", "by", "at")
        cells = [
            (r.name, r.state or "silent", r.accounted, r.students, r.staff, r.note, r.by, r.at or "") for r in roll
        ]
        return csv_of(cells, columns, f"roll-{incident.number}")
    return {
        "incident": incident, "roll": roll, "checkin": _checkin(incident_id, queries.roll_summary(roll)),
        "states": ROOM_STATES, "may_check_in": "incidents.check_in" in request.actor.permissions,
        "topic": f"incident:{incident_id}",
    }  # fmt: skip


@page(permission="incidents.check_in", template="incidents/room_page.html")
def room_page(request: HttpRequest, incident_id: UUID, place_id: UUID) -> Any:
    """One room: say how it is, in one press."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    row = next((r for r in queries.roll_of(incident) if r.place == place_id), None)
    return {"incident": incident, "place": place_fact(place_id), "row": row, "states": ROOM_STATES}


@change_page(permission="incidents.check_in")
def check_in_room(request: HttpRequest, incident_id: UUID, place_id: UUID) -> HttpResponse:
    place = place_fact(place_id)
    number = request.POST.get("accounted", "0")
    actions.check_in_room(
        request.actor, incident_id, place_id, request.POST.get("state", ""), note=request.POST.get("note", ""),
        accounted=int(number) if number.isdigit() else 0, place_name=place.name or f"Room {place.room}",
        report=request.POST.get("report", ""),
    )  # fmt: skip
    messages.success(request, f"{place.name or place.room}: {ROOM_STATES[request.POST['state']].lower()}. Recorded.")
    return redirect("incidents:rooms_page", incident_id)


@change_page(permission="incidents.note")
def add_note(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    actions.add_note(request.actor, incident_id, request.POST.get("note", ""))
    return HttpResponse(status=204) if request.headers.get("HX-Request") else _back(incident_id)


@change_page(permission="incidents.all_clear")
def all_clear(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    return _do(request, incident_id, lambda: actions.give_all_clear(request.actor, incident_id))


@change_page(permission="incidents.approve")
def approve_step(request: HttpRequest, incident_id: UUID, step_id: UUID) -> HttpResponse:
    return _do(request, incident_id, lambda: actions.approve_step(request.actor, step_id))


@change_page(permission="incidents.retry")
def retry_endpoint(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> HttpResponse:
    return _do(request, incident_id, lambda: actions.retry_endpoint(request.actor, entry_id))


@change_page(permission="incidents.close_endpoint")
def close_endpoint(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> HttpResponse:
    why = request.POST.get("why", "") or "looked at it"
    return _do(request, incident_id, lambda: actions.close_endpoint(request.actor, entry_id, why))


def _do(request: HttpRequest, incident_id: UUID, act: Any) -> HttpResponse:
    """Acts and returns to the incident; a second click on what is done already says so instead of failing."""
    try:
        act()
    except WatchbellError as error:
        messages.warning(request, str(error))
    return _back(incident_id)


def _back(incident_id: UUID) -> HttpResponse:
    return redirect("incidents:incident_page", incident_id)


@page(permission="incidents.report", template="incidents/report_page.html")
def report_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The record of an incident, for print: numbers, failures, roll call, timeline."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    board, roll = queries.board_of(incident), queries.roll_of(incident)
    return {
        "incident": incident, "numbers": queries.report_numbers(incident, board, roll), "board": board, "roll": roll,
        "entries": queries.timeline_shown(queries.timeline_of(incident))[::-1], "presses": queries.presses_of(incident),
        "confirmed": queries.confirmations_of(incident).count(),
    }  # fmt: skip


@part(permission="signed_in", template="")
def live_ticket_part(request: HttpRequest) -> Any:
    """A ticket for the live stream: the topics asked for that this person may follow, five minutes."""
    asked = [topic for topic in request.GET.get("topics", "").split(",") if topic][:60]
    allowed = [topic for topic in asked if _may_follow(request, topic)]
    answer = {"ticket": live_ticket(request.actor, allowed), "topics": allowed}
    return JsonResponse(answer)


def _may_follow(request: HttpRequest, topic: str) -> bool:
    kind, _, key = topic.partition(":")
    if kind == "incident":
        try:
            queries.incident_seen_by(request.actor, UUID(key))
        except (WatchbellError, ValueError):
            return False
        return True
    needs = {"incidents": SEE, "site": "sites.view", "equipment": "equipment.view", "plan": "plans.view",
             "sessions": "alarms.raise"}  # fmt: skip
    return kind in needs and needs[kind] in request.actor.permissions


@part(permission=SEE, template="incidents/_open_part.html")
def open_part(request: HttpRequest) -> Any:
    """The home page's first tile: what is on now, or that all is calm."""
    rows = list(queries.incidents_seen_by(request.actor, state="open")[:8])
    bands = []
    for incident in rows:
        where = {"label": "Where", "value": incident.site.name, "note": incident.place_name or "place unknown"}
        bands.append(
            {
                "kind": incident.kind, "mode": incident.mode, "state": incident.state, "name": incident.name,
                "directive": incident.directive, "since": incident.opened_at, "facts": [where], "boxed": True,
                "actions": [{"label": "Open", "icon": "arrow-right", "method": "get", "solid": True,
                             "url": _url("incident_page", incident.id)}],
            }
        )  # fmt: skip
    recent = [] if rows else list(queries.incidents_seen_by(request.actor)[:5])
    return {"bands": bands, "recent": recent}


@part(permission="sites.view", template="incidents/_map_part.html")
def map_part(request: HttpRequest) -> Any:
    """The district's sites on a map, those with an open incident marked."""
    on = {}
    for incident in queries.incidents_seen_by(request.actor, state="open"):
        on.setdefault(incident.site_id, incident)
    places = [
        {
            "id": str(site.id), "name": site.name, "lon": site.longitude, "lat": site.latitude,
            "url": reverse("sites:site_page", args=[site.id]), "icon": "school",
            "state": "bad" if site.id in on else "good", "kind": on[site.id].kind if site.id in on else "",
            "mode": on[site.id].mode if site.id in on else "",
            "note": on[site.id].name if site.id in on else "",
        }
        for site in all_site_facts()
        if site.latitude is not None and (request.actor.sites is None or site.id in request.actor.sites)
    ]  # fmt: skip
    return {"places": places}


@part(permission="equipment.view", template="incidents/_readiness_part.html")
def readiness_part(request: HttpRequest) -> Any:
    """Health of the equipment by kind, failures first."""
    counts = sorted(state_counts(request.actor), key=lambda count: (-count.failing, count.name))
    return {"counts": counts, "failing": sum(count.failing for count in counts)}
