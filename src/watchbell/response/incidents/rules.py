"""Decides: which incident a press belongs to, what is late, who comes, what a PIN takes back, when it is over."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from watchbell.district.accounts.facts import DURESS_ROLES
from watchbell.response.incidents.facts import (
    BOARD_ORDER,
    COMING,
    DEVICES,
    JOIN_MINUTES,
    LATE_DAYS,
    LATE_SECONDS,
    AidHere,
    Answered,
    BoardRow,
    Helper,
    OpenIncident,
    Outcome,
    PressVerdict,
    Rate,
    Stairs,
)
from watchbell.response.plans.facts import CANCELLABLE
from watchbell.wire.nearness import Point, Spot, way_between
from watchbell.wire.order import AID_ANSWERS, UNDOES, Order
from watchbell.wire.press import BY_PLACE, HIDDEN, JOINS_ANY
from watchbell.wire.snapshot import SnapshotFloor

RELEASE_DEADLINE_SECONDS = 10.0
RELEASE_EXPIRES_SECONDS = 3600.0
AUDIT_GRACE_SECONDS = 6.0
MOST_AUDITS = 3
#: What has failed is asked again while the alarm is on, or its reset is under way: so often, and after a while less so.
FAILED_AGAIN_SECONDS = 15.0
FAILED_OFTEN = 20
FAILED_RARELY_SECONDS = 60.0
#: What it helps and does no harm to ask again: a call that rang and what a person has approved once are none of these,
#: nor a push to phones of which none is subscribed.
ASKED_AGAIN = frozenset({"lock_door", "start_page", "start_strobe", "show_sign", "tell_dispatch", *UNDOES.values()})
#: Orders come to the board after their press: an alarm that is cleared at once waits for them this long.
SETTLE = timedelta(seconds=3)
#: What two incidents share: a door both need stays locked. An alert, or a page in a zone, is each incident's own and
#: ends with it: a page left on would be heard again when the other's has ended.
SHARED = frozenset({"lock_door", "unlock_door", "start_strobe", "show_sign"})
#: Begun and ended by each press by itself.
BY_PRESS = frozenset({"tell_dispatch", "start_page"})
TO_THE_OUTSIDE = frozenset({"tell_dispatch", "update_dispatch", "place_call", "send_cap"})


def judge_press(
    site: UUID, kind: str, mode: str, at: datetime, known: Iterable[OpenIncident], place: UUID | None = None,
    place_name: str = "",
) -> PressVerdict:  # fmt: skip
    """A press joins the open incident of its kind and mode at its site; a real press ends drills there.

    Help wanted in one room is not the help wanted in another: kinds BY_PLACE join only at the same place.
    A 911 call joins any open incident of its mode there but a hidden one, another kind's before its own.
    """
    here = [incident for incident in known if incident.site == site]
    ends = tuple(i.id for i in here if i.mode == "drill" and i.state == "open") if mode == "real" else ()
    if kind in JOINS_ANY:
        on = [one for one in here if one.mode == mode and one.state == "open" and one.kind not in HIDDEN]
        others = [one for one in on if one.kind != kind] or on
        if others:
            newest = max(others, key=lambda one: one.last_press_at)
            return PressVerdict(newest.id, ends, "An alarm is on at this site, and 911 was called from there.")
    for incident in here:
        if incident.kind != kind or incident.mode != mode or incident.state != "open":
            continue
        if kind in BY_PLACE and (incident.place or incident.place_name) != (place or place_name):
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
    One release per endpoint and action, whatever number of presses asked it, except for what is each press's own.
    """
    seen: set[tuple[str, ...]] = set()
    send: list[Order] = []
    keep: list[Order] = []
    for order in asked:
        key = (order.endpoint.id, order.action)
        release = release_of(order, now)
        own = (*key, order.alarm) if order.action in BY_PRESS else key
        if release is None or own in seen:
            continue
        seen.add(own)
        (keep if key in held_elsewhere and order.action in SHARED else send).append(release)
    return send, keep


def missing_releases(
    asked: Sequence[Order], reset: Sequence[Order], held: set[tuple[str, str]], now: float
) -> list[Order]:
    """What the all-clear should have asked and did not, because the orders were written down after it was given."""
    own = {UNDOES[action] for action in BY_PRESS}
    by_endpoint = {(order.endpoint.id, order.action) for order in reset if order.action not in own}
    known = {order.id for order in reset}
    send, _ = orders_to_reset(asked, held, now)
    return [order for order in send if order.id not in known and (order.endpoint.id, order.action) not in by_endpoint]


def is_settled(cleared_at: datetime | None, has_resets: bool, at: datetime) -> bool:
    """False while orders of an alarm that was cleared within seconds may still be on their way to the board."""
    return has_resets or cleared_at is None or at - cleared_at >= SETTLE


def is_over(reset: Iterable[tuple[str, bool]]) -> bool:
    """True when every reset is done or was checked by hand. reset: (state, is_by_hand) of each."""
    return all(state == "done" or by_hand for state, by_hand in reset)


def may_clear(role: str, clear_roles: Sequence[str], has_permission: bool) -> bool:
    """Who may give the all-clear: the roles the frozen plan names, or anybody with the permission if it names none."""
    return has_permission and (not clear_roles or role in clear_roles)


def judge_clearing(
    plan: dict[str, Any], proposed: dict[str, Any], user: str, roles: Collection[str], police_arrived: bool
) -> tuple[str, str]:  # fmt: skip
    """("clear", why), ("propose", why) or ("refuse", why) for somebody who may give the all-clear.

    A plan for two people: the first proposes, somebody else confirms; where it asks for police and they have arrived,
    one of the two is of the police. roles: theirs there that may give it.
    """
    if int(plan.get("clear_people") or 1) < 2:
        if plan.get("clear_with_police") and police_arrived and "police" not in roles:
            return "refuse", "Police have arrived: this plan has them give the all-clear."
        return "clear", ""
    if not proposed:
        return "propose", ""
    if proposed.get("user") == user:
        return "refuse", "You have proposed the all-clear yourself: a second person confirms it."
    if plan.get("clear_with_police") and police_arrived and "police" not in (*roles, proposed.get("role")):
        return "refuse", "Police have arrived: one of the two who give the all-clear must be of the police."
    return "clear", ""


def has_police_arrived(answers: Iterable[tuple[str, dict[str, Any]]]) -> bool:
    """Whether a centre has said of any unit that it is on scene. answers: (what, detail)."""
    states = (
        str(state) for what, detail in answers if what == "dispatch_status" for unit in detail.get("units", [])
        for state in unit.get("states", [])
    )  # fmt: skip
    return any(state.replace("_", "").lower() in ("onscene", "arrived") for state in states)


def needs_audit(
    attempts: int, last_asked_at: datetime, deadline_seconds: float, now: datetime, is_over: bool = False
) -> str:
    """What the auditor does with an order that has no receipt: "wait", "ask" once more, or "expire".

    is_over: the all-clear has been given; what the alarm asked is not asked again, or a door would be locked after it.
    """
    if now < last_asked_at + timedelta(seconds=deadline_seconds + AUDIT_GRACE_SECONDS):
        return "wait"
    return "ask" if attempts < MOST_AUDITS + 1 and not is_over else "expire"


def is_asked_again(
    action: str, because: str, attempts: int, last_asked_at: datetime, state: str, is_reset: bool, now: datetime
) -> bool:
    """Whether an order that failed or expired is asked once more now: its door may be on the network again.

    state: the incident's. What the outside refuses to hear of a drill it refuses for good.
    """
    if action not in ASKED_AGAIN or because.startswith("Refused") or state != ("clearing" if is_reset else "open"):
        return False
    pause = FAILED_AGAIN_SECONDS if attempts < FAILED_OFTEN else FAILED_RARELY_SECONDS
    return now >= last_asked_at + timedelta(seconds=pause)


# -- taken back by PIN, and duress ------------------------------------------------------------------------------------


def judge_cancel(
    kind: str, state: str, opened_at: datetime, cancel_seconds: float, is_own: bool, is_leader: bool, now: datetime,
    has_others: bool = False,
) -> str:  # fmt: skip
    """Why an alarm cannot be taken back by PIN now; "" when it can.

    is_own: by whoever pressed. has_others: somebody else has pressed as well, or called 911: what they mean is no
    mistake of the first one's.
    """
    if kind not in CANCELLABLE or cancel_seconds <= 0:
        return "This alarm is never taken back by PIN: only the all-clear ends it."
    if not is_own and not is_leader:
        return "Only whoever pressed, or a leader, may take this alarm back."
    if state != "open":
        return "This alarm is over already."
    if now > cancel_until(opened_at, cancel_seconds):
        return "It is too late to take it back by PIN: only the all-clear ends it now."
    if has_others:
        return "Somebody else has raised this alarm, too: only the all-clear ends it now."
    return ""


def cancel_until(opened_at: datetime, cancel_seconds: float) -> datetime:
    """The last moment a PIN takes it back; a few seconds of grace for the way from the screen."""
    return opened_at + timedelta(seconds=cancel_seconds)


def may_see_duress(roles: Collection[str], user: UUID | None, pressed_by: UUID | None) -> bool:
    """Who may know of duress: police, officer and director there, but never on the screen of whom it is about."""
    return bool(set(roles) & set(DURESS_ROLES)) and (user is None or user != pressed_by)


# -- who comes --------------------------------------------------------------------------------------------------------


def helpers_of(answers: Iterable[Answered]) -> list[Helper]:
    """Each person's newest answer counts: who is there first, then who comes, then who cannot; the first first."""
    by_user: dict[str, list[Answered]] = {}
    for answer in sorted(answers, key=lambda one: one.at):
        if answer.what in COMING:
            by_user.setdefault(answer.user, []).append(answer)
    found = []
    for told in by_user.values():
        last, since = told[-1], told[-1].at
        for answer in reversed(told):
            if answer.what == "cannot_come":
                break
            since = answer.at
        arrived = next((one.at for one in told if one.what == "arrived"), None)
        place = next((one.place_name for one in told if one.place_name), "")
        found.append(Helper(last.user, last.name, last.role, last.what, place, since, arrived))
    rank = {"arrived": 0, "on_my_way": 1, "cannot_come": 2}
    return sorted(found, key=lambda one: (rank[one.what], one.since, one.name))


def aids_here(answers: Iterable[Answered]) -> dict[str, AidHere]:
    """What helps is there already, by what; the newest word counts, the first who said so stays its author."""
    found: dict[str, AidHere] = {}
    for answer in sorted(answers, key=lambda one: one.at):
        what, is_here = AID_ANSWERS.get(answer.what, ("", False))
        if is_here:
            found.setdefault(what, AidHere(what, answer.name, answer.at))
        else:
            found.pop(what, None)
    return found


def next_escalation(
    opened_at: datetime, after_seconds: Iterable[float], has_answer: bool, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """(when the alert goes further, when it last went further) while nobody is on the way; else (None, None)."""
    if has_answer:
        return None, None
    moments = sorted(opened_at + timedelta(seconds=seconds) for seconds in after_seconds)
    return next((at for at in moments if at > now), None), next((at for at in reversed(moments) if at <= now), None)


# -- ways over floors ------------------------------------------------------------------------------------------------


def best_stairs(
    here: Spot, there: Spot, stairs: Iterable[Stairs], floors: Mapping[str, SnapshotFloor]
) -> tuple[Stairs, Stairs] | None:  # fmt: skip
    """(stairs on the floor of `there`, the same on that of `here`) with the shortest way, as the crow flies; else None.

    None as well where a point is not known: then no way is drawn, and the floor's name alone is told.
    """
    if here.x is None or here.y is None or there.x is None or there.y is None:
        return None
    mine = {one.name.casefold(): one for one in stairs if one.floor == here.floor and one.name}
    pairs = [(one, mine[one.name.casefold()]) for one in stairs
             if one.floor == there.floor and one.name.casefold() in mine]  # fmt: skip

    def far(pair: tuple[Stairs, Stairs]) -> float:
        legs = ((there, pair[0]), (here, pair[1]))
        return sum(way_between(a, Point(b.floor, b.x, b.y), floors).metres or 0.0 for a, b in legs)

    return min(pairs, key=far, default=None)


# -- rooms ------------------------------------------------------------------------------------------------------------


def too_late(closed_at: datetime | None, said_at: datetime, now: datetime) -> str:
    """ "" where a word on a room is still taken, else why not. What was said in time may arrive days later."""
    if closed_at is None:
        return ""
    if said_at > closed_at:
        return "This incident is closed; its roll call is part of the record now."
    if now > closed_at + timedelta(days=LATE_DAYS):
        return f"It came more than {LATE_DAYS} days after the incident was closed."
    return ""


def say_delay(said_at: datetime, now: datetime) -> str:
    """What a timeline says beside a word that waited on its device; "" for what came at once."""
    seconds = (now - said_at).total_seconds()
    if seconds < LATE_SECONDS:
        return ""
    minutes = round(seconds / 60)
    return f"Kept on a device without a network; it came {minutes} min later."


# -- unintended presses -----------------------------------------------------------------------------------------------


def device_kind(device: str) -> str:
    """What kind of device a press came from, by the first part of its name."""
    return DEVICES.get(device.partition("/")[0], "Other device")


def rates_by(outcomes: Iterable[Outcome], field: str) -> list[Rate]:
    """The rate of unintended presses by "month", "site" or "device", in order of the name; field "": all together."""
    counts: dict[str, list[int]] = {}
    for one in outcomes:
        count = counts.setdefault(str(getattr(one, field)) if field else "All", [0, 0, 0])
        count[0] += 1
        count[1] += one.outcome == "unintended"
        count[2] += not one.outcome
    return [Rate(name, *count) for name, count in sorted(counts.items())]


#: Actions by which a plan calls those who come from outside.
CALLS = ("tell_dispatch", "place_call")


def agencies_called(kind: str, plan: Mapping[str, Any]) -> list[str]:
    """The roles of agencies that an incident involves: those whom its plan calls at any time; 911, who was called."""
    steps = plan.get("steps", ())
    is_called = kind == "call_911" or any(step.get("action") in CALLS for step in steps)
    return ["dispatcher", "police"] if is_called else []
