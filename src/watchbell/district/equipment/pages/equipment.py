"""Pages of equipment: the list with failures first, one piece, and a site's plan with everything on it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from watchbell.district.equipment import queries
from watchbell.district.equipment.facts import KINDS, STATE_TONES, STATES
from watchbell.district.sites.queries import drawings_of_site, site_seen_by, sites_seen_by
from watchbell.kernel.web import csv_of, page, page_of, part

COLUMNS = ("Name", "Kind", "Site", "Place", "State", "Since", "Why", "Battery %", "Identifier", "Gateway")
STATE_CHOICES = [("", "All states"), ("failing", "Failing"), *STATES.items()]


@page(permission="equipment.view", template="equipment/equipment_page.html")
def equipment_page(request: HttpRequest) -> Any:
    """Equipment, failures first; figures by kind, filters, CSV."""
    chosen = {name: request.GET.get(name, "") for name in ("kind", "state", "site")}
    search = request.GET.get("q", "")
    rows = queries.equipment_seen_by(request.actor, **chosen, search=search)
    if request.GET.get("format") == "csv":
        return csv_of((_cells(row) for row in rows), COLUMNS, "equipment")
    found = page_of(request, rows)
    for row in found["items"]:
        row.tone = STATE_TONES[row.state]
    return found | {
        "counts": queries.state_counts(request.actor, chosen["site"]),
        "filters": _filters(request, chosen, search, found["count"]),
    }


def _cells(row: Any) -> tuple[Any, ...]:
    return (
        row.name, row.get_kind_display(), row.site or "", row.place or "", row.get_state_display(),
        row.state_at.isoformat() if row.state_at else "", row.state_because,
        "" if row.battery is None else row.battery, row.identifier, row.gateway,
    )  # fmt: skip


def _filters(request: HttpRequest, chosen: dict[str, str], search: str, count: int) -> dict[str, Any]:
    sites = [("", "All sites"), *((str(site.pk), site.name) for site in sites_seen_by(request.actor))]
    query = request.GET.copy()
    query.pop("page", None)
    query["format"] = "csv"
    options = (
        ("kind", "Kind", [("", "All kinds"), *KINDS.items()]), ("state", "State", STATE_CHOICES),
        ("site", "Site", sites),
    )  # fmt: skip
    return {
        "q": {"name": "q", "value": search, "label": "Name or number"},
        "selects": [
            {"name": name, "label": label, "value": chosen[name], "options": choices}
            for name, label, choices in options
        ],
        "target": "equipment-list", "count": count, "count_word": "pieces", "csv_url": f"?{query.urlencode()}",
    }  # fmt: skip


@page(permission="equipment.view", template="equipment/one_page.html")
def one_page(request: HttpRequest, equipment_id: UUID) -> Any:
    """One piece of equipment: where it is and how it is."""
    row = queries.one_seen_by(request.actor, equipment_id)
    row.tone = STATE_TONES[row.state]
    return {"thing": row, "settings": sorted(row.settings.items())}


@part(permission="sites.view", template="equipment/_plan_part.html")
def plan_part(request: HttpRequest, site_id: UUID) -> Any:
    """A site's plans with doors as they are and equipment where it hangs."""
    site = site_seen_by(request.actor, site_id)
    doors, marks = queries.door_states_of_site(site.pk), queries.marks_of_site(site.pk)
    return {
        "drawings": [asdict(one) for one in drawings_of_site(site.pk, equipment=marks, door_states=doors)],
    }
