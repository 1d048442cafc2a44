"""Press and snapshot in, orders out: pure, so that the same press gives the same orders everywhere."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from watchbell.line.clock import moment
from watchbell.line.ids import same_id
from watchbell.reflex.audience import audience_of, helps_of, told_responders
from watchbell.wire.order import Order
from watchbell.wire.press import BY_PLACE, HIDDEN, JOINS_ANY, PLAN_INSTEAD, PanicPressed
from watchbell.wire.snapshot import SiteSnapshot, SnapshotOrder, SnapshotPlace, SnapshotPlan, SnapshotStep

#: A press joins the alarm that is on at its site for this long after the last one.
JOIN_SECONDS = 1800.0
#: Told again with each press that joins: who presses where is news to police, not to a door.
TOLD_EACH_TIME = frozenset({"tell_dispatch"})
#: These leave the school. A drill's escalations do not even ask for them; a test endpoint may be told.
TO_THE_OUTSIDE = frozenset({"tell_dispatch", "place_call", "send_cap"})
#: These tell a centre of an incident: a link to the dispatcher's page goes along.
CARRIES_LINK = frozenset({"tell_dispatch", "update_dispatch"})
#: Each caller's room and number is news to the office; the centre has them on the line and is told once.
TOLD_EACH_CALL = frozenset({"tell_screens", "push_staff"})
FIRST_PATIENCE_SECONDS = 1.0
#: An all-clear and a cancel reach police first: nobody drives to what is over. Then the rest, after this long at most.
TOLD_FIRST = frozenset({"clear_dispatch", "cancel_cap"})
FIRST_SECONDS = 1.5
#: Kinds whose alert names the nearest AED, kit and trained adult.
WITH_AID = frozenset({"medical", "staff_assist"})
PEOPLE = frozenset({"tell_screens", "push_staff"})


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


def alarm_of(press: PanicPressed) -> tuple[str, str, str, str, str]:
    """What a press must share with another to be the same alarm (see wire.press.BY_PLACE)."""
    place = (press.place or press.place_name) if press.kind in BY_PLACE else ""
    return (press.district, press.site, press.kind, press.mode, place)


def lead_of(press: PanicPressed, alarms: Mapping[tuple[str, str, str, str, str], Mapping[str, float]]) -> str:
    """The press a centre knows this one's alarm by: the first of its alarm, or of the newest that is on at its site
    where it joins whatever is on. alarms: {alarm: {press: when}}, the first press first."""
    joined = alarms.get(alarm_of(press), {})
    if press.kind in JOINS_ANY:
        others = [
            known for (district, site, kind, mode, _), known in alarms.items()
            if (district, site, mode) == (press.district, press.site, press.mode)
            and kind not in JOINS_ANY | HIDDEN and known and max(known.values()) >= press.received_at - JOIN_SECONDS
        ]  # fmt: skip
        joined = max(others, key=lambda known: max(known.values()), default=joined)
    return next(iter(joined), press.id)


def first_and_rest(orders: list[Order]) -> tuple[list[Order], list[Order]]:
    """(what goes out first, what follows) of orders that were asked together."""
    first = [order for order in orders if order.action in TOLD_FIRST]
    return first, [order for order in orders if order.action not in TOLD_FIRST]


def told_again(kind: str) -> frozenset[str]:
    """The actions that go out again with each press that joins an alarm of this kind."""
    return TOLD_EACH_CALL if kind == "call_911" else TOLD_EACH_TIME


def orders_for(
    press: PanicPressed, snapshot: SiteSnapshot, now: float, callers: int = 1, lead: str = ""
) -> list[AskedStep]:
    """The immediate orders of a press. With `callers` > 1 it has joined an alarm: only news goes out again.

    lead: see lead_of; a centre hears of a press that joins as of one more voice in the incident it has.
    """
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
    return [_joining(one, lead) for one in steps] if lead and lead != press.id else steps


def _joining(step: AskedStep, lead: str) -> AskedStep:
    def join(order: Order) -> Order:
        told = order.action == "tell_dispatch"
        return msgspec.structs.replace(order, params={**order.params, "alarm": lead}) if told else order

    later = tuple(replace(one, orders=[join(order) for order in one.orders]) for one in step.escalations)
    return replace(step, orders=[join(one) for one in step.orders], fallback=[join(one) for one in step.fallback],
                   escalations=later)  # fmt: skip


def _escalations(
    press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, step: SnapshotStep
) -> tuple[AskedLater, ...]:
    """Counted from the press, so that a reflex that starts again keeps to the same moments."""
    found = []
    for one in step.escalations:
        due = press.received_at + one.after_seconds
        orders = [
            msgspec.structs.replace(
                order,
                id=same_id(order.id, f"after {one.after_seconds:g}"),
                fallback_of=step.id,
                params=order.params | {"waited_seconds": one.after_seconds},
            )
            for order in (_order(press, snapshot, plan, step, wanted, due, 1) for wanted in one.orders)
            if press.mode == "real" or order.endpoint.test or order.action not in TO_THE_OUTSIDE
        ]
        if orders:
            found.append(AskedLater(due, frozenset(one.waits_for), orders))
    return tuple(found)


def _order(
    press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, step: SnapshotStep, wanted: SnapshotOrder,
    now: float, callers: int,
) -> Order:  # fmt: skip
    params = {**wanted.params, **params_for(wanted.action, press, snapshot, plan, callers)}
    if wanted.action in PEOPLE:
        params |= _people_params(press, snapshot, plan, step, wanted, now)
    return Order(
        id=same_id(press.id, step.id, wanted.endpoint.id, wanted.action), attempt=1, press=press.id,
        district=press.district, site=press.site, step=step.id, action=wanted.action, endpoint=wanted.endpoint,
        mode=press.mode, made_at=now, expires_at=now + step.expires_seconds, deadline_seconds=step.deadline_seconds,
        kind=plan.kind, params=params,
    )  # fmt: skip


def _people_params(
    press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, step: SnapshotStep, wanted: SnapshotOrder,
    now: float,
) -> dict[str, Any]:  # fmt: skip
    """Whom an alert is meant for, who that is, what helps there, and when it goes further if nobody answers."""
    audience = audience_of(wanted.params.get("audience"), press, snapshot)
    due = [press.received_at + one.after_seconds for one in step.escalations if {"on_my_way"} & set(one.waits_for)]
    further = [at for at in due if at > now]
    helps = helps_of(press, snapshot, now) if plan.kind in WITH_AID else []
    where = params_for("tell_screens", press, snapshot, plan, 1)["body"]
    return {
        "audience": audience, "responders": told_responders(audience, press, snapshot),
        "escalates_at": min(further) if further and audience is not None else None,
        "helps": helps, "body": "\n".join([where, *(one["text"] for one in helps)]),
    }  # fmt: skip


def params_for(
    action: str, press: PanicPressed, snapshot: SiteSnapshot, plan: SnapshotPlan, callers: int
) -> dict[str, Any]:
    """What an endpoint needs to know of this press."""
    place = snapshot.places.get(press.place or "")
    where = place.name if place else press.place_name or "place unknown"
    if action == "tell_dispatch":
        return _dispatch_params(press, snapshot, plan, place, callers) | _voice(press, where)
    if action == "place_call":
        return {"say": spoken_summary(press, snapshot, plan, where)}
    if action in ("tell_screens", "push_staff"):
        return {
            "kind": plan.kind, "mode": press.mode, "title": plan.name, "directive": plan.directive,
            "site_name": snapshot.site_name, "place_name": where + _telephone(press), "at": press.received_at,
            "by_name": press.by_name, "by": press.by, "url": f"/incidents/press/{press.id}",
            "body": f"{snapshot.site_name}, {where}{_telephone(press)}. {plan.directive}",
        }  # fmt: skip
    if action == "start_page":
        return {"prompt": plan.kind, "is_drill": press.mode != "real"}
    if action == "show_sign":
        return {"title": plan.name, "directive": plan.directive}
    return {}


def _telephone(press: PanicPressed) -> str:
    """Of a 911 call the extension and the number that reaches the caller, e.g. " (ext. 4312, call back +1…)"."""
    extension, callback = press.detail.get("extension"), press.detail.get("callback")
    parts = [f"ext. {extension}" if extension else "", f"call back {callback}" if callback else ""]
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told and press.kind == "call_911" else ""


def _voice(press: PanicPressed, where: str) -> dict[str, Any]:
    """What one more press of an alarm says to a centre, and the number that reaches who called 911 (a tel: URI)."""
    number = re.sub(r"[^+0-9]", "", str(press.detail.get("callback") or "")) if press.kind == "call_911" else ""
    if press.kind == "call_911":
        said = f"911 called from {where}{_telephone(press)}."
    else:
        said = f"Pressed in {where}{f' by {press.by_name}' if press.by_name else ''}."
    return {"said": said} | ({"callback": [f"tel:{number}"]} if number else {})


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


def with_pass(order: Order, link: str, code: str, site: str) -> Order:
    """A centre's order with the address of the dispatcher's page; a call's with the code that opens it, said aloud.

    code: already in the form it is read. site: the host name a person types it at.
    """
    if order.action in CARRIES_LINK:
        return msgspec.structs.replace(order, params={**order.params, "link": link})
    if order.action == "place_call" and not order.params.get("has_code"):
        say = f"{order.params.get('say', '')} Details on the web at {site}, slash D, code {code}.".strip()
        return msgspec.structs.replace(order, params={**order.params, "say": say, "has_code": True})
    return order


def only(steps: Iterable[AskedStep], is_wanted: Callable[[Order], bool]) -> list[AskedStep]:
    """The steps with the wanted orders alone."""
    return [
        AskedStep(
            [order for order in step.orders if is_wanted(order)],
            [order for order in step.fallback if is_wanted(order)],
            step.deadline_seconds,
            tuple(replace(one, orders=[order for order in one.orders if is_wanted(order)]) for one in step.escalations),
        )
        for step in steps
    ]


def by_gateways(steps: Iterable[AskedStep], gateways: frozenset[str]) -> tuple[list[AskedStep], list[AskedStep]]:
    """(what these gateways can do of the steps, the rest)."""
    found = list(steps)
    return (
        only(found, lambda order: order.endpoint.gateway in gateways),
        only(found, lambda order: order.endpoint.gateway not in gateways),
    )


def same_of(order: Order, presses: Iterable[str]) -> list[str]:
    """The ids this order has where another press of its alarm was the first."""
    return [same_id(press, order.step, order.endpoint.id, order.action) for press in presses]


def next_attempt(order: Order, now: float) -> Order:
    """The same order once more: same id, next attempt."""
    return msgspec.structs.replace(order, attempt=order.attempt + 1, signature="", made_at=now)


def patience(attempt: int) -> float:
    """Seconds to wait for a receipt before asking again."""
    return min(FIRST_PATIENCE_SECONDS * 1.5 ** (attempt - 1), 5.0)
