"""The JSON operations on incidents."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.district.accounts.actions import judge_pin
from watchbell.kernel.api import api_router, operation, paged
from watchbell.response.incidents import actions, queries

router = api_router("incidents")


class AllClear(Schema):
    why: str = ""


class Note(Schema):
    text: str


class Reason(Schema):
    why: str = ""


class Pin(Schema):
    pin: str


class Said(Schema):
    outcome: str


@operation(router.get, "/incidents", permission="incidents.view")
def list_incidents(request: HttpRequest, state: str = "", site: str = "", mode: str = "", kind: str = "") -> Any:
    """Incidents, newest first. state=open means not closed."""
    rows = queries.incidents_seen_by(request.actor, state=state, site=site, mode=mode, kind=kind)
    return paged(request, rows, queries.incident_as_dict)


@operation(router.get, "/incidents/{incident_id}", permission="incidents.view")
def read_incident(request: HttpRequest, incident_id: UUID) -> Any:
    """One incident with receipts, steps and timeline: its newest 500 entries of `timeline_count`."""
    return queries.incident_in_full(request.actor, incident_id)


@operation(router.get, "/incidents/{incident_id}/timeline", permission="incidents.view")
def read_timeline(request: HttpRequest, incident_id: UUID) -> Any:
    """The whole timeline in pages, the newest entry first."""
    rows = queries.timeline_of(queries.incident_seen_by(request.actor, incident_id))
    return paged(request, rows, queries.entry_as_dict)


@operation(router.get, "/incidents/{incident_id}/rooms", permission="incidents.view")
def read_roll(request: HttpRequest, incident_id: UUID) -> Any:
    """The roll call by room, silent rooms first after those that need help."""
    rows = queries.roll_of(queries.incident_seen_by(request.actor, incident_id))
    return paged(
        request, rows,
        lambda r: {"place": str(r.place), "name": r.name, "state": r.state, "students": r.students, "staff": r.staff,
                   "accounted": r.accounted, "note": r.note, "by": r.by, "at": r.at.isoformat() if r.at else None},
    )  # fmt: skip


@operation(router.post, "/incidents/{incident_id}/all-clear", permission="incidents.all_clear")
def give_all_clear(request: HttpRequest, incident_id: UUID, body: AllClear | None = None) -> Any:
    """Ends the alarm; the incident closes when every endpoint has confirmed its reset."""
    actions.give_all_clear(request.actor, incident_id, body.why if body else "")
    return queries.incident_in_full(request.actor, incident_id)


@operation(router.post, "/incidents/{incident_id}/cancel", permission="alarms.raise")
def cancel_incident(request: HttpRequest, incident_id: UUID, body: Pin) -> Any:
    """Takes back an alarm pressed by mistake, by the PIN of whoever pressed or of a leader."""
    actions.cancel_incident(request.actor, incident_id, judge_pin(request.actor, body.pin))
    return {"id": str(incident_id), "cancelled": True}


@operation(router.post, "/incidents/{incident_id}/outcome", permission="incidents.all_clear")
def set_outcome(request: HttpRequest, incident_id: UUID, body: Said) -> Any:
    """Says what a closed incident was: real, precaution, unintended or drill."""
    actions.set_outcome(request.actor, incident_id, body.outcome)
    return queries.incident_in_full(request.actor, incident_id)


@operation(router.get, "/reports/unintended-presses", permission="incidents.report")
def unintended_presses(request: HttpRequest, site: str = "", days: int = 365) -> Any:
    """The rate of unintended presses by month, site and kind of device; the bar is 2 percent."""
    rates = queries.unintended_rates(request.actor, site=site, days=max(1, min(days, 3650)))
    return {
        by: [{"name": r.name, "closed": r.closed, "unintended": r.unintended, "not_said": r.unsaid,
              "percent": r.percent} for r in rows] for by, rows in rates.items()
    }  # fmt: skip


@operation(router.post, "/incidents/{incident_id}/steps/{step_id}/approve", permission="incidents.approve")
def approve_step(request: HttpRequest, incident_id: UUID, step_id: UUID) -> Any:
    """Releases a step that waits for approval."""
    actions.approve_step(request.actor, incident_id, step_id)
    return queries.incident_in_full(request.actor, incident_id)


@operation(router.post, "/incidents/{incident_id}/notes", permission="incidents.note")
def add_note(request: HttpRequest, incident_id: UUID, body: Note) -> Any:
    """Adds a line to the timeline."""
    actions.add_note(request.actor, incident_id, body.text)
    return {"kept": True}


@operation(router.post, "/incidents/{incident_id}/receipts/{entry_id}/close", permission="incidents.close_endpoint")
def close_endpoint(request: HttpRequest, incident_id: UUID, entry_id: UUID, body: Reason) -> Any:
    """A named person has checked the endpoint by hand, with reason."""
    actions.close_endpoint(request.actor, incident_id, entry_id, body.why)
    return queries.incident_in_full(request.actor, incident_id)


@operation(router.post, "/incidents/{incident_id}/receipts/{entry_id}/retry", permission="incidents.retry")
def retry_endpoint(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> Any:
    """Asks the endpoint once more."""
    actions.retry_endpoint(request.actor, incident_id, entry_id)
    return queries.incident_in_full(request.actor, incident_id)
