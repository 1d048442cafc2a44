"""The only reader of time. Tests shift it for every process of an installation through the bus."""

import time
from datetime import UTC, datetime

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


def shift(seconds: float) -> None:
    """Moves this process's time; only tests do this."""
    global _shift_seconds
    _shift_seconds = seconds


def shifted() -> float:
    """By how much this process's time is moved, in seconds."""
    return _shift_seconds
