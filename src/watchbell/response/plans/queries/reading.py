"""Plans as facts, and what their steps reach now."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from watchbell.district.accounts.facts import RESPONDER_ROLES
from watchbell.district.accounts.queries import accounts_of_site
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import (
    aids_of_site,
    district_equipment,
    equipment_in_reach,
    equipment_of,
    names_in_reach,
)
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import staff_with_accounts
from watchbell.district.sites.facts import PlaceFacts, read_id
from watchbell.district.sites.queries import floor_facts
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.errors import NotFound
from watchbell.response.plans.facts import ACTIONS, Escalation, PlanFacts, StepFacts
from watchbell.response.plans.models import Plan, PlanStep, PlanVersion
from watchbell.response.plans.rules import foresee, same_step, snapshot_step
from watchbell.wire.nearness import TRAINED
from watchbell.wire.press import PLAN_INSTEAD
from watchbell.wire.snapshot import SnapshotAid, SnapshotFloor, SnapshotOrder, SnapshotResponder, SnapshotStep

#: What serves the whole district and steps at any site may reach.
EVERYWHERE = ("dispatch_endpoint", "voice_line", "cap_endpoint")
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
        has_check_in=plan.has_check_in, clear_roles=tuple(plan.clear_roles), cancel_seconds=plan.cancel_seconds,
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


def plans_seen_by(
    actor: Actor, *, site: str = "", kind: str = "", search: str = "", has_steps: bool = True
) -> Sequence[Plan]:
    """Plans `actor` may see, by site and kind; has_steps: with the steps at hand."""
    require(actor, "plans.view")
    found = Plan.objects.select_related("site").order_by("site__name", "kind")
    found = found.prefetch_related("steps") if has_steps else found
    if site:
        found = found.filter(site_id=read_id(site))
    found = found.filter(kind=kind) if kind else found
    search = search.strip().replace("\0", "")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(steps__name__icontains=search)).distinct()
    return list(found if actor.sites is None else found.filter(site_id__in=actor.sites))


def reachable_everywhere() -> list[EquipmentFacts]:
    """What steps at any site may reach: the district's dispatch and voice lines."""
    return district_equipment(EVERYWHERE)


def reachable_equipment(site_id: UUID, district_wide: list[EquipmentFacts] | None = None) -> list[EquipmentFacts]:
    """All endpoints steps of this site's plans may reach: its own, and `reachable_everywhere()`."""
    if district_wide is None:
        return equipment_in_reach(site_id, REACHABLE, EVERYWHERE)
    return equipment_of(site_id, REACHABLE) + district_wide


def step_now(step: StepFacts, site_id: UUID) -> SnapshotStep:
    """A step of a frozen plan with the endpoints that fit it now."""
    return snapshot_step(step, reachable_equipment(site_id))


def orders_now(steps: Sequence[StepFacts], site_id: UUID) -> list[SnapshotOrder]:
    """What all of these steps ask of the endpoints that fit them now."""
    reachable = reachable_equipment(site_id) if steps else ()
    return [order for step in steps for order in snapshot_step(step, reachable).orders]


def versions_of(plan: Plan) -> QuerySet[PlanVersion]:
    """All versions, newest first."""
    return PlanVersion.objects.filter(plan=plan).order_by("-version")


def version_facts(version: PlanVersion) -> PlanFacts:
    return msgspec.convert(version.body, PlanFacts)


def step_meant(plan: Plan, step_id: UUID) -> StepFacts | None:
    """The plan's step that `step_id` names, also where a newer version has written it anew; None when it is gone.

    Raises NotFound for what never was a step of this plan.
    """
    steps = plan_facts(plan).steps
    if (found := next((step for step in steps if step.id == step_id), None)) is not None:
        return found
    older = PlanVersion.objects.filter(plan=plan, body__steps__contains=[{"id": str(step_id)}]).first()
    if older is None:
        raise NotFound("This plan never had such a step; open the plan again.")
    were = version_facts(older).steps
    return same_step(next(step for step in were if step.id == step_id), steps, len(were))


def has_kept(plan: Plan, version: int, fields: Sequence[str]) -> bool:
    """Whether the plan still says in `fields` what its `version` said."""
    was, now = PlanVersion.objects.filter(plan=plan, version=version).first(), plan_facts(plan)
    return was is not None and all(getattr(version_facts(was), name) == getattr(now, name) for name in fields)


def endpoint_names(site_id: UUID) -> dict[str, str]:
    """{endpoint id: name} of what steps at a site may reach."""
    return names_in_reach(site_id, REACHABLE, EVERYWHERE)


def preview_as_dict(plan: Plan) -> dict[str, Any]:
    """What a press would do now, for the API."""
    found = foresee(plan_facts(plan), reachable_equipment(plan.site_id))
    return {"now": found.now, "later": found.later, "unreachable": found.unreachable,
            "steps": msgspec.to_builtins(found.steps)}  # fmt: skip


def responders_of_site(
    site_id: UUID, places: Sequence[PlaceFacts], people: dict[UUID, PersonFacts] | None = None
) -> list[SnapshotResponder]:
    """Who can be called to a place of the site: nurse, principal, office, officer, and whoever is trained, by name."""
    known = {place.id: place for place in places}
    people = staff_with_accounts() if people is None else people
    found: dict[UUID, SnapshotResponder] = {}
    for user, name, role in accounts_of_site(site_id):
        person = people.get(user)
        skills = list(person.skills) if person else []
        if user in found or (role not in RESPONDER_ROLES and not TRAINED & set(skills)):
            continue
        place = known.get(person.place) if person and person.place else None
        found[user] = SnapshotResponder(
            user=str(user), name=name, role=role, skills=skills, place=str(place.id) if place else None,
            place_name=(place.name or f"Room {place.room}") if place else "", floor=place.floor_id if place else "",
            x=place.x if place else None, y=place.y if place else None,
        )  # fmt: skip
    return sorted(found.values(), key=lambda one: (one.name, one.user))


def ways_of_site(site_id: UUID) -> dict[str, SnapshotFloor]:
    """The site's floors by id, as the edges measure distances on them."""
    return {
        str(one.id): SnapshotFloor(
            id=str(one.id), name=one.name, building=one.building, level=one.level, metres_per_unit=one.metres_per_unit
        )
        for one in floor_facts(site_id)
    }


def snapshot_aids(site_id: UUID) -> list[SnapshotAid]:
    """AEDs and kits that work, with the day they expire: the edges look at the day of the alarm."""
    return [
        SnapshotAid(
            id=str(one.id), kind=one.kind, name=one.name, place_name=one.place_name, floor=str(one.floor or ""),
            x=one.x, y=one.y, expires_on=one.expires_on.isoformat() if one.expires_on else "",
        )
        for one in aids_of_site(site_id)
    ]  # fmt: skip
