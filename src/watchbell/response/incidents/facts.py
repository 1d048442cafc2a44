"""States and names of incidents, their orders and their rooms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

STATES = {"open": "Open", "clearing": "All-clear given, endpoints resetting", "closed": "Closed"}
RECEIPT_STATES = ("asked", "done", "failed", "expired")
#: What stands on top of the board: what failed, then what is late, then what is waited for, then what is well.
BOARD_ORDER = {"failed": 0, "expired": 1, "late": 2, "asked": 3, "done": 4}
ROOM_STATES = {"safe": "Safe", "help": "Need help", "missing": "Somebody missing", "injured": "Somebody injured"}
#: kind of a timeline entry → what the filter calls it
TIMELINE_KINDS = {"press": "Alarms", "order": "Equipment", "room": "Rooms", "person": "People", "note": "Notes"}
JOIN_MINUTES = 30
#: A device without a network may bring what was said in time this long after the incident was closed.
LATE_DAYS = 7
#: What came so much later than it was said is told with its delay.
LATE_SECONDS = 60
#: What a closed incident turned out to be; unintended ones count against the bar.
OUTCOMES = {"real": "Real emergency", "precaution": "Precaution", "unintended": "Unintended press",
            "drill": "Test or drill"}  # fmt: skip
MOST_UNINTENDED_PERCENT = 2.0
#: First part of a device's name → what kind of device it is.
DEVICES = {"console": "Phone or desktop", "siadc09": "Wall button", "modbus": "Wall button", "blebadge": "Badge",
           "radio": "Radio", "sip": "Telephone", "pbx": "Telephone"}  # fmt: skip
#: What a member of staff answers to an alert → in words for the timeline
COMING = {"on_my_way": "is on the way", "arrived": "is there", "cannot_come": "cannot come"}
#: Kinds in which somebody may be asked to bring what helps.
WITH_AID = frozenset({"medical", "staff_assist"})
AID_WORDS = {"aed": "AED", "kit": "Kit"}


@dataclass(frozen=True)
class OpenIncident:
    """An incident that is not closed, as the joining rule sees it."""

    id: UUID
    site: UUID
    kind: str
    mode: str
    state: str
    last_press_at: datetime
    place: UUID | None = None
    place_name: str = ""


@dataclass(frozen=True)
class PressVerdict:
    """Where a press belongs: joined incident, or None for a new one; `ends` are drills it ends."""

    joins: UUID | None
    ends: tuple[UUID, ...]
    because: str


@dataclass(frozen=True)
class BoardRow:
    """One endpoint on the receipt board. state: a RECEIPT_STATES word or "late"."""

    id: UUID
    order: str
    step: str
    step_name: str
    action: str
    endpoint: str
    endpoint_id: str
    gateway: str
    state: str
    because: str
    asked_at: datetime
    done_at: datetime | None
    deadline_seconds: float
    attempts: int
    is_reset: bool
    is_by_hand: bool
    detail: dict[str, Any]

    @property
    def took_milliseconds(self) -> int | None:
        return None if self.done_at is None else max(0, round((self.done_at - self.asked_at).total_seconds() * 1000))


@dataclass(frozen=True)
class RoomRow:
    """One room in the roll call. state: "" while it is silent. injured, missing: people, where it was said."""

    place: UUID
    number: str
    name: str
    students: int
    staff: int
    state: str
    accounted: int
    note: str
    by: str
    at: datetime | None
    injured: int = 0
    missing: int = 0


@dataclass(frozen=True)
class RoomWord:
    """What somebody said of a room as a whole, once."""

    place: UUID
    report: str
    state: str
    accounted: int
    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Helper:
    """Somebody who has answered an alert. what: a COMING word. since: when they first said that they come."""

    user: str
    name: str
    role: str
    what: str
    place_name: str
    since: datetime
    arrived_at: datetime | None

    @property
    def words(self) -> str:
        return COMING.get(self.what, self.what)


@dataclass(frozen=True)
class Answered:
    """One answer to an alert, as it was kept."""

    user: str
    name: str
    role: str
    what: str
    place_name: str
    at: datetime


@dataclass(frozen=True)
class AidHere:
    """What helps is at the place of the incident. what: of AID_WORDS. name, at: who said so first, and when."""

    what: str
    name: str
    at: datetime

    @property
    def words(self) -> str:
        return f"The {AID_WORDS[self.what] if self.what == 'aed' else 'kit'} is here"


@dataclass(frozen=True)
class HelpNow:
    """Who has answered, what helps is there, and what is nearest of the rest: in words, and its ways on the plan."""

    answered: tuple[Answered, ...]
    here: dict[str, AidHere]
    aids: tuple[dict[str, Any], ...]
    ways: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Stairs:
    """Stairs on one floor's plan; those of the same name on another floor of the building are the same stairs."""

    floor: str
    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Outcome:
    """A closed real incident as the rate of unintended presses counts it. month: "2026-11"."""

    month: str
    site: str
    device: str
    outcome: str


@dataclass(frozen=True)
class Rate:
    """Of `closed` incidents with an outcome, how many were unintended; `unsaid` have no outcome yet."""

    name: str
    closed: int
    unintended: int
    unsaid: int

    @property
    def percent(self) -> float | None:
        said = self.closed - self.unsaid
        return None if not said else round(100 * self.unintended / said, 1)

    @property
    def is_good(self) -> bool:
        return self.percent is None or self.percent <= MOST_UNINTENDED_PERCENT


@dataclass(frozen=True)
class OutsideOrder:
    """An order to somebody outside (a centre, a telephone, an alert feed) as the board has it. wire: as it was sent."""

    order: str
    press: str
    action: str
    step: str
    endpoint: str
    endpoint_id: str
    state: str
    because: str
    asked_at: datetime
    done_at: datetime | None
    is_reset: bool
    wire: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a person or a centre said of an incident: one of wire.order.ANSWERS, by whom and when."""

    what: str
    by: str
    by_name: str
    order: str
    at: datetime
    because: str
    detail: dict[str, Any]
