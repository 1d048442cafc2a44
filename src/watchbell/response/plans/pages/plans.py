"""Plans: as text, as numbers before the day, editable step by step, compared, copied to other sites."""

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.accounts.facts import ROLE_NAMES
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.permissions import may, require
from watchbell.kernel.web import change_page, csv_of, csv_url, page
from watchbell.line.errors import NotFound, Refused, WatchbellError
from watchbell.response.plans import actions, queries, rules
from watchbell.response.plans.facts import ACTIONS, CANCELLABLE, KINDS, PlanFacts, StepFacts
from watchbell.response.plans.forms import EscalationForm, StepForm, audience_fields

FIRST_STEP = {"name": "Alert every staff screen", "action": "tell_screens"}


@page(permission="plans.view", template="plans/plans_page.html")
def plans_page(request: HttpRequest) -> Any:
    """All plans by site: what is missing or would not work first."""
    wanted = {name: request.GET.get(name, "") for name in ("site", "kind")}
    search = request.GET.get("q", "")
    is_file = request.GET.get("format") == "csv"
    plans = queries.plans_seen_by(request.actor, **wanted, search=search, has_steps=is_file)
    if is_file:
        cells = [(p.site.name, p.name, p.version, s.number, s.name, s.timing, s.action, s.select, s.deadline_seconds,
                  s.fallback_action) for p in plans for s in p.steps.all()]  # fmt: skip
        return csv_of(cells, ("site", "plan", "version", "step", "name", "when", "does", "which", "late after seconds",
                              "fallback"), "plans")  # fmt: skip
    by_site: dict[Any, list[Any]] = {}
    for plan in plans:
        by_site.setdefault(plan.site, []).append(plan)
    sites = [s for s in all_site_facts() if request.actor.sites is None or s.id in request.actor.sites]
    selects = [
        {"name": "site", "label": "Site", "value": wanted["site"],
         "options": [("", "Any site"), *((str(s.id), s.name) for s in sites)]},
        {"name": "kind", "label": "Kind", "value": wanted["kind"],
         "options": [("", "Any kind"), *((k, v[0]) for k, v in KINDS.items())]},
    ]  # fmt: skip
    is_whole = not search and not wanted["kind"]
    rows = [_site_row(request, site, found, is_whole) for site, found in by_site.items()]
    known = {str(site.pk) for site in by_site}
    bare = [s for s in sites if is_whole and str(s.id) not in known and wanted["site"] in ("", str(s.id))]
    rows += [_site_row(request, site, [], is_whole) for site in bare]
    return {
        "rows": sorted(rows, key=lambda row: (-len(row["missing"]), row["site"].name)),
        "filters": {"q": {"name": "q", "value": search, "label": "Plan or step"}, "selects": selects,
                    "target": "plans", "count": len(plans), "count_word": "plans", "csv_url": csv_url(request)},
    }  # fmt: skip


def _site_row(request: HttpRequest, site: Any, plans: list[Any], is_whole: bool) -> dict[str, Any]:
    have = {plan.kind for plan in plans}
    missing = [(kind, words[0]) for kind, words in KINDS.items() if is_whole and kind not in have]
    return {
        "site": site,
        "plans": plans,
        "missing": missing,
        "may_edit": may(request.actor, "plans.edit", getattr(site, "id", None)),
    }


@page(permission="plans.view", template="plans/plan_page.html")
def plan_page(request: HttpRequest, plan_id: UUID) -> Any:
    """One plan: what a press would do now in numbers, what would not work, every step read aloud."""
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
             "fallback": ", ".join(fallback), "escalations": [
                 (number, rules.escalation_aloud(one, equipment)) for number, one in sorted(
                     enumerate(step.escalations, 1), key=lambda pair: pair[1].after_seconds)]}
        )  # fmt: skip
    return {
        "plan": plan, "facts": facts, "steps": steps, "faults": rules.find_faults(facts, equipment),
        "foresight": rules.foresee(facts, equipment), "may_edit": may(request.actor, "plans.edit", plan.site_id),
        "actions": ACTIONS, "roles": ROLE_NAMES, "versions": queries.versions_of(plan)[:20],
        "may_cancel": plan.kind in CANCELLABLE,
        "sites": [s for s in all_site_facts() if s.id != plan.site_id and may(request.actor, "plans.edit", s.id)],
    }  # fmt: skip


@page(permission="plans.view", template="plans/compare_page.html")
def compare_page(request: HttpRequest, plan_id: UUID) -> Any:
    """Two versions side by side: only what differs."""
    plan = queries.one_plan(request.actor, plan_id)
    versions = {version.version: version for version in queries.versions_of(plan)}
    numbers = [int(text) if text.isdecimal() and len(text) < 9 else 0
               for text in (request.GET.get("old", ""), request.GET.get("new", ""))]  # fmt: skip
    old = versions.get(numbers[0]) or versions.get(plan.version - 1) or versions.get(plan.version)
    new = versions.get(numbers[1]) or versions.get(plan.version)
    differences = []
    if old is not None and new is not None:
        names = queries.endpoint_names(plan.site_id)
        differences = rules.compare_plans(queries.version_facts(old), queries.version_facts(new), names)
    return {"plan": plan, "versions": list(versions.values()), "old": old, "new": new, "differences": differences}


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
        "has_check_in": facts.has_check_in, "cancel_seconds": facts.cancel_seconds,
        "clear_people": facts.clear_people, "clear_with_police": facts.clear_with_police,
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


@page(permission="plans.edit", template="plans/step_page.html", methods=("GET", "POST"))
def step_page(request: HttpRequest, plan_id: UUID, step_id: UUID | None = None) -> Any:
    """Writes a new step (`action` in the address), or changes one; what is wrong stands beside its field."""
    plan = queries.one_plan(request.actor, plan_id)
    require(request.actor, "plans.edit", plan.site_id)
    facts = queries.plan_facts(plan)
    old = next((step for step in facts.steps if step.id == step_id), None)
    if step_id is not None and old is None:
        raise NotFound("This step belongs to an older version of the plan; open the plan again.")
    chosen = request.POST.get("action") or request.GET.get("action") or (old.action if old else "")
    if chosen not in ACTIONS:
        raise NotFound("A step does one of the actions on the plan's page; choose one there.")
    given = msgspec.to_builtins(old) if old else {}
    given |= audience_fields(given.get("params") or {})
    form = StepForm(
        request.POST or None, action=chosen, equipment=queries.reachable_equipment(plan.site_id), initial=given
    )
    if request.method == "POST" and form.is_valid():

        def change(steps: list[dict[str, Any]], more: dict[str, Any], now: list[StepFacts]) -> None:
            if old is None:
                steps.append(form.as_step())
            else:
                steps[_index_of(now, old.id)].update(form.as_step())

        return _rewrite(request, plan_id, change)
    values = {name: form[name].value() or [] for name in ("endpoints", "fallback_endpoints")}
    return {"plan": plan, "form": form, "old": old, "action": chosen, "told": ACTIONS[chosen], "values": values,
            "actions": ACTIONS}  # fmt: skip


@page(permission="plans.edit", template="plans/escalation_page.html", methods=("GET", "POST"))
def escalation_page(request: HttpRequest, plan_id: UUID, step_id: UUID, number: int = 0) -> Any:
    """Adds what follows when nobody answers a step (`action` in the address), or changes its `number`-th one."""
    plan = queries.one_plan(request.actor, plan_id)
    require(request.actor, "plans.edit", plan.site_id)
    step = next((one for one in queries.plan_facts(plan).steps if one.id == step_id), None)
    if step is None or number > len(step.escalations):
        raise NotFound("This step belongs to an older version of the plan; open the plan again.")
    old = msgspec.to_builtins(step.escalations[number - 1]) if number else None
    chosen = request.POST.get("action") or request.GET.get("action") or (old["action"] if old else "place_call")
    if chosen not in ACTIONS:
        raise NotFound("An escalation does one of the actions a step does; choose one on the plan's page.")
    given = old and {**old, "roles": old["params"].get("audience", {}).get("roles", [])}
    equipment = queries.reachable_equipment(plan.site_id)
    form = EscalationForm(request.POST or None, action=chosen, equipment=equipment, initial=given or {})
    if request.method == "POST" and form.is_valid():

        def change(steps: list[dict[str, Any]], more: dict[str, Any], now: list[StepFacts]) -> None:
            step_row = steps[_index_of(now, step_id)]
            rows, at = list(step_row["escalations"]), number - 1 if number else len(step_row["escalations"])
            step_row["escalations"] = [*rows[:at], form.as_escalation(old), *rows[at + 1 :]]

        return _rewrite(request, plan_id, change)
    values = {name: form[name].value() or [] for name in form.fields if name != "after_seconds"}
    return {"plan": plan, "step": step, "form": form, "old": old, "action": chosen, "told": ACTIONS[chosen],
            "values": values, "actions": ACTIONS, "number": number}  # fmt: skip


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

    return _rewrite(request, plan_id, change)


@change_page(permission="plans.edit")
def copy_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Writes this plan at the ticked sites."""
    try:
        sites = [UUID(text) for text in request.POST.getlist("sites")]
        lost = actions.copy_plan(request.actor, plan_id, sites)
        behind = sum(lost.values())
        messages.success(request, f"Written at {len(lost)} site{'' if len(lost) == 1 else 's'}.")
        if behind:
            messages.warning(
                request, f"{behind} named endpoints belong to this site and did not go along: name others."
            )
    except (WatchbellError, ValueError) as error:
        messages.error(request, str(error))
    return redirect("plans:plan_page", plan_id)


@change_page(permission="plans.edit")
def new_plan(request: HttpRequest) -> HttpResponse:
    """Begins a plan of a kind that a site lacks, with the one step every plan has."""
    try:
        site, kind = UUID(request.POST.get("site", "")), request.POST.get("kind", "")
        return redirect("plans:plan_page", actions.write_plan(request.actor, site, kind, [FIRST_STEP], version=0))
    except (WatchbellError, ValueError) as error:
        messages.error(request, str(error))
    return redirect("plans:plans_page")


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

    return _rewrite(request, plan_id, change)


@change_page(permission="plans.edit")
def save_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Changes the plan's words and who may give its all-clear."""
    form = request.POST

    def change(steps: list[dict[str, Any]], more: dict[str, Any], old: list[StepFacts]) -> None:
        more["name"], more["directive"] = form.get("name", "")[:80], form.get("directive", "")[:160]
        more["has_check_in"] = form.get("has_check_in") == "on"
        more["cancel_seconds"] = float(form.get("cancel_seconds") or 0)
        more["clear_roles"] = [role for role in form.getlist("clear_roles") if role in ROLE_NAMES]
        more["clear_people"] = 2 if form.get("clear_people") == "2" else 1
        more["clear_with_police"] = form.get("clear_with_police") == "on"

    return _rewrite(request, plan_id, change)
