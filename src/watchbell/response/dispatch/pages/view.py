"""The dispatcher's page: large, light, live; for accounts of agencies and for who holds a link."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.sites.queries import floor_of_site, plan_image
from watchbell.kernel.changes import record_look
from watchbell.kernel.web import change_page, page, part, picture_of
from watchbell.line import signing
from watchbell.line.errors import NotFound, WatchbellError
from watchbell.response.dispatch import actions, queries
from watchbell.response.dispatch.facts import UNIT_STATES
from watchbell.response.dispatch.pages.visiting import open_to_links
from watchbell.response.incidents.queries import floors_of, incident_seen_by, presses_of, roll_of

SEE = "dispatch.view"
TICKET_SECONDS = 300.0


@page(permission=SEE, template="dispatch/incidents_page.html")
def incidents_page(request: HttpRequest) -> Any:
    """What is on now, for people of an agency who sign in."""
    return {"incidents": queries.open_for(request.actor)}


def _context(request: HttpRequest, incident_id: UUID) -> dict[str, Any]:
    incident = incident_seen_by(request.actor, incident_id)
    may_answer = "dispatch.answer" in request.actor.permissions and incident.state != "closed"
    return queries.whole_view(incident) | {
        "may_answer": may_answer, "states": [(key, words) for key, (words, _) in UNIT_STATES.items()],
        "may_write": "dispatch.message" in request.actor.permissions and incident.state != "closed",
        "is_visitor": request.actor.user_id is None,
    }  # fmt: skip


@open_to_links
@page(permission=SEE, template="dispatch/dispatch_page.html")
def dispatch_page(request: HttpRequest, incident_id: UUID) -> Any:
    """Everything those who come need of one incident; each look is written down."""
    context = _context(request, incident_id)
    floors, current = _floors(context["incident"], context["roll"], context["presses"])
    record_look(request.actor, "dispatch.look", context["incident"], "the dispatcher's page")
    wanted = request.GET.get("floor", "")
    current = wanted if any(floor["id"] == wanted for floor in floors) else current
    shown = next((floor for floor in floors if floor["id"] == current), None)
    names = [(floor["id"], floor["name"]) for floor in floors]
    return context | {"floors": [shown] if shown else [], "current": current, "names": names, "unit": ""}


def _floors(incident: Any, roll: Any, presses: Any) -> tuple[list[dict[str, Any]], str]:
    """The building as the school sees it, without its links into the school's own pages."""
    floors, current = floors_of(incident, roll, presses)
    bare = [
        {**floor, "rooms": [{**room, "url": ""} for room in floor["rooms"]],
         "picture": reverse("dispatch:picture_page", args=[incident.pk, floor["id"]])}
        for floor in floors
    ]  # fmt: skip
    return bare, current or (floors[0]["id"] if floors else "")


@open_to_links
@part(permission=SEE, template="dispatch/_now_part.html")
def now_part(request: HttpRequest, incident_id: UUID) -> Any:
    """What changes: asked again whenever the incident is touched."""
    return _context(request, incident_id)


@open_to_links
@part(permission=SEE, template="dispatch/_floor_part.html")
def floor_part(request: HttpRequest, incident_id: UUID, floor_id: UUID) -> Any:
    """One floor of the building with doors, symbols and the roll call."""
    incident = incident_seen_by(request.actor, incident_id)
    floors, _ = _floors(incident, roll_of(incident), presses_of(incident))
    shown = next((floor for floor in floors if floor["id"] == str(floor_id)), None)
    if shown is None:
        raise NotFound("This floor is not at the site of the incident.")
    return {"floors": [shown], "current": shown["id"]}


@open_to_links
@part(permission=SEE, template="")
def picture_page(request: HttpRequest, incident_id: UUID, floor_id: UUID) -> HttpResponse:
    """The picture that lies under a floor's plan."""
    return picture_of(plan_image(floor_of_site(incident_seen_by(request.actor, incident_id).site_id, floor_id).pk))


@open_to_links
@part(permission=SEE, template="")
def ticket_part(request: HttpRequest, incident_id: UUID) -> Any:
    """A ticket for the live stream: touches of this incident and its site's doors; no alert of any site comes along."""
    incident = incident_seen_by(request.actor, incident_id)
    actor = request.actor
    claims = {
        "kind": "live", "user": str(actor.user_id or "link"), "name": actor.name, "role": "dispatcher", "sites": [],
        "district": str(actor.district), "topics": [f"incident:{incident.id}", f"site:{incident.site_id}"],
    }  # fmt: skip
    record_look(actor, "dispatch.look", incident, "follows live")
    return JsonResponse({"ticket": signing.make_ticket(claims, TICKET_SECONDS), "topics": claims["topics"]})


def _do(request: HttpRequest, incident_id: UUID, act: Any, told: str) -> HttpResponse:
    """Acts and goes back to the page; a script of ours is told in a line instead."""
    problem = ""
    try:
        act()
    except NotFound:
        raise
    except WatchbellError as error:
        problem = str(error)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"told": problem or told, "is_done": not problem}, status=409 if problem else 200)
    (messages.warning if problem else messages.success)(request, problem or told)
    return redirect("dispatch:dispatch_page", incident_id)


@open_to_links
@change_page(permission="dispatch.answer")
def acknowledge(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """We have it: the school sees it at once, and nobody is called any more."""
    return _do(
        request, incident_id, lambda: actions.acknowledge(request.actor, incident_id),
        "Acknowledged. The school sees it.",
    )  # fmt: skip


@open_to_links
@change_page(permission="dispatch.answer")
def report_unit(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """A unit's state."""
    unit, state = request.POST.get("unit", ""), request.POST.get("state", "")
    return _do(
        request, incident_id, lambda: actions.report_unit(request.actor, incident_id, unit, state),
        f"{unit}: recorded.",
    )  # fmt: skip


@open_to_links
@change_page(permission="dispatch.message")
def send_message(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """A message to the school's incident command."""
    is_school = request.actor.user_id is not None and "dispatch.answer" not in request.actor.permissions
    side = "school" if is_school else "dispatch"
    text = request.POST.get("text", "")
    return _do(
        request, incident_id, lambda: actions.send_message(request.actor, incident_id, side, text), "Sent.",
    )  # fmt: skip
