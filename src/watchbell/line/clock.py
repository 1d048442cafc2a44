"""The only reader of time. Tests shift it for every process of an installation through the bus."""

import re
import time
from datetime import UTC, datetime, timedelta

_LEAP = re.compile(r"(T\d\d:\d\d):60(?=[.,Z+-]|\Z)", re.ASCII)
_shift_seconds = 0.0


def now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.fromtimestamp(unix(), tz=UTC)


def unix() -> float:
    """The moment in Unix seconds."""
    return time.time() + _shift_seconds  # noqa: TID251 - the one place


def monotonic() -> float:
    """Seconds that never go back: for leases, expiry and waiting."""
    return time.monotonic() + _shift_seconds


def moment(unix_seconds: float) -> datetime:
    """Unix seconds as an aware moment in UTC."""
    return datetime.fromtimestamp(unix_seconds, tz=UTC)


def read_moment(text: str) -> datetime | None:
    """An RFC 3339 moment, its letters in either case; naive where it has no offset, None where it is none.

    A leap second is the first second of the next minute, as Unix counts.
    """
    plain, leaps = _LEAP.subn(r"\1:59", text.strip().upper())
    try:
        found = datetime.fromisoformat(plain)
        return found + timedelta(seconds=leaps)
    except (ValueError, OverflowError):
        return None


def shift(seconds: float) -> None:
    """Moves this process's time; only tests do this."""
    global _shift_seconds
    _shift_seconds = seconds


def shifted() -> float:
    """By how much this process's time is moved, in seconds."""
    return _shift_seconds
