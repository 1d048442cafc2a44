"""What people report: rooms, notes."""

from datetime import datetime
from uuid import UUID

from watchbell.district.sites.queries import is_place_of
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.response.incidents import rules
from watchbell.response.incidents.facts import ROOM_STATES
from watchbell.response.incidents.models import RoomCheckIn, TimelineEntry
from watchbell.response.incidents.queries import incident_to_change

MOST_PEOPLE_IN_A_ROOM = 5000


def check_in_room(
    actor: Actor, incident_id: UUID, place_id: UUID, state: str, *, accounted: int = 0, note: str = "",
    place_name: str = "", report: str = "", injured: int = 0, missing: int = 0, at: datetime | None = None,
) -> bool:  # fmt: skip
    """Keeps what was reported of a room; the newest counts. False when this `report` was kept before.

    at: when it was said, for what a device brings later; said before the incident was closed, it is still taken.
    """
    incident = incident_to_change(actor, incident_id, "incidents.check_in")
    if state not in ROOM_STATES:
        raise Refused(f"A room is one of: {', '.join(ROOM_STATES)}.")
    if not 0 <= accounted <= MOST_PEOPLE_IN_A_ROOM:
        raise Refused("The number of people must be between 0 and 5,000.")
    if not is_place_of(place_id, incident.site_id):
        raise NotFound("This room is not at the site of the incident.")
    moment = clock.now()
    if because := rules.too_late(incident.closed_at, at or moment, moment):
        raise Refused(because)
    report = report or str(new_id())
    if RoomCheckIn.objects.filter(report=report).exists():
        return False
    with recorded_change(actor, "incidents.check_in_room", target=place_name, cause=str(incident_id)) as change:
        RoomCheckIn.objects.create(
            incident=incident, place_id=place_id, report=report, state=state, accounted=accounted, note=note[:400],
            by_name=actor.name, injured=injured, missing=missing, at=at or moment,
        )  # fmt: skip
        TimelineEntry.objects.create(
            incident=incident, kind="room", what=f"{place_name or 'Room'}: {ROOM_STATES[state].lower()}"[:200],
            by=actor.name, because=" ".join(filter(None, (note, rules.say_delay(at or moment, moment)))),
            at=at or moment,
        )  # fmt: skip
        change.note(state=state, accounted=accounted)
        change.touch(f"incident:{incident_id}")
    return True


def add_note(actor: Actor, incident_id: UUID, text: str) -> None:
    """Adds a line to the timeline, also after the incident is closed."""
    incident = incident_to_change(actor, incident_id, "incidents.note")
    if not text.strip():
        raise Refused("Write something first.")
    with recorded_change(actor, "incidents.add_note", target=incident, cause=str(incident_id)) as change:
        TimelineEntry.objects.create(incident=incident, kind="note", what="Note", by=actor.name, because=text[:4000])
        change.touch(f"incident:{incident_id}")
