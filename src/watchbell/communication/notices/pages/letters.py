"""The letter to families after an incident: due on the home page, drafted or dismissed on the incident's."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.communication.notices import actions, queries
from watchbell.communication.notices.queries.letters import letters_due
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, part, try_change
from watchbell.line.errors import Conflict, Refused

SEE, WRITE = queries.SEE, queries.WRITE


@part(permission=SEE, template="notices/_letters_part.html")
def letters_part(request: HttpRequest) -> Any:
    """On the home page: letters that families wait for."""
    return {"letters": letters_due(request.actor) if may(request.actor, "incidents.view") else []}


@change_page(permission=WRITE)
def draft_letter(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """The letter from the incident's record, to be read and sent."""
    causes = {language: request.POST.get(f"cause_{language}", "") for language in ("en", "es")}
    try:
        notice = actions.draft_letter(request.actor, incident_id, causes)
    except (Refused, Conflict) as error:
        messages.error(request, str(error))
        return redirect("incidents:incident_page", incident_id)
    messages.success(request, "Drafted from the incident's record. Read it, then send it.")
    return redirect("notices:edit_page", notice)


@change_page(permission=WRITE)
def dismiss_letter(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """No letter, and why."""
    because = request.POST.get("because", "")
    return try_change(request, lambda: actions.dismiss_letter(request.actor, incident_id, because),
                      "No letter is written; why stands with the incident.",
                      reverse("incidents:incident_page", args=[incident_id]))  # fmt: skip
