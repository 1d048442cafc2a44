"""Judges plans, and shapes what the edges carry out."""

from watchbell.response.plans.rules.entries import SHAPES
from watchbell.response.plans.rules.judging import (
    choose_endpoints,
    endpoint_of,
    find_faults,
    read_aloud,
    snapshot_site,
    snapshot_step,
)

__all__ = [
    "SHAPES",
    "choose_endpoints",
    "endpoint_of",
    "find_faults",
    "read_aloud",
    "snapshot_site",
    "snapshot_step",
]
