"""Plans as text, checked for what would not work, and editable step by step."""

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.accounts.facts import ROLE_NAMES
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, page
from watchbell.line.errors import WatchbellError
from watchbell.response.plans import actions, queries, rules
from watchbell.response.plans.facts import ACTIONS, SELECTORS, TIMINGS, PlanFacts, StepFacts


@page(permission="plans.view", template="plans/plans_page.html")
def plans_page(request: HttpRequest) -> Any:
    """All plans by site, one column a kind."""
    by_site: dict[Any, list[Any]] = {}
    for plan in queries.plans_seen_by(request.actor):
        by_site.setdefault(plan.site, []).append(plan)
    return {"sites": sorted(by_site.items(), key=lambda pair: (not pair[0].is_first, pair[0].name))}


@page(permission="plans.view", template="plans/plan_page.html")
def plan_page(request: HttpRequest, plan_id: UUID) -> Any:
    """One plan: what it does, read aloud; what would not work; how to change it."""
    plan = queries.one_plan(request.actor, plan_id)
    facts = queries.plan_facts(plan)
    equipment = queries.reachable_equipment(plan.site_id)
    names = {str(thing.id): thing.name for thing in equipment}
    steps = []
    for step in facts.steps:
        reached = rules.choose_endpoints(step, equipment)
        fallback = [names[e] for e in step.fallback_endpoints if e in names]
        steps.append(
            {"facts": step, "text": rules.read_aloud(step, len(reached)), "reached": [t.name for t in reached],
             "fallback": ", ".join(fallback)}
        )  # fmt: skip
    return {
        "plan": plan, "facts": facts, "steps": steps, "faults": rules.find_faults(facts, equipment),
        "may_edit": may(request.actor, "plans.edit", plan.site_id), "actions": ACTIONS, "timings": TIMINGS,
        "selectors": SELECTORS, "roles": ROLE_NAMES,
    }  # fmt: skip


def _as_dicts(facts: PlanFacts) -> list[dict[str, Any]]:
    fields = actions.STEP_FIELDS
    return [{field: msgspec.to_builtins(getattr(step, field)) for field in fields} for step in facts.steps]


def _rewrite(request: HttpRequest, plan_id: UUID, change: Any) -> HttpResponse:
    """Reads the plan, lets `change` alter its steps, writes a new version; says what was refused."""
    plan = queries.one_plan(request.actor, plan_id)
    facts = queries.plan_facts(plan)
    steps = _as_dicts(facts)
    more: dict[str, Any] = {
        "name": facts.name, "directive": facts.directive, "clear_roles": list(facts.clear_roles),
        "has_check_in": facts.has_check_in,
    }  # fmt: skip
    seen = request.POST.get("version", "")
    try:
        change(steps, more, list(facts.steps))
        actions.write_plan(
            request.actor, plan.site_id, plan.kind, steps, version=int(seen) if seen.isdigit() else None, **more
        )
        messages.success(request, "Saved as a new version. Incidents under way keep the one they started with.")
    except (WatchbellError, ValueError) as error:
        messages.error(request, str(error))
    return redirect("plans:plan_page", plan_id)


@change_page(permission="plans.edit")
def save_step(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Changes a step (its number in `step`), or adds one."""
    form = request.POST

    def change(steps: list[dict[str, Any]], more: dict[str, Any], old: list[StepFacts]) -> None:
        wanted = {
            "name": form.get("name", "").strip(), "action": form.get("action", ""),
            "timing": form.get("timing", "immediate"), "select": form.get("select", "all"),
            "deadline_seconds": float(form.get("deadline_seconds") or 5),
        }  # fmt: skip
        index = next((i for i, step in enumerate(old) if str(step.id) == form.get("step")), None)
        if index is None:
            steps.append({**wanted, "expires_seconds": max(60.0, wanted["deadline_seconds"])})
        else:
            steps[index].update(wanted)
            steps[index]["expires_seconds"] = max(steps[index]["expires_seconds"], wanted["deadline_seconds"])

    return _rewrite(request, plan_id, change)


@change_page(permission="plans.edit")
def move_step(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Takes a step out, or moves it up or down."""
    form = request.POST

    def change(steps: list[dict[str, Any]], more: dict[str, Any], old: list[StepFacts]) -> None:
        index = next(i for i, step in enumerate(old) if str(step.id) == form.get("step"))
        step = steps.pop(index)
        if form.get("do") in ("up", "down"):
            steps.insert(max(0, index + (-1 if form["do"] == "up" else 1)), step)

    return _rewrite(request, plan_id, change)


@change_page(permission="plans.edit")
def save_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Changes the plan's words and who may give its all-clear."""
    form = request.POST

    def change(steps: list[dict[str, Any]], more: dict[str, Any], old: list[StepFacts]) -> None:
        more["name"], more["directive"] = form.get("name", "")[:80], form.get("directive", "")[:160]
        more["clear_roles"] = [role for role in form.getlist("clear_roles") if role in ROLE_NAMES]

    return _rewrite(request, plan_id, change)
