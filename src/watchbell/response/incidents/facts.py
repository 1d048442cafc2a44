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


@dataclass(frozen=True)
class OpenIncident:
    """An incident that is not closed, as the joining rule sees it."""

    id: UUID
    site: UUID
    kind: str
    mode: str
    state: str
    last_press_at: datetime


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
    """One room in the roll call. state: "" while it is silent."""

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
