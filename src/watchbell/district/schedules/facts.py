"""Names and frozen facts of school days."""

from dataclasses import dataclass
from datetime import date, time

DAY_KINDS = {
    "school_day": "School day",
    "no_school": "No school",
    "early_dismissal": "Early dismissal",
    "late_start": "Late start",
}


@dataclass(frozen=True)
class PeriodFacts:
    """One period of a bell schedule, in the site's local time."""

    name: str
    starts_at: time
    ends_at: time


@dataclass(frozen=True)
class DayFacts:
    """What a date is at a site. because: the calendar's own words. schedule: name, "" on days without school."""

    on: date
    kind: str
    because: str
    schedule: str
    periods: tuple[PeriodFacts, ...]

    @property
    def is_school_day(self) -> bool:
        return self.kind != "no_school"
