"""Who and what is nearest to a place: on the same floor first, by distance on the plan, then on others."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from watchbell.wire.snapshot import SnapshotAid, SnapshotFloor, SnapshotResponder

#: What a flight of stairs counts as, beside the distance on the plan.
STAIRS_METRES = 15.0
#: A plan whose scale nobody has said: drawn at a tenth of a metre.
USUAL_METRES_PER_UNIT = 0.1
#: Who can do something before the ambulance is there.
TRAINED = frozenset({"cpr", "first_aid", "aed"})
FAR = math.inf


class Spot(Protocol):
    """Something with a point on a floor's plan."""

    @property
    def floor(self) -> str: ...
    @property
    def x(self) -> float | None: ...
    @property
    def y(self) -> float | None: ...


@dataclass(frozen=True)
class Point:
    """A point on a floor's plan; floor "" where nobody knows."""

    floor: str = ""
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Way:
    """How far: rank 0 same floor, 1 another floor of the building, 2 another building, 3 not known where.

    metres: as the crow flies, stairs added; None across buildings or unknown. floor: the floor's name, unless the same.
    """

    rank: int
    metres: float | None
    floor: str = ""

    @property
    def key(self) -> tuple[int, float]:
        return (self.rank, FAR if self.metres is None else self.metres)

    @property
    def words(self) -> str:
        """E.g. "40 m" or "Floor 2, about 60 m"."""
        far = "" if self.metres is None else f"{max(5, round(self.metres / 5) * 5)} m"
        if self.rank == 0:
            return far
        return f"{self.floor}{', about ' if far else ''}{far}" if self.floor else ""


S = TypeVar("S", bound=Spot)


def way_between(here: Spot, there: Spot, floors: Mapping[str, SnapshotFloor]) -> Way:
    """The way from one point to another."""
    if not here.floor or not there.floor:
        return Way(3, None, _name(floors.get(there.floor)))
    mine, theirs = floors.get(here.floor), floors.get(there.floor)
    if here.floor == there.floor:
        return Way(0, _metres(here, there, mine))
    if mine is None or theirs is None or mine.building != theirs.building:
        return Way(2, None, _name(theirs, with_building=True))
    flat = _metres(here, there, mine)
    stairs = STAIRS_METRES * abs(mine.level - theirs.level)
    return Way(1, None if flat is None else flat + stairs, theirs.name)


def _name(floor: SnapshotFloor | None, with_building: bool = False) -> str:
    if floor is None:
        return ""
    return f"{floor.building}, {floor.name}" if with_building and floor.building else floor.name


def _metres(here: Spot, there: Spot, floor: SnapshotFloor | None) -> float | None:
    if here.x is None or here.y is None or there.x is None or there.y is None:
        return None
    scale = (floor.metres_per_unit if floor else None) or USUAL_METRES_PER_UNIT
    return math.dist((here.x, here.y), (there.x, there.y)) * scale


def nearest_first(here: Spot, found: Iterable[S], floors: Mapping[str, SnapshotFloor]) -> list[tuple[S, Way]]:
    """Everything found with the way to it, the nearest first; a tie keeps the order given."""
    ways = [(one, way_between(here, one, floors)) for one in found]
    return sorted(ways, key=lambda pair: pair[1].key)


def is_in_date(aid: SnapshotAid, today: str) -> bool:
    """Whether it may be offered on `today` (ISO date): what expires today still counts today."""
    return not aid.expires_on or aid.expires_on >= today


def nearest_aid(
    here: Spot, kind: str, aids: Iterable[SnapshotAid], floors: Mapping[str, SnapshotFloor], today: str
) -> tuple[SnapshotAid, Way] | None:
    """The nearest AED or kit that is in date; an expired one is never offered, however near."""
    fitting = [aid for aid in aids if aid.kind == kind and is_in_date(aid, today)]
    ways = nearest_first(here, fitting, floors)
    return ways[0] if ways else None


def is_trained(person: SnapshotResponder) -> bool:
    return person.role == "nurse" or bool(TRAINED & set(person.skills))
