"""Command as its readers see it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from watchbell.district.sites.queries import rooms_of_site
from watchbell.kernel.changes import record_look
from watchbell.kernel.permissions import Actor, require, roles_at
from watchbell.line.errors import NotFound
from watchbell.response.command import rules
from watchbell.response.command.facts import AGENCY_ROLES, COMMANDER, POSITIONS, Holder, Resource
from watchbell.response.command.models import (
    Assignment,
    CareRecord,
    CommandPost,
    HandOver,
    Objective,
    RoomRelease,
)
from watchbell.response.incidents.queries import answers_of, incident_seen_by, roll_of

SEE = "command.view"
RELEASED = ("room", "office", "gym", "cafeteria", "library", "health")


def command_seen_by(actor: Actor, incident_id: UUID) -> Any:
    """The incident, for whoever may see its command. Raises NotFound, Refused."""
    incident = incident_seen_by(actor, incident_id)
    require(actor, SEE, incident.site_id)
    return incident


def is_of_agency(actor: Actor, incident: Any) -> bool:
    """Whether somebody is of an agency outside where the incident is."""
    return any(role in AGENCY_ROLES for role in roles_at(actor, incident.site_id))


def holders_of(incident: Any, history: Sequence[Assignment] | None = None) -> dict[str, Assignment]:
    """{position: who holds it now}, in the order of POSITIONS."""
    rows = Assignment.objects.filter(incident=incident, until=None) if history is None else history
    found = {row.position: row for row in rows if row.until is None}
    return {key: found[key] for key in POSITIONS if key in found}


def commander_of(incident: Any) -> Holder | None:
    row = Assignment.objects.filter(incident=incident, position=COMMANDER, until=None).first()
    return as_holder(row) if row else None


def as_holder(row: Assignment) -> Holder:
    return Holder(row.name, row.agency, row.since, str(row.user_id or ""))


def history_of(incident: Any) -> list[Assignment]:
    """Every assignment, the newest first."""
    return list(Assignment.objects.filter(incident=incident).order_by("-since", "-id"))


def post_of(incident: Any) -> CommandPost | None:
    return CommandPost.objects.filter(incident=incident).order_by("-at", "-id").first()


def offers_of(incident: Any) -> tuple[HandOver | None, list[HandOver]]:
    """(the hand-over that waits for a signature, the signed ones, the first first)."""
    rows = list(HandOver.objects.filter(incident=incident, withdrawn_at=None).order_by("signed_at", "id"))
    return next((row for row in rows if row.signed_at is None), None), [row for row in rows if row.signed_at]


def offer_of(incident: Any) -> HandOver | None:
    return offers_of(incident)[0]


def hand_overs_of(incident: Any) -> list[HandOver]:
    return offers_of(incident)[1]


def objectives_of(incident: Any) -> QuerySet[Objective]:
    return Objective.objects.filter(incident=incident).order_by("at", "id")


def resources_of(incident: Any) -> list[Resource]:
    return rules.resources_of(answers_of(incident))


def rooms_of(incident: Any) -> list[dict[str, Any]]:
    """Every room with what its roll call says and when it was released; those not released first."""
    released = {row.place_id: row for row in RoomRelease.objects.filter(incident=incident)}
    words = {row.place: row for row in roll_of(incident)}
    rooms = [
        {
            "id": str(pk), "name": name or f"Room {number}", "released": released.get(pk),
            "state": words[pk].state if pk in words else "", "people": words[pk].students if pk in words else 0,
        }
        for pk, number, name in rooms_of_site(incident.site_id, RELEASED)
    ]  # fmt: skip
    return sorted(rooms, key=lambda room: room["released"] is not None)


def care_of(actor: Actor, incident: Any) -> list[CareRecord]:
    """Records of care; the look is written down."""
    require(actor, "command.care", incident.site_id)
    record_look(actor, "command.see_care", incident)
    return list(CareRecord.objects.filter(incident=incident).order_by("at", "id"))


def one_offer(actor: Actor, offer_id: UUID) -> HandOver:
    """A hand-over that still waits. Raises NotFound."""
    found = HandOver.objects.select_related("incident").filter(pk=offer_id, signed_at=None, withdrawn_at=None).first()
    if found is None:
        raise NotFound("There is no such offer; it has been signed or withdrawn.")
    command_seen_by(actor, found.incident_id)
    return found


def command_as_dict(incident: Any) -> dict[str, Any]:
    """What the API tells."""
    post, (offer, hand_overs), rooms = post_of(incident), offers_of(incident), rooms_of(incident)
    return {
        "positions": [
            {"position": key, "title": POSITIONS[key][0], "name": row.name, "agency": row.agency,
             "contact": row.contact, "since": row.since.isoformat()}
            for key, row in holders_of(incident).items()
        ],
        "post": {"name": post.words, "at": post.at.isoformat(), "by": post.by_name} if post else None,
        "offered": {"to": offer.to_agency, "from": offer.from_name, "at": offer.offered_at.isoformat()}
        if offer else None,
        "hand_overs": [
            {"from": one.from_name, "to": one.signed_name, "agency": one.to_agency, "badge": one.badge,
             "at": one.signed_at.isoformat() if one.signed_at else None} for one in hand_overs
        ],
        "objectives": [
            {"id": str(one.id), "text": one.text, "by": one.by_name, "at": one.at.isoformat(),
             "done_at": one.done_at.isoformat() if one.done_at else None} for one in objectives_of(incident)
        ],
        "released": [
            {"place": room["id"], "name": room["name"], "at": room["released"].at.isoformat(),
             "to": room["released"].goes_to} for room in rooms if room["released"]
        ],
        "rooms_waiting": sum(room["released"] is None for room in rooms),
    }  # fmt: skip
