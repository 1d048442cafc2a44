"""What an incident has become since it was told: rooms that need help, people in them, presses, responders, notes."""

import re
from typing import Any

import msgspec

from watchbell.line.pidflo import clean_text

MOST_ROOMS, MOST_LINES, MOST_NOTES = 60, 40, 20
#: state of a room → (what is said, role of the person component, "" for none)
ROOM_WORDS = {
    "injured": ("somebody injured", "Victim"),
    "help": ("needs help", ""),
    "missing": ("somebody missing", "MissingPerson"),
}


class TroubledRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A room whose people need somebody. place: name, building, floor, room, nearest_door, latitude, longitude."""

    key: str
    place: dict[str, Any]
    text: str
    role: str


class Development(msgspec.Struct, frozen=True, kw_only=True):
    """number: rises with every update of an incident; 0 where nothing has been updated yet."""

    number: int
    rooms: list[TroubledRoom]
    lines: list[str]


def read_development(params: dict[str, Any]) -> Development:
    """The `update` of an order's params; whatever else stands there is left out."""
    given = params.get("update")
    update = given if isinstance(given, dict) else {}
    number = update.get("number")
    rooms = _apart([_room(one) for one in _dicts(update, "rooms")[:MOST_ROOMS]])
    lines = [room.text for room in rooms]
    presses = [_press(one) for one in _dicts(update, "presses")[:MOST_LINES]]
    if len(presses) > 1:
        lines.append(f"{len(presses)} alarms: {'; '.join(presses)}.")
    lines += [_responder(one) for one in _dicts(update, "responders")[:MOST_LINES]]
    lines += [clean_text(one, 500) for one in _texts(update, "words")[:MOST_LINES]]
    for note in _dicts(update, "notes")[:MOST_NOTES]:
        lines.append(f"{clean_text(note.get('by'), 100) or 'The school'}: {clean_text(note.get('text'), 2000)}")
    known = number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else 0
    return Development(number=known, rooms=rooms, lines=[line for line in lines if line])


def _apart(rooms: list[TroubledRoom]) -> list[TroubledRoom]:
    """The rooms with a key of their own each: two parts of a document with one $id would be one to whoever reads it."""
    seen: dict[str, int] = {}
    found = []
    for room in rooms:
        seen[room.key] = seen.get(room.key, 0) + 1
        again = seen[room.key] > 1
        found.append(msgspec.structs.replace(room, key=f"{room.key} ({seen[room.key]})") if again else room)
    return found


def _room(one: dict[str, Any]) -> TroubledRoom:
    words, role = ROOM_WORDS.get(str(one.get("state")), ("needs somebody", ""))
    name = clean_text(one.get("name") or one.get("room"), 160) or "A room"
    count = one.get("people")
    people = f", {count} people" if isinstance(count, int) and not isinstance(count, bool) and count > 0 else ""
    door = clean_text(one.get("nearest_door"), 60)
    note = clean_text(one.get("note"), 500)
    text = f"{name}: {words}{people}" + (f", exterior door {door}" if door else "") + (f". {note}" if note else ".")
    return TroubledRoom(key=clean_text(one.get("place"), 80) or name, place=one, text=text, role=role)


def _press(one: dict[str, Any]) -> str:
    who, back = clean_text(one.get("by_name"), 100), clean_text(one.get("callback"), 40)
    more = ", ".join(part for part in (who, f"call back {back}" if back else "") if part)
    where = clean_text(one.get("place_name"), 160) or "place unknown"
    return ("911 called from " if one.get("called") else "") + where + (f" ({more})" if more else "")


def read_joined(params: dict[str, Any]) -> list[str]:
    """What further presses have said that no update has told yet, one line each."""
    given = params.get("joined")
    known = given if isinstance(given, dict) else {}
    return [line for line in (clean_text(one, 300) for one in list(known.values())[:MOST_LINES]) if line]


def join_press(before: dict[str, Any], press: str, params: dict[str, Any], is_first: bool) -> dict[str, Any]:
    """The params of an alarm that was told, with those of another press of it, or of its first told once more.

    Place, kind and people stay the first's; how many press, what the new one says and where it can be called back come
    with it.
    """
    joined = dict(before["joined"]) if isinstance(before.get("joined"), dict) else {}
    kept = {**before, **params} if is_first else dict(before)
    if not is_first and params.get("said"):
        joined[press] = str(params["said"])
    counts = [one.get("callers") for one in (before, params)]
    numbers = [*read_numbers(params), *read_numbers(before)]  # who called last can be called back first
    return kept | {
        "joined": joined, "callback": list(dict.fromkeys(numbers)),
        "callers": max((one for one in counts if isinstance(one, int)), default=1),
    }  # fmt: skip


def read_numbers(params: dict[str, Any]) -> list[str]:
    """Where who raised it can be called back: tel: or sip: URIs; a number as people write it becomes one."""
    given = params.get("callback")
    found = map(_uri, [given] if isinstance(given, str) else _texts(params, "callback"))
    return [one for one in found if one]


def _uri(text: str) -> str:
    scheme, colon, rest = text.strip().partition(":")
    if colon and scheme.lower() in ("sip", "sips") and re.fullmatch(r"[^\s<>\"{}|\\^`]+", rest):
        return f"{scheme.lower()}:{rest}"
    number, semicolon, params = (rest if colon and scheme.lower() == "tel" else text).partition(";")
    digits = re.sub(r"[\s().-]", "", number)  # RFC 3966 lets nobody write blanks
    is_whole = re.fullmatch(r"\+?[0-9*#]{2,24}", digits) and re.fullmatch(r"[!-~]*", params)
    return f"tel:{digits}{semicolon}{params}" if is_whole else ""


def without_told(params: dict[str, Any]) -> dict[str, Any]:
    """After an update that names as many presses, what joined need not be said twice."""
    update = params.get("update")
    presses = _dicts(update, "presses") if isinstance(update, dict) else []
    joined = params.get("joined")
    is_told = isinstance(joined, dict) and len(presses) > len(joined)
    return params | {"joined": {}} if is_told else params


def _responder(one: dict[str, Any]) -> str:
    name = clean_text(one.get("name"), 100) or "Somebody of the school"
    return f"{name} {clean_text(one.get('what'), 100) or 'is on the way'}."


def _dicts(update: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = update.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _texts(update: dict[str, Any], name: str) -> list[str]:
    found = update.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
