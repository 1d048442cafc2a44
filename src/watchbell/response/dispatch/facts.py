"""Names and frozen facts of what goes between the school and those who come."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: state of a unit → (what people read, the word of the EIDO registry "Secondary Unit Status")
UNIT_STATES = {
    "assigned": ("Assigned", "Assigned"),
    "en_route": ("En route", "EnRoute"),
    "on_scene": ("On scene", "OnScene"),
    "cleared": ("Cleared", "Cleared"),
}
SIDES = {"school": "School", "dispatch": "911 and police"}
#: Rooms a centre is told of, by the roll call's states.
TROUBLED = ("injured", "help", "missing")
UPDATE_SECONDS = 3.0
UPDATE_AGAIN_SECONDS = 15.0
UPDATE_EXPIRES_SECONDS = 600.0
UPDATE_DEADLINE_SECONDS = 10.0
LINK_HOURS = 12
AFTER_CLOSE_SECONDS = 3600.0
MOST_TEXT = 1000
#: What a link opens, and nothing else.
LINK_RIGHTS = frozenset({"incidents.view", "dispatch.view", "dispatch.answer", "dispatch.message"})


@dataclass(frozen=True)
class Unit:
    """A unit of police, fire or medical services as it was last heard of. state: a key of UNIT_STATES, or ""."""

    agency: str
    name: str
    state: str
    word: str
    at: datetime


@dataclass(frozen=True)
class Coming:
    """What happens at `due_at` unless somebody acknowledges: a sentence for people."""

    text: str
    due_at: datetime


@dataclass(frozen=True)
class Clock:
    """Since when which centres know, who has acknowledged when, and what follows if nobody does.

    told: names. acknowledged: (name and agency, moment, seconds it took) or None. failed: centres not reached.
    """

    told: tuple[str, ...] = ()
    told_at: datetime | None = None
    failed: tuple[str, ...] = ()
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    coming: tuple[Coming, ...] = ()
    passed: tuple[Coming, ...] = ()

    @property
    def took_seconds(self) -> float | None:
        if self.acknowledged_at is None or self.told_at is None:
            return None
        return max(0.0, (self.acknowledged_at - self.told_at).total_seconds())

    @property
    def is_waiting(self) -> bool:
        return self.acknowledged_at is None and bool(self.told or self.failed)


@dataclass(frozen=True)
class LinkFacts:
    """A link as its judge sees it. mark: hash of the session that opened it, "" while nobody has."""

    mark: str
    expires_at: datetime
    is_revoked: bool
    closed_at: datetime | None


@dataclass(frozen=True)
class LastUpdate:
    """The newest update of a centre: what it told, when, and what became of its order ("" while not on the board)."""

    number: int
    digest: str
    at: datetime
    state: str = ""


@dataclass(frozen=True)
class Situation:
    """What a centre should know now; the same situation gives the same digest.

    place: where the alarm is after all, when that is not what was told first; else empty.
    """

    kind: str
    callers: int
    rooms: tuple[dict[str, Any], ...] = ()
    presses: tuple[dict[str, Any], ...] = ()
    responders: tuple[dict[str, Any], ...] = ()
    notes: tuple[dict[str, Any], ...] = ()
    words: tuple[str, ...] = field(default=())
    place: dict[str, Any] = field(default_factory=dict)

    @property
    def is_news(self) -> bool:
        """True when it says more than the first message did."""
        return bool(self.rooms or self.responders or self.notes or self.words or len(self.presses) > 1)
