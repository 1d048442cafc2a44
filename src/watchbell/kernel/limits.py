"""Counts how often somebody tries, so that guessing is slow, in windows of a minute that slide.

Two counters do: of this window, and of the one before by its share that is still within reach. Fixed windows would let
twice as many through where one ends and the next begins.

By network address where anybody may ask; by its link where a link is asked for: a telephone company puts thousands of
families behind one address, and on the day the whole county looks none of them may be turned away for the others.
"""

from django.core.cache import cache

from watchbell.line import clock
from watchbell.line.ids import same_id

WINDOW_SECONDS = 60.0
MOST_GUESSES = 60


def is_too_often(what: str, who: str, most: int, seconds: float = WINDOW_SECONDS) -> bool:
    """Counts one try of `what` by `who`; True when the last `seconds` have had more than `most`."""
    window, passed = divmod(clock.unix(), seconds)
    name = f"limit:{same_id(what, who)}"
    before = cache.get(f"{name}:{int(window) - 1}", 0) * (1 - passed / seconds)
    return before + _count(f"{name}:{int(window)}", int(seconds * 2)) > most


def _count(key: str, kept_seconds: int) -> int:
    cache.add(key, 0, timeout=kept_seconds)
    try:
        return cache.incr(key)
    except ValueError:  # the window's file has just been swept away: counted anew
        cache.set(key, 1, timeout=kept_seconds)
        return 1


def is_guessing(address: str) -> bool:
    """Counts a link from `address` that nobody has; True when there have been too many."""
    return is_too_often("guess", address, MOST_GUESSES)
