"""Press and snapshot in, orders out: pure, so that the same press gives the same orders everywhere."""

from dataclasses import dataclass
from typing import Any

import msgspec

from watchbell.line.clock import moment
from watchbell.line.ids import same_id
from watchbell.wire.order import Order
from watchbell.wire.press import PLAN_INSTEAD, PanicPressed
from watchbell.wire.snapshot import SiteSnapshot, SnapshotOrder, SnapshotPlace, SnapshotPlan, SnapshotStep

#: A press joins the alarm that is on at its site for this long after the last one.
JOIN_SECONDS = 1800.0
#: Told again with each press that joins: who presses where is news to police, not to a door.
TOLD_EACH_TIME = frozenset({"tell_dispatch"})
#: Each caller's room and number is news to the office; the centre has them on the line and is told once.
TOLD_EACH_CALL = frozenset({"tell_screens", "push_staff"})
FIRST_PATIENCE_SECONDS = 1.0


@dataclass(frozen=True)
class AskedLater:
    """Orders that go out at `due_at` (Unix seconds) unless one of `waits_for` has been heard of their press."""

    due_at: float
    waits_for: frozenset[str]
    orders: list[Order]


@dataclass(frozen=True)
class AskedStep:
    """A step's orders with the orders to fall back on, and what follows when people do not answer."""

    orders: list[Order]
    fallback: list[Order]
    deadline_seconds: float
    escalations: tuple[AskedLater, ...] = ()


def choose_plan(press: PanicPressed, snapshot: SiteSnapshot) -> SnapshotPlan | None:
    """The site's plan for this kind, or the one that stands in for it (see wire.press.PLAN_INSTEAD)."""
    return snapshot.plans.get(press.kind) or snapshot.plans.get(PLAN_INSTEAD.get(press.kind, "lockdown"))


def told_again(kind: str) -> frozenset[str]:
    """The actions that go out again with each press that joins an alarm of this kind."""
    return TOLD_EACH_CALL if kind == "call_911" else TOLD_EACH_TIME


def orders_for(press: PanicPressed, snapshot: SiteSnapshot, now: float, callers: int = 1) -> list[AskedStep]:
    """The immediate orders of a press. With `callers` > 1 it has joined an alarm: only news goes out again."""
    plan = choose_plan(press, snapshot)
    if plan is None:
        return []
    steps = []
    for step in plan.steps:
        chosen = [o for o in step.orders if callers == 1 or o.action in told_again(press.kind)]
        if not chosen:
            continue
        orders = [_order(press, snapshot, plan, step, o, now, callers) for o in chosen]
        fallback = [
            msgspec.structs.replace(_order(press, snapshot, plan, step, o, now, callers), fallback_of=orders[0].id)
            for o in step.fallback
        ]
        later = _escalations(press, snapshot, plan, step) if callers == 1 else ()
        steps.append(AskedStep(orders, fallback if callers == 1 else [], step.deadline_seconds, later))
    return steps


def _escalations(
    press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, step: SnapshotStep
) -> tuple[AskedLater, ...]:
    """Counted from the press, so that a reflex that starts again keeps to the same moments."""
    found = []
    for one in step.escalations:
        due = press.received_at + one.after_seconds
        orders = [
            msgspec.structs.replace(order, id=same_id(order.id, f"after {one.after_seconds:g}"), fallback_of=step.id)
            for order in (_order(press, snapshot, plan, step, wanted, due, 1) for wanted in one.orders)
        ]
        found.append(AskedLater(due, frozenset(one.waits_for), orders))
    return tuple(found)


def _order(
    press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, step: SnapshotStep, wanted: SnapshotOrder,
    now: float, callers: int,
) -> Order:  # fmt: skip
    return Order(
        id=same_id(press.id, step.id, wanted.endpoint.id, wanted.action), attempt=1, press=press.id,
        district=press.district, site=press.site, step=step.id, action=wanted.action, endpoint=wanted.endpoint,
        mode=press.mode, made_at=now, expires_at=now + step.expires_seconds, deadline_seconds=step.deadline_seconds,
        kind=plan.kind, params={**wanted.params, **params_for(wanted.action, press, snapshot, plan, callers)},
    )  # fmt: skip


def params_for(
    action: str, press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, callers: int
) -> dict[str, Any]:
    """What an endpoint needs to know of this press."""
    place = snapshot.places.get(press.place or "")
    where = place.name if place else press.place_name or "place unknown"
    if action == "tell_dispatch":
        return _dispatch_params(press, snapshot, plan, place, callers)
    if action == "place_call":
        return {"say": spoken_summary(press, snapshot, plan, where)}
    if action in ("tell_screens", "push_staff"):
        return {
            "kind": plan.kind, "mode": press.mode, "title": plan.name, "directive": plan.directive,
            "site_name": snapshot.site_name, "place_name": where + _telephone(press), "at": press.received_at,
            "by_name": press.by_name,
            "body": f"{snapshot.site_name}, {where}{_telephone(press)}. {plan.directive}",
            "url": f"/incidents/press/{press.id}",
        }  # fmt: skip
    if action == "start_page":
        return {"prompt": plan.kind, "is_drill": press.mode != "real"}
    return {}


def _telephone(press: PanicPressed) -> str:
    """Of a 911 call the extension and the number that reaches the caller, e.g. " (ext. 4312, call back +1…)"."""
    extension, callback = press.detail.get("extension"), press.detail.get("callback")
    parts = [f"ext. {extension}" if extension else "", f"call back {callback}" if callback else ""]
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told and press.kind == "call_911" else ""


def _dispatch_params(
    press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, place: SnapshotPlace | None, callers: int
) -> dict[str, Any]:
    return {
        "incident": {
            "kind": plan.kind, "mode": press.mode, "site_name": snapshot.site_name, "note": press.note,
            "opened_at": moment(press.received_at).isoformat(), "device": press.device, "known": press.known,
        },
        "address": snapshot.address,
        "site_position": [snapshot.latitude, snapshot.longitude],
        "place": msgspec.to_builtins(place) if place else {"name": press.place_name or "place unknown"},
        "callers": callers,
        "by_name": press.by_name,
    }  # fmt: skip


def spoken_summary(press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, where: str) -> str:
    """The sentence a telephone call to a dispatcher says first."""
    address = snapshot.address
    street = " ".join(address.get(part, "") for part in ("HNO", "RD", "A3")).strip()
    prefix = "" if press.mode == "real" else f"This is a {press.mode}, not an emergency. "
    return f"{prefix}{plan.name} at {snapshot.site_name}, {street}. Panic alarm from {where}."


def next_attempt(order: Order, now: float) -> Order:
    """The same order once more: same id, next attempt."""
    return msgspec.structs.replace(order, attempt=order.attempt + 1, signature="", made_at=now)


def patience(attempt: int) -> float:
    """Seconds to wait for a receipt before asking again."""
    return min(FIRST_PATIENCE_SECONDS * 1.5 ** (attempt - 1), 5.0)
