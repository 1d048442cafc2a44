"""Places for tests, made through the capability's own bulk action."""

from typing import Any
from uuid import UUID

from watchbell.district.sites.actions import load_places
from watchbell.line.ids import same_uuid

SITE = same_uuid("test", "site")
CORNERS = [
    {"x": 0.0, "y": 0.0, "latitude": 38.7, "longitude": -92.9},
    {"x": 1000.0, "y": 0.0, "latitude": 38.7, "longitude": -92.8},
    {"x": 0.0, "y": 500.0, "latitude": 38.6, "longitude": -92.9},
]


def square(x: float, y: float, size: float = 80) -> dict[str, Any]:
    """A GeoJSON square with its upper left corner at x, y."""
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def build_site(code: str = "TST", site: UUID = SITE) -> UUID:
    """A site with one floor, room 101 and three exterior doors."""
    building, floor, room = (same_uuid(site, name) for name in ("building", "floor", "room"))
    doors = (("1", 500, 490, True), ("2", 10, 250, False), ("12A", 990, 250, False))
    load_places({
        "site": [{"id": site, "name": f"Test {code}", "kind": "high", "code": code, "address": {"HNO": "1"},
                  "latitude": 38.65, "longitude": -92.85}],
        "building": [{"id": building, "site_id": site, "name": "Main"}],
        "floor": [{"id": floor, "site_id": site, "building_id": building, "level": 1, "name": "Floor 1",
                   "width": 1000, "height": 500, "placement": CORNERS}],
        "place": [{"id": room, "site_id": site, "floor_id": floor, "kind": "room", "number": "101",
                   "name": "Room 101", "geometry": square(20, 200), "label_x": 60, "label_y": 240}],
        "door": [{"site_id": site, "floor_id": floor, "number": number, "name": f"Door {number}", "x": x, "y": y,
                  "is_exterior": True, "is_controlled": True, "is_main": main} for number, x, y, main in doors],
    })  # fmt: skip
    return site


def add_room(number: str = "102", site: UUID = SITE, x: float = 120, y: float = 200) -> UUID:
    """One more room, beside the first where nothing else is said; its id."""
    room = same_uuid(site, "room", number)
    load_places({
        "place": [{"id": room, "site_id": site, "floor_id": floor_of(site), "kind": "room", "number": number,
                   "name": f"Room {number}", "geometry": square(x, y), "label_x": x + 40, "label_y": y + 40}],
    })  # fmt: skip
    return room


def floor_of(site: UUID = SITE) -> UUID:
    return same_uuid(site, "floor")


def room_of(site: UUID = SITE) -> UUID:
    return same_uuid(site, "room")
