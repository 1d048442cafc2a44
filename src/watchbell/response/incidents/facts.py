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
