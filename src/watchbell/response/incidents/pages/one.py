"""One incident: its page, its live parts, and what a person does there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.kernel.web import change_page, page, part, show_problem
from watchbell.line.errors import NotFound, WatchbellError
from watchbell.line.numbers import read_whole
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.facts import TIMELINE_KINDS

SEE = "incidents.view"
#: So often, a second apart, the page of a press looks for its incident.
MOST_LOOKS = 20


def _context(request: HttpRequest, incident_id: UUID, parts: set[str]) -> dict[str, Any]:
    """What the named parts of the page need, and no query more."""
    actor = request.actor
    incident = queries.incident_seen_by(actor, incident_id)
    context: dict[str, Any] = {"incident": incident}
    board = queries.board_of(incident) if parts & {"band", "strip", "receipts"} else []
    roll = queries.roll_of(incident) if parts & {"strip", "plan", "checkin", "rooms"} else []
    presses = queries.presses_of(incident) if parts & {"strip", "plan", "rooms"} else []
    if "band" in parts:
        context["band"] = queries.band_of(actor, incident, board)
    if "strip" in parts:
        told = {"is_over": incident.state != "open", "has_roll": incident.has_roll}
        confirmed = presses[0].confirmed if presses else 0
        context["signals"] = queries.signals_of(board, queries.roll_summary(roll), confirmed, len(presses), **told)
    known = queries.help_now(incident) if "help" in parts else None
    if "plan" in parts:
        context["floors"], context["current_floor"] = queries.floors_of(incident, roll, presses, known)
    if "rooms" in parts:
        context["room_rows"], context["rooms_url"] = roll, url_of("rooms_page", incident_id)
        context["pressed"] = {press.place_id for press in presses if press.place_id}
    if "receipts" in parts:
        context["rows"], context["all_url"] = rows_with_urls(request, incident, board), board_url(incident_id)
    if "checkin" in parts and incident.has_roll:
        context["checkin"] = checkin_of(incident_id, queries.roll_summary(roll))
    if "help" in parts:
        context["help"] = queries.help_shown(actor, incident, known)
    if "steps" in parts:
        context["steps"] = queries.steps_shown(actor, incident, queries.steps_of(incident))
    if "timeline" in parts:
        context["timeline"] = {
            "entries": queries.timeline_shown(queries.timeline_of(incident)[:80]), "form": "time",
            "filters": [{"label": word, "url": f"{url_of('log_page', incident_id)}?kind={kind}", "is_current": False}
                        for kind, word in TIMELINE_KINDS.items()],
            "live_topic": f"incident:{incident_id}", "part_url": url_of("timeline_part", incident_id),
            "note_url": url_of("add_note", incident_id) if "incidents.note" in actor.permissions else "",
        }  # fmt: skip
    return context


def board_url(incident_id: UUID) -> str:
    return url_of("board_page", incident_id)


def url_of(name: str, *arguments: object) -> str:
    return reverse(f"incidents:{name}", args=arguments)


def checkin_of(incident_id: UUID, roll: dict[str, Any]) -> dict[str, Any]:
    return {
        "total": roll["expected"], "safe": max(0, roll["accounted"] - roll["help"]), "help": roll["help"],
        "wait": roll["not_reported"], "rooms_url": url_of("rooms_page", incident_id),
        "help_url": reverse("accountability:roll_page", args=[incident_id]),
    }  # fmt: skip


def rows_with_urls(request: HttpRequest, incident: Any, board: list[Any]) -> list[dict[str, Any]]:
    """The board's rows with what may be done about each; after the all-clear only resets are asked once more."""
    incident_id = incident.id
    may_retry = "incidents.retry" in request.actor.permissions
    may_close = "incidents.close_endpoint" in request.actor.permissions
    rows = []
    for row in board:
        is_bad = row.state in ("failed", "expired", "late")
        is_asked = is_bad and may_retry and (row.is_reset or incident.state == "open")
        rows.append(
            {
                "id": row.id, "step": f"Reset: {row.step_name}" if row.is_reset else row.step_name,
                "endpoint": row.endpoint, "state": row.state, "because": row.because, "asked_at": row.asked_at,
                "done_at": row.done_at, "attempts": row.attempts, "is_by_hand": row.is_by_hand,
                "again_url": url_of("retry_endpoint", incident_id, row.id) if is_asked else "",
                "close_url": url_of("close_endpoint", incident_id, row.id) if is_bad and may_close else "",
            }
        )  # fmt: skip
    return rows


ALL_PARTS = {"band", "strip", "help", "plan", "receipts", "checkin", "steps", "timeline"}


@page(permission=SEE, template="incidents/incident_page.html")
def incident_page(request: HttpRequest, incident_id: UUID) -> Any:
    """Everything about one incident, live."""
    names = ("band", "strip", "help", "plan", "checkin", "steps", "receipts")
    parts = {name: url_of("incident_part", incident_id, name) for name in names}
    shown = ALL_PARTS - {"plan"} | {"rooms"}  # the drawing follows by itself: what to do does not wait for it
    context = _context(request, incident_id, shown)
    topic = f"incident:{incident_id}"
    plan_topics = f"{topic} site:{context['incident'].site_id}"  # a door that is forced open is no news of the incident
    return {**context, "incident_topic": topic, "plan_topics": plan_topics, "parts": parts}


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
    """From an alert to its incident; while it is being recorded the page looks again by itself, for a while."""
    found = queries.incident_of_press(press)
    if found is None:
        answer = show_problem(request, NotFound("This alarm is being recorded; the page looks again by itself."))
        tries = read_whole(request.GET.get("tries", "0"))
        if tries is not None and tries < MOST_LOOKS:
            answer["Refresh"] = f"1; url={request.path}?tries={tries + 1}"
        return answer
    return redirect("incidents:incident_page", found)


@change_page(permission="incidents.note")
def add_note(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    actions.add_note(request.actor, incident_id, request.POST.get("note", ""))
    return HttpResponse(status=204) if request.headers.get("HX-Request") else back_to(incident_id)


@change_page(permission="incidents.all_clear")
def all_clear(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    return do_and_return(request, incident_id, lambda: actions.give_all_clear(request.actor, incident_id))


@change_page(permission="incidents.approve")
def approve_step(request: HttpRequest, incident_id: UUID, step_id: UUID) -> HttpResponse:
    return do_and_return(request, incident_id, lambda: actions.approve_step(request.actor, incident_id, step_id))


@change_page(permission="incidents.retry")
def retry_endpoint(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> HttpResponse:
    return do_and_return(request, incident_id, lambda: actions.retry_endpoint(request.actor, incident_id, entry_id))


@change_page(permission="incidents.approve")
def refuse_step(request: HttpRequest, incident_id: UUID, step_id: UUID) -> HttpResponse:
    return do_and_return(request, incident_id, lambda: actions.refuse_step(request.actor, incident_id, step_id))


def do_and_return(request: HttpRequest, incident_id: UUID, act: Any) -> HttpResponse:
    """Acts and returns to the incident; a second click on what is done already says so instead of failing."""
    try:
        act()
    except NotFound:
        raise
    except WatchbellError as error:
        messages.warning(request, str(error))
    return back_to(incident_id)


def back_to(incident_id: UUID) -> HttpResponse:
    return redirect("incidents:incident_page", incident_id)
