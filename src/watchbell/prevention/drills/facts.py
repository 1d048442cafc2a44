"""Kinds of drills, and what a state asks for: kind x number x period; the samples are data to be checked."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

#: Names of the SRP actions: The "I Love U Guys" Foundation.
DRILL_KINDS = {
    "fire": "Fire",
    "evacuate": "Evacuate",
    "lockdown": "Lockdown",
    "secure": "Secure",
    "hold": "Hold",
    "shelter": "Shelter: severe weather",
    "hazmat": "Shelter: hazardous materials",
    "earthquake": "Earthquake",
    "intruder": "Intruder, led by police",
    "bus": "Bus evacuation",
    "reunification": "Reunification",
    "tabletop": "Tabletop",
}
#: What the alarm of a closed drill counts as.
KIND_OF_ALARM = {kind: kind for kind in ("fire", "evacuate", "lockdown", "secure", "hold", "shelter")}
PERIODS = {"year": "each school year", "semester": "each semester", "month": "each month of school"}
STATES = {"overdue": "Overdue", "due": "Due", "later": "Later", "done": "Done", "exempt": "Exempt"}
STATE_TONES = {"overdue": "bad", "due": "warn", "later": "", "done": "good", "exempt": "info"}
STATE_ORDER = ("overdue", "due", "later", "exempt", "done")
#: Sites without pupils have no duty.
SCHOOL_KINDS = ("elementary", "middle", "high")
SOURCES = {"auto": "Recorded by itself", "hand": "Added by hand"}
#: A window is due this long before it ends.
DUE_DAYS = 30


@dataclass(frozen=True)
class Rule:
    """One line of a profile. within_days: the first must be done this long after school starts; None: any time.

    months: the months of school, for the period "month"; site_kinds: () means every school.
    """

    id: UUID | str
    kind: str
    count: int
    period: str
    within_days: int | None = None
    site_kinds: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Done:
    """A drill that counts. id: the record's."""

    id: UUID
    site: UUID
    kind: str
    on: date


@dataclass(frozen=True)
class Exempted:
    """A site need not do a rule in the window that begins on `starts_on`, for a reason."""

    site: UUID
    rule: UUID
    starts_on: date
    because: str


@dataclass(frozen=True)
class Duty:
    """What a site owes by one rule in one window, and how it stands."""

    site: UUID
    rule: Rule
    starts_on: date
    ends_on: date
    needed: int
    done: tuple[UUID, ...]
    state: str
    because: str = ""

    @property
    def missing(self) -> int:
        return max(0, self.needed - len(self.done))


@dataclass(frozen=True)
class SchoolYear:
    """From starts_on until ends_on, both included; the second semester begins on `second_on`."""

    starts_on: date
    ends_on: date
    second_on: date

    @property
    def name(self) -> str:
        return f"{self.starts_on.year}-{self.ends_on.year % 100:02d}"


@dataclass(frozen=True)
class DrillTimes:
    """What a closed drill measures, in seconds from the call."""

    on: date
    at: datetime
    seconds: float
    lock_seconds: float | None
    first_room_seconds: float | None
    all_rooms_seconds: float | None
    rooms: int
    rooms_reported: int
    unaccounted: int


#: Samples to begin with. They are no legal advice: a district's counsel checks them against the law in force.
SAMPLES: tuple[dict[str, Any], ...] = (
    {
        "name": "Texas, sample", "state": "TX",
        "note": "Sample after 19 TAC §103.1209 (annual drill table). Check with counsel before use.",
        "rules": (
            ("secure", 1, "year", None), ("lockdown", 1, "semester", None), ("evacuate", 1, "year", None),
            ("hazmat", 1, "year", None), ("shelter", 1, "year", None), ("fire", 2, "semester", None),
        ),
    },
    {
        "name": "Missouri, sample", "state": "MO",
        "note": "Sample after RSMo §160.453 (earthquake, where it applies), §170.315 (intruder drill led by police) "
                "and common fire marshals' practice. Check with counsel before use.",
        "rules": (
            ("fire", 1, "month", 14), ("earthquake", 1, "semester", None), ("shelter", 1, "semester", None),
            ("intruder", 1, "year", None), ("lockdown", 1, "semester", None), ("bus", 1, "semester", None),
        ),
    },
)  # fmt: skip
