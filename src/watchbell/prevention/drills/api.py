"""The JSON operations on drills."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema

from watchbell.kernel.api import api_router, operation, paged
from watchbell.prevention.drills import actions, queries

router = api_router("drills")


class NewDrill(Schema):
    site: UUID
    kind: str
    on: date
    minutes: float | None = None
    participants: int | None = None
    note: str = ""


@operation(router.get, "/drills", permission="drills.view")
def list_drills(request: HttpRequest, kind: str = "", site: str = "") -> Any:
    """The record of drills, newest first."""
    return paged(request, queries.drills_seen_by(request.actor, kind=kind, site=site), queries.drill_as_dict)


@operation(router.get, "/drills/duties", permission="drills.view")
def list_duties(request: HttpRequest, site: str = "") -> Any:
    """What each school owes by the profile in use this school year: overdue, due, later, exempt, done."""
    _, _, _, duties = queries.duties_seen_by(request.actor, timezone.localdate(), site=site)
    return paged(request, duties, queries.duty_as_dict)


@operation(router.post, "/drills", permission="drills.record")
def add_drill(request: HttpRequest, body: NewDrill) -> Any:
    """A drill that was done without Watchbell."""
    made = actions.add_drill(
        request.actor, body.site, body.kind, body.on, minutes=body.minutes, participants=body.participants,
        note=body.note,
    )  # fmt: skip
    return {"id": str(made)}
