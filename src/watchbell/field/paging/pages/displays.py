"""Unattended displays: their list, and the page each of them shows, without a person and without a right to act."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from watchbell.field.paging import actions, queries
from watchbell.field.paging.facts import DISPLAY_TICKET_SECONDS
from watchbell.field.paging.forms import read_ids
from watchbell.kernel.acting import acting_in
from watchbell.kernel.web import PUBLIC, change_page, page
from watchbell.kernel.zones import shown_in
from watchbell.line import clock, config, signing
from watchbell.line.errors import NotFound, WatchbellError

RIGHT = "paging.displays"
LIVE_SECONDS = 300.0
QUIET_SECONDS = 600


@page(permission=RIGHT, template="paging/displays_page.html")
def displays_page(request: HttpRequest) -> Any:
    """The displays with their addresses; one is shown once it was enrolled, to be opened on the screen itself."""
    rows = list(queries.displays_seen_by(request.actor))
    for row in rows:
        row.is_silent = not row.seen_at or (clock.now() - row.seen_at).total_seconds() > QUIET_SECONDS
        row.address = _address(request, row.pk) if row.revoked_at is None else ""
    return {"rows": rows, "sites": queries.sites_of(request.actor, RIGHT), "is_whole": request.actor.sites is None}


def _address(request: HttpRequest, display: UUID) -> str:
    claims = {"kind": "display", "display": str(display), "district": str(request.actor.district)}
    return f"{config.public_url()}/screen/{signing.make_ticket(claims, DISPLAY_TICKET_SECONDS)}"


@change_page(permission=RIGHT)
def enrol_display(request: HttpRequest) -> HttpResponse:
    post = request.POST
    try:
        chosen = read_ids([post.get("site", "")])
        actions.enrol_display(request.actor, post.get("name", ""), chosen[0] if chosen else None, post.get("place", ""))
        messages.success(request, "Enrolled. Open its address on the screen itself.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("paging:displays_page")


@change_page(permission=RIGHT)
def revoke_display(request: HttpRequest, display_id: UUID) -> HttpResponse:
    try:
        actions.revoke_display(request.actor, display_id)
        messages.success(request, "Revoked. Its address shows nothing any more.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("paging:displays_page")


# -- the display's own page --------------------------------------------------------------------------------------------


@contextmanager
def _display_of(token: str) -> Iterator[Any]:
    """The display a token names, acting in its district. Raises NotFound for a forged, ended or revoked one."""
    claims = signing.read_ticket(token)
    if claims is None or claims.get("kind") != "display":
        raise NotFound("This display is not enrolled. Ask for a new address.")
    with shown_in(UUID(str(claims["district"]))), transaction.atomic():
        found = queries.display_in_use(UUID(str(claims["display"])))
        if found is None:
            raise NotFound("This display was revoked. Ask for a new address.")
        yield found


@page(permission=PUBLIC, template="")
def screen_page(request: HttpRequest, token: str) -> HttpResponse:
    """What the display shows: the time and the place in peace, the alert over everything when there is one."""
    from django.shortcuts import render

    with _display_of(token) as display:
        where = display.site.name if display.site else "Watchbell"
        return render(request, "paging/screen_page.html", {"display": display, "where": where, "token": token})


@page(permission=PUBLIC, template="")
def screen_ticket(request: HttpRequest, token: str) -> HttpResponse:
    """The stream's ticket: alerts of its site, for everybody; no topic, no confirmation, five minutes."""
    with _display_of(token) as display:
        sites = None if display.site_id is None else [str(display.site_id)]
        claims = {
            "kind": "live", "user": f"display:{display.pk}", "name": display.name, "role": "display", "sites": sites,
            "district": str(display.district_id), "topics": [], "is_display": True,
        }  # fmt: skip
        seen = display.pk, display.district_id
    with acting_in(seen[1]):
        actions.note_display_seen(seen[0])
    return JsonResponse({"ticket": signing.make_ticket(claims, LIVE_SECONDS)}, headers={"Cache-Control": "no-store"})
