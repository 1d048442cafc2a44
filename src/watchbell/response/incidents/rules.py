"""Decides: which incident a press belongs to, what is late, what is reset by the all-clear, when it is over."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from watchbell.response.incidents.facts import BOARD_ORDER, JOIN_MINUTES, BoardRow, OpenIncident, PressVerdict
from watchbell.wire.order import UNDOES, Order

RELEASE_DEADLINE_SECONDS = 10.0
RELEASE_EXPIRES_SECONDS = 3600.0
AUDIT_GRACE_SECONDS = 6.0
MOST_AUDITS = 3
TO_THE_OUTSIDE = frozenset({"tell_dispatch", "place_call"})


#: Kinds that join whatever is on at their site: somebody who calls 911 during a lockdown calls because of it.
JOINS_ANY = frozenset({"call_911"})


def judge_press(site: UUID, kind: str, mode: str, at: datetime, known: Iterable[OpenIncident]) -> PressVerdict:
    """A press joins the open incident of its kind and mode at its site; a real press ends drills there.

    A 911 call joins any open incident of its mode there, another kind's before its own.
    """
    here = [incident for incident in known if incident.site == site]
    ends = tuple(i.id for i in here if i.mode == "drill" and i.state == "open") if mode == "real" else ()
    if kind in JOINS_ANY:
        on = [one for one in here if one.mode == mode and one.state == "open"]
        others = [one for one in on if one.kind != kind] or on
        if others:
            newest = max(others, key=lambda one: one.last_press_at)
            return PressVerdict(newest.id, ends, "An alarm is on at this site, and 911 was called from there.")
    for incident in here:
        if incident.kind != kind or incident.mode != mode or incident.state != "open":
            continue
        if at - incident.last_press_at <= timedelta(minutes=JOIN_MINUTES):
            return PressVerdict(incident.id, ends, "The same alarm is on at this site.")
    return PressVerdict(None, ends, "No such alarm is on at this site.")


def describe_press(kind: str, mode: str, place_name: str, device: str) -> str:
    """A press in the timeline's words, e.g. "911 was called from Room 12 (ext. 4312)"."""
    where = place_name or "place unknown"
    if kind != "call_911":
        return f"Panic alarm, {where}"
    source, _, extension = device.partition("/")
    phone = f" (ext. {extension})" if source in ("pbx", "sip") and extension else ""
    if mode == "test":
        return f"A test call to 911 was made from {where}{phone}"
    return f"911 was called from {where}{phone}"


def receipt_replaces(old: str, new: str) -> bool:
    """Whether a receipt's state replaces what the board says: done stays done, anything replaces asked."""
    if old == "done":
        return False
    return new == "done" or old in ("asked", "failed", "expired")


def state_shown(state: str, asked_at: datetime, deadline_seconds: float, now: datetime) -> str:
    """ "late" for an order that is past its deadline without a receipt, else the state as it is."""
    if state == "asked" and now > asked_at + timedelta(seconds=deadline_seconds):
        return "late"
    return state


def sort_board(rows: Iterable[BoardRow]) -> list[BoardRow]:
    """Failures first, then late, then asked; newest step order within."""
    return sorted(rows, key=lambda row: (row.is_reset, BOARD_ORDER[row.state], row.step_name, row.endpoint))


def release_of(order: Order, now: float) -> Order | None:
    """The order that undoes `order`; None where there is nothing to undo."""
    undo = UNDOES.get(order.action)
    if undo is None:
        return None
    return msgspec.structs.replace(
        order, id=f"{order.id[:24]}release"[:32], action=undo, attempt=1, made_at=now, signature="",
        expires_at=now + RELEASE_EXPIRES_SECONDS, deadline_seconds=RELEASE_DEADLINE_SECONDS, fallback_of=None,
    )  # fmt: skip


def was_never_told(order: Order, state: str) -> bool:
    """True for a drill or test that the outside refused to hear: there is nothing there to take back."""
    return order.mode != "real" and order.action in TO_THE_OUTSIDE and not order.endpoint.test and state == "failed"


def orders_to_reset(
    asked: Sequence[Order], held_elsewhere: set[tuple[str, str]], now: float
) -> tuple[list[Order], list[Order]]:
    """(releases to send, releases not sent because another open incident still needs the endpoint).

    held_elsewhere: (endpoint id, action) pairs of other incidents that are not being cleared.
    One release per endpoint and action, whatever number of presses asked it.
    """
    seen: set[tuple[str, str]] = set()
    send: list[Order] = []
    keep: list[Order] = []
    for order in asked:
        key = (order.endpoint.id, order.action)
        release = release_of(order, now)
        if release is None or (key in seen and order.action != "tell_dispatch"):
            continue
        seen.add(key)
        (keep if key in held_elsewhere else send).append(release)
    return send, keep


def is_over(reset: Iterable[tuple[str, bool]]) -> bool:
    """True when every reset is done or was checked by hand. reset: (state, is_by_hand) of each."""
    return all(state == "done" or by_hand for state, by_hand in reset)


def may_clear(role: str, clear_roles: Sequence[str], has_permission: bool) -> bool:
    """Who may give the all-clear: the roles the frozen plan names, or anybody with the permission if it names none."""
    return has_permission and (not clear_roles or role in clear_roles)


def needs_audit(attempts: int, last_asked_at: datetime, deadline_seconds: float, now: datetime) -> str:
    """What the auditor does with an order that has no receipt: "wait", "ask" once more, or "expire"."""
    if now < last_asked_at + timedelta(seconds=deadline_seconds + AUDIT_GRACE_SECONDS):
        return "wait"
    return "ask" if attempts < MOST_AUDITS + 1 else "expire"
