"""The JSON operations on cameras and looks."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from watchbell.field.video import actions, queries
from watchbell.field.video.facts import RENEW_SECONDS, TICKET_SECONDS
from watchbell.field.video.rules import is_private
from watchbell.kernel.api import api_router, operation, paged
from watchbell.kernel.permissions import Actor

router = api_router("cameras")


def camera_dict(row: Any) -> dict[str, Any]:
    """A camera without its address and its password."""
    camera = queries.facts_of(row)
    return {
        "id": str(camera.id), "name": camera.name, "site": str(camera.site) if camera.site else None,
        "place": str(camera.place) if camera.place else None, "place_name": camera.place_name,
        "floor": camera.floor or None, "x": camera.x, "y": camera.y, "view": camera.view, "state": camera.state,
        "state_because": camera.state_because, "heard_at": camera.heard_at.isoformat() if camera.heard_at else None,
        "has_address": camera.has_address, "is_live": camera.is_live, "is_private": is_private(camera),
    }  # fmt: skip


def look_dict(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk), "camera": str(row.camera_id), "camera_name": row.camera_name, "by": str(row.by),
        "by_name": row.by_name, "role": row.role, "incident": str(row.gate.incident) if row.gate else None,
        "because": row.because, "began_at": row.began_at.isoformat(), "until": row.until.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }  # fmt: skip


def ticket_dict(look: Any, actor: Actor) -> dict[str, Any]:
    """What a browser needs to watch: where, with what, until when, and what stands over the picture."""
    return {
        "look": str(look.pk), "camera": str(look.camera_id), "ticket": queries.ticket_of(look, actor),
        "url": f"/live/video/{look.camera_id}", "seconds": TICKET_SECONDS, "renew_seconds": RENEW_SECONDS,
        "watermark": actor.name, "incident": str(look.gate.incident) if look.gate else None,
    }  # fmt: skip


@operation(router.get, "/cameras", permission=queries.VIEW)
def list_cameras(request: HttpRequest, q: str = "", site: str = "", state: str = "") -> Any:
    """Cameras, failures first; state "failing" means trouble or silent, "unset" without a stream's address."""
    return paged(request, queries.cameras_seen_by(request.actor, q=q, site=site, state=state), camera_dict)


@operation(router.get, "/cameras/{camera_id}", permission=queries.VIEW)
def read_camera(request: HttpRequest, camera_id: UUID) -> Any:
    """One camera."""
    return camera_dict(queries.camera_row(request.actor, camera_id))


@operation(router.post, "/cameras/{camera_id}/look", permission=queries.ASK)
def look(request: HttpRequest, camera_id: UUID) -> Any:
    """Begins a look: {"ticket", "url", …} for the WebSocket url?ticket=…, whose binary messages are fragmented MP4.

    Refused (403) says why; both are written down. Renew after `renew_seconds` and send {"ticket": …} there as text; and
    {"got": n} as n binary messages are taken, for nothing more comes to who has 45 to take.
    """
    return ticket_dict(actions.begin_look(request.actor, camera_id)[0], request.actor)


@operation(router.post, "/camera-looks/{look_id}/renew", permission=queries.ASK)
def renew(request: HttpRequest, look_id: UUID) -> Any:
    """The same look goes on, if it still may."""
    return ticket_dict(actions.renew_look(request.actor, look_id), request.actor)


@operation(router.post, "/camera-looks/{look_id}/end", permission=queries.ASK)
def end(request: HttpRequest, look_id: UUID) -> Any:
    """Ends a look."""
    actions.end_look(request.actor, look_id)
    return {"state": "ended"}


@operation(router.get, "/camera-looks", permission=queries.VIEW)
def list_looks(request: HttpRequest, camera: UUID | None = None, q: str = "") -> Any:
    """Who has looked into which camera, newest first."""
    return paged(request, queries.looks_seen_by(request.actor, camera=camera, q=q), look_dict)


@operation(router.get, "/incidents/{incident_id}/cameras", permission=queries.ASK)
def nearest(request: HttpRequest, incident_id: UUID) -> Any:
    """The cameras nearest to an incident that whoever asks may look into, the nearest first, with metres."""
    return {
        "items": [
            {"id": str(camera.id), "name": camera.name, "place_name": camera.place_name, "state": camera.state,
             "metres": None if way.metres is None else round(way.metres, 1)}
            for camera, way in queries.nearest_seen_by(request.actor, incident_id)
        ]
    }  # fmt: skip
