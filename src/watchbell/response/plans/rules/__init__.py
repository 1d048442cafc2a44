"""Judges plans, and shapes what the edges carry out."""

from watchbell.response.plans.rules.entries import SHAPES as OTHER_SHAPES
from watchbell.response.plans.rules.entries_voice import SHAPES as VOICE_SHAPES
from watchbell.response.plans.rules.entries_voice import TOLD_OF
from watchbell.response.plans.rules.foreseeing import compare_plans, count_words, fit_to_site, foresee
from watchbell.response.plans.rules.judging import (
    choose_endpoints,
    endpoint_of,
    find_faults,
    read_aloud,
    snapshot_site,
    snapshot_step,
)

SHAPES = {**OTHER_SHAPES, **VOICE_SHAPES}

__all__ = [
    "SHAPES",
    "TOLD_OF",
    "choose_endpoints",
    "compare_plans",
    "count_words",
    "endpoint_of",
    "find_faults",
    "fit_to_site",
    "foresee",
    "read_aloud",
    "snapshot_site",
    "snapshot_step",
]
