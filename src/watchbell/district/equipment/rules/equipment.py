"""Decisions about equipment: whether what was heard is news, and what the heard state is."""

from datetime import date, datetime

from watchbell.district.equipment.facts import CONTACTS, LOCKS, STATES, Heard

#: Unchanged states are written again only this often: 1,300 badges beat every minute.
REFRESH_SECONDS = 60.0


def read_heard(
    state: str, at: datetime, because: str = "", contact: str = "", lock: str = "", tampered: bool = False
) -> Heard:
    """What a gateway said, with words nobody knows turned into the nearest safe ones; tampering is trouble."""
    known = state if state in STATES else "trouble"
    reason = because if state in STATES else f"{because} (said “{state}”)".strip()
    if tampered and known == "online":
        known, reason = "trouble", because or "The case has been opened."
    return Heard(
        known, at, reason[:255], contact if contact in CONTACTS else "", lock if lock in LOCKS else "", tampered
    )


def is_news(old: Heard | None, new: Heard) -> bool:
    """True when `new` must be written: it is not older than `old`, and differs or `old` has become stale."""
    if old is None:
        return True
    if new.at < old.at:
        return False
    same = (old.state, old.because, old.contact, old.lock, old.is_tampered) == (
        new.state, new.because, new.contact, new.lock, new.is_tampered
    )  # fmt: skip
    return not same or (new.at - old.at).total_seconds() >= REFRESH_SECONDS


def judge_expiry(expires_on: date | None, today: date, warning_days: int = 60) -> str:
    """ "expired", "soon" or "" for a part with an expiry date."""
    if expires_on is None:
        return ""
    if expires_on < today:
        return "expired"
    return "soon" if (expires_on - today).days <= warning_days else ""


def judge_door(state: str, contact: str, lock: str) -> str:
    """A controlled door as a plan shows it: an open leaf counts more than its lock; silence is not safety."""
    if state in ("silent", "unknown"):
        return "unknown"
    if contact == "open":
        return "forced" if lock == "locked" else "open"
    return lock or "unknown"
