"""The JSON operations of dispatch."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.kernel.api import api_router, operation, paged
from watchbell.kernel.changes import record_look
from watchbell.response.dispatch import actions, queries
from watchbell.response.incidents.queries import incident_seen_by

router = api_router("dispatch")


class UnitState(Schema):
    unit: str
    state: str


class Message(Schema):
    text: str


class ForWhom(Schema):
    for_whom: str


def _link_as_dict(link: Any) -> dict[str, Any]:
    return {
        "id": str(link.id), "for_whom": link.for_whom, "made_by": link.made_by, "made_at": link.made_at.isoformat(),
        "expires_at": link.expires_at.isoformat(), "opened_by": link.opened_by, "opened_from": link.opened_from,
        "opened_at": link.opened_at.isoformat() if link.opened_at else None,
        "revoked_at": link.revoked_at.isoformat() if link.revoked_at else None,
    }  # fmt: skip


@operation(router.get, "/incidents/{incident_id}/dispatch", permission="dispatch.view")
def read_dispatch(request: HttpRequest, incident_id: UUID) -> Any:
    """Who was told, who has acknowledged and after how long, what follows, units, rooms, messages, updates."""
    incident = incident_seen_by(request.actor, incident_id)
    record_look(request.actor, "dispatch.look", incident, "API")
    return queries.as_dict(incident)


@operation(router.post, "/incidents/{incident_id}/dispatch/acknowledge", permission="dispatch.answer")
def acknowledge(request: HttpRequest, incident_id: UUID) -> Any:
    """A person of a centre has it; what would follow does not."""
    actions.acknowledge(request.actor, incident_id)
    return {"acknowledged": True}


@operation(router.post, "/incidents/{incident_id}/dispatch/units", permission="dispatch.answer")
def report_unit(request: HttpRequest, incident_id: UUID, body: UnitState) -> Any:
    """A unit's state: assigned, en_route, on_scene, cleared."""
    actions.report_unit(request.actor, incident_id, body.unit, body.state)
    return {"kept": True}


@operation(router.post, "/incidents/{incident_id}/dispatch/messages", permission="dispatch.message")
def send_message(request: HttpRequest, incident_id: UUID, body: Message) -> Any:
    """A message to the other side: from those who answer to the school, from the school to 911 and police."""
    side = "dispatch" if "dispatch.answer" in request.actor.permissions else "school"
    return {"id": str(actions.send_message(request.actor, incident_id, side, body.text))}


@operation(router.get, "/incidents/{incident_id}/dispatch/links", permission="dispatch.links")
def list_links(request: HttpRequest, incident_id: UUID) -> Any:
    """Links opened, withdrawn or made by hand: by whom and from where."""
    return paged(request, queries.links_of(incident_seen_by(request.actor, incident_id)), _link_as_dict)


@operation(router.post, "/incidents/{incident_id}/dispatch/links", permission="dispatch.links")
def make_link(request: HttpRequest, incident_id: UUID, body: ForWhom) -> Any:
    """Makes a link and a code that open once; both are shown now and never again."""
    made = actions.make_link(request.actor, incident_id, body.for_whom)
    return {"id": str(made.id), "url": made.url, "code": made.code}


@operation(router.post, "/dispatch-links/{link_id}/withdraw", permission="dispatch.links")
def revoke_link(request: HttpRequest, link_id: UUID) -> Any:
    """Withdraws a link; what it has opened closes."""
    actions.revoke_link(request.actor, link_id)
    return {"withdrawn": True}
