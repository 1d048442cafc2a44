"""Shapes of reports as devices send them."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from watchbell.kernel.api import Invalid
from watchbell.response.accountability.facts import Told

#: A header of what a device sends: its clock at that moment, Unix milliseconds.
DEVICE_TIME = "Watchbell-Device-Time"
ON_ITS_WAY_SECONDS = 30
TEXTS = ("id", "name", "kind", "state", "place_name", "note", "way")


def read_reports(body: Any, behind: timedelta = timedelta(0)) -> list[Told]:
    """The reports of a batch, each field of its type. Raises Invalid where the batch itself is not one.

    A field that cannot be read is left as text that no rule accepts, so that one bad report refuses only itself.
    behind: by how much the device's clock is behind ours; its times are set right by it.
    """
    if not isinstance(body, list):
        raise Invalid({"reports": "a list of reports"})
    told = [_read_report(one) for one in body]
    for one in told:
        if one.get("made_at") is not None:
            with contextlib.suppress(OverflowError):  # a time at the end of the calendar is refused by the rules
                one["made_at"] += behind
    return told


def read_rooms(body: Any, behind: timedelta = timedelta(0)) -> list[Told]:
    """What was said of rooms as a whole: id, place, state, accounted (people there), note, made_at. As read_reports."""
    if not isinstance(body, list):
        raise Invalid({"rooms": "a list of what was said of rooms"})
    numbers = [one.get("accounted", 0) if isinstance(one, dict) else 0 for one in body]
    told = read_reports([{**one, "count": number} if isinstance(one, dict) else one
                         for one, number in zip(body, numbers, strict=True)], behind)  # fmt: skip
    for one in told:
        one["accounted"] = one.pop("count", 0)
    return told


def read_behind(device_time: str, now: datetime) -> timedelta:
    """How far a device's clock is behind ours, from what it showed (Unix milliseconds) as it sent.

    Nothing for what is no time, and for less than the way of a message may take: a batch that was long on its way must
    not overtake one that was made after it.
    """
    shown = _read_moment(float(device_time[:16])) if device_time.isascii() and device_time.isdigit() else None
    behind = now - shown if shown is not None else timedelta(0)
    return behind if abs(behind) > timedelta(seconds=ON_ITS_WAY_SECONDS) else timedelta(0)


def _read_report(one: Any) -> Told:
    if not isinstance(one, dict):
        return {"id": "", "state": ""}
    told: Told = {name: str(one[name]).replace("\0", "") for name in TEXTS if one.get(name) is not None}
    count = one.get("count", 1)
    told["count"] = count if isinstance(count, int) and not isinstance(count, bool) else -1
    told["made_at"] = _read_moment(one.get("made_at"))
    for name in ("person", "place"):
        text = one.get(name)
        if text:
            told[name] = _read_uuid(str(text))
    return told


def _read_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # names nobody and no place


def _read_moment(given: Any) -> datetime | None:
    """RFC 3339 text or Unix milliseconds; None for what is neither."""
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 < given < 1e13:
        return datetime.fromtimestamp(given / 1000, tz=UTC)
    try:
        found = parse_datetime(given) if isinstance(given, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
