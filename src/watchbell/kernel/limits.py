"""Counts how often somebody tries, so that guessing is slow, in windows of a minute.

By network address where anybody may ask; by its link where a link is asked for: a telephone company puts thousands of
families behind one address, and on the day the whole county looks none of them may be turned away for the others.
"""

from django.core.cache import cache

from watchbell.line import clock
from watchbell.line.ids import same_id

WINDOW_SECONDS = 60.0
MOST_GUESSES = 60


def is_too_often(what: str, who: str, most: int, seconds: float = WINDOW_SECONDS) -> bool:
    """Counts one try of `what` by `who`; True when this window has had more than `most`."""
    key = f"limit:{same_id(what, who)}:{int(clock.unix() // seconds)}"
    cache.add(key, 0, timeout=int(seconds * 2))
    try:
        return cache.incr(key) > most
    except ValueError:  # the window's file has just been swept away: counted anew
        cache.set(key, 1, timeout=int(seconds * 2))
        return False


def is_guessing(address: str) -> bool:
    """Counts a link from `address` that nobody has; True when there have been too many."""
    return is_too_often("guess", address, MOST_GUESSES)
