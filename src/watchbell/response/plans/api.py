"""The JSON operations on plans."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from ninja import Schema

from watchbell.district.sites.facts import read_id
from watchbell.kernel.api import api_router, operation, paged
from watchbell.kernel.running import read_running
from watchbell.line import clock
from watchbell.response.plans import actions, queries

router = api_router("plans")


class Escalates(Schema):
    after_seconds: float
    action: str
    waits_for: list[str] = ["dispatch_acknowledged"]
    endpoints: list[str] = []
    params: dict[str, Any] = {}


class Step(Schema):
    name: str
    action: str
    timing: str = "immediate"
    select: str = "all"
    endpoints: list[str] = []
    deadline_seconds: float = 5.0
    expires_seconds: float = 60.0
    delay_seconds: float = 0.0
    params: dict[str, Any] = {}
    fallback_action: str = ""
    fallback_endpoints: list[str] = []
    escalations: list[Escalates] = []


class Written(Schema):
    site: UUID
    kind: str
    steps: list[Step]
    name: str = ""
    directive: str = ""
    clear_roles: list[str] = []
    has_check_in: bool = True
    cancel_seconds: float = 0.0
    version: int | None = None
    clear_people: int = 1
    clear_with_police: bool = False


class Sites(Schema):
    sites: list[UUID]


@operation(router.get, "/plans", permission="plans.view")
def list_plans(request: HttpRequest, site: str = "", kind: str = "") -> Any:
    """Plans with their steps, by site and kind."""
    found = queries.plans_seen_by(request.actor)
    chosen = [p for p in found if (not site or str(p.site_id) == site) and (not kind or p.kind == kind)]
    return paged(request, chosen, lambda plan: msgspec.to_builtins(queries.plan_facts(plan)))


@operation(router.get, "/plans/{plan_id}", permission="plans.view")
def read_plan(request: HttpRequest, plan_id: UUID) -> Any:
    """One plan."""
    return msgspec.to_builtins(queries.plan_facts(queries.one_plan(request.actor, plan_id)))


@operation(router.get, "/plans/{plan_id}/preview", permission="plans.view")
def preview_plan(request: HttpRequest, plan_id: UUID) -> Any:
    """What a press would do now, in numbers; unreachable endpoints first."""
    return queries.preview_as_dict(queries.one_plan(request.actor, plan_id))


@operation(router.get, "/plans/{plan_id}/versions", permission="plans.view")
def list_versions(request: HttpRequest, plan_id: UUID) -> Any:
    """Every version, newest first, with who wrote it."""
    rows = queries.versions_of(queries.one_plan(request.actor, plan_id))
    return paged(
        request, rows, lambda v: {"version": v.version, "at": v.at.isoformat(), "by": v.by_name, "plan": v.body}
    )


@operation(router.post, "/plans", permission="plans.edit")
def write_plan(request: HttpRequest, body: Written) -> Any:
    """Writes a new version of a site's plan of one kind, with all its steps; `version` is the one you saw."""
    steps = [step.dict() for step in body.steps]
    found = actions.write_plan(
        request.actor, body.site, body.kind, steps, name=body.name, directive=body.directive,
        clear_roles=body.clear_roles, has_check_in=body.has_check_in, version=body.version,
        cancel_seconds=body.cancel_seconds,
        clear_people=body.clear_people, clear_with_police=body.clear_with_police,
    )  # fmt: skip
    return msgspec.to_builtins(queries.plan_facts(queries.one_plan(request.actor, found)))


@operation(router.post, "/plans/{plan_id}/copies", permission="plans.edit")
def copy_plan(request: HttpRequest, plan_id: UUID, body: Sites) -> Any:
    """Writes this plan at other sites; says how many named endpoints could not go along."""
    lost = actions.copy_plan(request.actor, plan_id, body.sites)
    return {"copied": [{"site": str(site), "endpoints_left_behind": count} for site, count in lost.items()]}


@operation(router.get, "/readiness", permission="equipment.view")
def list_readiness(request: HttpRequest, site: str = "") -> Any:
    """Would a lockdown work right now: each site and building with its verdict (yes, but, no) and the reasons."""
    wanted = read_id(site) if site else None
    found = [] if site and wanted is None else queries.readiness_seen_by(request.actor, read_running(), wanted)
    return paged(request, found, lambda one: queries.readiness_as_dict(one, clock.now()))
