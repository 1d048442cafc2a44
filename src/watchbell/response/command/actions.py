"""Command is taken, handed over and signed; positions are given; rooms are released; care is recorded."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from watchbell.district.people.queries import person_of_user
from watchbell.district.sites.queries import place_names
from watchbell.kernel.changes import Change, recorded_change, take_turns
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.response.command import queries, rules
from watchbell.response.command.events import CommandChanged
from watchbell.response.command.facts import COMMANDER, MOST_NAME, MOST_TEXT, OUTCOMES, POSITIONS
from watchbell.response.command.models import (
    Assignment,
    CareRecord,
    CommandPost,
    HandOver,
    Objective,
    RoomRelease,
)

LEAD = "command.lead"


def _open(actor: Actor, incident_id: UUID, permission: str = LEAD) -> Any:
    incident = queries.command_seen_by(actor, incident_id)
    require(actor, permission, incident.site_id)
    if incident.state == "closed":
        raise Conflict("This incident is over; its record stays as it is.")
    return incident


def _take_turns(incident: Any) -> None:
    """Two who press at once are judged one after the other: command has one holder, and a room is released once."""
    take_turns(f"command:{incident.pk}")


def _agency_of(actor: Actor, incident: Any, given: str = "") -> str:
    """An agency's own people speak for it; a school's for the school."""
    return (given.strip() or "Police")[:120] if queries.is_of_agency(actor, incident) else ""


def _note(change: Change, actor: Actor, incident: Any, text: str) -> None:
    change.ask_soon("command.note", incident=str(incident.pk), by=actor.name, text=text)
    change.touch(f"incident:{incident.pk}")


def _tell(change: Change, actor: Actor, incident: Any, words: str) -> None:
    """Into the timeline, and to 911 and police: they must know whom to ask for, and where."""
    change.announce(CommandChanged(str(incident.pk), words, actor.name))
    change.touch(f"incident:{incident.pk}")


def _seat(incident: Any, position: str, **words: Any) -> Assignment:
    """Puts somebody into a position; whoever held it stops. Inside a change."""
    at = now()
    Assignment.objects.filter(incident=incident, position=position, until=None).update(until=at)
    return Assignment.objects.create(incident=incident, position=position, since=at, **words)


# -- command -----------------------------------------------------------------------------------------------------


def take_command(actor: Actor, incident_id: UUID, agency: str = "") -> None:
    """The first to take command has it. Raises Refused when somebody else holds it."""
    incident = _open(actor, incident_id)
    with recorded_change(actor, "command.take", target=incident, cause=str(incident_id)) as change:
        _take_turns(incident)
        because = rules.judge_taking(queries.commander_of(incident), str(actor.user_id or ""))
        if because:
            raise Refused(because)
        own = _agency_of(actor, incident, agency)
        _seat(incident, COMMANDER, user_id=actor.user_id, name=actor.name[:MOST_NAME], agency=own, by_name=actor.name)
        _tell(change, actor, incident, f"{rules.say_holder(actor.name, own)} is the Incident Commander.")


def offer_command(actor: Actor, incident_id: UUID, to_agency: str, briefing: str) -> UUID:
    """Command is offered to an agency ("" for somebody of the school), with the briefing that is signed."""
    incident = _open(actor, incident_id)
    with recorded_change(actor, "command.offer", target=incident, cause=str(incident_id)) as change:
        _take_turns(incident)
        commander = queries.commander_of(incident)
        because = rules.judge_offer(commander, queries.is_of_agency(actor, incident))
        if because:
            raise Refused(because)
        assert commander is not None
        if queries.offer_of(incident) is not None:
            raise Conflict("An offer waits for its signature already; withdraw it first.")
        offer = HandOver.objects.create(
            incident=incident, from_name=commander.name, from_agency=commander.agency,
            to_agency=to_agency.strip()[:120], briefing=briefing.strip()[:MOST_TEXT], offered_by=actor.user_id,
        )  # fmt: skip
        change.note(to=offer.to_agency or "the school")
        change.touch(f"incident:{incident.pk}")
    return offer.pk


def withdraw_offer(actor: Actor, offer_id: UUID) -> UUID:
    """The offer is taken back; gives the incident."""
    offer = queries.one_offer(actor, offer_id)
    incident = _open(actor, offer.incident_id)
    with recorded_change(actor, "command.withdraw_offer", target=incident, cause=str(incident.pk)) as change:
        HandOver.objects.filter(pk=offer.pk, signed_at=None).update(withdrawn_at=now())
        change.touch(f"incident:{incident.pk}")
    return incident.pk


def sign_hand_over(
    actor: Actor, offer_id: UUID, name: str = "", badge: str = "", *, is_witnessed: bool = False
) -> UUID:
    """Whoever takes command signs: with their own account, or on the device of whoever offered, with name and badge.

    Only now command moves. Gives the incident. Raises Refused, NotFound when it was signed or withdrawn meanwhile.
    """
    offer = queries.one_offer(actor, offer_id)
    incident = _open(actor, offer.incident_id)
    name = (name if is_witnessed else actor.name).strip()[:MOST_NAME]
    with recorded_change(actor, "command.sign_hand_over", target=incident, cause=str(incident.pk)) as change:
        _take_turns(incident)
        locked = HandOver.objects.select_for_update().get(pk=offer.pk)
        if locked.signed_at or locked.withdrawn_at:
            raise Conflict("This offer has been signed or withdrawn meanwhile.")
        because = rules.judge_signing(
            str(locked.offered_by or ""), str(actor.user_id or ""), name, badge, is_witnessed, bool(locked.to_agency)
        )
        if because:
            raise Refused(because)
        if locked.to_agency and not is_witnessed and not queries.is_of_agency(actor, incident):
            raise Refused(f"Command is offered to {locked.to_agency}: one of their people signs.")
        locked.signed_by = None if is_witnessed else actor.user_id
        locked.signed_name, locked.badge, locked.is_witnessed = name, badge.strip()[:60], is_witnessed
        locked.signed_at = now()
        locked.save(update_fields=["signed_by", "signed_name", "badge", "is_witnessed", "signed_at"])
        _seat(incident, COMMANDER, user_id=locked.signed_by, name=name, agency=locked.to_agency, by_name=actor.name)
        told = rules.say_holder(name, locked.to_agency)
        _tell(change, actor, incident, f"{told} has taken command from {locked.from_name} and signed for it.")
    return incident.pk


def choose_post(actor: Actor, incident_id: UUID, place: UUID | None, words: str) -> None:
    """Where command sits: a room, or words for what is not one (a parking lot, a street corner)."""
    incident = _open(actor, incident_id)
    name = place_names([place]).get(place, "") if place else ""
    told = ", ".join(part for part in (name, words.strip()) if part)[:200]
    if not told:
        raise Refused("Choose a room, or say where command sits.")
    with recorded_change(actor, "command.choose_post", target=incident, cause=str(incident_id)) as change:
        CommandPost.objects.create(incident=incident, place_id=place, words=told, by_name=actor.name)
        _tell(change, actor, incident, f"The command post is at {told}.")


# -- positions and objectives ------------------------------------------------------------------------------------------


def assign(
    actor: Actor, incident_id: UUID, position: str, name: str, contact: str = "", agency: str = "",
    user: UUID | None = None,
) -> None:  # fmt: skip
    """Gives a position to somebody; of command itself only a hand-over disposes."""
    incident = _open(actor, incident_id)
    if position == COMMANDER:
        raise Refused("Command is not given away here: it is taken, or handed over and signed.")
    if position not in POSITIONS:
        raise Refused("There is no such position.")
    person = person_of_user(user) if user else None
    name = (name.strip() or (person.name if person else ""))[:MOST_NAME]
    if not name:
        raise Refused("Say who it is.")
    with recorded_change(actor, "command.assign", target=incident, cause=str(incident_id)) as change:
        _take_turns(incident)
        _seat(incident, position, user_id=user, name=name, agency=agency.strip()[:120],
              contact=contact.strip()[:120], by_name=actor.name)  # fmt: skip
        change.note(position=position, name=name)
        _note(change, actor, incident, f"{POSITIONS[position][0]}: {rules.say_holder(name, agency.strip())}")


def relieve(actor: Actor, incident_id: UUID, position: str) -> None:
    """A position is empty again; command never is."""
    incident = _open(actor, incident_id)
    if position == COMMANDER:
        raise Refused("Command is handed over, not laid down.")
    with recorded_change(actor, "command.relieve", target=incident, cause=str(incident_id)) as change:
        count = Assignment.objects.filter(incident=incident, position=position, until=None).update(until=now())
        if not count:
            raise NotFound("Nobody holds this position.")
        change.note(position=position)
        change.touch(f"incident:{incident.pk}")


def add_objective(actor: Actor, incident_id: UUID, text: str) -> None:
    incident = _open(actor, incident_id)
    if not text.strip():
        raise Refused("Write what is to be done.")
    with recorded_change(actor, "command.add_objective", target=incident, cause=str(incident_id)) as change:
        Objective.objects.create(incident=incident, text=text.strip()[:400], by_name=actor.name)
        change.touch(f"incident:{incident.pk}")


def finish_objective(actor: Actor, objective_id: UUID) -> UUID:
    """It is done; gives the incident. Twice is once."""
    row = Objective.objects.filter(pk=objective_id).first()
    if row is None:
        raise NotFound("There is no such objective.")
    incident = _open(actor, row.incident_id)
    with recorded_change(actor, "command.finish_objective", target=incident, cause=str(incident.pk)) as change:
        if Objective.objects.filter(pk=row.pk, done_at=None).update(done_at=now(), done_by=actor.name):
            _note(change, actor, incident, f"Done: {row.text}")
    return incident.pk


# -- rooms and care -----------------------------------------------------------------------------------------------


def release_rooms(actor: Actor, incident_id: UUID, places: Iterable[UUID], goes_to: str = "") -> int:
    """These rooms' people may leave them; how many were not released before. Whoever is in command decides."""
    incident = _open(actor, incident_id, "command.release")
    wanted = {str(place) for place in places}
    with recorded_change(actor, "command.release_rooms", target=incident, cause=str(incident_id)) as change:
        _take_turns(incident)
        because = rules.judge_release(queries.commander_of(incident), queries.is_of_agency(actor, incident))
        if because:
            raise Refused(because)
        rooms = [room for room in queries.rooms_of(incident) if room["id"] in wanted and room["released"] is None]
        if not rooms:
            raise Refused("Choose rooms that have not been released yet.")
        for room in rooms:
            RoomRelease.objects.create(
                incident=incident, place_id=room["id"], name=room["name"], goes_to=goes_to.strip()[:160],
                by_name=actor.name,
            )  # fmt: skip
        names = ", ".join(room["name"] for room in rooms)
        change.note(rooms=len(rooms))
        to = f" to {goes_to.strip()[:160]}" if goes_to.strip() else ""
        _note(change, actor, incident, f"Released{to}: {names}"[:1000])
    return len(rooms)


def keep_care(
    actor: Actor, incident_id: UUID, name: str, found: str, given: str = "", outcome: str = "", family_told: str = "",
    person: UUID | None = None,
) -> None:  # fmt: skip
    """What was found and done for somebody. Also after the incident is over: it is written up afterwards, as a rule."""
    incident = queries.command_seen_by(actor, incident_id)
    require(actor, "command.care", incident.site_id)
    if not name.strip() or not found.strip():
        raise Refused("Say who it is, and what was found.")
    if outcome not in OUTCOMES:
        raise Refused("Choose what became of them.")
    with recorded_change(actor, "command.keep_care", target=incident, cause=str(incident_id)) as change:
        CareRecord.objects.create(
            incident=incident, person_id=person, name=name.strip()[:MOST_NAME], found=found.strip()[:MOST_TEXT],
            given=given.strip()[:MOST_TEXT], outcome=outcome, family_told=family_told.strip()[:160], by_name=actor.name,
        )  # fmt: skip
        change.touch(f"incident:{incident.pk}")
