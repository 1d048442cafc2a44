"""The JSON operations on plans."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest

from watchbell.kernel.api import api_router, operation, paged
from watchbell.response.plans import queries

router = api_router("plans")


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
