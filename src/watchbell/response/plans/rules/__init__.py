"""Judges plans, and shapes what the edges carry out."""

from watchbell.response.plans.rules.entries import SHAPES
from watchbell.response.plans.rules.foreseeing import compare_plans, count_words, fit_to_site, foresee
from watchbell.response.plans.rules.judging import (
    choose_endpoints,
    endpoint_of,
    escalation_aloud,
    escalations_aloud,
    find_faults,
    read_aloud,
    snapshot_site,
    snapshot_step,
)
from watchbell.response.plans.rules.readiness import judge_site

__all__ = [
    "SHAPES",
    "choose_endpoints",
    "compare_plans",
    "count_words",
    "endpoint_of",
    "escalation_aloud",
    "escalations_aloud",
    "find_faults",
    "fit_to_site",
    "foresee",
    "judge_site",
    "read_aloud",
    "snapshot_site",
    "snapshot_step",
]
