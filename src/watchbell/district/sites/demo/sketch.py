"""A pencil for floor plans: rooms along corridors, doors in their walls. One unit is 10 cm, y grows southwards."""

import math
from dataclasses import dataclass, field
from typing import Any

from watchbell.district.sites.rules.geometry import find_label_point

Point = tuple[float, float]


@dataclass(frozen=True)
class PlaceMark:
    name: str
    kind: str
    number: str
    ring: tuple[Point, ...]
    label: Point
    capacity: int | None


@dataclass
class DoorMark:
    number: str
    name: str
    x: float
    y: float
    place: str = ""
    is_exterior: bool = False
    is_controlled: bool = False
    is_main: bool = False


@dataclass
class Sketch:
    """One floor being drawn; rooms are numbered as they are added."""

    level: int
    width: float
    height: float
    places: list[PlaceMark] = field(default_factory=list)
    doors: list[DoorMark] = field(default_factory=list)
    outline: list[tuple[Point, ...]] = field(default_factory=list)
    grounds: list[dict[str, Any]] = field(default_factory=list)
    _rooms: int = 0

    def box(self, name: str, kind: str, x: float, y: float, width: float, height: float, **more: Any) -> PlaceMark:
        """A rectangular place with its upper left corner at x, y."""
        ring = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        return self.area(name, kind, ring, **more)

    def area(
        self, name: str, kind: str, ring: tuple[Point, ...], number: str = "", capacity: int | None = None
    ) -> PlaceMark:
        """A place of any shape."""
        x, y = find_label_point(ring)
        mark = PlaceMark(name, kind, number, ring, (round(x, 1), round(y, 1)), capacity)
        self.places.append(mark)
        return mark

    def next_number(self) -> str:
        self._rooms += 1
        return str(self.level * 100 + self._rooms)

    def strip(
        self, x: float, y: float, *, along: str, count: int, size: float, depth: float, door: str,
        skip: dict[int, tuple[str, str]] | None = None, kind: str = "room", capacity: int = 30,
    ) -> None:  # fmt: skip
        """`count` rooms side by side from x, y; `along` "x" or "y"; `door`: the side (n, s, e, w) of the corridor.

        skip: {index: (name, kind)} of what stands there instead of a numbered room.
        """
        for index in range(count):
            left, top = (x + index * size, y) if along == "x" else (x, y + index * size)
            width, height = (size, depth) if along == "x" else (depth, size)
            if skip and index in skip:
                name, its_kind = skip[index]
                self.box(name, its_kind, left, top, width, height)
                self._room_door(name, name, left, top, width, height, door)
                continue
            number = self.next_number()
            name = f"Room {number}" if kind == "room" else f"Office {number}"
            self.box(name, kind, left, top, width, height, number=number, capacity=capacity)
            self._room_door(number, name, left, top, width, height, door)

    def _room_door(self, number: str, place: str, x: float, y: float, width: float, height: float, side: str) -> None:
        where = {
            "n": (x + width * 0.25, y), "s": (x + width * 0.25, y + height),
            "w": (x, y + height * 0.25), "e": (x + width, y + height * 0.25),
        }[side]  # fmt: skip
        self.inner_door(number, place, *where)

    def inner_door(self, number: str, place: str, x: float, y: float, *, controlled: bool = False) -> None:
        """A door inside the building; its number is the room's."""
        name = f"{place} door"
        self.doors.append(DoorMark(number[:20], name, round(x, 1), round(y, 1), place, is_controlled=controlled))

    def outer_door(self, name: str, place: str, x: float, y: float, *, main: bool = False, leaf: str = "") -> None:
        """An exterior door; it gets its number when the floor is finished. leaf: "A" for a second leaf of the last."""
        self.doors.append(DoorMark(leaf, name, round(x, 1), round(y, 1), place, True, True, main))

    def number_outer_doors(self) -> None:
        """Numbers exterior doors clockwise from the main entrance, as responders expect to find them."""
        outer = [door for door in self.doors if door.is_exterior]
        if not outer:
            return
        middle = (self.width / 2, self.height / 2)

        def turn(door: DoorMark) -> float:
            return math.atan2(door.y - middle[1], door.x - middle[0])

        start = turn(next((door for door in outer if door.is_main), outer[0]))
        number = 0
        for door in sorted(outer, key=lambda door: (turn(door) - start) % math.tau):
            if door.number == "A":
                door.number = f"{max(number, 1)}A"
                continue
            number += 1
            door.number = str(number)

    def trees(self, *points: Point, radius: float = 18) -> None:
        self.grounds += [{"kind": "tree", "x": x, "y": y, "r": radius} for x, y in points]

    def ground(self, kind: str, x: float, y: float, width: float, height: float, name: str = "") -> None:
        """A road, parking lot, lawn or field beside the building."""
        ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
        self.grounds.append({"kind": kind, "ring": ring, "name": name, "x": x + width / 2, "y": y + height / 2})
