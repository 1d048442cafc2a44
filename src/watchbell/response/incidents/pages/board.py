"""The whole receipt board and the whole timeline as lists, and an endpoint closed by a person who has checked it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect

from watchbell.kernel.web import csv_of, csv_url, page, page_of
from watchbell.line.errors import Conflict, Refused
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.facts import BOARD_ORDER, TIMELINE_KINDS
from watchbell.response.incidents.pages.listing import SEE
from watchbell.response.incidents.pages.one import rows_with_urls

COLUMNS = ("step", "endpoint", "action", "state", "reason", "asked", "done", "milliseconds", "attempts", "reset",
           "by hand")  # fmt: skip


@page(permission=SEE, template="incidents/board_page.html")
def board_page(request: HttpRequest, incident_id: UUID) -> Any:
    """Every order with its receipt: failures first; by state, step and name; CSV and print."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    everything = queries.board_of(incident)
    state, step = request.GET.get("state", ""), request.GET.get("step", "")
    search = request.GET.get("q", "").strip().lower()
    rows = [row for row in everything if (not state or row.state == state) and (not step or row.step_name == step)
            and search in f"{row.endpoint} {row.because}".lower()]  # fmt: skip
    if request.GET.get("format") == "csv":
        cells = [(r.step_name, r.endpoint, r.action, r.state, r.because, r.asked_at, r.done_at or "",
                  r.took_milliseconds if r.took_milliseconds is not None else "", r.attempts, r.is_reset,
                  r.is_by_hand) for r in rows]  # fmt: skip
        return csv_of(cells, COLUMNS, f"board-{incident.number}")
    found = page_of(request, rows, 100)
    steps = sorted({row.step_name for row in everything})
    selects = [
        {"name": "state", "label": "State", "value": state,
         "options": [("", "Any state"), *((s, s.capitalize()) for s in BOARD_ORDER)]},
        {"name": "step", "label": "Step", "value": step, "options": [("", "Any step"), *((s, s) for s in steps)]},
    ]  # fmt: skip
    return found | {
        "incident": incident, "rows": rows_with_urls(request, incident, found["items"]),
        "topic": f"incident:{incident_id}",
        "filters": {"q": {"name": "q", "value": search, "label": "Endpoint or reason"}, "selects": selects,
                    "target": "board", "count": len(rows), "count_word": "orders", "csv_url": csv_url(request)},
    }  # fmt: skip


@page(permission=SEE, template="incidents/log_page.html")
def log_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The whole timeline: by kind and word; CSV and print."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    kind, search = request.GET.get("kind", ""), request.GET.get("q", "")
    entries = queries.timeline_of(incident, kind if kind in TIMELINE_KINDS else "", search)
    if request.GET.get("format") == "csv":
        cells = [(e.at, e.kind, e.what, e.by, e.because) for e in entries]
        return csv_of(cells, ("at", "kind", "what", "by", "because"), f"timeline-{incident.number}")
    found = page_of(request, entries, 100)
    return found | {
        "incident": incident, "entries": queries.timeline_shown(found["items"]), "topic": f"incident:{incident_id}",
        "filters": {
            "q": {"name": "q", "value": search, "label": "Words"}, "target": "log-list", "count": found["count"],
            "count_word": "entries", "csv_url": csv_url(request),
            "selects": [{"name": "kind", "label": "Show", "value": kind,
                         "options": [("", "Everything"), *TIMELINE_KINDS.items()]}],
        },
    }  # fmt: skip


@page(permission="incidents.close_endpoint", template="incidents/close_page.html", methods=("GET", "POST"))
def close_endpoint(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> Any:
    """Asks how the endpoint was checked by hand; the reason is part of the record."""
    incident = queries.incident_seen_by(request.actor, incident_id)
    row = queries.board_row(incident, entry_id)
    why = request.POST.get("why", "")
    if request.method == "POST":
        try:
            actions.close_endpoint(request.actor, incident_id, row.id, why)
        except (Refused, Conflict) as error:
            return {"incident": incident, "row": row, "why": why, "fault": str(error)}
        messages.success(request, f"{row.endpoint} is closed as checked by hand.")
        return redirect("incidents:incident_page", incident_id)
    return {"incident": incident, "row": row, "why": "", "fault": ""}
