"""Names, limits and frozen facts of cameras and of looks into them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

#: Kinds of places, and words in their names, into which nobody looks live, whatever their role.
PRIVATE_KINDS = frozenset({"restroom", "health"})
PRIVATE_WORDS = re.compile(
    r"\b(rest ?rooms?|bath ?rooms?|toilets?|lavator(y|ies)|changing rooms?|locker rooms?|shower( room)?s?|nurse('s|’s)?"
    r"|health rooms?|lactation)\b",
    re.IGNORECASE,
)
#: Agencies that look while an incident that involves them is open, and never otherwise.
AGENCIES = {"dispatcher": "911 dispatchers", "police": "police"}
#: A ticket is good for so long, and renewed while somebody looks.
TICKET_SECONDS, RENEW_SECONDS = 300.0, 120.0
#: So many of the nearest cameras stand on an incident's page, so many tiles on a wall.
NEAREST, MOST_ON_WALL = 6, 9


@dataclass(frozen=True)
class CameraFacts:
    """A camera. floor, x, y: where it hangs, in plan units. view: what it sees, in words. since: last state change."""

    id: UUID
    name: str
    site: UUID | None
    site_name: str
    place: UUID | None
    place_name: str
    place_kind: str
    floor: str
    x: float | None
    y: float | None
    state: str
    state_because: str
    heard_at: datetime | None
    settings: dict[str, Any]

    @property
    def is_live(self) -> bool:
        return self.settings.get("is_live") is not False

    @property
    def has_address(self) -> bool:
        return bool(self.settings.get("live"))

    @property
    def view(self) -> str:
        return str(self.settings.get("view") or "")


@dataclass(frozen=True)
class GateFacts:
    """An incident as far as looks go. agencies: roles of agencies that it involves; open while closed_at is None."""

    id: UUID
    incident: UUID
    site: UUID
    kind: str
    mode: str
    name: str
    place: UUID | None
    place_name: str
    agencies: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True)
class LookVerdict:
    """Whether somebody may look, and why or why not, in words. gate: the incident it is because of; is_gated: it ends
    with that."""

    is_allowed: bool
    because: str
    gate: GateFacts | None = None
    is_gated: bool = False


@dataclass(frozen=True)
class GateAsked:
    """What an incident tells of itself when it opens."""

    incident: UUID
    site: UUID
    kind: str
    mode: str
    name: str
    place: UUID | None
    place_name: str
    agencies: tuple[str, ...]
    opened_at: datetime
    pressed_by: UUID | None = None
