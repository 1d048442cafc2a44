"""Draws a floor: rooms, doors, equipment and people in plan units become what _plan.html prints as SVG."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST = 1000.0
MARGIN = 26.0
LETTER = 0.6  # mean width of a letter as a share of the font size

#: equipment or room kind → icon of the sprite
SYMBOLS = {
    "camera": "device-cctv",
    "speaker": "device-speaker",
    "paging_zone": "speakerphone",
    "button": "bell-ringing-filled",
    "aed": "heartbeat",
    "first_aid": "first-aid-kit",
    "kit": "first-aid-kit",
    "extinguisher": "fire-extinguisher",
    "hydrant": "fire-hydrant",
    "gas_shutoff": "flame",
    "power_shutoff": "bolt",
    "water_shutoff": "tool",
    "screen": "device-desktop",
    "beacon": "antenna",
    "gateway": "router",
    "radio": "radio",
    "key_box": "key",
    "ladder": "ladder",
    "exit": "door-exit",
}
DOOR_ICONS = {
    "locked": "lock",
    "calm": "lock-open",
    "open": "lock-open",
    "unlocked": "lock-open",
    "forced": "lock-open",
}
DOOR_WORDS = {"calm": "unlocked"}  # no alarm is on
ROOM_WORDS = {"safe": "all safe", "help": "needs help", "wait": "not reported", "alarm": "alarm"}


@dataclass(frozen=True)
class Room:
    """ring: [(x, y), …] in plan units. state: safe, help, wait, alarm or "". note: a short second line ("21 of 25")."""

    id: str
    name: str
    ring: Sequence[Sequence[float]]
    state: str = ""
    note: str = ""
    url: str = ""
    is_hall: bool = False


@dataclass(frozen=True)
class Mark:
    """A door (state locked, open, unlocked, calm, forced, unknown), equipment (kind: a SYMBOLS name) or a person."""

    id: str
    name: str
    x: float
    y: float
    kind: str = ""
    state: str = ""
    url: str = ""


@dataclass(frozen=True)
class Callout:
    x: float
    y: float
    title: str
    text: str = ""
    is_dot: bool = False


@dataclass
class Drawing:
    """One floor, ready for the template; lengths in drawing units, the longer side LONGEST."""

    id: str
    name: str
    width: float
    height: float
    scale: float
    outline: str = ""
    grounds: list[str] = field(default_factory=list)
    rooms: list[dict[str, Any]] = field(default_factory=list)
    doors: list[dict[str, Any]] = field(default_factory=list)
    equipment: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    callouts: list[dict[str, Any]] = field(default_factory=list)
    paths: list[dict[str, Any]] = field(default_factory=list)
    focus: str = ""
    picture: str = ""  # address of the picture that lies under it

    @property
    def view_box(self) -> str:
        return f"{-MARGIN:g} {-MARGIN:g} {self.width + 2 * MARGIN:g} {self.height + 2 * MARGIN:g}"


def ring_of(geometry: Any) -> list[list[float]]:
    """The outer ring of a GeoJSON Polygon, or of a plain list of points; [] when there is none."""
    if isinstance(geometry, dict):
        geometry = geometry.get("coordinates") or []
        geometry = geometry[0] if geometry else []
    if geometry and isinstance(geometry[0], list | tuple) and geometry[0] and isinstance(geometry[0][0], list | tuple):
        geometry = geometry[0]
    return [list(point) for point in geometry or []]


def draw_floor(
    id: str,
    name: str,
    width: float,
    height: float,
    rooms: Iterable[Room] = (),
    doors: Iterable[Mark] = (),
    equipment: Iterable[Mark] = (),
    people: Iterable[Mark] = (),
    callouts: Iterable[Callout] = (),
    outline: Any = None,
    grounds: Iterable[Any] = (),
) -> Drawing:
    """The drawing of one floor of `width` × `height` plan units (y grows downwards)."""
    scale = LONGEST / max(width, height, 1e-6)
    drawing = Drawing(id=str(id), name=name, width=width * scale, height=height * scale, scale=scale)
    drawing.outline = _points(ring_of(outline), scale)
    drawing.grounds = [_points(ring_of(ground), scale) for ground in grounds]
    drawing.rooms = [_room(room, scale) for room in rooms if len(room.ring) >= 3]
    drawing.doors = [_door(door, drawing) for door in doors]
    drawing.equipment = [_mark(mark, scale) | {"icon": SYMBOLS.get(mark.kind, "point-filled")} for mark in equipment]
    drawing.people = [
        _mark(mark, scale) | {"icon": mark.kind or "user-shield", "wide": round(30 + len(mark.name) * 7.6, 1)}
        for mark in people
    ]
    calls = list(callouts)
    drawing.callouts = [
        _callout(call if call.is_dot else _clear_of_label(call, drawing), drawing) | {"is_dot": call.is_dot}
        for call in calls
    ]
    if drawing.callouts:
        drawing.focus = f"{drawing.callouts[0]['x']} {drawing.callouts[0]['y']}"
    return drawing


#: Of the label on a way, as _plan.html draws it.
LABEL_HEIGHT = 24


def draw_path(points: Sequence[Sequence[float]], text: str, scale: float) -> dict[str, Any]:
    """A way to walk, from where something is to where it is needed, with how far it is at its middle."""
    placed = [(x * scale, y * scale) for x, y in points]
    (x1, y1), (x2, y2) = placed[0], placed[-1]
    return {
        "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in placed), "text": text, "x": round((x1 + x2) / 2, 1),
        "y": round((y1 + y2) / 2, 1), "wide": round(18 + len(text) * 7.4, 1),
        "left": round(-(18 + len(text) * 7.4) / 2, 1),
    }  # fmt: skip


def spread_paths(paths: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No label of a way lies on another's: the later one goes under it."""
    for index, path in enumerate(paths):
        while any(_is_over(path, other) for other in paths[:index]):
            path["y"] = round(path["y"] + LABEL_HEIGHT + 2, 1)
    return paths


def _is_over(one: dict[str, Any], other: dict[str, Any]) -> bool:
    is_beside = abs(one["x"] - other["x"]) >= (one["wide"] + other["wide"]) / 2
    return not is_beside and abs(one["y"] - other["y"]) < LABEL_HEIGHT


def _points(ring: Sequence[Sequence[float]], scale: float) -> str:
    return " ".join(f"{x * scale:.1f},{y * scale:.1f}" for x, y, *_ in ring)


def _room(room: Room, scale: float) -> dict[str, Any]:
    xs, ys = [p[0] * scale for p in room.ring], [p[1] * scale for p in room.ring]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    x, y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    is_turned = high > wide * 1.6 and len(room.name) * 10 * LETTER > wide - 6
    room_for = high if is_turned else wide
    size = min(
        11.0 if room.is_hall else 17.0,
        (room_for - 6) / max(1, len(room.name)) / LETTER,
        (wide if is_turned else high) * 0.55,
    )
    has_note = bool(room.note) and not is_turned and high >= 34 and len(room.note) * 12 * LETTER <= wide - 2
    said = ", ".join(part for part in (room.name, ROOM_WORDS.get(room.state, ""), room.note) if part)
    return {
        "id": room.id,
        "name": room.name if size >= 6 else "",
        "title": said,
        "state": room.state,
        "url": room.url,
        "is_hall": room.is_hall,
        "points": _points(room.ring, scale),
        "x": round(x, 1),
        "size": round(size, 1),
        "y": round(y + size * 0.35 - (7 if has_note else 0), 1),
        "note": room.note if has_note else "",
        "note_y": round(y + 13, 1),
        "box": (min(xs), min(ys), max(xs), max(ys)),
        "turn": f"rotate(-90 {x:.1f} {y:.1f})" if is_turned else "",
    }


def _mark(mark: Mark, scale: float) -> dict[str, Any]:
    return {
        "id": mark.id,
        "name": mark.name,
        "x": round(mark.x * scale, 1),
        "y": round(mark.y * scale, 1),
        "state": mark.state,
        "url": mark.url,
        "kind": mark.kind,
    }


def _door(door: Mark, drawing: Drawing) -> dict[str, Any]:
    is_bad = door.state in ("open", "unlocked", "forced")
    text = f"{door.name} {door.state}" if is_bad else ""
    wide = round(14 + len(text) * 7.4, 1)
    x = door.x * drawing.scale
    left = min(max(x - wide / 2, -MARGIN + 3), drawing.width + MARGIN - 3 - wide) - x
    return _mark(door, drawing.scale) | {
        "icon": DOOR_ICONS.get(door.state, "help"),
        "text": text,
        "wide": wide,
        "tag_x": round(left, 1),
        "tag_mid": round(left + wide / 2, 1),
        "title": f"Door {door.name}: {DOOR_WORDS.get(door.state, door.state) or 'state unknown'}",
        "state": door.state or "unknown",
    }


def _clear_of_label(callout: Callout, drawing: Drawing) -> Callout:
    """The call-out moved up inside its room, and the room's own label below the mark: neither hides the other."""
    x, y = callout.x * drawing.scale, callout.y * drawing.scale
    inside = [r for r in drawing.rooms if r["box"][0] <= x <= r["box"][2] and r["box"][1] <= y <= r["box"][3]]
    if not inside:
        return callout
    room = min(inside, key=lambda r: (r["box"][2] - r["box"][0]) * (r["box"][3] - r["box"][1]))
    top, bottom = room["box"][1], room["box"][3]
    if bottom - top < 64 or room["turn"]:
        room["name"] = room["note"] = ""
        return callout
    mark_y = top + (bottom - top) * 0.36
    room["y"] = room["note_y"] = round(mark_y + 20 + room["size"], 1)
    room["note"] = ""
    return Callout(callout.x, mark_y / drawing.scale, callout.title, callout.text)


def _callout(callout: Callout, drawing: Drawing) -> dict[str, Any]:
    x, y = callout.x * drawing.scale, callout.y * drawing.scale
    wide = max(len(callout.title) * 9.2, len(callout.text) * 7.6) + 28
    high = 58 if callout.text else 34
    shift = min(max(x, wide / 2 - MARGIN + 4), drawing.width + MARGIN - 4 - wide / 2) - x
    is_above = y - 40 - high > -MARGIN
    top = -40 - high if is_above else 40
    return {
        "x": round(x, 1),
        "y": round(y, 1),
        "title": callout.title,
        "text": callout.text,
        "wide": round(wide, 1),
        "high": high,
        "left": round(shift - wide / 2, 1),
        "mid": round(shift, 1),
        "top": top,
        "t1": top + 23,
        "t2": top + 45,
        "stem": f"M0 {-18 if is_above else 18}V{top + high if is_above else top}",
    }
