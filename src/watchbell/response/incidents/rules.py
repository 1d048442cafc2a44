"""Decides: which incident a press belongs to, what is late, what is reset by the all-clear, when it is over."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from watchbell.response.incidents.facts import BOARD_ORDER, JOIN_MINUTES, BoardRow, OpenIncident, PressVerdict
from watchbell.wire.order import UNDOES, Order

RELEASE_DEADLINE_SECONDS = 10.0
RELEASE_EXPIRES_SECONDS = 3600.0
AUDIT_GRACE_SECONDS = 6.0
MOST_AUDITS = 3
TO_THE_OUTSIDE = frozenset({"tell_dispatch", "update_dispatch", "place_call", "send_cap"})


def judge_press(site: UUID, kind: str, mode: str, at: datetime, known: Iterable[OpenIncident]) -> PressVerdict:
    """A press joins the open incident of its kind and mode at its site; a real press ends drills there."""
    here = [incident for incident in known if incident.site == site]
    ends = tuple(i.id for i in here if i.mode == "drill" and i.state == "open") if mode == "real" else ()
    for incident in here:
        if incident.kind != kind or incident.mode != mode or incident.state != "open":
            continue
        if at - incident.last_press_at <= timedelta(minutes=JOIN_MINUTES):
            return PressVerdict(incident.id, ends, "The same alarm is on at this site.")
    return PressVerdict(None, ends, "No such alarm is on at this site.")


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


def judge_clearing(
    plan: dict[str, Any], proposed: dict[str, Any], user: str, role: str, police_arrived: bool
) -> tuple[str, str]:  # fmt: skip
    """("clear", why), ("propose", why) or ("refuse", why) for somebody who may give the all-clear.

    A plan for two people: the first proposes, somebody else confirms; where it asks for police and they have arrived,
    one of the two is of the police.
    """
    if int(plan.get("clear_people") or 1) < 2:
        if plan.get("clear_with_police") and police_arrived and role != "police":
            return "refuse", "Police have arrived: this plan has them give the all-clear."
        return "clear", ""
    if not proposed:
        return "propose", ""
    if proposed.get("user") == user:
        return "refuse", "You have proposed the all-clear yourself: a second person confirms it."
    if plan.get("clear_with_police") and police_arrived and "police" not in (role, proposed.get("role")):
        return "refuse", "Police have arrived: one of the two who give the all-clear must be of the police."
    return "clear", ""


def has_police_arrived(answers: Iterable[tuple[str, dict[str, Any]]]) -> bool:
    """Whether a centre has said of any unit that it is on scene. answers: (what, detail)."""
    states = (
        str(state) for what, detail in answers if what == "dispatch_status" for unit in detail.get("units", [])
        for state in unit.get("states", [])
    )  # fmt: skip
    return any(state.replace("_", "").lower() in ("onscene", "arrived") for state in states)


def needs_audit(attempts: int, last_asked_at: datetime, deadline_seconds: float, now: datetime) -> str:
    """What the auditor does with an order that has no receipt: "wait", "ask" once more, or "expire"."""
    if now < last_asked_at + timedelta(seconds=deadline_seconds + AUDIT_GRACE_SECONDS):
        return "wait"
    return "ask" if attempts < MOST_AUDITS + 1 else "expire"
