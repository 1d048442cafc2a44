"""What the wall display shows: states and numbers, no person's name."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects

from watchbell.district.equipment.facts import KINDS
from watchbell.district.equipment.queries import failing_at
from watchbell.response.incidents.facts import RoomRow
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.queries.reading import board_of, roll_summary, rolls_of


def incidents_on_wall(sites: Sequence[UUID]) -> list[Incident]:
    """What is not closed at these sites, real before drill before test, newest first."""
    rank = {"real": 0, "drill": 1, "test": 2}
    found = (
        Incident.objects.filter(site_id__in=sites).exclude(state="closed").exclude(kind="duress").select_related("site")
    )
    return sorted(found.order_by("-opened_at"), key=lambda incident: rank.get(incident.mode, 3))


def wall_rolls(incidents: Sequence[Incident]) -> dict[UUID, dict[str, Any]]:
    """{incident: its numbers: rooms that reported, need help, are silent; endpoints that failed}. Three queries."""
    prefetch_related_objects(incidents, "board")
    rolls = rolls_of(incidents) if incidents else {}
    return {incident.pk: _wall_roll(incident, rolls[incident.pk]) for incident in incidents}


def _wall_roll(incident: Incident, roll: list[RoomRow]) -> dict[str, Any]:
    summary = roll_summary(roll)
    rooms = summary["rooms"]
    return {
        "reported": summary["total_rooms"] - len(summary["silent"]), "total": summary["total_rooms"],
        "help": rooms["help"] + rooms["injured"] + rooms["missing"], "silent": len(summary["silent"]),
        "failed": sum(1 for row in board_of(incident) if row.state in ("failed", "expired", "late")),
    }  # fmt: skip


def equipment_on_wall(sites: Sequence[UUID]) -> list[dict[str, Any]]:
    """[{"name", "failing", "total"}] by kind of equipment at these sites."""
    return [{"name": KINDS.get(kind, kind), "failing": bad, "total": total} for kind, bad, total in failing_at(sites)]
