"""Command on the screen: who leads, from where, the hand-over, rooms, the ICS 201 briefing, records of care."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from watchbell.district.sites.facts import PLACE_KINDS, read_id
from watchbell.district.sites.queries import rooms_of_site
from watchbell.kernel.changes import record_look
from watchbell.kernel.paper import compile_pdf
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, page, part, try_change
from watchbell.line import clock
from watchbell.line.errors import Refused
from watchbell.response.command import actions, queries
from watchbell.response.command.facts import COMMANDER, OUTCOMES, POSITIONS
from watchbell.response.command.forms import CareForm, OfferForm, PositionForm, PostForm, SignForm
from watchbell.response.incidents.queries import timeline_of

SEE, LEAD = queries.SEE, actions.LEAD
TEMPLATE = Path(__file__).parent / "templates" / "command" / "ics201.typ"
MOST_ACTIONS = 60


def _rights(request: HttpRequest, incident: Any) -> dict[str, bool]:
    is_on = incident.state != "closed"
    return {
        "may_lead": is_on and may(request.actor, LEAD, incident.site_id),
        "may_release": is_on and may(request.actor, "command.release", incident.site_id),
        "may_care": may(request.actor, "command.care", incident.site_id),
    }


def _summary(request: HttpRequest, incident: Any, history: Any = None, offer: Any = None) -> dict[str, Any]:
    """offer: where it is known already, with the history."""
    holders = queries.holders_of(incident, history)
    return {
        "incident": incident, "commander": holders.get(COMMANDER), "post": queries.post_of(incident),
        "holders": [(POSITIONS[key], row) for key, row in holders.items() if key != COMMANDER],
        "offer": queries.offer_of(incident) if history is None else offer,
        "is_agency": queries.is_of_agency(request.actor, incident),
    } | _rights(request, incident)  # fmt: skip


@part(permission=SEE, template="command/_command_part.html")
def command_part(request: HttpRequest, incident_id: UUID) -> Any:
    """Who is in command and from where, on the incident's page."""
    incident = queries.command_seen_by(request.actor, incident_id)
    rooms = queries.rooms_of(incident)
    released = sum(room["released"] is not None for room in rooms)
    return _summary(request, incident) | {"released": released, "rooms_count": len(rooms)}


@page(permission=SEE, template="command/command_page.html")
def command_page(request: HttpRequest, incident_id: UUID) -> Any:
    """All of command."""
    return _page(request, incident_id)


def _page(request: HttpRequest, incident_id: UUID, **forms: Any) -> dict[str, Any]:
    incident = queries.command_seen_by(request.actor, incident_id)
    rooms = queries.rooms_of(incident)
    places = [(str(pk), name or f"Room {number}") for pk, number, name in rooms_of_site(incident.site_id, PLACE_KINDS)]
    history = queries.history_of(incident)
    offer, hand_overs = queries.offers_of(incident)
    return _summary(request, incident, history, offer) | {
        "topic": f"incident:{incident_id}", "rooms": rooms, "objectives": queries.objectives_of(incident),
        "waiting": [room for room in rooms if room["released"] is None],
        "gone": [room for room in rooms if room["released"] is not None],
        "hand_overs": hand_overs, "history": [(POSITIONS[row.position][0], row) for row in history],
        "post_form": PostForm(places), "position_form": PositionForm(), "offer_form": OfferForm(),
    } | forms  # fmt: skip


def _do(request: HttpRequest, incident_id: UUID, act: Callable[[], Any], told: str) -> HttpResponse:
    route = "incidents:incident_page" if request.POST.get("back") == "incident" else "command:command_page"
    return try_change(request, act, told, reverse(route, args=[incident_id]), level=messages.WARNING)


@change_page(permission=LEAD)
def take(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Takes command where nobody has it."""
    agency = request.POST.get("agency", "")
    return _do(request, incident_id, lambda: actions.take_command(request.actor, incident_id, agency),
               "You are the Incident Commander.")  # fmt: skip


@change_page(permission=LEAD, template="command/command_page.html")
def offer(request: HttpRequest, incident_id: UUID) -> Any:
    """Offers command; then whoever takes it signs."""
    form = OfferForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, offer_form=form)
    try:
        made = actions.offer_command(request.actor, incident_id, **form.cleaned_data)
    except Refused as error:
        messages.warning(request, str(error))
        return redirect("command:command_page", incident_id)
    return redirect("command:sign_page", made)


@page(permission=SEE, template="command/sign_page.html", methods=("GET", "POST"))
def sign_page(request: HttpRequest, offer_id: UUID) -> Any:
    """What is handed over, and the signature: by account, or on this device with name and badge."""
    found = queries.one_offer(request.actor, offer_id)
    form = SignForm(request.POST if request.POST.get("how") == "here" else None)
    if request.method == "POST":
        is_here = request.POST.get("how") == "here"
        words = form.cleaned_data if is_here and form.is_valid() else {}
        if words or not is_here:
            try:
                incident = actions.sign_hand_over(request.actor, offer_id, **words, is_witnessed=is_here)
                messages.success(request, "Signed. Command has been handed over.")
                return redirect("command:command_page", incident)
            except Refused as error:
                form.add_error(None, str(error)) if is_here else messages.warning(request, str(error))
    own = request.actor.user_id is not None and request.actor.user_id == found.offered_by
    is_agency = queries.is_of_agency(request.actor, found.incident)
    may_sign = may(request.actor, LEAD, found.incident.site_id) and not own and (is_agency or not found.to_agency)
    return {"offer": found, "incident": found.incident, "form": form, "is_own": own, "may_sign": may_sign}


@change_page(permission=LEAD)
def withdraw(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Takes an offer back."""
    incident = queries.one_offer(request.actor, offer_id).incident_id
    return _do(request, incident, lambda: actions.withdraw_offer(request.actor, offer_id), "Withdrawn.")


@change_page(permission=LEAD)
def choose_post(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Says where command sits."""
    place, words = read_id(request.POST.get("place", "")), request.POST.get("words", "")
    return _do(request, incident_id, lambda: actions.choose_post(request.actor, incident_id, place, words),
               "911 and police are told.")  # fmt: skip


@change_page(permission=LEAD, template="command/command_page.html")
def assign(request: HttpRequest, incident_id: UUID) -> Any:
    """Gives a position."""
    form = PositionForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, position_form=form)
    return _do(request, incident_id, lambda: actions.assign(request.actor, incident_id, **form.cleaned_data), "")


@change_page(permission=LEAD)
def relieve(request: HttpRequest, incident_id: UUID, position: str) -> HttpResponse:
    """Takes a position away."""
    return _do(request, incident_id, lambda: actions.relieve(request.actor, incident_id, position), "")


@change_page(permission=LEAD)
def add_objective(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """One more thing to be done."""
    text = request.POST.get("text", "")
    return _do(request, incident_id, lambda: actions.add_objective(request.actor, incident_id, text), "")


@change_page(permission=LEAD)
def finish_objective(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """It is done."""
    return redirect("command:command_page", actions.finish_objective(request.actor, objective_id))


@change_page(permission="command.release")
def release(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Releases the ticked rooms."""
    places = [place for one in request.POST.getlist("places") if (place := read_id(one))]
    goes_to = request.POST.get("goes_to", "")
    return _do(request, incident_id, lambda: actions.release_rooms(request.actor, incident_id, places, goes_to),
               "Released.")  # fmt: skip


# -- ICS 201 -----------------------------------------------------------------------------------------------------------


def briefing_of(incident: Any) -> dict[str, Any]:
    """What ICS 201 says, by its boxes; every moment in the district's time."""
    at = lambda moment: f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"  # noqa: E731
    post, holders, hand_overs = queries.post_of(incident), queries.holders_of(incident), queries.hand_overs_of(incident)
    entries = list(timeline_of(incident).order_by("-at")[:MOST_ACTIONS])
    return {
        "name": f"{incident.name}, {incident.site.name}", "number": incident.number, "mode": incident.mode,
        "began": at(incident.opened_at), "place": incident.place_name or "place unknown",
        "situation": [incident.directive, *(one.briefing for one in hand_overs if one.briefing)],
        "post": post.words if post else "", "commander": holders[COMMANDER].name if COMMANDER in holders else "",
        "objectives": [
            {"text": one.text, "done": at(one.done_at) if one.done_at else ""}
            for one in queries.objectives_of(incident)
        ],
        "actions": [
            {"at": at(one.at), "what": one.what, "by": one.by, "because": one.because[:200]}
            for one in reversed(entries)
        ],
        "organization": [
            {"title": POSITIONS[key][0], "name": row.name, "agency": row.agency, "contact": row.contact,
             "since": at(row.since)} for key, row in holders.items()
        ],
        "resources": [
            {"agency": one.agency, "name": one.name, "state": one.state, "at": at(one.at)}
            for one in queries.resources_of(incident)
        ],
        "hand_overs": [
            {"from": one.from_name, "to": one.signed_name, "agency": one.to_agency, "badge": one.badge,
             "at": at(one.signed_at)} for one in hand_overs
        ],
        "made": at(clock.now()),
    }  # fmt: skip


@page(permission=SEE, template="command/briefing_page.html")
def briefing_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The incident briefing (ICS 201), as it stands now."""
    incident = queries.command_seen_by(request.actor, incident_id)
    return {"incident": incident, "brief": briefing_of(incident), "topic": f"incident:{incident_id}"}


@page(permission=SEE, template="")
def briefing_pdf(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """The same as a tagged PDF, for whoever comes without a screen."""
    incident = queries.command_seen_by(request.actor, incident_id)
    record_look(request.actor, "command.print_briefing", incident)
    made = {**briefing_of(incident), "prepared": request.actor.name}
    answer = HttpResponse(compile_pdf(TEMPLATE, made, clock.now()), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="ics-201-incident-{incident.number}.pdf"'
    return answer


# -- care --------------------------------------------------------------------------------------------------------------


@page(permission="command.care", template="command/care_page.html", methods=("GET", "POST"))
def care_page(request: HttpRequest, incident_id: UUID) -> Any:
    """Records of care, and one more. Few may read them; each look is in the audit."""
    incident = queries.command_seen_by(request.actor, incident_id)
    form = CareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.keep_care(request.actor, incident_id, **form.cleaned_data)
            messages.success(request, "Kept.")
            return redirect("command:care_page", incident_id)
        except Refused as error:
            form.add_error(None, str(error))
    rows = queries.care_of(request.actor, incident)
    if request.GET.get("format") == "csv":
        columns = ("at", "name", "found", "care given", "afterwards", "family told", "by")
        cells = [(timezone.localtime(r.at), r.name, r.found, r.given, OUTCOMES[r.outcome], r.family_told, r.by_name)
                 for r in rows]  # fmt: skip
        return csv_of(cells, columns, f"care-{incident.number}")
    for row in rows:
        row.outcome_word = OUTCOMES[row.outcome]
    return {"incident": incident, "form": form, "rows": rows}
