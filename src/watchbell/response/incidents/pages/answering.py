"""Taking back by PIN, what became of one's own press, what an incident turned out to be, and how often by mistake."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from watchbell.district.accounts.actions import judge_pin
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.web import change_page, csv_of, csv_url, page, part
from watchbell.line.errors import Conflict, Refused
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.facts import MOST_UNINTENDED_PERCENT, OUTCOMES

PERIODS = [("30", "Last 30 days"), ("90", "Last 90 days"), ("365", "Last year"), ("1095", "Last three years")]
PARTS = (("month", "By month"), ("site", "By site"), ("device", "By kind of device"))
CANCELLED = "Cancelled. Everybody who was told hears that it was a mistake."


@part(permission="alarms.raise", template="")
def press_state(request: HttpRequest, press: str) -> Any:
    """What became of one's own press, for the page it was pressed on; `cancel_until` while a PIN takes it back."""
    incident = queries.incident_pressed_by(request.actor, press)
    if incident is None:
        return JsonResponse({"state": "recording"})
    until = queries.cancel_offer(request.actor, incident, is_own=True)
    return JsonResponse(
        {
            "state": incident.state, "incident": str(incident.id), "kind": incident.kind, "name": incident.name,
            "is_cancelled": incident.cancelled_at is not None, "cancel_until": until.isoformat() if until else None,
        }
    )  # fmt: skip


def _cancel_by_pin(request: HttpRequest, incident_id: UUID) -> None:
    said = judge_pin(request.actor, request.POST.get("pin", ""))
    actions.cancel_incident(request.actor, incident_id, said)


@change_page(permission="alarms.raise")
def cancel_press(request: HttpRequest, press: str) -> HttpResponse:
    """Takes one's own press back by PIN, from the page it was pressed on."""
    incident = queries.incident_pressed_by(request.actor, press)
    if incident is None:
        return JsonResponse({"words": "The alarm is being recorded. Try again in a moment."}, status=409)
    try:
        _cancel_by_pin(request, incident.id)
    except (Refused, Conflict) as error:
        return JsonResponse({"words": str(error)}, status=409 if isinstance(error, Conflict) else 403)
    return JsonResponse({"words": CANCELLED})


@page(permission="alarms.raise", template="incidents/cancel_page.html", methods=("GET", "POST"))
def cancel_page(request: HttpRequest, incident_id: UUID) -> Any:
    """Asks for the PIN and takes the alarm back."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    fault = ""
    if request.method == "POST":
        try:
            _cancel_by_pin(request, incident_id)
        except (Refused, Conflict) as error:
            fault = str(error)
        else:
            messages.success(request, CANCELLED)
            return redirect("incidents:incident_page", incident_id)
    until = queries.cancel_offer(request.actor, incident, actions.is_presser(request.actor, incident))
    return {"incident": incident, "until": until, "fault": fault}


@page(permission="incidents.all_clear", template="incidents/outcome_page.html", methods=("GET", "POST"))
def outcome_page(request: HttpRequest, incident_id: UUID) -> Any:
    """Says what a closed incident turned out to be."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    fault = ""
    if request.method == "POST":
        try:
            actions.set_outcome(request.actor, incident_id, request.POST.get("outcome", ""))
        except (Refused, Conflict) as error:
            fault = str(error)
        else:
            messages.success(request, f"Recorded: {OUTCOMES[request.POST['outcome']].lower()}.")
            return redirect("incidents:incident_page", incident_id)
    return {"incident": incident, "outcomes": OUTCOMES, "fault": fault}


@page(permission="incidents.report", template="incidents/unintended_page.html")
def unintended_page(request: HttpRequest) -> Any:
    """How often nobody had meant to press, by month, site and kind of device, against the bar."""
    site, days = request.GET.get("site", ""), request.GET.get("days", "365")
    days = days if days in dict(PERIODS) else "365"
    rates = queries.unintended_rates(request.actor, site=site, days=int(days))
    if request.GET.get("format") == "csv":
        cells = [(by, r.name, r.closed, r.unintended, r.unsaid, "" if r.percent is None else r.percent)
                 for by, _ in PARTS for r in rates[by]]  # fmt: skip
        return csv_of(cells, ("by", "which", "closed", "unintended", "not said yet", "percent"), "unintended-presses")
    sites = [
        (str(s.id), s.name) for s in all_site_facts() if request.actor.sites is None or s.id in request.actor.sites
    ]
    tops = {by: max([MOST_UNINTENDED_PERCENT, *(r.percent or 0 for r in rates[by])]) for by, _ in PARTS}
    tables = [{"id": by, "title": title, "rows": rates[by], "top": tops[by]} for by, title in PARTS]
    return {
        "total": rates["all"][0] if rates["all"] else None, "tables": tables, "bar": MOST_UNINTENDED_PERCENT,
        "filters": {
            "target": "rates", "csv_url": csv_url(request), "count": sum(r.closed for r in rates["all"]),
            "count_word": "closed incidents",
            "selects": [
                {"name": "site", "label": "Site", "value": site, "options": [("", "Any site"), *sites]},
                {"name": "days", "label": "Opened", "value": days, "options": PERIODS},
            ],
        },
    }  # fmt: skip
