"""Reads a GeoJSON file of rooms in plan units: rooms to take over, or every fault with its line."""

import json
import re
from typing import Any

from watchbell.district.sites.facts import MAX_ROOMS_IN_IMPORT, PLACE_KINDS, Fault, RoomsFile, RoomShape
from watchbell.district.sites.rules.geometry import count_square_units, ring_of

MIN_SQUARE_UNITS = 1.0
MAX_POINTS = 500


def read_rooms(raw: bytes, width: float, height: float) -> RoomsFile:
    """The rooms of a GeoJSON FeatureCollection whose polygons lie within a plan of `width` × `height` units.

    Properties: number, name, kind, capacity; a room needs a number or a name. Total on any bytes.
    """
    try:
        text = raw.decode("utf-8-sig")
        whole = json.loads(text)
    except UnicodeDecodeError:
        return _refused(0, "The file is not UTF-8 text.", "rooms.encoding")
    except json.JSONDecodeError as error:
        return _refused(error.lineno, f"This is not JSON: {error.msg}.", "rooms.json")
    except (RecursionError, ValueError):
        return _refused(0, "The file is nested too deeply or holds a number out of range.", "rooms.json")
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list) or not features:
        return _refused(1, "The file is no GeoJSON FeatureCollection with features.", "rooms.no_features")
    if len(features) > MAX_ROOMS_IN_IMPORT:
        return _refused(1, f"The file holds more than {MAX_ROOMS_IN_IMPORT} rooms.", "rooms.too_many")
    return _read_features(features, _lines_of_features(text, len(features)), width, height)


def _refused(line: int, because: str, code: str) -> RoomsFile:
    return RoomsFile(faults=(Fault(line, because, code),))


def _lines_of_features(text: str, count: int) -> list[int]:
    """The line each feature starts on, found by decoding one after the other; 0 where the file is written oddly."""
    decoder = json.JSONDecoder()
    lines: list[int] = []
    at = text.find("[", max(0, text.find('"features"'))) + 1
    while at > 0 and len(lines) < count:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        lines.append(text.count("\n", 0, at) + 1)
        try:
            _, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            break
    return lines + [0] * (count - len(lines))


def _read_features(features: list[Any], lines: list[int], width: float, height: float) -> RoomsFile:
    rooms: list[RoomShape] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for feature, line in zip(features, lines, strict=True):
        room = _read_room(feature, width, height)
        if isinstance(room, str):
            faults.append(Fault(line, room, "rooms.invalid"))
            continue
        key = room.number or room.name
        if key in seen:
            faults.append(Fault(line, f"{key} stands on line {seen[key]} already.", "rooms.duplicate"))
            continue
        seen[key] = line
        rooms.append(room)
    return RoomsFile(faults=tuple(faults)) if faults else RoomsFile(tuple(rooms))


def _read_room(feature: Any, width: float, height: float) -> RoomShape | str:
    """A room, or in words why it is none."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "This is no GeoJSON feature."
    given = feature.get("properties")
    properties = given if isinstance(given, dict) else {}
    number, name = (_say(properties.get(key)) for key in ("number", "name"))
    kind = str(properties.get("kind") or "room")
    capacity = properties.get("capacity")
    if isinstance(capacity, float) and capacity.is_integer():
        capacity = int(capacity)  # 30.0 is the same number in JSON
    if not number and not name:
        return "The room has neither number nor name."
    if len(number) > 20 or len(name) > 120:
        return "A number has at most 20 characters, a name 120."
    if re.search("[\0\ud800-\udfff]", number + name):
        return "The name holds a NUL character, or half of one."
    if kind not in PLACE_KINDS:
        return f"“{kind[:40]}” is no kind of place; known are {', '.join(PLACE_KINDS)}."
    if capacity is not None and (
        isinstance(capacity, bool) or not isinstance(capacity, int) or not 0 <= capacity < 1e5
    ):
        return "The capacity is no whole number from 0 to 99999."
    ring = ring_of(feature.get("geometry"))
    fault = judge_ring(ring, width, height)
    return fault or RoomShape(number, name or f"Room {number}", kind, ring, capacity)


def _say(value: Any) -> str:
    """A number or a name as text: 0 is a number too, and 101.0 is the same as 101."""
    if value is None or isinstance(value, bool):
        return ""
    return (f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)).strip()


def judge_ring(ring: tuple[tuple[float, float], ...], width: float, height: float) -> str:
    """In words what is wrong with a room's corner points, "" when nothing is."""
    if len(ring) < 3:
        return "The geometry is no Polygon with three or more corners."
    if len(ring) > MAX_POINTS:
        return f"The polygon has more than {MAX_POINTS} corners."
    if not all(0 <= x <= width and 0 <= y <= height for x, y in ring):
        return f"A corner lies outside the plan of {width:g} × {height:g} units."
    if count_square_units(ring) < MIN_SQUARE_UNITS:
        return "The polygon has no area."
    return ""
