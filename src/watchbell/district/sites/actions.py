"""Writing places: floors, rooms, doors, the picture behind a plan and where it lies on the earth."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import models

from watchbell.district.sites.events import PlanChanged, SiteAdded
from watchbell.district.sites.facts import Fault, RoomsFile, RoomShape
from watchbell.district.sites.models import Building, Door, Floor, Place, PlanImage, Site
from watchbell.district.sites.queries import floor_seen_by, site_seen_by
from watchbell.district.sites.rules.geometry import find_label_point, polygon_of, solve_placement
from watchbell.district.sites.rules.pictures import clean_picture
from watchbell.district.sites.rules.rooms import judge_ring, read_rooms
from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor, require, sites_with
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused

BATCH = 2000
SITE_FIELDS = ("name", "kind", "code", "address", "phone", "latitude", "longitude", "timezone")
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


def add_site(actor: Actor, **fields: Any) -> UUID:
    """A new site; the first one of a district is where an alarm opens that comes from nobody knows where.

    fields: SITE_FIELDS. Raises Refused when the code is taken or the actor acts at some sites only.
    """
    require(actor, "sites.edit")
    if sites_with(actor, "sites.edit") is not None:
        raise Refused("A site is added by someone of the whole district.")
    if Site.objects.filter(code=fields["code"]).exists():
        raise Refused(f"There is a site with the code {fields['code']} already.")
    with recorded_change(actor, "sites.add_site", target=fields["name"]) as change:
        is_first = not Site.objects.exists()
        site = Site.objects.create(is_first=is_first, is_fallback=is_first, **fields)
        change.about(site)
        change.announce(SiteAdded(site.pk, site.name, site.code, clock.now()))
        change.touch("sites:all")
    return site.pk


def change_site(actor: Actor, site_id: UUID | str, **fields: Any) -> None:
    """Writes a site's name, address and place on the earth anew. Raises NotFound, Refused."""
    site = site_seen_by(actor, site_id)
    require(actor, "sites.edit", site.pk)
    if Site.objects.filter(code=fields["code"]).exclude(pk=site.pk).exists():
        raise Refused(f"There is a site with the code {fields['code']} already.")
    with recorded_change(actor, "sites.change_site", target=site) as change:
        for name in SITE_FIELDS:
            setattr(site, name, fields[name])
        site.save(update_fields=list(SITE_FIELDS))
        change.touch(f"site:{site.pk}")


def add_floor(
    actor: Actor, site_id: UUID | str, *, building: str, level: int, name: str, width: float, height: float
) -> UUID:
    """A floor, in a building that is made when the site has none of that name. Raises NotFound, Refused."""
    site = site_seen_by(actor, site_id)
    require(actor, "sites.edit", site.pk)
    if Floor.objects.filter(site=site, building__name=building, level=level).exists():
        raise Refused(f"{building} has a floor on level {level} already.")
    with recorded_change(actor, "sites.add_floor", target=f"{name}, {site}") as change:
        house, _ = Building.objects.get_or_create(site=site, name=building)
        floor = Floor.objects.create(site=site, building=house, level=level, name=name, width=width, height=height)
        change.about(floor)
        _tell(change, floor, "floor")
    return floor.pk


def add_door(actor: Actor, floor_id: UUID | str, **fields: Any) -> UUID:
    """A door on a floor's plan. fields: number, name, is_exterior, is_controlled, is_main, x, y. Raises Refused."""
    floor = _floor_to_edit(actor, floor_id)
    if not (0 <= fields["x"] <= floor.width and 0 <= fields["y"] <= floor.height):
        raise Refused(f"The door must stand on the plan: x up to {floor.width:g}, y up to {floor.height:g}.")
    same = Door.objects.filter(site_id=floor.site_id, is_exterior=True, number=fields["number"])
    if fields["is_exterior"] and same.exists():
        raise Refused(f"There is an exterior door {fields['number']} already: responders must not mistake them.")
    with recorded_change(actor, "sites.add_door", target=f"Door {fields['number']}, {floor}") as change:
        door = Door.objects.create(site_id=floor.site_id, floor=floor, **fields)
        change.about(door)
        _tell(change, floor, "door")
    return door.pk


def remove_door(actor: Actor, door_id: UUID | str) -> UUID:
    """Takes a door off the plan; equipment at it stays. The floor's id. Raises NotFound, Refused."""
    door = Door.objects.filter(pk=door_id, floor__isnull=False).select_related("floor").first()
    if door is None or door.floor is None:
        raise NotFound("There is no such door.")
    floor = _floor_to_edit(actor, door.floor.pk)
    with recorded_change(actor, "sites.remove_door", target=f"Door {door.number}, {floor}") as change:
        door.delete()
        _tell(change, floor, "door")
    return floor.pk


def close_room(actor: Actor, place_id: UUID | str) -> UUID:
    """A room that is no longer there: off plans and lists, its history stays. The floor's id. Raises NotFound."""
    place = Place.objects.filter(pk=place_id, floor__isnull=False, is_closed=False).first()
    if place is None or place.floor_id is None:
        raise NotFound("There is no such room on a floor.")
    floor = _floor_to_edit(actor, place.floor_id)
    with recorded_change(actor, "sites.close_room", target=place) as change:
        place.is_closed, place.number = True, ""
        place.save(update_fields=["is_closed", "number"])
        _tell(change, floor, "room")
    return floor.pk


def draw_room(actor: Actor, floor_id: UUID | str, room: RoomShape) -> UUID:
    """Draws one room on a floor, or draws the room with that number anew; its id. Raises NotFound, Refused."""
    floor = _floor_to_edit(actor, floor_id)
    because = judge_ring(room.polygon, floor.width, floor.height) or "".join(
        f"{fault.because} {fault.advice}" for fault in _taken_elsewhere(floor, [room])
    )
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
    if not found.faults:
        found = replace(found, faults=tuple(_taken_elsewhere(floor, found.rooms)))
    if found.faults:
        return found
    with recorded_change(actor, "sites.import_rooms", target=floor) as change:
        for room in found.rooms:
            _take_over(floor, room)
        change.note(rooms=len(found.rooms))
        _tell(change, floor, "rooms")
    return found


def _taken_elsewhere(floor: Floor, rooms: Iterable[RoomShape]) -> list[Fault]:
    """Rooms whose number a room of another building has: drawn here, it would move there with its buttons and its
    class, and 911 would be told the wrong building."""
    numbers = {room.number for room in rooms if room.number}
    others = Place.objects.filter(site_id=floor.site_id, number__in=numbers, floor__isnull=False)
    others = others.exclude(floor__building=floor.building_id).order_by("number")
    return [
        Fault(
            0, f"Room {place.number} is in {place.floor.building.name} already.", "elsewhere", place.number,
            "Give this one a number of its own, for example with the building's letter, or close the other first.",
        )
        for place in others.select_related("floor__building") if place.floor is not None
    ]  # fmt: skip


def _take_over(floor: Floor, room: RoomShape) -> Place:
    """A room known by its number at the site (or by its name on the floor) is drawn anew and keeps its id."""
    x, y = find_label_point(room.polygon)
    known = Place.objects.filter(site_id=floor.site_id)  # of another building none, see `_taken_elsewhere`
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
