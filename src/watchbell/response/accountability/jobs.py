"""Rooms of the incident are told what the reports of their people say together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.line.ids import same_id
from watchbell.response.accountability import queries
from watchbell.response.incidents.actions import check_in_room
from watchbell.response.incidents.queries import incident_seen_by


def tell_rooms(incident: str, by: str, places: Sequence[str], cause: str) -> None:
    """Brings each room's state on the incident's plan and board up to date; harmless when repeated."""
    district = acting_district()
    if district is None:
        return
    actor = system_actor(district, by)
    found = incident_seen_by(actor, UUID(incident))
    if found.state == "closed":
        return
    rooms = {room.place: room for room in queries.picture_of(found).rooms}
    for place in places:
        room = rooms.get(UUID(place))
        if room is None or not room.state:
            continue
        check_in_room(
            actor, found.id, room.place, room.state, accounted=room.accounted + room.extra, place_name=room.name,
            injured=room.injured, missing=room.missing, at=room.at, note=room.note,
            report=f"{queries.OWN}{same_id(cause, place)}",
        )  # fmt: skip


def tell_room(
    actor: Actor, incident_id: UUID, place_id: UUID, state: str, accounted: int, note: str, report: str,
    at: datetime | None = None,
) -> bool:  # fmt: skip
    """What somebody said of a room as a whole goes to the incident. False when this report was kept before."""
    return check_in_room(actor, incident_id, place_id, state, accounted=accounted, note=note, report=report, at=at)
