"""A plan is edited: its words, its steps, what follows when nobody answers; two writers lose nothing of each other."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.accounts.facts import CLEARING_ROLES
from watchbell.kernel.permissions import require
from watchbell.kernel.web import change_page, page
from watchbell.line.errors import Conflict, NotFound, Refused, WatchbellError
from watchbell.line.numbers import read_whole
from watchbell.response.plans import actions, queries
from watchbell.response.plans.facts import ACTIONS, PlanFacts, StepFacts
from watchbell.response.plans.forms import EscalationForm, StepForm, audience_fields

Change = Callable[[list[dict[str, Any]], dict[str, Any], list[StepFacts]], None]
WORDS = ("name", "directive", "clear_roles", "has_check_in", "cancel_seconds", "clear_people", "clear_with_police")


def _as_dicts(facts: PlanFacts) -> list[dict[str, Any]]:
    fields = actions.STEP_FIELDS
    return [{field: msgspec.to_builtins(getattr(step, field)) for field in fields} for step in facts.steps]


def _write(request: HttpRequest, plan: Any, change: Change, version: int | None) -> None:
    """Lets `change` alter the plan's steps and words, and writes what follows `version`. Raises what was refused."""
    facts = queries.plan_facts(plan)
    steps = _as_dicts(facts)
    more: dict[str, Any] = {word: msgspec.to_builtins(getattr(facts, word)) for word in WORDS}
    change(steps, more, list(facts.steps))
    actions.write_plan(request.actor, plan.site_id, plan.kind, steps, version=version, **more)
    messages.success(request, "Saved as a new version. Incidents under way keep the one they started with.")


def _seen(request: HttpRequest) -> int | None:
    """The version the writer had before them."""
    return read_whole(request.POST.get("version", ""))


def _rewrite(request: HttpRequest, plan: Any, change: Change, version: int | None) -> HttpResponse:
    """`_write`, and back to the plan, which says what was refused."""
    try:
        _write(request, plan, change, version)
    except (WatchbellError, ValueError) as error:
        messages.error(request, str(error))
    return redirect("plans:plan_page", plan.pk)


def _overtaken(request: HttpRequest, plan: Any) -> str:
    """Who wrote a newer version while this form was being filled in; "" where nobody has."""
    if _seen(request) in (None, plan.version):
        return ""
    newest = queries.versions_of(plan).first()
    return (newest and newest.by_name) or "Somebody else"


def _saved(request: HttpRequest, plan: Any, form: StepForm | EscalationForm, change: Change) -> bool:
    """Whether the form is written. If not, everything typed stays in it, with what was refused."""
    if request.method != "POST" or not form.is_valid() or _overtaken(request, plan):
        return False
    try:
        _write(request, plan, change, _seen(request))
    except Conflict:  # in this very moment: the page says by whom
        plan.refresh_from_db()
        return False
    except WatchbellError as error:
        form.add_error(None, str(error))
        return False
    return True


def _chosen(request: HttpRequest, else_this: str, refusal: str) -> str:
    chosen = request.POST.get("action") or request.GET.get("action") or else_this
    if chosen not in ACTIONS:
        raise NotFound(refusal)
    return chosen


@page(permission="plans.edit", template="plans/step_page.html", methods=("GET", "POST"))
def step_page(request: HttpRequest, plan_id: UUID, step_id: UUID | None = None) -> Any:
    """Writes a new step (`action` in the address), or changes one; what is wrong stands beside its field.

    Who was overtaken by another writer keeps what they typed, and saves it into the newest version after a look.
    """
    plan = queries.one_plan(request.actor, plan_id)
    require(request.actor, "plans.edit", plan.site_id)
    old = queries.step_meant(plan, step_id) if step_id else None
    if step_id and old is None and request.method == "GET":
        raise NotFound("This step is no longer in the plan; open the plan again.")
    if old is not None and old.id != step_id and request.method == "GET":
        return redirect("plans:step_page", plan_id, old.id)
    wanting = "A step does one of the actions on the plan's page; choose one there."
    chosen = _chosen(request, old.action if old else "", wanting)
    given = msgspec.to_builtins(old) if old else {}
    given |= audience_fields(given.get("params") or {})
    equipment = queries.reachable_equipment(plan.site_id)
    form = StepForm(request.POST or None, action=chosen, equipment=equipment, initial=given)
    if _saved(request, plan, form, partial(_put_step, form, old and old.id)):
        return redirect("plans:plan_page", plan_id)
    values = {name: form[name].value() or [] for name in ("endpoints", "fallback_endpoints")}
    return {"plan": plan, "form": form, "old": old, "action": chosen, "told": ACTIONS[chosen], "values": values,
            "actions": ACTIONS, "overtaken": _overtaken(request, plan), "is_gone": step_id and not old}  # fmt: skip


def _put_step(
    form: StepForm, step_id: UUID | None, steps: list[dict[str, Any]], more: dict[str, Any], now: list[StepFacts]
) -> None:
    if step_id is None:
        steps.append(form.as_step())
    else:
        steps[_index_of(now, step_id)].update(form.as_step())


@page(permission="plans.edit", template="plans/escalation_page.html", methods=("GET", "POST"))
def escalation_page(request: HttpRequest, plan_id: UUID, step_id: UUID, number: int = 0) -> Any:
    """Adds what follows when nobody answers a step (`action` in the address), or changes its `number`-th one."""
    plan = queries.one_plan(request.actor, plan_id)
    require(request.actor, "plans.edit", plan.site_id)
    step = queries.step_meant(plan, step_id)
    if step is None or (step.id == step_id and number > len(step.escalations)):
        raise NotFound("This is no longer in the plan; open the plan again.")
    old = msgspec.to_builtins(step.escalations[number - 1]) if 0 < number <= len(step.escalations) else None
    wanting = "An escalation does one of the actions a step does; choose one on the plan's page."
    chosen = _chosen(request, old["action"] if old else "place_call", wanting)
    given = old and {**old, "roles": old["params"].get("audience", {}).get("roles", [])}
    equipment = queries.reachable_equipment(plan.site_id)
    form = EscalationForm(request.POST or None, action=chosen, equipment=equipment, initial=given or {})
    if _saved(request, plan, form, partial(_put_escalation, form, step.id, number, old)):
        return redirect("plans:plan_page", plan_id)
    values = {name: form[name].value() or [] for name in form.fields if name != "after_seconds"}
    return {"plan": plan, "step": step, "form": form, "old": old, "action": chosen, "told": ACTIONS[chosen],
            "values": values, "actions": ACTIONS, "number": number if old else 0,
            "overtaken": _overtaken(request, plan)}  # fmt: skip


def _put_escalation(
    form: EscalationForm, step_id: UUID, number: int, old: dict[str, Any] | None, steps: list[dict[str, Any]],
    more: dict[str, Any], now: list[StepFacts],
) -> None:  # fmt: skip
    step_row = steps[_index_of(now, step_id)]
    rows = list(step_row["escalations"])
    at = number - 1 if old else len(rows)  # what was taken out meanwhile is added anew
    step_row["escalations"] = [*rows[:at], form.as_escalation(old), *rows[at + 1 :]]


def _index_of(steps: list[StepFacts], step_id: UUID) -> int:
    index = next((i for i, step in enumerate(steps) if step.id == step_id), None)
    if index is None:
        raise Refused("Somebody else has changed this plan meanwhile. Look again.")
    return index


@change_page(permission="plans.edit")
def drop_escalation(request: HttpRequest, plan_id: UUID, step_id: UUID, number: int) -> HttpResponse:
    """Takes an escalation out of a step."""

    def change(steps: list[dict[str, Any]], more: dict[str, Any], now: list[StepFacts]) -> None:
        step_row = steps[_index_of(now, step_id)]
        rows = list(step_row["escalations"])
        if not 0 < number <= len(rows):
            raise Refused("This escalation is gone already. Look again.")
        step_row["escalations"] = rows[: number - 1] + rows[number:]

    return _rewrite(request, queries.one_plan(request.actor, plan_id), change, _seen(request))


@change_page(permission="plans.edit")
def move_step(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Takes a step out, or moves it up or down."""
    form = request.POST

    def change(steps: list[dict[str, Any]], more: dict[str, Any], old: list[StepFacts]) -> None:
        index = next((i for i, step in enumerate(old) if str(step.id) == form.get("step")), None)
        if index is None:
            raise Refused("This step belongs to an older version of the plan. Look again.")
        step = steps.pop(index)
        if form.get("do") in ("up", "down"):
            steps.insert(max(0, index + (-1 if form["do"] == "up" else 1)), step)

    return _rewrite(request, queries.one_plan(request.actor, plan_id), change, _seen(request))


@change_page(permission="plans.edit")
def save_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Changes the plan's words and who may give its all-clear; steps that another has written meanwhile stay."""
    form, plan = request.POST, queries.one_plan(request.actor, plan_id)

    def change(steps: list[dict[str, Any]], more: dict[str, Any], old: list[StepFacts]) -> None:
        more["name"], more["directive"] = form.get("name", "")[:80], form.get("directive", "")[:160]
        more["has_check_in"] = form.get("has_check_in") == "on"
        more["cancel_seconds"] = float(form.get("cancel_seconds") or 0)
        more["clear_roles"] = [role for role in form.getlist("clear_roles") if role in CLEARING_ROLES]
        more["clear_people"] = 2 if form.get("clear_people") == "2" else 1
        more["clear_with_police"] = form.get("clear_with_police") == "on"

    seen = _seen(request)
    is_alone = seen is not None and queries.has_kept(plan, seen, WORDS)
    return _rewrite(request, plan, change, plan.version if is_alone else seen)
