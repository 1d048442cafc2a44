"""Decides: who has acknowledged, what follows, which units come, when a centre is told again, what a link opens."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from watchbell.line.ids import same_id
from watchbell.response.dispatch.facts import (
    AFTER_CLOSE_SECONDS,
    UNIT_STATES,
    UPDATE_AGAIN_SECONDS,
    UPDATE_SECONDS,
    Clock,
    Coming,
    LastUpdate,
    LinkFacts,
    Situation,
    Unit,
)
from watchbell.response.incidents.facts import Answer, OutsideOrder
from watchbell.response.plans.facts import ACTIONS

ACKNOWLEDGES = "dispatch_acknowledged"


def read_clock(
    opened_at: datetime, plan: dict[str, Any], orders: Sequence[OutsideOrder], answers: Sequence[Answer],
    names: dict[str, str], now: datetime,
) -> Clock:  # fmt: skip
    """The acknowledgement clock of an incident. names: endpoint id → name, for what the plan asks later."""
    tells = [order for order in orders if order.action == "tell_dispatch" and not order.is_reset]
    told = [order for order in tells if order.state == "done"]
    known = {order.endpoint for order in told}
    taken = next((answer for answer in answers if answer.what == ACKNOWLEDGES), None)
    steps = [] if not tells else sorted(_escalations(opened_at, plan, names), key=lambda one: one.due_at)
    ends = taken.at if taken else now
    return Clock(
        told=tuple(dict.fromkeys(order.endpoint for order in told)),
        told_at=min((order.done_at for order in told if order.done_at), default=None),
        failed=tuple(dict.fromkeys(
            order.endpoint for order in tells if order.state in ("failed", "expired") and order.endpoint not in known
        )),
        acknowledged_by=(taken.because.removeprefix("Acknowledged by ") or taken.by_name) if taken else "",
        acknowledged_at=taken.at if taken else None,
        coming=() if taken else tuple(one for one in steps if one.due_at > now),
        passed=tuple(one for one in steps if one.due_at <= ends),
    )  # fmt: skip


def _escalations(opened_at: datetime, plan: dict[str, Any], names: dict[str, str]) -> Iterable[Coming]:
    for step in plan.get("steps", []):
        for one in step.get("escalations", []) if step.get("timing", "immediate") == "immediate" else []:
            if ACKNOWLEDGES not in one.get("waits_for", []):
                continue
            whom = ", ".join(names.get(endpoint, "an endpoint no longer in use") for endpoint in one["endpoints"])
            verb = ACTIONS.get(one["action"], (one["action"], ()))[0].lower()
            text = "voice call" if one["action"] == "place_call" else f"{verb} {whom or 'everybody it can'}"
            yield Coming(text, opened_at + timedelta(seconds=float(one["after_seconds"])))


# -- units -------------------------------------------------------------------------------------------------------


def read_state(states: Sequence[str]) -> tuple[str, str]:
    """(key of UNIT_STATES, words) of a unit's states as a centre gives them; the furthest one counts."""
    known = {_bare(registry): key for key, (_, registry) in UNIT_STATES.items()} | {"arrived": "on_scene"}
    found = [known[_bare(state)] for state in states if _bare(state) in known]
    if found:
        furthest = max(found, key=list(UNIT_STATES).index)
        return furthest, UNIT_STATES[furthest][0]
    return "", ", ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(state)).capitalize() for state in states) or "Assigned"


def _bare(state: str) -> str:
    return re.sub(r"[^a-z]", "", str(state).lower())


def units_of(answers: Iterable[Answer]) -> list[Unit]:
    """Every unit heard of, by its newest state; on scene first, cleared last."""
    found: dict[tuple[str, str], Unit] = {}
    for answer in sorted(answers, key=lambda one: one.at):
        units = answer.detail.get("units") if answer.what == "dispatch_status" else None
        for unit in units if isinstance(units, list) else []:
            if not isinstance(unit, dict):
                continue
            name, states = str(unit.get("name", ""))[:80], unit.get("states")
            state, word = read_state(states if isinstance(states, list) else [])
            agency = answer.because.partition(":")[0][:120]
            found[agency, name.casefold()] = Unit(agency, name, state, word, answer.at)
    rank = {"on_scene": 0, "en_route": 1, "assigned": 2, "": 3, "cleared": 4}
    return sorted(found.values(), key=lambda unit: (rank[unit.state], unit.agency, unit.name))


# -- updates -----------------------------------------------------------------------------------------------------


def digest_of(situation: Situation) -> str:
    """The same for the same situation, in every process."""
    return same_id(json.dumps(asdict(situation), sort_keys=True, default=str))


def judge_update(situation: Situation, last: LastUpdate | None, now: datetime) -> str:
    """ "send", "wait" (throttled, or the last one is under way), or "nothing" (the centre knows all of it)."""
    if last is None:
        return "send" if situation.is_news else "nothing"
    passed = (now - last.at).total_seconds()
    if digest_of(situation) == last.digest:
        is_lost = last.state in ("failed", "expired")
        return "nothing" if not is_lost else "send" if passed >= UPDATE_AGAIN_SECONDS else "wait"
    return "send" if passed >= UPDATE_SECONDS else "wait"


def first_tellings(orders: Iterable[OutsideOrder]) -> list[OutsideOrder]:
    """For each centre that has taken the alarm, the order that told it first: its press is what updates carry on."""
    found: dict[str, OutsideOrder] = {}
    for order in sorted(orders, key=lambda one: (one.asked_at, one.order)):
        if order.action == "tell_dispatch" and order.state == "done" and not order.is_reset:
            found.setdefault(order.endpoint_id, order)
    return list(found.values())


# -- links -------------------------------------------------------------------------------------------------------


def judge_link(link: LinkFacts, mark: str, now: datetime) -> str:
    """Why this link opens nothing for the session `mark`, or "" when it does."""
    if link.is_revoked:
        return "This link has been withdrawn by the school."
    if link.expires_at <= now:
        return "This link has ended."
    if link.closed_at is not None and now > link.closed_at + timedelta(seconds=AFTER_CLOSE_SECONDS):
        return "This incident is over."
    if link.mark and link.mark != mark:
        return "This link has been opened already, on another device. Each link opens once."
    return ""
