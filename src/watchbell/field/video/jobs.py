"""What incidents ask of cameras: to open for those they involve, and to close again."""

from datetime import datetime
from uuid import UUID

from watchbell.field.video import actions
from watchbell.field.video.facts import GateAsked
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor


def open_gate(
    incident: str, site: str, kind: str, mode: str, name: str, place: str | None, place_name: str, agencies: list[str],
    opened_at: str, pressed_by: str | None = None,
) -> None:  # fmt: skip
    """An incident has opened, or its place is known better."""
    district = acting_district()
    if district is not None:
        asked = GateAsked(
            incident=UUID(incident), site=UUID(site), kind=kind, mode=mode, name=name,
            place=UUID(place) if place else None, place_name=place_name, agencies=tuple(agencies),
            opened_at=datetime.fromisoformat(opened_at), pressed_by=UUID(pressed_by) if pressed_by else None,
        )  # fmt: skip
        actions.open_gate(system_actor(district, "Incidents"), asked)


def close_gate(incident: str) -> None:
    """An incident has closed."""
    district = acting_district()
    if district is not None:
        actions.close_gate(system_actor(district, "Incidents"), UUID(incident))
