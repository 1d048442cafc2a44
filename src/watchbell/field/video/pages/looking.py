"""One camera and its live picture, what a picture asks for, and the nearest cameras on an incident's page."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from watchbell.district.equipment.facts import STATE_TONES, STATES
from watchbell.field.video import actions, queries
from watchbell.field.video.facts import RENEW_SECONDS
from watchbell.field.video.pages.listing import words_of
from watchbell.kernel.changes import record_look
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, page, part, show_problem, status_of
from watchbell.line.errors import NotFound, Refused, WatchbellError


@page(permission=queries.ASK, template="video/camera_page.html")
def camera_page(request: HttpRequest, camera_id: UUID) -> Any:
    """One camera: its live picture for who may look, how it is, where it hangs, who has looked."""
    actor = request.actor
    camera = queries.camera_at(actor, camera_id)
    verdict = queries.judge(actor, camera)
    may_list = may(actor, queries.VIEW, camera.site)
    if not may_list and not verdict.is_allowed:
        record_look(actor, actions.REFUSED, camera.name, verdict.because[:200])
        return show_problem(request, Refused(verdict.because))
    return {
        "camera": camera, "verdict": verdict, "tile": {"camera": camera, "far": ""}, "live_words": words_of(camera),
        "word": STATES[camera.state], "tone": STATE_TONES[camera.state], "may_list": may_list,
        "may_edit": may(actor, queries.EDIT, camera.site),
        "looks": queries.looks_seen_by(actor, camera=camera.id)[:10] if may_list else [],
    }  # fmt: skip


def _told(act: Any) -> HttpResponse:
    """JSON for the page's script: what was asked for, or why not."""
    try:
        return JsonResponse(act())
    except WatchbellError as error:
        return JsonResponse({"because": str(error)}, status=status_of(error))


def _ticket(request: HttpRequest, row: Any) -> dict[str, Any]:
    return {
        "ticket": queries.ticket_of(row, request.actor), "look": str(row.pk), "renew_seconds": RENEW_SECONDS,
        "watermark": request.actor.name,
    }  # fmt: skip


@change_page(permission=queries.ASK)
def look(request: HttpRequest, camera_id: UUID) -> HttpResponse:
    """Begins a look: a ticket for the picture."""
    return _told(lambda: _ticket(request, actions.begin_look(request.actor, camera_id)[0]))


@change_page(permission=queries.ASK)
def renew(request: HttpRequest, look_id: UUID) -> HttpResponse:
    """The same look goes on."""
    return _told(lambda: _ticket(request, actions.renew_look(request.actor, look_id)))


@change_page(permission=queries.ASK)
def end(request: HttpRequest, look_id: UUID) -> HttpResponse:
    """Somebody has looked away."""
    try:
        actions.end_look(request.actor, look_id)
    except NotFound as error:
        return JsonResponse({"because": str(error)}, status=404)
    return HttpResponse(status=204)


@change_page(permission=queries.EDIT)
def try_out(request: HttpRequest, camera_id: UUID) -> HttpResponse:
    """Has the recorder look for a picture; who asks learns whether there is one, and sees none."""
    return _told(lambda: {"ticket": actions.try_camera(request.actor, camera_id)})


@part(permission=queries.ASK, template="video/_near_part.html")
def near_part(request: HttpRequest, incident_id: UUID) -> Any:
    """The cameras nearest to where it happens that the viewer may look into; their pictures start by themselves."""
    gate = queries.gate_of(request.actor, incident_id)
    if gate is None:
        return {"is_waiting": True}
    found = queries.nearest_seen_by(request.actor, incident_id)
    at_any_time = may(request.actor, queries.LOOK, gate.site)
    return {
        "gate": gate, "is_open": gate.is_open or at_any_time,
        "tiles": [{"camera": camera, "far": way.words} for camera, way in found], "at_any_time": at_any_time,
        "may_list": may(request.actor, queries.VIEW, gate.site),
    }  # fmt: skip
