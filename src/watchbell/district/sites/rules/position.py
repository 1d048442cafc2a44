"""Where a telephone's position lies at a site: an outdoor area, a building, or so far from the site."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from watchbell.district.sites.facts import Placement, Point, Position
from watchbell.district.sites.rules.geometry import METRES_PER_DEGREE, count_metres_per_unit, is_inside

#: A position vaguer than this says nothing that helps to find anybody.
USELESS_METRES = 500.0
#: An outdoor area is taken for the place also where the position lies a little beside it.
BESIDE_METRES = 30.0
COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


@dataclass(frozen=True)
class Ground:
    """Something with an outline on a plan. place: its id where people may be said to be there, None for a building."""

    name: str
    placement: Placement
    ring: tuple[Point, ...]
    place: UUID | None = None


def find_place(
    position: Position, grounds: Sequence[Ground], site_name: str, site_at: tuple[float, float] | None
) -> tuple[UUID | None, str]:
    """(the outdoor area or None, words for who looks for the person). site_at: latitude, longitude of the site.

    A telephone's position never names a room: indoors it is not good enough for that.
    """
    if position.accuracy_metres > USELESS_METRES:
        return None, ""
    about = f"(±{max(1, round(position.accuracy_metres))} m)"
    away = [(metres_to(position, ground), ground) for ground in grounds]
    reach = min(position.accuracy_metres, BESIDE_METRES)
    areas = [(metres, one) for metres, one in away if one.place and metres <= reach]
    inside = [one for metres, one in away if one.place is None and metres == 0]
    if areas and (not inside or min(metres for metres, _ in areas) == 0):
        nearest = min(areas, key=lambda pair: pair[0])[1]
        return nearest.place, nearest.name
    if inside:
        return None, f"In or beside {inside[0].name} {about}"
    if site_at is None:
        return None, f"{position.latitude:.5f}, {position.longitude:.5f} {about}"
    return None, f"{say_distance(position, site_at)} of {site_name} {about}"


def metres_to(position: Position, ground: Ground) -> float:
    """How far a position lies outside an outline; 0.0 within it."""
    point = plan_point(ground.placement, position)
    if point is None or len(ground.ring) < 3:
        return math.inf
    if is_inside(ground.ring, point):
        return 0.0
    edges = zip(ground.ring, [*ground.ring[1:], ground.ring[0]], strict=True)
    return min(_from_edge(point, a, b) for a, b in edges) * count_metres_per_unit(ground.placement)


def plan_point(placement: Placement, position: Position) -> Point | None:
    """The plan point of a position; None for a placement that cannot be turned round."""
    determinant = placement.a * placement.e - placement.b * placement.d
    if abs(determinant) < 1e-24:
        return None
    across, up = position.longitude - placement.c, position.latitude - placement.f
    x = (across * placement.e - up * placement.b) / determinant
    y = (up * placement.a - across * placement.d) / determinant
    return (x, y)


def _from_edge(point: Point, a: Point, b: Point) -> float:
    length = math.dist(a, b)
    if length == 0:
        return math.dist(point, a)
    along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length**2
    share = min(1.0, max(0.0, along))
    return math.dist(point, (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))


def say_distance(position: Position, site_at: tuple[float, float]) -> str:
    """ "180 m north-east", "2.3 km west": seen from the site."""
    up = (position.latitude - site_at[0]) * METRES_PER_DEGREE
    across = (position.longitude - site_at[1]) * METRES_PER_DEGREE * math.cos(math.radians(site_at[0]))
    metres = math.hypot(up, across)
    side = COMPASS[round(math.degrees(math.atan2(across, up)) / 45) % 8]
    return f"{round(metres, -1):.0f} m {side}" if metres < 995 else f"{metres / 1000:.1f} km {side}"
