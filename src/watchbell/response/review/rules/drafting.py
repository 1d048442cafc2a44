"""Writes the first draft of a report from the facts: plain sentences with numbers, never a judgement of a person."""

from collections.abc import Iterable
from typing import Any

from watchbell.response.review.facts import Draft, DraftObjective, ReportFacts, StepTimes

DOORS, SOUND, TOLD = ("lock_door",), ("start_page", "start_strobe", "show_sign"), ("tell_dispatch", "place_call")
STAFF = ("tell_screens", "push_staff")
#: action → (core capability, objective)
OBJECTIVES = (
    (DOORS, "Physical Protective Measures", "Every door that locks by order locks within seconds of the press"),
    (SOUND, "Public Information and Warning", "Everybody in the building hears or sees the announcement"),
    (TOLD, "Operational Communications", "Police and the 911 centre know place and kind, and acknowledge"),
    (STAFF, "Operational Communications", "Staff get the alert on their screens and phones, and confirm it"),
)
ROOMS = ("Situational Assessment", "Every room reports who is there and who needs help")
MOST_IMPROVEMENTS = 20


def say_seconds(seconds: float) -> str:
    """“340 ms”, “4.2 s”, “6 min 41 s”, “2 h 5 min”."""
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def suggest_rating(done: int, asked: int) -> str:
    """What the numbers suggest: all P, nine in ten S, half M, less U; "" where nothing was asked."""
    if not asked:
        return ""
    share = done / asked
    return "P" if share == 1 else "S" if share >= 0.9 else "M" if share >= 0.5 else "U"


def draft_report(facts: ReportFacts) -> Draft:
    """The whole draft."""
    return Draft(
        texts=_texts(facts), objectives=tuple(_objectives(facts)), strengths=tuple(_strengths(facts)),
        areas=tuple(_areas(facts)), improvements=tuple(_improvements(facts))[:MOST_IMPROVEMENTS],
    )  # fmt: skip


def _texts(facts: ReportFacts) -> dict[str, str]:
    what = f"{facts.name} {facts.mode}" if facts.is_exercise else facts.name
    ended = f" It was over after {say_seconds(facts.duration_seconds)}." if facts.ended else ""
    cleared = f" The all-clear was given by {facts.cleared_by}." if facts.cleared_by else ""
    outcome = f" {facts.outcome}." if facts.outcome else ""
    return {
        "overview": f"{what} at {facts.site_name}, {facts.place_name or 'place unknown'}, on {facts.began}."
                    f"{ended}{cleared}{outcome}",
        "scope": f"The plan “{facts.name}” of {facts.site_name}, version {facts.plan_version}: {facts.directive}.",
        "scenario": _story(facts),
        "participants": _participants(facts), "analysis": "", "conclusion": "",
    }  # fmt: skip


def _story(facts: ReportFacts) -> str:
    first = facts.presses[0] if facts.presses else None
    parts = [f"The alarm was raised {'by ' + first.by + ' ' if first and first.by else ''}at {facts.began}."]
    if len(facts.presses) > 1:
        parts.append(f"{len(facts.presses)} presses belong to it.")
    for step in facts.steps:
        if step.first is not None and step.last is not None:
            last = f", the last after {say_seconds(step.last / 1000)}" if step.done > 1 else ""
            parts.append(
                f"{step.name}: {step.done} of {step.asked}, the first after {say_seconds(step.first / 1000)}{last}."
            )
        elif step.asked:
            parts.append(f"{step.name}: none of {step.asked}.")
    parts += [f"{answer.what} after {say_seconds(answer.seconds)}." for answer in facts.answers[:3]]
    if facts.rooms:
        after = f", the last after {say_seconds(facts.curve[-1][0])}" if facts.curve else ""
        parts.append(f"{facts.rooms_reported} of {facts.rooms} rooms reported{after}.")
    return " ".join(parts)


def _participants(facts: ReportFacts) -> str:
    parts = [f"{facts.confirmed} members of staff confirmed the alert."]
    if facts.units:
        parts.append(f"Units: {', '.join(unit.what for unit in facts.units[:8])}.")
    return " ".join(parts)


def _steps_of(facts: ReportFacts, actions: Iterable[str]) -> list[StepTimes]:
    wanted = set(actions)
    return [step for step in facts.steps if step.action in wanted]


def _objectives(facts: ReportFacts) -> Iterable[DraftObjective]:
    for actions, capability, text in OBJECTIVES:
        steps = _steps_of(facts, actions)
        asked, done = sum(step.asked for step in steps), sum(step.done for step in steps)
        if asked:
            yield DraftObjective(capability, text, suggest_rating(done, asked), f"{done} of {asked} endpoints did it.")
    if facts.rooms:
        because = f"{facts.rooms_reported} of {facts.rooms} rooms reported."
        yield DraftObjective(*ROOMS, suggest_rating(facts.rooms_reported, facts.rooms), because)


def _strengths(facts: ReportFacts) -> Iterable[str]:
    for step in facts.steps:
        if step.asked and step.done == step.asked and step.last is not None:
            who = f"All {step.done} endpoints" if step.done > 1 else "The endpoint"
            yield f"{step.name}: {who.lower()} did it within {say_seconds(step.last / 1000)}."
    if facts.rooms and facts.rooms_reported == facts.rooms and facts.curve:
        yield f"All {facts.rooms} rooms reported within {say_seconds(facts.curve[-1][0])}."
    for answer in facts.answers[:1]:
        yield f"{answer.what} after {say_seconds(answer.seconds)}."


def _areas(facts: ReportFacts) -> Iterable[str]:
    for step in facts.steps:
        if step.done < step.asked:
            yield f"{step.name}: {step.asked - step.done} of {step.asked} endpoints did not do it."
    if facts.rooms > facts.rooms_reported:
        silent = ", ".join(facts.silent_rooms[:6])
        more = f" and {len(facts.silent_rooms) - 6} more" if len(facts.silent_rooms) > 6 else ""
        yield f"{facts.rooms - facts.rooms_reported} of {facts.rooms} rooms did not report: {silent}{more}."
    if not facts.answers and _steps_of(facts, TOLD) and not facts.is_exercise:
        yield "Nobody at the dispatch centre acknowledged."


def _improvements(facts: ReportFacts) -> Iterable[dict[str, Any]]:
    for row in facts.failed:
        yield {
            "capability": "Operational Communications" if "911" in row.what else "Physical Protective Measures",
            "element": "Equipment", "issue": f"{row.what} failed: {row.because}"[:400],
            "action": f"Find the cause at {row.what}, mend it, and prove it by a test"[:400],
        }  # fmt: skip
    if facts.rooms and facts.rooms_reported < facts.rooms:
        left = facts.rooms - facts.rooms_reported
        yield {
            "capability": ROOMS[0], "element": "Training", "issue": f"{left} of {facts.rooms} rooms did not report.",
            "action": "Practise the check-in with the staff of these rooms",
        }  # fmt: skip
