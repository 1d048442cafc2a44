"""Judges plans, and shapes what the edges carry out."""

from watchbell.response.plans.rules.entries import OWN_SHAPES
from watchbell.response.plans.rules.entries_devices import DEVICE_SHAPES
from watchbell.response.plans.rules.foreseeing import compare_plans, count_words, fit_to_site, foresee
from watchbell.response.plans.rules.judging import (
    choose_endpoints,
    endpoint_of,
    find_faults,
    read_aloud,
    snapshot_site,
    snapshot_step,
)

#: gateway → how its entries are made of the equipment.
SHAPES = {**OWN_SHAPES, **DEVICE_SHAPES}

__all__ = [
    "SHAPES",
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
