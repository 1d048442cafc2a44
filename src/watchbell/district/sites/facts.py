"""Names, limits and frozen facts of places."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

SITE_KINDS = {
    "elementary": "Elementary school",
    "middle": "Middle school",
    "high": "High school",
    "office": "District office",
    "transport": "Transport centre",
}
PLACE_KINDS = {
    "room": "Classroom",
    "hall": "Hall",
    "office": "Office",
    "gym": "Gymnasium",
    "cafeteria": "Cafeteria",
    "library": "Library",
    "lobby": "Lobby",
    "stairs": "Stairs",
    "restroom": "Restroom",
    "health": "Health room",
    "storage": "Storage",
    "outdoor": "Outdoor area",
    "other": "Other",
}
#: Kinds that people stay in, so that a roll can be taken there.
ROLL_KINDS = frozenset({"room", "office", "gym", "cafeteria", "library", "health", "other"})
#: Civic address parts (RFC 5139 CAtypes) in the order a person reads them.
ADDRESS_PARTS = ("HNO", "RD", "A3", "A1", "PC", "country")
MAX_PLAN_BYTES = 8_000_000
MAX_ROOMS_IN_IMPORT = 5_000

Point = tuple[float, float]


@dataclass(frozen=True)
class SiteFacts:
    """A site. address: civic parts by RFC 5139 name. latitude, longitude: WGS 84 degrees."""

    id: UUID
    name: str
    code: str
    address: dict[str, str]
    latitude: float | None
    longitude: float | None
    kind: str = ""
    timezone: str = "America/Chicago"


@dataclass(frozen=True)
class PlaceFacts:
    """A dispatchable place. nearest_door: number of the exterior door responders should use, "" if none is known.

    x, y: the middle of it in plan units on the floor `floor_id`.
    """

    id: UUID
    name: str
    building: str
    floor: str
    room: str
    nearest_door: str
    latitude: float | None
    longitude: float | None
    kind: str
    capacity: int | None
    floor_id: str = ""
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class FloorFacts:
    """A floor as far as ways go; metres_per_unit None while its plan is tied to nothing."""

    id: UUID
    name: str
    building: str
    level: int
    metres_per_unit: float | None


@dataclass(frozen=True)
class DoorPoint:
    """An exterior door where it stands. level: floor level of its floor, 1 = ground."""

    number: str
    building: UUID
    level: int
    x: float
    y: float


@dataclass(frozen=True)
class Placement:
    """How plan units become degrees: longitude = a*x + b*y + c, latitude = d*x + e*y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float


@dataclass(frozen=True)
class RoomShape:
    """A room read from a file. polygon: corner points in plan units, not closed."""

    number: str
    name: str
    kind: str
    polygon: tuple[Point, ...]
    capacity: int | None = None


@dataclass(frozen=True)
class Fault:
    """What is wrong in a file that was handed in. line: 1-based, 0 for the file as a whole.

    given: what stood there, as others may see it. advice: what to do.
    """

    line: int
    because: str
    code: str = ""
    given: str = ""
    advice: str = ""


@dataclass(frozen=True)
class RoomsFile:
    """What reading a rooms file gave: rooms to take over, or faults (then nothing is taken over)."""

    rooms: tuple[RoomShape, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class PlanPicture:
    """A picture made safe to show. content: SVG without scripts or outside references, or PNG without metadata."""

    media_type: str
    content: bytes


@dataclass(frozen=True)
class DrawnRoom:
    """A room on a plan. geometry: corners in plan units. state: safe, help, wait, alarm or ""; note: a short line."""

    id: str
    name: str
    geometry: tuple[Point, ...]
    state: str = ""
    note: str = ""
    url: str = ""
    is_hall: bool = False
    number: str = ""
    kind: str = ""


@dataclass(frozen=True)
class DrawnMark:
    """A door (state locked, open, unlocked, forced, unknown) or a piece of equipment on a plan, in plan units."""

    id: str
    name: str
    x: float
    y: float
    kind: str = ""
    state: str = ""
    url: str = ""


@dataclass(frozen=True)
class FloorDrawing:
    """A floor as geometry in plan units, y downwards, for the console's plan; hand it over as a dict.

    outline, grounds: rings of points.
    """

    id: str
    site: UUID
    name: str
    level: int
    width: float
    height: float
    rooms: tuple[DrawnRoom, ...] = ()
    doors: tuple[DrawnMark, ...] = ()
    equipment: tuple[DrawnMark, ...] = ()
    people: tuple[DrawnMark, ...] = ()
    callouts: tuple[Any, ...] = ()
    outline: tuple[tuple[Point, ...], ...] = ()
    grounds: tuple[tuple[Point, ...], ...] = ()
    has_image: bool = False


def read_id(text: str) -> UUID | None:
    """The id in a request's text, or None: what is no id finds nothing, and breaks nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Position:
    """WGS 84 degrees, as a telephone tells them; accuracy_metres: the radius it trusts."""

    latitude: float
    longitude: float
    accuracy_metres: float = 0.0


def read_position(given: object) -> Position | None:
    """A position of {"latitude", "longitude", "accuracy_metres"}; None for what is none on this earth."""
    if not isinstance(given, dict):
        return None
    values = [given.get("latitude"), given.get("longitude"), given.get("accuracy_metres", 0)]
    numbers = [float(one) for one in values if type(one) in (int, float) and abs(one) < 1e9]
    if len(numbers) != 3 or abs(numbers[0]) > 90 or abs(numbers[1]) > 180 or numbers[2] < 0:
        return None
    return Position(*numbers)
