"""What the wall display shows: states and numbers, no person's name."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from watchbell.district.equipment.facts import KINDS
from watchbell.district.equipment.queries import failing_at
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.queries.reading import board_of, roll_of, roll_summary


def incidents_on_wall(sites: Sequence[UUID]) -> list[Incident]:
    """What is not closed at these sites, real before drill before test, newest first."""
    rank = {"real": 0, "drill": 1, "test": 2}
    found = (
        Incident.objects.filter(site_id__in=sites).exclude(state="closed").exclude(kind="duress").select_related("site")
    )
    return sorted(found.order_by("-opened_at"), key=lambda incident: rank.get(incident.mode, 3))


def wall_roll(incident: Incident) -> dict[str, Any]:
    """Numbers of one incident: rooms that reported, that need help, that are silent; endpoints that failed."""
    summary = roll_summary(roll_of(incident))
    rooms = summary["rooms"]
    return {
        "reported": summary["total_rooms"] - len(summary["silent"]), "total": summary["total_rooms"],
        "help": rooms["help"] + rooms["injured"] + rooms["missing"], "silent": len(summary["silent"]),
        "failed": sum(1 for row in board_of(incident) if row.state in ("failed", "expired", "late")),
    }  # fmt: skip


def equipment_on_wall(sites: Sequence[UUID]) -> list[dict[str, Any]]:
    """[{"name", "failing", "total"}] by kind of equipment at these sites."""
    return [{"name": KINDS.get(kind, kind), "failing": bad, "total": total} for kind, bad, total in failing_at(sites)]
