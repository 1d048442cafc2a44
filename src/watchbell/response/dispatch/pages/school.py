"""Dispatch's share of the incident page: the clock, units, messages, and the links that were given."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from watchbell.kernel.web import change_page, part, try_change
from watchbell.line import passes
from watchbell.line.errors import NotFound, WatchbellError
from watchbell.response.dispatch import actions, queries
from watchbell.response.dispatch.rules import units_of
from watchbell.response.incidents.queries import answers_of, incident_seen_by, outside_orders


@part(permission="dispatch.view", template="dispatch/_school_part.html")
def school_part(request: HttpRequest, incident_id: UUID) -> Any:
    """Who has been told, who has acknowledged and when, units, messages, links."""
    return _context(request, incident_id)


def _context(request: HttpRequest, incident_id: UUID) -> dict[str, Any]:
    incident = incident_seen_by(request.actor, incident_id)
    may = request.actor.permissions
    may_link = "dispatch.links" in may
    orders, answers = outside_orders(incident), answers_of(incident)
    links = queries.links_of(incident) if may_link else []
    return {
        "incident": incident, "clock": queries.clock_of(incident, orders, answers), "units": units_of(answers),
        "messages_both_ways": queries.messages_of(incident), "may_link": may_link,
        "may_write": "dispatch.message" in may and incident.state != "closed",
        "links": links, "sent": queries.sent_links(incident, orders, links) if may_link else [],
        "updates": [one for one in orders if one.action == "update_dispatch"][-3:],
    }  # fmt: skip


def _do(request: HttpRequest, incident_id: UUID, act: Any, told: str) -> HttpResponse:
    back = reverse("incidents:incident_page", args=[incident_id])
    return try_change(request, act, told, back, level=messages.WARNING)


@change_page(permission="dispatch.message")
def school_message(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """A message to 911 and police: on their page at once, and in the next update of their own system."""
    text = request.POST.get("text", "")
    return _do(
        request, incident_id, lambda: actions.send_message(request.actor, incident_id, "school", text),
        "Sent to 911 and police.",
    )  # fmt: skip


@change_page(permission="dispatch.links")
def make_link(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Makes a link and a code, and shows both once."""
    incident = incident_seen_by(request.actor, incident_id)
    try:
        made = actions.make_link(request.actor, incident_id, request.POST.get("for_whom", ""))
    except NotFound:
        raise
    except WatchbellError as error:
        messages.warning(request, str(error))
        return redirect("incidents:incident_page", incident_id)
    code = " ".join(made.code[i : i + 3] for i in range(0, len(made.code), 3))
    shown = {"incident": incident, "made": made, "code": code, "for_whom": request.POST.get("for_whom", ""),
             "site": passes.address_of("").removesuffix("/")}  # fmt: skip
    return render(request, "dispatch/link_made_page.html", shown)


@change_page(permission="dispatch.links")
def revoke_link(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Withdraws a link; what it has opened closes at the next look."""
    link = queries.one_link(request.actor, link_id)
    return _do(request, link.incident_id, lambda: actions.revoke_link(request.actor, link_id), "Withdrawn.")


@change_page(permission="dispatch.links")
def revoke_sent(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Withdraws a link that went out with an order."""
    order = request.POST.get("order", "")
    return _do(request, incident_id, lambda: actions.revoke_sent_link(request.actor, incident_id, order), "Withdrawn.")
