"""Whether the hot wash is open, who may still write, and what is overdue."""

from datetime import date, datetime


def is_hot_wash_open(until: datetime | None, now: datetime) -> bool:
    """True during the minutes after the end."""
    return until is not None and now < until


def may_note(until: datetime | None, now: datetime, may_edit: bool) -> bool:
    """Everybody writes while the hot wash is open, afterwards who edits the report."""
    return may_edit or is_hot_wash_open(until, now)


def judge_due(state: str, due_on: date | None, today: date, warning_days: int = 14) -> str:
    """ "overdue", "soon", "later", "undated" or "" for an item of an improvement plan that is done or dropped."""
    if state not in ("open", "doing"):
        return ""
    if due_on is None:
        return "undated"
    if due_on < today:
        return "overdue"
    return "soon" if (due_on - today).days <= warning_days else "later"
