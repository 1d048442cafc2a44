"""Plans as their readers see them, and whether a lockdown would work now."""

from watchbell.response.plans.queries.readiness import readiness_as_dict, readiness_seen_by
from watchbell.response.plans.queries.reading import (
    REACHABLE,
    endpoint_names,
    one_plan,
    plan_facts,
    plan_for,
    plans_of_site,
    plans_seen_by,
    preview_as_dict,
    reachable_equipment,
    reachable_everywhere,
    responders_of_site,
    snapshot_aids,
    step_facts,
    step_now,
    version_facts,
    versions_of,
    ways_of_site,
)

__all__ = [
    "REACHABLE",
    "endpoint_names",
    "one_plan",
    "plan_facts",
    "plan_for",
    "plans_of_site",
    "plans_seen_by",
    "preview_as_dict",
    "reachable_equipment",
    "reachable_everywhere",
    "readiness_as_dict",
    "readiness_seen_by",
    "responders_of_site",
    "snapshot_aids",
    "step_facts",
    "step_now",
    "version_facts",
    "versions_of",
    "ways_of_site",
]
