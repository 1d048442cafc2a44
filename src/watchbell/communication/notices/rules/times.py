"""When a notice goes out, when it ends, and what is wrong with either: pure."""

from datetime import datetime, time, timedelta

from watchbell.communication.channels.facts import DECLINABLE, QuietHours
from watchbell.communication.notices.facts import EMERGENCY_HOURS, ROUTINE_HOURS, Draft

#: A time is chosen by the minute: the one that runs is not past.
A_MINUTE = timedelta(minutes=1)


def judge_times(
    draft: Draft, local: datetime, quiet: QuietHours | None = None, *, may_be_late: bool = False
) -> list[str]:
    """What is wrong with when it goes and when it ends, at a moment. quiet: where routine ones wait for the morning.

    may_be_late: it goes at once where its time has passed, because a second person was asked meanwhile.
    """
    errors = []
    if draft.send_at and draft.send_at < local - A_MINUTE and not may_be_late:
        errors.append("The time at which it was to go out is past: choose a later one, or none to send it now.")
    goes = max(draft.send_at or local, local)
    goes = (quiet and spare_the_night(draft, goes.astimezone(local.tzinfo), quiet)) or goes
    if draft.expires_at and draft.expires_at <= goes:
        errors.append("It would be over before it goes out: choose a later end, or none.")
    return errors


def until(draft: Draft, now: datetime) -> datetime:
    """When it ends, where nobody has said."""
    hours = EMERGENCY_HOURS if draft.purpose == "emergency" else ROUTINE_HOURS
    return draft.expires_at or (draft.send_at or now) + timedelta(hours=hours)


def is_quiet(at: time, purpose: str, quiet: QuietHours) -> bool:
    """Whether a message of this purpose waits for the morning; `at` is the district's."""
    return purpose in DECLINABLE and quiet.holds(at)


def spare_the_night(draft: Draft, local: datetime, quiet: QuietHours) -> datetime | None:
    """When a routine notice goes out that would come in the district's quiet hours; None: as asked.

    local: when it would go out, in the district's time.
    """
    if not is_quiet(local.time(), draft.purpose, quiet) or draft.mode != "real":
        return None
    return quiet.until(local)
