"""Writing places: floors, rooms, doors, the picture behind a plan and where it lies on the earth."""

import hashlib
from typing import Any
from uuid import UUID

from django.db import models

from watchbell.district.sites.events import PlanChanged
from watchbell.district.sites.facts import Fault, RoomsFile, RoomShape
from watchbell.district.sites.models import Building, Door, Floor, Place, PlanImage, Site
from watchbell.district.sites.queries import floor_seen_by
from watchbell.district.sites.rules.geometry import find_label_point, polygon_of, solve_placement
from watchbell.district.sites.rules.pictures import clean_picture
from watchbell.district.sites.rules.rooms import judge_ring, read_rooms
from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import Refused

BATCH = 2000
TABLES: dict[str, type[models.Model]] = {
    "site": Site, "building": Building, "floor": Floor, "place": Place, "door": Door,
}  # fmt: skip


def load_places(rows: dict[str, list[dict[str, Any]]]) -> int:
    """Writes many places at once, as part of a larger recorded change; the number of rows.

    rows: by table ("site", "building", "floor", "place", "door"), each a dict of its fields.
    """
    count = 0
    with recorded_batch("load places"):
        for name, table in TABLES.items():
            made = [table(**row) for row in rows.get(name, ())]
            count += len(table._default_manager.bulk_create(made, batch_size=BATCH))
    return count


def draw_room(actor: Actor, floor_id: UUID | str, room: RoomShape) -> UUID:
    """Draws one room on a floor, or draws the room with that number anew; its id. Raises NotFound, Refused."""
    floor = _floor_to_edit(actor, floor_id)
    because = judge_ring(room.polygon, floor.width, floor.height)
    if because:
        raise Refused(because)
    with recorded_change(actor, "sites.draw_room", target=f"{room.name}, {floor}") as change:
        place = _take_over(floor, room)
        change.about(place)
        _tell(change, floor, "room")
    return place.pk


def import_rooms(actor: Actor, floor_id: UUID | str, raw: bytes) -> RoomsFile:
    """Takes over a GeoJSON file of rooms for a floor, all or nothing; the rooms, or the faults with their lines."""
    floor = _floor_to_edit(actor, floor_id)
    found = read_rooms(raw, floor.width, floor.height)
    if found.faults:
        return found
    with recorded_change(actor, "sites.import_rooms", target=floor) as change:
        for room in found.rooms:
            _take_over(floor, room)
        change.note(rooms=len(found.rooms))
        _tell(change, floor, "rooms")
    return found


def _take_over(floor: Floor, room: RoomShape) -> Place:
    """A room known by its number at the site (or by its name on the floor) is drawn anew and keeps its id."""
    x, y = find_label_point(room.polygon)
    known = Place.objects.filter(site_id=floor.site_id)
    place = (
        known.filter(number=room.number).first()
        if room.number
        else known.filter(floor=floor, name=room.name, number="").first()
    )
    place = place or Place(site_id=floor.site_id, number=room.number)
    place.floor, place.name, place.kind, place.capacity = floor, room.name, room.kind, room.capacity
    place.geometry, place.label_x, place.label_y = polygon_of(room.polygon), x, y
    place.is_closed = False
    place.save()
    return place


def set_plan_picture(actor: Actor, floor_id: UUID | str, raw: bytes) -> None:
    """Puts a picture behind a floor's plan, made safe first. Raises NotFound, Refused with the reason."""
    floor = _floor_to_edit(actor, floor_id)
    picture = clean_picture(raw)
    if isinstance(picture, Fault):
        raise Refused(picture.because)
    with recorded_change(actor, "sites.set_plan_picture", target=floor) as change:
        PlanImage.objects.update_or_create(
            floor=floor,
            defaults={
                "district_id": actor.district, "media_type": picture.media_type, "content": picture.content,
                "digest": hashlib.sha256(picture.content).hexdigest(), "uploaded_at": clock.now(),
            },
        )  # fmt: skip
        change.note(media_type=picture.media_type, bytes=len(picture.content))
        _tell(change, floor, "picture")


def set_placement(actor: Actor, floor_id: UUID | str, points: list[dict[str, float]]) -> None:
    """Ties a plan to the earth by three points. Raises NotFound, Refused when they lie on one line."""
    floor = _floor_to_edit(actor, floor_id)
    if solve_placement(points) is None:
        raise Refused("Three points are needed that do not lie on one line.")
    with recorded_change(actor, "sites.set_placement", target=floor) as change:
        floor.placement = points
        floor.save(update_fields=["placement"])
        _tell(change, floor, "placement")


def _floor_to_edit(actor: Actor, floor_id: UUID | str) -> Floor:
    floor = floor_seen_by(actor, floor_id)
    require(actor, "sites.edit", floor.site_id)
    return floor


def _tell(change: Change, floor: Floor, what: str) -> None:
    change.announce(PlanChanged(floor.site_id, floor.pk, what, clock.now()))
    change.touch(f"site:{floor.site_id}")
