"""Decisions about telephones: what is wrong with a location, what a file of telephones says, how a place is written."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from watchbell.district.equipment.facts import CONFIRMED_DAYS, TelephoneFacts, TelephoneLine
from watchbell.district.sites.facts import Fault, PlaceFacts

COLUMNS = ("Extension", "Name", "Site", "Room", "ELIN", "Callback", "MAC", "IP", "Confirmed on")
MAX_LINES = 20_000
MAX_BYTES = 4_000_000
_NUMBER = re.compile(r"\+?[0-9*#]{1,20}\Z", re.ASCII)
_MAC = re.compile(r"([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}\Z", re.ASCII | re.IGNORECASE)
_IP = re.compile(r"[0-9a-f.:]{3,45}\Z", re.ASCII | re.IGNORECASE)


def judge_telephone(phone: TelephoneFacts, today: date) -> str:
    """The gravest thing that is wrong with its location: a key of TELEPHONE_PROBLEMS, or ""."""
    has_place = phone.place is not None
    return judge_location(phone.is_place_closed, has_place, phone.has_address, phone.confirmed_on, today)


def judge_location(
    is_place_closed: bool, has_place: bool, has_address: bool, confirmed_on: date | None, today: date
) -> str:
    """`judge_telephone` by what decides it alone."""
    if is_place_closed:
        return "room_gone"
    if not has_place:
        return "no_room"
    if not has_address:
        return "no_address"
    if confirmed_on is None:
        return "never_confirmed"
    return "stale" if (today - confirmed_on).days > CONFIRMED_DAYS else ""


def civic_of(address: Mapping[str, str], site_name: str, place: PlaceFacts | None) -> dict[str, str]:
    """A room as a civic address (RFC 5139): the site's address, its name, building, floor, room and nearest door."""
    if place is None:
        return {}
    parts = {"country": "US", "NAM": site_name, "PLC": "school"} | {k: v for k, v in address.items() if v}
    room = place.room or place.name
    parts |= {"BLD": place.building, "FLR": place.floor, "ROOM": room}
    if place.name and place.name != room:
        parts["LOC"] = place.name
    if place.nearest_door:
        parts["LOC"] = ", ".join(p for p in (parts.get("LOC"), f"nearest exterior door {place.nearest_door}") if p)
    return {name: text for name, text in parts.items() if text}


def read_telephones(
    raw: bytes, sites: Mapping[str, UUID], rooms: Mapping[tuple[UUID, str], UUID]
) -> tuple[list[TelephoneLine], list[Fault]]:
    """(lines, faults) of a CSV file with COLUMNS; a file with any fault is to be taken as none.

    sites: by code or name in lower case. rooms: by (site, number or name in lower case).
    """
    if len(raw) > MAX_BYTES:
        return [], [Fault(0, "The file is larger than 4 MB.")]
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [Fault(0, f"The file is no CSV in UTF-8: {error}.")]
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "extension" not in head or "site" not in head:
        return [], [Fault(1, f"The first line names the columns: {', '.join(COLUMNS)}.")]
    if len(rows) > MAX_LINES:
        return [], [Fault(0, f"More than {MAX_LINES} lines; split the file.")]
    lines: list[TelephoneLine] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: cell.strip().lstrip("'") for name, cell in zip(head, row, strict=False)}
        found = _read_line(number, cells, sites, rooms)
        if isinstance(found, Fault):
            faults.append(found)
        elif found.extension in seen:
            faults.append(Fault(number, f"Extension {found.extension} stands in line {seen[found.extension]} too."))
        else:
            seen[found.extension] = number
            lines.append(found)
    if not lines and not faults:
        faults.append(Fault(0, "There is no telephone in the file."))
    return lines, faults


def _read_line(
    number: int, cells: dict[str, str], sites: Mapping[str, UUID], rooms: Mapping[tuple[UUID, str], UUID]
) -> TelephoneLine | Fault:
    extension, room = cells.get("extension", ""), cells.get("room", "")
    if not _NUMBER.match(extension):
        return Fault(number, f"{extension!r} is no extension: digits, * or #, at most 20." if extension
                     else "There is no extension.")  # fmt: skip
    site = sites.get(cells.get("site", "").lower())
    if site is None:
        return Fault(number, f"There is no site {cells.get('site', '')!r}; its code or name is wanted.")
    place = rooms.get((site, room.lower()))
    if room and place is None:
        return Fault(number, f"There is no room {room!r} at {cells.get('site')}.")
    patterns = {"elin": _NUMBER, "callback": _NUMBER, "mac": _MAC, "ip": _IP}
    settings = {name: cells.get(name, "") for name in patterns}
    for name in ("elin", "callback"):
        settings[name] = re.sub(r"[ ().-]", "", settings[name])
    for name, pattern in patterns.items():
        if settings[name] and not pattern.match(settings[name]):
            words = {"elin": "ELIN", "callback": "callback number", "mac": "MAC address", "ip": "IP address"}[name]
            return Fault(number, f"{settings[name]!r} is no {words}.")
    confirmed = cells.get("confirmed on", "")
    try:
        settings["confirmed_on"] = date.fromisoformat(confirmed).isoformat() if confirmed else ""
    except ValueError:
        return Fault(number, f"{confirmed!r} is no date; write 2026-08-24.")
    return TelephoneLine(
        number, extension, cells.get("name", "")[:160] or f"Telephone {extension}", site, place,
        {name: text for name, text in settings.items() if text},
    )  # fmt: skip
