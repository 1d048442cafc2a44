"""The JSON operations on equipment, telephones and tickets."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import File, Schema
from ninja.files import UploadedFile

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.facts import MOST_PHOTO_BYTES
from watchbell.district.equipment.rules import judge_telephone
from watchbell.kernel.api import Invalid, api_router, operation, paged
from watchbell.line import clock
from watchbell.line.errors import Refused

router = api_router("equipment")


def equipment_dict(row: Any) -> dict[str, Any]:
    """A piece of equipment without its secret; `settings` holds none."""
    return {
        "id": str(row.pk), "kind": row.kind, "name": row.name, "identifier": row.identifier,
        "site": str(row.site_id) if row.site_id else None, "place": str(row.place_id) if row.place_id else None,
        "floor": str(row.floor_id) if row.floor_id else None, "door": row.door.number if row.door else None,
        "holder": str(row.holder_id) if row.holder_id else None, "x": row.x, "y": row.y, "gateway": row.gateway,
        "device": row.device, "is_test": row.is_test, "state": row.state,
        "state_at": row.state_at.isoformat() if row.state_at else None, "state_because": row.state_because,
        "battery": row.battery, "contact": row.contact, "lock": row.lock,
        "heard_at": row.heard_at.isoformat() if row.heard_at else None, "detail": row.detail,
        "self_test": row.self_test, "self_test_at": row.self_test_at.isoformat() if row.self_test_at else None,
        "self_test_because": row.self_test_because, "owner": str(row.owner_id) if row.owner_id else None,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }  # fmt: skip


@operation(router.get, "/equipment", permission="equipment.view")
def list_equipment(
    request: HttpRequest, kind: str = "", state: str = "", site: str = "", search: str = "", owner: str = ""
) -> Any:
    """Equipment, failures first; state "failing" means trouble or silent; owner "mine", "nobody" or a person's id."""
    rows = queries.equipment_seen_by(request.actor, kind=kind, state=state, site=site, search=search, owner=owner)
    return paged(request, rows, equipment_dict)


@operation(router.get, "/equipment/{equipment_id}", permission="equipment.view")
def read_equipment(request: HttpRequest, equipment_id: UUID) -> Any:
    """One piece of equipment."""
    return equipment_dict(queries.one_seen_by(request.actor, equipment_id))


def telephone_dict(one: Any) -> dict[str, Any]:
    """A telephone with its dispatchable location. one: (TelephoneFacts, problem or "")."""
    phone, problem = one
    return {
        "id": str(phone.id), "extension": phone.extension, "name": phone.name, "elin": phone.elin,
        "callback": phone.callback, "site": str(phone.site) if phone.site else None,
        "place": str(phone.place) if phone.place else None, "place_name": phone.place_name, "civic": phone.civic,
        "latitude": phone.latitude, "longitude": phone.longitude, "mac": phone.mac, "ip": phone.ip,
        "confirmed_on": phone.confirmed_on.isoformat() if phone.confirmed_on else None,
        "confirmed_by": phone.confirmed_by, "problem": problem or None,
    }  # fmt: skip


@operation(router.get, "/telephones", permission="equipment.view")
def list_telephones(request: HttpRequest, site: str = "", search: str = "", problem: str = "") -> Any:
    """Telephones with their dispatchable locations, problems first; problem "any", "grave" or one by name."""
    today = clock.now().date()
    found = queries.telephones_judged(request.actor, today, site=site, search=search, problem=problem)
    return paged(request, found, telephone_dict)


@operation(router.get, "/telephones/audit", permission="equipment.view")
def read_telephone_audit(request: HttpRequest) -> Any:
    """What the last night's audit of telephones found: {"at", "checked", "problems": [...]}; at null before it."""
    audit = queries.newest_audit()
    if audit is None:
        return {"at": None, "checked": 0, "problems": []}
    return {"at": audit.at.isoformat(), "checked": audit.checked, "problems": audit.problems}


@operation(router.get, "/telephones/{telephone_id}", permission="equipment.view")
def read_telephone(request: HttpRequest, telephone_id: UUID) -> Any:
    """One telephone."""
    phone = queries.one_telephone(request.actor, telephone_id)
    return telephone_dict((phone, judge_telephone(phone, clock.now().date())))


@operation(router.post, "/telephones/{telephone_id}/confirm", permission="equipment.edit")
def confirm_telephone(request: HttpRequest, telephone_id: UUID) -> Any:
    """Somebody has seen the telephone in its room: {"confirmed": 1}, 0 for one without a room."""
    queries.one_telephone(request.actor, telephone_id)
    return {"confirmed": actions.confirm_telephones(request.actor, [telephone_id])}


# -- tickets -----------------------------------------------------------------------------------------------------------


def ticket_dict(row: Any) -> dict[str, Any]:
    """A ticket; moments RFC 3339, ids UUIDs."""
    floor = row.place.floor if row.place else None

    def at(moment: Any) -> str | None:
        return moment.isoformat() if moment else None

    def key(value: Any) -> str | None:
        return str(value) if value else None

    return {
        "id": str(row.pk), "number": row.number, "title": row.title, "words": row.words, "origin": row.origin,
        "severity": row.severity, "state": row.state, "site": key(row.site_id), "place": key(row.place_id),
        "building": floor.building.name if floor else None, "floor": floor.name if floor else None,
        "room": key(row.place), "equipment": key(row.equipment_id), "pieces": row.pieces, "owner": key(row.owner_id),
        "owner_name": key(row.owner), "interim": row.interim, "opened_at": at(row.opened_at),
        "first_opened_at": at(row.first_opened_at), "opened_by": row.opened_by, "times": row.times,
        "due_at": at(row.due_at), "is_overdue": row.state != "closed" and row.due_at <= clock.now(),
        "escalated_at": at(row.escalated_at), "done_at": at(row.done_at), "done_by": row.done_by or None,
        "closed_at": at(row.closed_at), "closed_by": row.closed_by or None,
        "closed_because": row.closed_because or None,
    }  # fmt: skip


class FaultIn(Schema):
    """A fault somebody saw: at equipment, or at a site and a place of it."""

    words: str
    equipment: UUID | None = None
    site: UUID | None = None
    place: UUID | None = None
    is_life_safety: bool = False


class StepIn(Schema):
    """A step with a ticket. step: take_up, repaired, close, send_back, reopen, withdraw or note.

    words: as that step wants."""

    step: str
    words: str = ""


class TicketIn(Schema):
    """What is set of a ticket; what is left out stays. owner null: by the owner rules."""

    severity: str | None = None
    interim: str | None = None
    owner: UUID | None = None


@operation(router.get, "/tickets", permission="tickets.report")
def list_tickets(
    request: HttpRequest, site: str = "", state: str = "", severity: str = "", owner: str = "", due: str = "",
    search: str = "", equipment: str = "", sort: str = "",
) -> Any:  # fmt: skip
    """Tickets, the most urgent first; state "" is all that are not closed, "all" every one; due "overdue"; owner
    "mine", "nobody" or a person's id. Who may not see tickets finds those they reported."""
    rows = queries.tickets_seen_by(request.actor, site=site, state=state, severity=severity, owner=owner, due=due,
                                   search=search, equipment=equipment, sort=sort)  # fmt: skip
    return paged(request, rows, ticket_dict)


@operation(router.get, "/tickets/weeks", permission="tickets.view")
def list_ticket_weeks(request: HttpRequest, site: str = "") -> Any:
    """The last twelve weeks, the oldest first: opened, closed, median hours to close, overdue at the week's end."""
    return [
        {"begins_on": week.begins_on.isoformat(), "opened": week.opened, "closed": week.closed,
         "median_hours": week.hours, "overdue": week.overdue}
        for week in queries.weeks_of(request.actor, site)
    ]  # fmt: skip


def _whole(request: HttpRequest, ticket_id: UUID) -> dict[str, Any]:
    row = queries.ticket_seen_by(request.actor, ticket_id)
    notes = [{"at": note.at.isoformat(), "what": note.what, "text": note.text, "by": note.by_name}
             for note in queries.notes_of(row)]  # fmt: skip
    photos = [{"id": str(one.pk), "is_proof": one.is_proof, "at": one.taken_at.isoformat(), "by": one.by_name,
               "url": f"/tickets/{row.pk}/photos/{one.pk}"} for one in queries.photos_of(row)]  # fmt: skip
    return {**ticket_dict(row), "notes": notes, "photos": photos}


@operation(router.get, "/tickets/{ticket_id}", permission="tickets.report")
def read_ticket(request: HttpRequest, ticket_id: UUID) -> Any:
    """One ticket with its notes and photos."""
    return _whole(request, ticket_id)


@operation(router.post, "/tickets", permission="tickets.report")
def report_fault(request: HttpRequest, body: FaultIn) -> Any:
    """Reports a fault: 201 with the ticket and "joined", true when the equipment's open ticket took the words."""
    ticket, is_joined = actions.report_fault(
        request.actor, body.words, equipment=body.equipment, site=body.site, place=body.place,
        is_grave=body.is_life_safety,
    )  # fmt: skip
    return JsonResponse({**_whole(request, ticket), "joined": is_joined}, status=201)


@operation(router.post, "/tickets/{ticket_id}/steps", permission="tickets.report")
def step_ticket(request: HttpRequest, ticket_id: UUID, body: StepIn) -> Any:
    """Takes a step; 409 when the ticket has moved on meanwhile, 403 for the repairer who would close it."""
    queries.ticket_seen_by(request.actor, ticket_id)
    actor, words = request.actor, body.words
    steps = {
        "take_up": lambda: actions.take_up(actor, ticket_id),
        "repaired": lambda: actions.mark_repaired(actor, ticket_id, words),
        "close": lambda: actions.close_ticket(actor, ticket_id, words),
        "send_back": lambda: actions.send_back(actor, ticket_id, words),
        "reopen": lambda: actions.reopen_ticket(actor, ticket_id, words),
        "withdraw": lambda: actions.withdraw_report(actor, ticket_id, words),
        "note": lambda: actions.note_ticket(actor, ticket_id, words),
    }
    if body.step not in steps:
        raise Invalid({"step": f"one of {', '.join(steps)}"})
    steps[body.step]()
    return _whole(request, ticket_id)


@operation(router.patch, "/tickets/{ticket_id}", permission="tickets.work")
def set_ticket(request: HttpRequest, ticket_id: UUID, body: TicketIn) -> Any:
    """Sets severity, the room's instruction, or who answers for it."""
    queries.ticket_seen_by(request.actor, ticket_id)
    given = body.dict(exclude_unset=True)
    if given.get("severity") is not None:
        actions.set_severity(request.actor, ticket_id, given["severity"])
    if given.get("interim") is not None:
        actions.set_interim(request.actor, ticket_id, given["interim"])
    if "owner" in given:
        actions.set_ticket_owner(request.actor, ticket_id, given["owner"])
    return _whole(request, ticket_id)


@operation(router.post, "/tickets/{ticket_id}/photos", permission="tickets.report")
def add_ticket_photo(request: HttpRequest, ticket_id: UUID, file: UploadedFile = File(...)) -> Any:
    """Takes a JPEG, PNG or WebP of at most 12 MB (multipart): of the fault, or once that is repaired, of the repair."""
    queries.ticket_seen_by(request.actor, ticket_id)
    try:
        actions.note_ticket(request.actor, ticket_id, "", file.read(MOST_PHOTO_BYTES + 1))
    except Refused as error:
        raise Invalid({"file": str(error)}) from error
    return JsonResponse(_whole(request, ticket_id), status=201)
