"""What families are owed while an incident lasts: pure."""

from collections.abc import Collection
from datetime import datetime

from watchbell.communication.notices.facts import FIRST_WITHIN, UPDATE_WITHIN, Owed
from watchbell.wire.press import BY_PLACE

#: Help wanted in one room, and a 911 call that somebody goes to see: a school's families are not told of these.
NOT_TOLD = BY_PLACE | {"call_911"}


def concerns_families(kind: str, mode: str, *, is_cancelled: bool) -> bool:
    """Whether a school's families are told of it: for real, not taken back, and not help wanted in one room."""
    return mode == "real" and kind not in NOT_TOLD and not is_cancelled


def next_owed(opened_at: datetime, told: Collection[datetime]) -> Owed:
    """The message that is due next. told: when families were told so far."""
    last = max(told, default=None)
    if last is None:
        return Owed("first", opened_at + FIRST_WITHIN, None)
    return Owed("update", last + UPDATE_WITHIN, last)


def say_reminder(what: str, site: str, owed: Owed, began: str, told: str) -> tuple[str, str]:
    """(title, text) of what is pushed to staff. began, told: times as they are read there; told "" for none."""
    if owed.kind == "first":
        return (f"Families of {site}: nothing sent yet", f"{what} began at {began}. A first message is due: what holds "
                "now, what they should do, when they hear more.")  # fmt: skip
    return (f"Families of {site}: no update since {told}", f"{what} still holds. Tell them what holds now, even if "
            "nothing has changed.")  # fmt: skip
