"""When zones test themselves and which bell rings: by the clock of the school, never against its calendar."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from uuid import UUID

from watchbell.district.schedules.facts import DayFacts
from watchbell.field.paging.facts import (
    BELL_LATE_SECONDS,
    MINUTES_AROUND_SCHOOL,
    TEST_WINDOW_MINUTES,
    Bell,
    TestPlan,
)


def has_people(day: DayFacts, local: datetime) -> bool:
    """True when the bell schedule says that people may be in the building at the local moment."""
    if not day.is_school_day or not day.periods:
        return False
    around = timedelta(minutes=MINUTES_AROUND_SCHOOL)
    first = local.replace(hour=day.periods[0].starts_at.hour, minute=day.periods[0].starts_at.minute, second=0)
    last = local.replace(hour=day.periods[-1].ends_at.hour, minute=day.periods[-1].ends_at.minute, second=0)
    return first - around <= local <= last + around


def is_test_due(plan: TestPlan, local: datetime) -> bool:
    """True when tonight's test is to begin at the local moment: its time has come, and it was not done yet."""
    begins = local.replace(hour=plan.at.hour, minute=plan.at.minute, second=0, microsecond=0)
    if plan.last_on == local.date():
        return False
    return begins <= local < begins + timedelta(minutes=TEST_WINDOW_MINUTES)


def find_test_fault(at: time, days: Iterable[DayFacts], local: datetime, may_disturb: bool) -> str:
    """Why the nightly test may not be set to `at`, or "": people would hear it on an ordinary day."""
    moment = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if not may_disturb and any(has_people(day, moment) for day in days):
        return "People are at school at that hour. Choose a time at night, or say that it may be heard."
    return ""


def due_bells(site: UUID, day: DayFacts, local: datetime) -> list[Bell]:
    """The bells that ring at the local moment: the beginning and the end of each period, together when they meet."""
    if not day.is_school_day:
        return []
    found: dict[time, Bell] = {}
    for period in day.periods:
        for at, is_start in ((period.ends_at, False), (period.starts_at, True)):
            late = (
                local - local.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
            ).total_seconds()
            if 0 <= late < BELL_LATE_SECONDS:
                found[at] = Bell(site, period.name, is_start, at)
    return list(found.values())
