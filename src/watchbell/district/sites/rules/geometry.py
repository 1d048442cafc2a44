"""Geometry of plans: which exterior door is nearest, and where on the earth a plan's point lies."""

import math
from collections.abc import Iterable, Sequence
from uuid import UUID

from watchbell.district.sites.facts import DoorPoint, Placement, Point

#: Metres of a degree of latitude, by the earth's mean radius.
METRES_PER_DEGREE = 2 * math.pi * 6_371_008.8 / 360


def judge_nearest_door(doors: Iterable[DoorPoint], building: UUID | None, level: int, point: Point | None) -> str:
    """The number of the exterior door responders should use for `point` (plan units), "" when none is known.

    A door of the same building and floor wins over one of the same building, that over any other: responders enter
    at ground level and climb, so distance is only compared among equals.
    """
    candidates = list(doors)
    if not candidates:
        return ""

    def cost(door: DoorPoint) -> tuple[bool, bool, float, str]:
        away = math.dist((door.x, door.y), point) if point else 0.0
        return (door.building != building, door.level != level and door.level != 1, away, door.number)

    return min(candidates, key=cost).number


def solve_placement(points: Sequence[dict[str, float]]) -> Placement | None:
    """The affine placement that carries three plan points onto three coordinates.

    points: three of {"x", "y", "latitude", "longitude"}. None when there are not three, or they lie on a line
    or hold anything but finite numbers.
    """
    if len(points) != 3:
        return None
    try:
        rows = [(float(p["x"]), float(p["y"]), float(p["latitude"]), float(p["longitude"])) for p in points]
    except (KeyError, TypeError, ValueError):
        return None
    if not all(math.isfinite(value) for row in rows for value in row):
        return None
    (x1, y1, *_), (x2, y2, *_), (x3, y3, *_) = rows
    determinant = x1 * (y2 - y3) + x2 * (y3 - y1) + x3 * (y1 - y2)
    if abs(determinant) < 1e-9:
        return None
    parts = [_solve_row(rows, [row[index] for row in rows], determinant) for index in (3, 2)]
    return Placement(*parts[0], *parts[1])


def _solve_row(
    rows: Sequence[tuple[float, float, float, float]], values: Sequence[float], determinant: float
) -> tuple[float, float, float]:
    (x1, y1, *_), (x2, y2, *_), (x3, y3, *_) = rows
    v1, v2, v3 = values
    a = (v1 * (y2 - y3) + v2 * (y3 - y1) + v3 * (y1 - y2)) / determinant
    b = (v1 * (x3 - x2) + v2 * (x1 - x3) + v3 * (x2 - x1)) / determinant
    c = (v1 * (x2 * y3 - x3 * y2) + v2 * (x3 * y1 - x1 * y3) + v3 * (x1 * y2 - x2 * y1)) / determinant
    return a, b, c


def locate_point(placement: Placement, point: Point) -> tuple[float, float]:
    """(latitude, longitude) in degrees of a plan point, to about a centimetre."""
    x, y = point
    latitude = placement.d * x + placement.e * y + placement.f
    longitude = placement.a * x + placement.b * y + placement.c
    return round(latitude, 7), round(longitude, 7)


def count_metres_per_unit(placement: Placement) -> float:
    """How many metres a plan unit is, by the earth's mean radius; the mean of both axes."""
    shrink = math.cos(math.radians(placement.f))
    across = math.hypot(placement.a * METRES_PER_DEGREE * shrink, placement.d * METRES_PER_DEGREE)
    down = math.hypot(placement.b * METRES_PER_DEGREE * shrink, placement.e * METRES_PER_DEGREE)
    return round((across + down) / 2, 4)


def find_label_point(polygon: Sequence[Point]) -> Point:
    """Where a room's label stands: its centroid, or the middle of its box when the centroid lies outside."""
    area = x_sum = y_sum = 0.0
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        area += cross
        x_sum += (x1 + x2) * cross
        y_sum += (y1 + y2) * cross
    xs, ys = [p[0] for p in polygon], [p[1] for p in polygon]
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    if abs(area) < 1e-9:
        return middle
    centroid = (x_sum / (3 * area), y_sum / (3 * area))
    return centroid if is_inside(polygon, centroid) else middle


def is_inside(polygon: Sequence[Point], point: Point) -> bool:
    """True when `point` lies inside `polygon` (even-odd rule)."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def count_square_units(polygon: Sequence[Point]) -> float:
    """The area of `polygon` in square plan units."""
    turn = [x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True)]
    return abs(sum(turn)) / 2


def ring_of(geometry: object) -> tuple[Point, ...]:
    """The outer ring of a GeoJSON Polygon, not closed; () when `geometry` is none."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Polygon":
        return ()
    rings = geometry.get("coordinates")
    if not isinstance(rings, list) or not rings or not isinstance(rings[0], list):
        return ()
    if not all(isinstance(p, list | tuple) and len(p) >= 2 and all(map(_is_number, p[:2])) for p in rings[0]):
        return ()
    try:
        points = [(float(p[0]), float(p[1])) for p in rings[0]]
    except OverflowError:
        return ()
    if not all(math.isfinite(v) for p in points for v in p):
        return ()
    return tuple(points[:-1] if len(points) > 1 and points[0] == points[-1] else points)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def polygon_of(ring: Sequence[Point]) -> dict[str, object]:
    """A GeoJSON Polygon of `ring`, closed."""
    points = [[round(x, 1), round(y, 1)] for x, y in ring]
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def door_order(number: str) -> tuple[int, str]:
    """Sorts door numbers as people count: 2 before 10, 12 before 12A."""
    digits = number[: len(number) - len(number.lstrip("0123456789"))]
    return (int(digits[:9]) if digits.isascii() and digits else 10**9, number)
