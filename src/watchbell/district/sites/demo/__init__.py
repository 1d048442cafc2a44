"""The demo district's places: 20 invented sites with floor plans made by rule, the same on every machine."""

from typing import Any

from watchbell.district.sites.actions import load_places
from watchbell.district.sites.demo.directory import SITES, DemoSite
from watchbell.district.sites.demo.schools import draw_site
from watchbell.district.sites.demo.sketch import Sketch
from watchbell.district.sites.rules.geometry import polygon_of
from watchbell.line.ids import same_uuid

UNITS_PER_METRE = 10.0
METRES_PER_DEGREE = 111_320.0

Rows = dict[str, list[dict[str, Any]]]


def load(district: Any, base_port: int = 0) -> None:
    """Writes the sites, floors, rooms and doors of the demo district into the acting district."""
    rows: Rows = {"site": [], "building": [], "floor": [], "place": [], "door": []}
    key = str(getattr(district, "pk", district))
    for number, site in enumerate(SITES):
        _add_site(rows, key, site, is_first=number == 0)
    load_places(rows)


def _add_site(rows: Rows, key: str, site: DemoSite, *, is_first: bool) -> None:
    site_id = same_uuid(key, "site", site.code)
    building_id = same_uuid(key, "building", site.code)
    rows["site"].append({
        "id": site_id, "name": site.name, "kind": site.kind, "code": site.code, "phone": site.phone,
        "address": {"HNO": site.house, "RD": site.road, "A3": site.town, "A1": "MO", "PC": site.postal,
                    "country": "US"},
        "latitude": site.latitude, "longitude": site.longitude, "is_first": is_first,
        "is_fallback": site.kind == "office",
    })  # fmt: skip
    rows["building"].append({"id": building_id, "site_id": site_id, "name": "Main building", "code": "A"})
    for sketch in draw_site(site.kind, site.road):
        _add_floor(rows, key, site, building_id, sketch)


def _add_floor(rows: Rows, key: str, site: DemoSite, building_id: Any, sketch: Sketch) -> None:
    site_id = same_uuid(key, "site", site.code)
    floor_id = same_uuid(key, "floor", site.code, sketch.level)
    rows["floor"].append({
        "id": floor_id, "site_id": site_id, "building_id": building_id, "level": sketch.level,
        "name": f"Floor {sketch.level}", "width": sketch.width, "height": sketch.height,
        "outline": [[list(point) for point in ring] for ring in sketch.outline], "grounds": sketch.grounds,
        "placement": placement_at(site.latitude, site.longitude, sketch.width, sketch.height),
    })  # fmt: skip
    for place in sketch.places:
        rows["place"].append({
            "id": same_uuid(key, "place", site.code, sketch.level, place.name), "site_id": site_id,
            "floor_id": floor_id, "kind": place.kind, "number": place.number, "name": place.name,
            "geometry": polygon_of(place.ring), "label_x": place.label[0], "label_y": place.label[1],
            "capacity": place.capacity,
        })  # fmt: skip
    for door in sketch.doors:
        rows["door"].append({
            "id": same_uuid(key, "door", site.code, sketch.level, door.number, door.is_exterior), "site_id": site_id,
            "floor_id": floor_id, "number": door.number, "name": door.name, "is_exterior": door.is_exterior,
            "is_controlled": door.is_controlled, "is_main": door.is_main, "x": door.x, "y": door.y,
            "place_id": same_uuid(key, "place", site.code, sketch.level, door.place) if door.place else None,
        })  # fmt: skip


def placement_at(latitude: float, longitude: float, width: float, height: float) -> list[dict[str, float]]:
    """Three corners of a plan, north up, around the site's own coordinate."""
    per_y = 1 / UNITS_PER_METRE / METRES_PER_DEGREE
    per_x = per_y / 0.78  # cosine of the demo district's latitude
    west, north = longitude - width / 2 * per_x, latitude + height / 2 * per_y
    corners = ((0.0, 0.0), (width, 0.0), (0.0, height))
    return [
        {"x": x, "y": y, "latitude": round(north - y * per_y, 8), "longitude": round(west + x * per_x, 8)}
        for x, y in corners
    ]
