"""Decisions about time at school: which kind of day, which period."""

from collections.abc import Iterable, Sequence
from datetime import date, time
from itertools import pairwise

from watchbell.district.schedules.facts import PeriodFacts


def judge_day_kind(on: date, own: tuple[str, str] | None, shared: tuple[str, str] | None) -> tuple[str, str]:
    """(kind, because) of a date: the site's own entry, else the district's, else weekdays are school days."""
    if own is not None:
        return own
    if shared is not None:
        return shared
    return ("no_school", "Weekend") if on.weekday() >= 5 else ("school_day", "")


def choose_schedule(schedules: Iterable[tuple[str, str]], kind: str) -> str:
    """The name of the schedule for a kind of day among (name, kind); an ordinary day's where it has none of its own."""
    found = list(schedules)
    if kind == "no_school":
        return ""
    for wanted in (kind, "school_day"):
        for name, its_kind in found:
            if its_kind == wanted:
                return name
    return ""


def find_period(periods: Sequence[PeriodFacts], at: time) -> PeriodFacts | None:
    """The period running at local time `at`, or None between periods and outside school hours."""
    return next((period for period in periods if period.starts_at <= at < period.ends_at), None)


def find_overlap(periods: Sequence[PeriodFacts]) -> tuple[PeriodFacts, PeriodFacts] | None:
    """The first two periods that run at the same time, or None."""
    ordered = sorted(periods, key=lambda period: period.starts_at)
    for earlier, later in pairwise(ordered):
        if later.starts_at < earlier.ends_at:
            return earlier, later
    return None
