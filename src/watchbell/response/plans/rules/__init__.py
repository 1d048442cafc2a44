"""Judges plans, and shapes what the edges carry out."""

from watchbell.response.plans.rules.entries import OWN_SHAPES
from watchbell.response.plans.rules.entries_devices import DEVICE_SHAPES
from watchbell.response.plans.rules.entries_video import SHAPES as VIDEO_SHAPES
from watchbell.response.plans.rules.entries_video import TOLD_OF as SEEN_OF
from watchbell.response.plans.rules.entries_video import plan_entry
from watchbell.response.plans.rules.entries_voice import SHAPES as VOICE_SHAPES
from watchbell.response.plans.rules.entries_voice import TOLD_OF as HEARD_OF
from watchbell.response.plans.rules.foreseeing import compare_plans, count_words, fit_to_site, foresee, same_step
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

#: gateway → how its entries are made of the equipment.
SHAPES = {**OWN_SHAPES, **DEVICE_SHAPES, **VOICE_SHAPES, **VIDEO_SHAPES}
#: gateway → the kinds it is told of, where these are not those that speak through it.
TOLD_OF = {**HEARD_OF, **SEEN_OF}

__all__ = [
    "SHAPES",
    "TOLD_OF",
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
    "plan_entry",
    "read_aloud",
    "same_step",
    "snapshot_site",
    "snapshot_step",
]
