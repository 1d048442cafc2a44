"""What the demo's equipment is hung on: a site's doors, rooms and points along its halls."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from watchbell.district.sites.facts import SiteFacts
from watchbell.district.sites.queries import door_points, place_points
from watchbell.line.ids import same_uuid

Row = dict[str, Any]
HALL_STEP = 120.0
CORNER, STEP_IN = 15.0, 26.0


class Spot(NamedTuple):
    """Where something can hang: plan units on a floor, and the place it belongs to."""

    name: str
    floor: UUID
    place: UUID | None
    x: float
    y: float


@dataclass(frozen=True)
class SiteLayout:
    """A site with its number in the district, its doors and its places."""

    key: str
    number: int
    site: SiteFacts
    doors: list[Row]
    places: list[Row]

    @property
    def code(self) -> str:
        return self.site.code

    def row(self, kind: str, identifier: str, name: str, spot: Spot | None = None, **more: Any) -> Row:
        """A row of equipment at this site."""
        row: Row = {
            "id": same_uuid(self.key, "equipment", kind, identifier), "kind": kind, "name": name,
            "identifier": identifier, "site_id": self.site.id,
        }  # fmt: skip
        if spot is not None:
            row |= {"floor_id": spot.floor, "place_id": spot.place, "x": round(spot.x, 1), "y": round(spot.y, 1)}
        return row | more

    def named(self, *names: str) -> list[Spot]:
        """The places with these names, in this order, in their lower right corners."""
        found = {place["name"]: spot_of(place, right=True, low=True) for place in reversed(self.places)}
        return [found[name] for name in names if name in found]

    def of_kind(self, *kinds: str) -> list[Spot]:
        return [spot_of(place) for place in self.places if place["kind"] in kinds]

    def along_halls(self) -> list[Spot]:
        """Points every 12 m along every hall, lowest floor first."""
        return [spot for place in self.places if place["kind"] == "hall" for spot in _points_along(place)]

    def at_exterior_doors(self) -> list[Spot]:
        """Just inside each exterior door."""
        places = {place["id"]: place for place in self.places}
        return [
            _inside(door, places.get(door["place_id"]))
            for door in self.doors if door["is_exterior"]
        ]  # fmt: skip


def spread_sites(key: str, sites: list[SiteFacts]) -> list[SiteLayout]:
    """The layouts of `sites`, numbered from 1 in the order given."""
    return [
        SiteLayout(key, number, site, door_points(site.id), place_points(site.id))
        for number, site in enumerate(sites, 1)
    ]


def spot_of(place: Row, *, right: bool = True, low: bool = False) -> Spot:
    """A corner of a place, so that nothing hangs over its label; the label itself in a place too small for that."""
    ring = place["ring"]
    x, y = place["label_x"], place["label_y"]
    wide, high = (max(axis) - min(axis) for axis in zip(*ring, strict=True))
    if wide > 4 * CORNER and high > 3 * CORNER:
        x += (wide / 2 - CORNER) * (1 if right else -1)
        y += (high / 2 - CORNER) * (1 if low else -1)
    return Spot(place["name"], place["floor_id"], place["id"], x, y)


def _inside(door: Row, place: Row | None) -> Spot:
    x, y = door["x"], door["y"]
    if place is not None:
        away = max(math.dist((x, y), (place["label_x"], place["label_y"])), 1.0)
        x += (place["label_x"] - x) / away * STEP_IN
        y += (place["label_y"] - y) / away * STEP_IN
    return Spot(door["name"], door["floor_id"], door["place_id"], x, y)


def _points_along(place: Row) -> list[Spot]:
    ring = place["ring"]
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    count = max(1, int(max(wide, high) // HALL_STEP))
    spots = []
    for index in range(count):
        share = (index + 0.5) / count
        x = min(xs) + (wide * share if wide >= high else wide / 2)
        y = min(ys) + (high * share if high > wide else high / 2)
        spots.append(Spot(f"{place['name']} {index + 1}", place["floor_id"], place["id"], x, y))
    return spots
