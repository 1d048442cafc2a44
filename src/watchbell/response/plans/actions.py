"""Plans are written: a change gives a new version; an incident under way keeps the one it started with."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from watchbell.district.accounts.facts import CLEARING_ROLES, ROLE_NAMES
from watchbell.district.sites.queries import site_facts
from watchbell.kernel import journal
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.models import Reaction
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.response.plans import rules
from watchbell.response.plans.events import PlanWritten
from watchbell.response.plans.facts import (
    ACTIONS,
    CANCELLABLE,
    KINDS,
    MOST_CANCEL_SECONDS,
    SELECTORS,
    TIMINGS,
    WAITS_FOR,
)
from watchbell.response.plans.models import Plan, PlanStep, PlanVersion
from watchbell.response.plans.queries import plan_facts, reachable_equipment

STEP_FIELDS = ("name", "timing", "action", "select", "endpoints", "deadline_seconds", "expires_seconds",
               "delay_seconds", "params", "fallback_action", "fallback_endpoints", "escalations")  # fmt: skip

MOST_SECONDS = 3600.0


def write_plan(
    actor: Actor, site_id: UUID, kind: str, steps: list[dict[str, Any]], *, name: str = "", directive: str = "",
    clear_roles: list[str] | None = None, has_check_in: bool = True, version: int | None = None,
    cancel_seconds: float = 0.0, clear_people: int = 1, clear_with_police: bool = False,
) -> UUID:  # fmt: skip
    """Writes the plan of one kind at one site, with all its steps. `version`: the one the writer saw.

    Raises Conflict when somebody else has changed it meanwhile, Refused for words nobody knows, NotFound for the site.
    """
    require(actor, "plans.edit", site_id)
    _check_plan(kind, steps, cancel_seconds, clear_people, clear_roles or ())
    with recorded_change(actor, "plans.write_plan") as change:
        site_facts(site_id)  # a foreign key alone would take a site of another district
        plan = Plan.objects.select_for_update().filter(site_id=site_id, kind=kind).first()
        if plan is not None and version is not None and plan.version != version:
            raise Conflict("Somebody else has changed this plan meanwhile. Your changes were not saved; look again.")
        plan = plan or Plan(site_id=site_id, kind=kind, version=0)
        plan.version += 1
        plan.name, plan.directive = name or KINDS[kind][0], directive or KINDS[kind][1]
        plan.clear_roles, plan.has_check_in, plan.changed_at = clear_roles or [], has_check_in, clock.now()
        plan.cancel_seconds = cancel_seconds
        plan.clear_people, plan.clear_with_police = clear_people, clear_with_police
        plan.save()
        plan.steps.all().delete()
        PlanStep.objects.bulk_create(
            PlanStep(plan=plan, number=number, **{field: step[field] for field in STEP_FIELDS if field in step})
            for number, step in enumerate(steps, 1)
        )
        _keep_version(actor, plan)
        change.about(plan)
        change.note(kind=kind, version=plan.version, steps=len(steps))
        change.announce(PlanWritten(str(plan.id), str(site_id), kind, plan.version))
        change.touch(f"plan:{plan.id}")
    return plan.id


def _keep_version(actor: Actor, plan: Plan) -> None:
    body = msgspec.to_builtins(plan_facts(Plan.objects.prefetch_related("steps").get(id=plan.id)))
    PlanVersion.objects.create(plan=plan, version=plan.version, body=body, by_name=actor.name, at=plan.changed_at)


def copy_plan(actor: Actor, plan_id: UUID, site_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Writes this plan at other sites, each in a change of its own; {site: named endpoints that could not go along}.

    A step that names endpoints of this site keeps only what the other site can reach.
    """
    plan = Plan.objects.filter(id=plan_id).prefetch_related("steps").first()
    if plan is None:
        raise NotFound("There is no such plan, or you may not see it.")
    if not site_ids:
        raise Refused("Tick the sites that are to get this plan.")
    for site_id in site_ids:
        require(actor, "plans.edit", site_id)
    facts = plan_facts(plan)
    lost = {}
    for site_id in site_ids:
        if site_id == plan.site_id:
            continue
        steps, lost[site_id] = rules.fit_to_site(facts.steps, reachable_equipment(site_id))
        write_plan(
            actor, site_id, plan.kind, steps, name=plan.name, directive=plan.directive,
            clear_roles=plan.clear_roles, has_check_in=plan.has_check_in, cancel_seconds=plan.cancel_seconds,
            clear_people=plan.clear_people, clear_with_police=plan.clear_with_police,
        )  # fmt: skip
    return lost


def _check_plan(
    kind: str, steps: list[dict[str, Any]], cancel_seconds: float, clear_people: int, clear_roles: Sequence[str]
) -> None:
    if kind not in KINDS:
        raise Refused(f"There is no kind of alarm “{kind}”.")
    _check_cancel(kind, cancel_seconds)
    if clear_people not in (1, 2):
        raise Refused("The all-clear is given by one person or by two.")
    if never := set(clear_roles) - CLEARING_ROLES.keys():
        raise Refused(f"{', '.join(sorted(ROLE_NAMES.get(role, role) for role in never))}: never gives an all-clear.")
    for step in steps:
        _check(step)


def _check_cancel(kind: str, seconds: float) -> None:
    if seconds and kind not in CANCELLABLE:
        raise Refused(f"{KINDS[kind][0]} cannot be taken back by PIN: it ends with the all-clear.")
    if not 0 <= seconds <= MOST_CANCEL_SECONDS:
        raise Refused(f"It can be taken back for at most {MOST_CANCEL_SECONDS:g} seconds.")


def _check(step: dict[str, Any]) -> None:
    wrong = [
        word for word, known in ((step.get("action"), ACTIONS), (step.get("timing", "immediate"), TIMINGS),
                                 (step.get("select", "all"), SELECTORS)) if word not in known
    ]  # fmt: skip
    if wrong:
        raise Refused(f"A step says “{wrong[0]}”, which is not something it can say.")
    if not str(step.get("name", "")).strip():
        raise Refused("Every step needs a name.")
    follows = [step.get("fallback_action"), *(one.get("action") for one in step.get("escalations", ()))]
    if (step["action"] == "send_cap" and step.get("timing") != "approval") or "send_cap" in follows:
        raise Refused("The public is warned only after a person has approved it: such a step waits for approval.")
    deadline = float(step.get("deadline_seconds", 5))
    if not 0 < deadline <= MOST_SECONDS:
        raise Refused(f"The deadline of “{step['name']}” must be above zero and at most an hour.")
    if not deadline <= float(step.get("expires_seconds", max(60.0, deadline))) <= MOST_SECONDS:
        raise Refused(f"“{step['name']}” must not be given up before its deadline, nor later than after an hour.")
    if step.get("select") == "named" and not step.get("endpoints"):
        raise Refused(f"“{step['name']}” acts on named endpoints: name at least one.")
    if bool(step.get("fallback_action")) != bool(step.get("fallback_endpoints")):
        raise Refused(f"The fallback of “{step['name']}” needs both: what is done, and by which endpoints.")
    for escalation in step.get("escalations", ()):
        _check_escalation(step["name"], escalation)


def _check_escalation(step: str, escalation: dict[str, Any]) -> None:
    waits_for = escalation.get("waits_for", ())
    if escalation.get("action") not in ACTIONS or not set(waits_for) <= set(WAITS_FOR):
        raise Refused(f"An escalation of “{step}” says something it cannot say.")
    if not waits_for:
        raise Refused(f"An escalation of “{step}” must say which answer it waits for.")
    if not 0 < float(escalation.get("after_seconds", 0)) <= MOST_SECONDS:
        raise Refused(f"An escalation of “{step}” must follow after more than zero seconds and at most an hour.")


def delete_step(actor: Actor, plan_id: UUID, step_id: UUID) -> None:
    """Takes a step out of a plan: a new version without it."""
    plan = Plan.objects.filter(id=plan_id).prefetch_related("steps").first()
    if plan is None:
        raise NotFound("There is no such plan, or you may not see it.")
    steps = [{field: getattr(step, field) for field in STEP_FIELDS} for step in plan.steps.all() if step.id != step_id]
    write_plan(
        actor, plan.site_id, plan.kind, steps, name=plan.name, directive=plan.directive, clear_roles=plan.clear_roles,
        has_check_in=plan.has_check_in, version=plan.version, cancel_seconds=plan.cancel_seconds,
        clear_people=plan.clear_people, clear_with_police=plan.clear_with_police,
    )  # fmt: skip


def ask_for_snapshots(actor: Actor, because: str) -> None:
    """Has the district's snapshots and the gateways' entries published anew, by a job; no row of a plan changes."""
    with recorded_batch(f"snapshots after {because}", actor):
        if not Reaction.objects.filter(name="plans.publish_snapshots", state="waiting", attempts=0).exists():
            journal.ask_later("plans.publish_snapshots", {})


def ask_for_sessions(actor: Actor) -> None:
    """Has the gateways of buttons and badges told of all test sessions, by a job."""
    with recorded_batch("test sessions", actor):
        journal.ask_later("plans.publish_sessions", {})
