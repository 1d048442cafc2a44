"""What command decides also stands in the incident's timeline."""

from uuid import UUID

from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor
from watchbell.response.incidents.actions import add_note


def note(incident: str, by: str, text: str) -> None:
    """One line in the timeline."""
    district = acting_district()
    assert district is not None
    add_note(system_actor(district, by), UUID(incident), text)
