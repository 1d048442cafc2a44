"""Plans: as text, as numbers before the day, editable step by step, compared, copied to other sites."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.accounts.facts import CLEARING_ROLES
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page
from watchbell.line.errors import WatchbellError
from watchbell.line.numbers import read_whole
from watchbell.response.plans import actions, queries, rules
from watchbell.response.plans.facts import ACTIONS, CANCELLABLE, KINDS

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
        "actions": ACTIONS, "roles": CLEARING_ROLES, "versions": queries.versions_of(plan)[:20],
        "may_cancel": plan.kind in CANCELLABLE,
        "sites": [s for s in all_site_facts() if s.id != plan.site_id and may(request.actor, "plans.edit", s.id)],
    }  # fmt: skip


@page(permission="plans.view", template="plans/compare_page.html")
def compare_page(request: HttpRequest, plan_id: UUID) -> Any:
    """Two versions side by side: only what differs."""
    plan = queries.one_plan(request.actor, plan_id)
    versions = {version.version: version for version in queries.versions_of(plan)}
    numbers = [read_whole(request.GET.get(name, "")) or 0 for name in ("old", "new")]
    old = versions.get(numbers[0]) or versions.get(plan.version - 1) or versions.get(plan.version)
    new = versions.get(numbers[1]) or versions.get(plan.version)
    differences = []
    if old is not None and new is not None:
        names = queries.endpoint_names(plan.site_id)
        differences = rules.compare_plans(queries.version_facts(old), queries.version_facts(new), names)
    return {"plan": plan, "versions": list(versions.values()), "old": old, "new": new, "differences": differences}


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
