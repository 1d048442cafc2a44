"""Counts how often somebody tries, so that guessing is slow; per address, in windows of a minute."""

from django.core.cache import cache

from watchbell.line import clock
from watchbell.line.ids import same_id

WINDOW_SECONDS = 60.0


def is_too_often(what: str, who: str, most: int, seconds: float = WINDOW_SECONDS) -> bool:
    """Counts one try of `what` by `who`; True when this window has had more than `most`."""
    key = f"limit:{same_id(what, who)}:{int(clock.unix() // seconds)}"
    cache.add(key, 0, timeout=int(seconds * 2))
    try:
        return cache.incr(key) > most
    except ValueError:  # the window's file has just been swept away: counted anew
        cache.set(key, 1, timeout=int(seconds * 2))
        return False
