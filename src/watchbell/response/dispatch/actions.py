"""The verbs of dispatch: acknowledge, report a unit, write, give and withdraw links, note what a centre is told."""

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, require, system_actor
from watchbell.line import clock, passes
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import new_id, same_id
from watchbell.line.signing import Signer
from watchbell.response.dispatch import queries, rules
from watchbell.response.dispatch.facts import LINK_HOURS, MOST_TEXT, UNIT_STATES, LinkFacts
from watchbell.response.dispatch.models import DispatchLink, DispatchMessage, DispatchUpdate
from watchbell.response.incidents.queries import incident_of_press, incident_seen_by, presses_of


class MadeLink(NamedTuple):
    """A link as it is shown once to whoever made it."""

    id: UUID
    url: str
    code: str


def mark_of(secret: str) -> str:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""


# -- answers of those who come ------------------------------------------------------------------------------------


def acknowledge(actor: Actor, incident_id: UUID) -> None:
    """A person of a centre has it: counts as the centre's own acknowledgement, and ends the escalation."""
    incident = incident_seen_by(actor, incident_id)
    require(actor, "dispatch.answer", incident.site_id)
    if incident.state == "closed":
        raise Conflict("This incident is over.")
    with recorded_change(actor, "dispatch.acknowledge", target=incident, cause=str(incident_id)) as change:
        _answer(change, incident, actor, "dispatch_acknowledged", f"Acknowledged by {actor.name}", {})


def report_unit(actor: Actor, incident_id: UUID, unit: str, state: str) -> None:
    """A unit's new state. Raises Refused for a state nobody knows or a unit without a name."""
    incident = incident_seen_by(actor, incident_id)
    require(actor, "dispatch.answer", incident.site_id)
    unit = " ".join(unit.split())[:80]
    if state not in UNIT_STATES:
        raise Refused(f"A unit is one of: {', '.join(word for word, _ in UNIT_STATES.values())}.")
    if not unit:
        raise Refused("Say which unit, e.g. Adam 12.")
    word, registry = UNIT_STATES[state]
    agency = actor.name.rpartition(", ")[2] if actor.user_id is None else actor.name
    with recorded_change(actor, "dispatch.report_unit", target=incident, cause=str(incident_id)) as change:
        change.note(unit=unit, state=state)
        detail = {"units": [{"name": unit, "states": [registry]}], "states": [], "agency": agency}
        _answer(change, incident, actor, "dispatch_status", f"{agency}: {unit} ({word.lower()})", detail)


def _answer(change: Change, incident: Any, actor: Actor, what: str, because: str, detail: dict[str, Any]) -> None:
    """Sends the answer over the bus, where the reflex at the site and the record hear it."""
    press, order = queries.newest_tell(incident)
    at = clock.unix()
    once = () if what == "dispatch_acknowledged" else (at,)
    by = str(actor.user_id) if actor.user_id else actor.from_where[:60]
    change.ask_soon(
        "dispatch.send_answer", id=same_id(incident.id, what, by, because, *once), site=str(incident.site_id),
        press=press, order=order, what=what, at=at, by=by, by_name=actor.name, because=because, detail=detail,
    )  # fmt: skip


def send_message(actor: Actor, incident_id: UUID, side: str, text: str) -> UUID:
    """A message to the other side; the school's goes to the centres with the next update as well."""
    incident = incident_seen_by(actor, incident_id)
    require(actor, "dispatch.message", incident.site_id)
    text = text.strip()[:MOST_TEXT]
    if not text:
        raise Refused("Write something first.")
    with recorded_change(actor, "dispatch.send_message", target=incident, cause=str(incident_id)) as change:
        row = DispatchMessage.objects.create(incident=incident, side=side, by_name=actor.name[:160], text=text)
        change.note(side=side, message=str(row.id))
        change.ask_soon("dispatch.note_message", incident=str(incident_id), by=actor.name, side=side, text=text)
        change.touch(f"incident:{incident_id}")
    return row.id


# -- links -------------------------------------------------------------------------------------------------------


def make_link(actor: Actor, incident_id: UUID, for_whom: str) -> MadeLink:
    """A link and a code to hand over by hand; each opens once. The link itself is shown now and kept nowhere."""
    incident = incident_seen_by(actor, incident_id)
    require(actor, "dispatch.links", incident.site_id)
    if not for_whom.strip():
        raise Refused("Say for whom it is: the log names them.")
    presses = presses_of(incident)
    order, signer, at = f"hand-{new_id().hex}", Signer(), clock.unix()
    token = passes.make_token(signer, str(actor.district), presses[0].press if presses else "", order, at)
    with recorded_change(actor, "dispatch.make_link", target=for_whom[:120], cause=str(incident_id)) as change:
        link = DispatchLink.objects.create(
            incident=incident, order=order, for_whom=for_whom.strip()[:120], made_by=actor.name[:160],
            expires_at=clock.now() + timedelta(hours=LINK_HOURS),
        )  # fmt: skip
        change.about(link)
        change.touch(f"incident:{incident_id}")
    return MadeLink(link.id, passes.address_of(token), passes.make_code(signer, order))


def open_link(found: passes.Pass, secret: str, name: str, from_where: str) -> tuple[UUID, UUID]:
    """(incident, link) for the session with `secret`. The first session that opens a link has it; logged.

    Raises NotFound while the press is not recorded, Refused when the link opens nothing (any more).
    """
    district = UUID(found.district)
    known = DispatchLink.objects.filter(order=found.order).first()
    incident = known.incident_id if known else incident_of_press(found.press)
    if incident is None:
        raise NotFound("This alarm is being recorded; try again in a moment.")
    whom = known.for_whom if known else queries.press_of(found.order)[1] or "911 and police"
    actor = system_actor(district, f"{name[:80]}, {whom}" if name else whom)
    with recorded_change(actor, "dispatch.open_link", target=whom, cause=str(incident)) as change:
        link, _ = DispatchLink.objects.get_or_create(
            order=found.order, defaults={
                "incident_id": incident, "for_whom": whom, "expires_at": clock.moment(found.until),
                "made_by": "sent with the alarm",
            },
        )  # fmt: skip
        link = DispatchLink.objects.select_for_update(of=("self",)).select_related("incident").get(id=link.id)
        facts = LinkFacts(link.mark, link.expires_at, link.revoked_at is not None, link.incident.closed_at)
        because = rules.judge_link(facts, mark_of(secret), clock.now())
        if because:
            raise Refused(because)
        if not link.mark:
            link.mark, link.opened_at = mark_of(secret), clock.now()
            link.opened_by, link.opened_from = name.strip()[:80], from_where[:60]
            link.save(update_fields=["mark", "opened_at", "opened_by", "opened_from"])
        change.about(link)
        change.note(from_where=from_where)
        change.touch(f"incident:{incident}")
    return incident, link.id


def revoke_link(actor: Actor, link_id: UUID) -> None:
    """Withdraws a link, opened or not: what it has opened closes."""
    link = queries.one_link(actor, link_id)
    require(actor, "dispatch.links", link.incident.site_id)
    with recorded_change(actor, "dispatch.revoke_link", target=link, cause=str(link.incident_id)) as change:
        count = DispatchLink.objects.filter(id=link_id, revoked_at=None).update(
            revoked_at=clock.now(), revoked_by=actor.name[:160]
        )
        if not count:
            raise Conflict("This link has been withdrawn already.")
        change.touch(f"incident:{link.incident_id}")


def revoke_sent_link(actor: Actor, incident_id: UUID, order: str) -> None:
    """Withdraws a link that went out with an order and that nobody has opened."""
    incident = incident_seen_by(actor, incident_id)
    require(actor, "dispatch.links", incident.site_id)
    sent = next((one for one in queries.sent_links(incident) if one["order"] == order), None)
    if sent is None:
        raise NotFound("There is no such link, or somebody has opened it meanwhile; look again.")
    with recorded_change(actor, "dispatch.revoke_link", target=sent["for_whom"], cause=str(incident_id)) as change:
        DispatchLink.objects.create(
            incident=incident, order=order, for_whom=sent["for_whom"][:120], made_by="sent with the alarm",
            expires_at=clock.now(), revoked_at=clock.now(), revoked_by=actor.name[:160],
        )  # fmt: skip
        change.touch(f"incident:{incident_id}")


# -- updates -----------------------------------------------------------------------------------------------------


def keep_update(actor: Actor, incident: Any, endpoint: str, number: int, digest: str, order: dict[str, Any]) -> bool:
    """Notes what a centre is told next and has it sent, in one commit; False when another worker was first."""
    with recorded_change(actor, "dispatch.update_centre", target=incident, cause=str(incident.id)) as change:
        row, _ = DispatchUpdate.objects.select_for_update().get_or_create(
            incident=incident, endpoint=endpoint, defaults={"digest": "", "order": "", "at": clock.now()}
        )
        if row.number >= number:
            return False
        row.number, row.digest, row.order, row.at = number, digest, order["id"], clock.now()
        row.save(update_fields=["number", "digest", "order", "at"])
        change.note(endpoint=order["endpoint"]["name"], number=number)
        change.ask_soon("dispatch.send_update", incident=str(incident.id), site=str(incident.site_id), order=order)
    return True
