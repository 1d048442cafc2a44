"""Test sessions end by themselves."""

from watchbell.field.panic import actions
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor


def end_sessions() -> int:
    """One pass over the acting district; returns how many sessions were over."""
    district = acting_district()
    return 0 if district is None else actions.end_finished_sessions(system_actor(district))
