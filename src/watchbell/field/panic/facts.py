"""Test sessions: what a session can be, and for how long."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

#: Modes a session can give its devices; real is what every other press is.
SESSION_MODES = {"test": "Test", "drill": "Drill"}
SESSION_STATES = {
    "proposed": "Waits for a second person",
    "open": "Open",
    "ended": "Ended",
    "withdrawn": "Withdrawn",
}
SHORTEST_MINUTES, LONGEST_MINUTES = 1, 240
#: A proposal nobody has confirmed is no standing permission.
PROPOSAL_MINUTES = 30
#: Kinds of equipment that can be in a session: one button, one badge, or a panel with all its buttons.
SESSION_KINDS = ("panic_button", "alarm_panel", "badge")
#: What the presses of a session's device are now, by its gateway's own word.
DEVICE_STATES = {
    "awaited": "Still real",
    "tested": "Under test",
    "held": "May be under test",
    "real": "Real",
}


@dataclass(frozen=True)
class SessionFacts:
    """A test session as its rules see it. devices, taken, freed: as the model says."""

    state: str
    proposed_by: UUID | None
    proposed_at: datetime
    ends_at: datetime | None
    devices: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    freed: frozenset[str] = frozenset()
