"""The JSON operations of incident command."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.kernel.api import api_router, operation
from watchbell.response.command import actions, queries

router = api_router("command")


class Seat(Schema):
    position: str
    name: str = ""
    agency: str = ""
    contact: str = ""


class Rooms(Schema):
    places: list[UUID]
    goes_to: str = ""


@operation(router.get, "/incidents/{incident_id}/command", permission=queries.SEE)
def read_command(request: HttpRequest, incident_id: UUID) -> Any:
    """Positions, the command post, hand-overs, objectives, rooms released."""
    return queries.command_as_dict(queries.command_seen_by(request.actor, incident_id))


@operation(router.post, "/incidents/{incident_id}/command/take", permission=actions.LEAD)
def take_command(request: HttpRequest, incident_id: UUID) -> Any:
    """Takes command where nobody has it."""
    actions.take_command(request.actor, incident_id)
    return {"taken": True}


@operation(router.post, "/incidents/{incident_id}/command/positions", permission=actions.LEAD)
def assign_position(request: HttpRequest, incident_id: UUID, body: Seat) -> Any:
    """Gives a position other than command."""
    actions.assign(request.actor, incident_id, body.position, body.name, body.contact, body.agency)
    return {"assigned": True}


@operation(router.post, "/incidents/{incident_id}/command/releases", permission="command.release")
def release_rooms(request: HttpRequest, incident_id: UUID, body: Rooms) -> Any:
    """Releases rooms; whoever is in command decides."""
    return {"released": actions.release_rooms(request.actor, incident_id, body.places, body.goes_to)}
