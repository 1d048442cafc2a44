"""The list of incidents, and the record of one for print."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.web import csv_of, csv_url, page, page_of
from watchbell.response.incidents import queries
from watchbell.response.incidents.facts import STATES
from watchbell.response.plans.facts import KINDS

SEE = "incidents.view"
KIND_OPTIONS = [("", "Any kind"), *((kind, words[0]) for kind, words in KINDS.items())]
MODE_OPTIONS = [("", "Any mode"), ("real", "Real"), ("drill", "Drill"), ("test", "Test")]
SINCE_OPTIONS = [("", "Any time"), ("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days"),
                 ("365", "Last year")]  # fmt: skip


@page(permission=SEE, template="incidents/incidents_page.html")
def incidents_page(request: HttpRequest) -> Any:
    """All incidents, open ones first to find by filter."""
    wanted = {name: request.GET.get(name, "") for name in ("state", "kind", "mode", "site", "since", "sort")}
    search = request.GET.get("q", "")
    rows = queries.incidents_seen_by(request.actor, **wanted, search=search)
    if request.GET.get("format") == "csv":
        columns = ("number", "kind", "mode", "state", "site", "place", "opened", "closed", "all-clear by")
        cells = [(i.number, i.kind, i.mode, i.state, i.site.name, i.place_name, i.opened_at, i.closed_at or "",
                  i.cleared_by) for i in rows]  # fmt: skip
        return csv_of(cells, columns, "incidents")
    found = page_of(request, rows)
    state_options = [("", "Any state"), ("open", "Not closed"), *((k, v) for k, v in STATES.items() if k != "open")]
    selects = [
        {"name": "state", "label": "State", "value": wanted["state"], "options": state_options},
        {"name": "kind", "label": "Kind", "value": wanted["kind"], "options": KIND_OPTIONS},
        {"name": "mode", "label": "Mode", "value": wanted["mode"], "options": MODE_OPTIONS},
    ]
    sites = [
        (str(s.id), s.name) for s in all_site_facts() if request.actor.sites is None or s.id in request.actor.sites
    ]
    selects.append({"name": "site", "label": "Site", "value": wanted["site"], "options": [("", "Any site"), *sites]})
    selects.append({"name": "since", "label": "Opened", "value": wanted["since"], "options": SINCE_OPTIONS})
    filters = {
        "q": {"name": "q", "value": search, "label": "Number, place or name", "placeholder": "e.g. 12 or gym"},
        "selects": selects, "target": "list", "count": found["count"], "csv_url": csv_url(request),
    }  # fmt: skip
    return {**found, "filters": filters}


@page(permission="incidents.report", template="incidents/report_page.html")
def report_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The record of an incident, for print: numbers, failures, roll call, timeline."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    board, roll = queries.board_of(incident), queries.roll_of(incident)
    return {
        "incident": incident, "numbers": queries.report_numbers(incident, board, roll), "board": board, "roll": roll,
        "entries": queries.timeline_shown(queries.timeline_of(incident))[::-1], "presses": queries.presses_of(incident),
        "confirmed": queries.confirmations_of(incident).filter(what="screen_confirmed").count(),
    }  # fmt: skip
