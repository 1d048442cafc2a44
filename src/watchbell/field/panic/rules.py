"""Decides: who may open a test session, what its devices are meanwhile, when one is over."""

from datetime import datetime, timedelta
from uuid import UUID

from watchbell.field.panic.facts import LONGEST_MINUTES, PROPOSAL_MINUTES, SESSION_MODES, SHORTEST_MINUTES, SessionFacts


def find_proposal_faults(mode: str, minutes: int, devices: int, why: str) -> dict[str, str]:
    """{field: what to do about it}; empty when the session can be proposed."""
    faults = {}
    if mode not in SESSION_MODES:
        faults["mode"] = "Choose test or drill; every other press stays real."
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        faults["minutes"] = f"Give between {SHORTEST_MINUTES} and {LONGEST_MINUTES} minutes."
    if not devices:
        faults["devices"] = "Tick at least one button or panel."
    if not why.strip():
        faults["why"] = "Say what is tested: the second person decides by it."
    return faults


def judge_confirmation(session: SessionFacts, by: UUID | None, now: datetime) -> str:
    """Why `by` may not open this session, or "" when it may: a second person, in time, once."""
    if session.state != "proposed":
        return "This session is not waiting for anybody."
    if by is None or by == session.proposed_by:
        return "A second person opens the session: whoever proposed it cannot confirm it too."
    if now > session.proposed_at + timedelta(minutes=PROPOSAL_MINUTES):
        return f"Nobody confirmed this within {PROPOSAL_MINUTES} minutes; propose it again."
    return ""


def is_over(session: SessionFacts, now: datetime) -> bool:
    """True when an open session's time has passed, or nobody has confirmed a proposal in time."""
    if session.state == "open":
        return session.ends_at is not None and now >= session.ends_at
    return session.state == "proposed" and now > session.proposed_at + timedelta(minutes=PROPOSAL_MINUTES)


def judge_device(session: SessionFacts, device: str, now: datetime) -> str:
    """What a press of `device` is now, as DEVICE_STATES names it.

    What was opened or ended here is true only once the gateway has said so: until then the worse is told, real for who
    wants to test, tested for who wants help. Its end by the clock the gateway knows by itself.
    """
    if session.ends_at is None or now >= session.ends_at:
        return "real"
    if session.state == "open":
        return "tested" if device in session.taken else "awaited"
    return "held" if session.state == "ended" and device not in session.freed else "real"


def judge_devices(session: SessionFacts, now: datetime) -> dict[str, str]:
    """{device: its state}."""
    return {device: judge_device(session, device, now) for device in session.devices}
