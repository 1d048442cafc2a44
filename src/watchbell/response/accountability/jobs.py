"""Rooms of the incident are told what the reports of their people say together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.district.sites.queries import place_names
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import Actor, require, system_actor
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import same_id
from watchbell.response.accountability import queries, rules
from watchbell.response.accountability.facts import MOST_REPORTS, Told, Verdict
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
            actor, found.id, room.place, room.state, accounted=room.accounted, place_name=room.name,
            injured=room.injured, missing=room.missing, at=room.at, note=room.note,
            report=f"{queries.OWN}{same_id(cause, place)}",
        )  # fmt: skip


def tell_room(
    actor: Actor, incident_id: UUID, place_id: UUID, state: str, accounted: int, note: str, report: str,
    at: datetime | None = None,
) -> bool:  # fmt: skip
    """What somebody said of a room as a whole goes to the incident. False when this report was kept before."""
    name = place_names([place_id]).get(place_id, "")
    return check_in_room(
        actor, incident_id, place_id, state, accounted=accounted, note=note, report=report, at=at, place_name=name
    )


def take_rooms(actor: Actor, incident_id: UUID, told: Sequence[Told]) -> list[Verdict]:
    """What was said of rooms as a whole, each word once and with its own verdict, at the time it was said.

    Raises NotFound and Refused for the whole batch only where the incident or the right to report is missing.
    """
    incident = incident_seen_by(actor, incident_id)
    require(actor, "incidents.check_in", incident.site_id)
    if len(told) > MOST_REPORTS:
        raise Refused(f"At most {MOST_REPORTS} rooms at once; send the rest after these.")
    names = place_names(one["place"] for one in told if one.get("place"))
    return [_take_room(actor, incident, one, names) for one in told]


def _take_room(actor: Actor, incident: Any, told: Told, names: Mapping[UUID, str]) -> Verdict:
    key, now = str(told.get("id", "")), clock.now()
    made_at = rules.set_right(told.get("made_at") or now, now)
    because = rules.is_in_time(made_at, incident.opened_at, incident.closed_at, now)
    if not key.strip() or len(key) > 64 or key.startswith(queries.OWN):
        because = "A report needs an id of its own, at most 64 characters."
    elif not told.get("place"):
        because = "Say which room."
    if because:
        return Verdict(key, "refused", because)
    try:
        is_new = check_in_room(
            actor, incident.id, told["place"], str(told.get("state", "")), accounted=int(told["accounted"]),
            note=str(told.get("note", "")), report=key, at=made_at, place_name=names.get(told["place"], ""),
        )  # fmt: skip
    except (NotFound, Refused) as error:
        return Verdict(key, "refused", str(error))
    return Verdict(key, "kept" if is_new else "repeated")
