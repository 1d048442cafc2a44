"""Plans as facts, and what their steps reach now."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import district_equipment, equipment_of
from watchbell.district.sites.facts import read_id
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.errors import NotFound
from watchbell.response.plans.facts import ACTIONS, Escalation, PlanFacts, StepFacts
from watchbell.response.plans.models import Plan, PlanStep, PlanVersion
from watchbell.response.plans.rules import foresee, snapshot_step
from watchbell.wire.press import PLAN_INSTEAD
from watchbell.wire.snapshot import SnapshotStep

REACHABLE = tuple(sorted({kind for _, kinds in ACTIONS.values() for kind in kinds}))


def step_facts(step: PlanStep) -> StepFacts:
    return StepFacts(
        id=step.id, number=step.number, name=step.name, timing=step.timing, action=step.action, select=step.select,
        endpoints=tuple(step.endpoints), deadline_seconds=step.deadline_seconds,
        expires_seconds=step.expires_seconds, delay_seconds=step.delay_seconds, params=step.params,
        fallback_action=step.fallback_action, fallback_endpoints=tuple(step.fallback_endpoints),
        escalations=tuple(msgspec.convert(one, Escalation) for one in step.escalations),
    )  # fmt: skip


def plan_facts(plan: Plan) -> PlanFacts:
    """A plan with its steps; give it with `steps` prefetched."""
    return PlanFacts(
        id=plan.id, site=plan.site_id, kind=plan.kind, name=plan.name, directive=plan.directive, version=plan.version,
        has_check_in=plan.has_check_in, clear_roles=tuple(plan.clear_roles),
        steps=tuple(step_facts(step) for step in plan.steps.all()), clear_people=plan.clear_people,
        clear_with_police=plan.clear_with_police,
    )  # fmt: skip


def plans_of_site(site_id: UUID) -> list[PlanFacts]:
    found = Plan.objects.filter(site_id=site_id).prefetch_related("steps").order_by("kind")
    return [plan_facts(plan) for plan in found]


def plan_for(site_id: UUID, kind: str) -> PlanFacts | None:
    """The plan a press of `kind` follows at a site, as the reflex chooses it."""
    plans = {plan.kind: plan for plan in plans_of_site(site_id)}
    return plans.get(kind) or plans.get(PLAN_INSTEAD.get(kind, "lockdown"))


def one_plan(actor: Actor, plan_id: UUID) -> Plan:
    found = Plan.objects.filter(id=plan_id).select_related("site").prefetch_related("steps").first()
    if found is None or not may(actor, "plans.view", found.site_id):
        raise NotFound("There is no such plan, or you may not see it.")
    return found


def plans_seen_by(actor: Actor, *, site: str = "", kind: str = "", search: str = "") -> Sequence[Plan]:
    """Plans `actor` may see, by site and kind."""
    require(actor, "plans.view")
    found = Plan.objects.select_related("site").prefetch_related("steps").order_by("site__name", "kind")
    if site:
        found = found.filter(site_id=read_id(site))
    found = found.filter(kind=kind) if kind else found
    search = search.strip().replace("\0", "")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(steps__name__icontains=search)).distinct()
    return list(found if actor.sites is None else found.filter(site_id__in=actor.sites))


def reachable_equipment(site_id: UUID) -> list[EquipmentFacts]:
    """All endpoints steps of this site's plans may reach: its own, and the district's dispatch and voice lines."""
    return equipment_of(site_id, REACHABLE) + district_equipment(("dispatch_endpoint", "voice_line", "cap_endpoint"))


def step_now(step: StepFacts, site_id: UUID) -> SnapshotStep:
    """A step of a frozen plan with the endpoints that fit it now."""
    return snapshot_step(step, reachable_equipment(site_id))


def versions_of(plan: Plan) -> QuerySet[PlanVersion]:
    """All versions, newest first."""
    return PlanVersion.objects.filter(plan=plan).order_by("-version")


def version_facts(version: PlanVersion) -> PlanFacts:
    return msgspec.convert(version.body, PlanFacts)


def endpoint_names(site_id: UUID) -> dict[str, str]:
    """{endpoint id: name} of what steps at a site may reach."""
    return {str(thing.id): thing.name for thing in reachable_equipment(site_id)}


def preview_as_dict(plan: Plan) -> dict[str, Any]:
    """What a press would do now, for the API."""
    found = foresee(plan_facts(plan), reachable_equipment(plan.site_id))
    return {"now": found.now, "later": found.later, "unreachable": found.unreachable,
            "steps": msgspec.to_builtins(found.steps)}  # fmt: skip
