"""Says before the day what a plan would do, compares versions, and fits a plan to another site."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.response.plans.facts import (
    ACTIONS,
    COUNTED,
    SELECTORS,
    TIMINGS,
    Difference,
    Foreseen,
    Foresight,
    PlanFacts,
    StepFacts,
)
from watchbell.response.plans.rules.judging import choose_endpoints, escalated_endpoints, escalations_aloud

BAD_STATES = {"silent": "silent", "trouble": "in trouble"}
LATE_WORDS = "after that"


def count_words(action: str, count: int) -> str:
    """E.g. "locks 48 doors"."""
    verb, one, several = COUNTED.get(action, (action, "endpoint", "endpoints"))
    return f"{verb} {count} {one if count == 1 else several}"


def foresee(plan: PlanFacts, equipment: Sequence[EquipmentFacts]) -> Foresight:
    """What a press would do with the equipment as it is now; steps with unreachable endpoints come first."""
    steps = []
    for step in plan.steps:
        reached = choose_endpoints(step, equipment)
        asked = {t.id: t for t in reached}
        for one in step.escalations:
            asked |= {t.id: t for t in escalated_endpoints(one, equipment)}
        bad = tuple(f"{t.name} is {BAD_STATES[t.state]}" for t in asked.values() if t.state in BAD_STATES)
        then = tuple(escalations_aloud(step, equipment))
        steps.append(Foreseen(step.name, step.timing, count_words(step.action, len(reached)), len(reached), bad, then))
    now = ", ".join(step.text for step in steps if step.timing == "immediate")
    later = ", ".join(f"{step.text} {TIMINGS.get(step.timing, '')}" for step in steps if step.timing != "immediate")
    ordered = sorted(steps, key=lambda step: (-len(step.unreachable), step.count > 0))
    return Foresight(now or "does nothing at once", later, tuple(ordered))


SHOWN = ("name", "timing", "action", "select", "endpoints", "deadline_seconds", "expires_seconds", "delay_seconds",
         "params", "fallback_action", "fallback_endpoints", "escalations")  # fmt: skip
WORDS = {
    "deadline_seconds": "late after seconds", "expires_seconds": "given up after seconds", "select": "which",
    "delay_seconds": "waits seconds", "fallback_action": "fallback", "fallback_endpoints": "fallback endpoints",
    "clear_roles": "who may give the all-clear", "cancel_seconds": "taken back by PIN for seconds",
    "has_check_in": "rooms check in", "clear_people": "people for the all-clear",
    "clear_with_police": "one of them of the police",
}  # fmt: skip


def _said(field: str, value: Any, names: dict[str, str]) -> str:
    if field in ("endpoints", "fallback_endpoints"):
        return ", ".join(names.get(str(one), "an endpoint no longer in use") for one in value) or "none"
    known = {"timing": TIMINGS, "select": SELECTORS}.get(field)
    if known is not None:
        return known.get(value, str(value))
    if field in ("action", "fallback_action"):
        return ACTIONS[value][0].lower() if value in ACTIONS else "none"
    if field == "escalations":
        return "; ".join(f"{ACTIONS[one.action][0].lower()} after {one.after_seconds:g} s" for one in value) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in sorted(value.items())) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def compare_plans(old: PlanFacts, new: PlanFacts, names: dict[str, str]) -> list[Difference]:
    """What changed from `old` to `new`. Steps are the same when their name is. names: endpoint id → name."""
    found = [
        Difference("The plan", WORDS.get(field, field), _said(field, before, names), _said(field, after, names))
        for field in (
            "name",
            "directive",
            "clear_roles",
            "has_check_in",
            "cancel_seconds",
            "clear_people",
            "clear_with_police",
        )
        if (before := getattr(old, field)) != (after := getattr(new, field))
    ]
    olds, news = ({step.name: step for step in plan.steps} for plan in (old, new))
    found += [Difference(name, "step taken out", name, "") for name in olds if name not in news]
    for name, step in news.items():
        if name not in olds:
            found.append(Difference(name, "step added", "", name))
            continue
        found += _step_differences(olds[name], step, names)
    shared = [[step.name for step in plan.steps if step.name in olds and step.name in news] for plan in (old, new)]
    if shared[0] != shared[1]:
        found.append(Difference("The plan", "order of steps", ", ".join(shared[0]), ", ".join(shared[1])))
    return found


def _step_differences(old: StepFacts, new: StepFacts, names: dict[str, str]) -> list[Difference]:
    return [
        Difference(new.name, WORDS.get(field, field), _said(field, before, names), _said(field, after, names))
        for field in SHOWN
        if (before := getattr(old, field)) != (after := getattr(new, field))
    ]


def same_step(was: StepFacts, steps: Sequence[StepFacts], count: int) -> StepFacts | None:
    """Which of a newer version's steps is this one: the one that is unchanged, else the one of its name.

    count: of the older version's steps; where there are as many now, the one that does the same in its place.
    """
    unchanged = [one for one in steps if all(getattr(one, field) == getattr(was, field) for field in SHOWN)]
    named = [one for one in steps if one.name == was.name and one.action == was.action]
    placed = [one for one in steps if one.number == was.number and one.action == was.action and len(steps) == count]
    return next(iter(sorted(unchanged or named or placed, key=lambda one: abs(one.number - was.number))), None)


def fit_to_site(steps: Sequence[StepFacts], equipment: Sequence[EquipmentFacts]) -> tuple[list[dict[str, Any]], int]:
    """(steps for another site, number of named endpoints left behind). Only what that site can reach goes along."""
    known = {str(thing.id) for thing in equipment}
    fitted, lost = [], 0
    for step in steps:
        row = asdict(step)
        for field in ("endpoints", "fallback_endpoints"):
            kept = [one for one in getattr(step, field) if one in known]
            lost += len(getattr(step, field)) - len(kept)
            row[field] = kept
        for escalation in row["escalations"]:
            lost += len(escalation["endpoints"])
            escalation["endpoints"] = [one for one in escalation["endpoints"] if one in known]
            lost -= len(escalation["endpoints"])
        row["escalations"] = [msgspec.to_builtins(one) for one in row["escalations"]]
        fitted.append(row)
    return fitted, lost
