"""Pages of equipment: the list with failures first, one piece, and a site's plan with everything on it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.facts import KINDS, STATE_TONES, STATES
from watchbell.district.equipment.forms import SHAPES, EquipmentForm, kind_choices
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import door_points, drawings_of_site, place_facts, site_seen_by, sites_seen_by
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, page, page_of, part
from watchbell.line.errors import Refused

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
        "may_add": "equipment.edit" in request.actor.permissions,
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
    may_edit = may(request.actor, "equipment.edit", row.site_id)
    shape = SHAPES.get(row.kind)
    labels = {name: str(field.label) for name, field in shape.settings.items()} if shape else {}
    words = [(labels.get(name, name.replace("_", " ").capitalize()), value) for name, value in row.settings.items()]
    return {"thing": row, "settings": words, "may_edit": may_edit}


def _choices(site: UUID | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Rooms and doors of a site, to choose from."""
    if site is None:
        return [], []
    rooms = [(str(p.id), p.name) for p in place_facts(site)]
    return rooms, [(str(d["id"]), f"{d['number']} {d['name']}".strip()) for d in door_points(site)]


@page(permission="equipment.edit", template="equipment/form_page.html", methods=("GET", "POST"))
def add_page(request: HttpRequest) -> Any:
    """New equipment: first its kind and site, then what this kind needs."""
    kind, site = request.GET.get("kind", ""), read_id(request.GET.get("site", ""))
    sites = [(str(s.pk), s.name) for s in sites_seen_by(request.actor)]
    chosen = {"kinds": kind_choices(), "sites": sites, "kind": kind, "site": str(site or ""), "title": "Add equipment"}
    if kind not in KINDS:
        return chosen
    if kind in SHAPES and not SHAPES[kind].is_of_site:
        site = None
    elif site is None or str(site) not in dict(sites):
        return chosen | {"ask_site": True}
    form = EquipmentForm(kind, *_choices(site), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("equipment:one_page", actions.add_equipment(request.actor, site, **form.values()))
        except Refused as error:
            form.add_error(None, str(error))
    return chosen | {"form": form, "title": f"Add: {KINDS[kind]}", "where": dict(sites).get(str(site), "")}


@page(permission="equipment.edit", template="equipment/form_page.html", methods=("GET", "POST"))
def edit_page(request: HttpRequest, equipment_id: UUID) -> Any:
    """A piece of equipment told anew: moved, re-addressed, given another key."""
    row = queries.one_seen_by(request.actor, equipment_id)
    known = {f"s-{name}": value for name, value in row.settings.items()} | {
        "name": row.name, "identifier": row.identifier, "place": str(row.place_id or ""), "is_test": row.is_test,
        "door": str(row.door_id or ""), "expires_on": row.expires_on,
    }  # fmt: skip
    form = EquipmentForm(row.kind, *_choices(row.site_id), request.POST or None, initial=known, is_new=False)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_equipment(request.actor, row.pk, **form.values())
            return redirect("equipment:one_page", row.pk)
        except Refused as error:
            form.add_error(None, str(error))
    return {"form": form, "title": f"Change: {row.name}", "where": row.site, "thing": row}


@change_page(permission="equipment.edit")
def retire_change(request: HttpRequest, equipment_id: UUID) -> Any:
    """Out of every plan and list; its history stays."""
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, "Say why it is taken out of use.")
        return redirect("equipment:one_page", equipment_id)
    actions.retire_equipment(request.actor, equipment_id, why)
    messages.success(request, "Taken out of use. Look at the plans that named it.")
    return redirect("equipment:equipment_page")


@part(permission="sites.view", template="equipment/_plan_part.html")
def plan_part(request: HttpRequest, site_id: UUID) -> Any:
    """A site's plans with doors as they are and equipment where it hangs."""
    site = site_seen_by(request.actor, site_id)
    doors, marks = queries.door_states_of_site(site.pk), queries.marks_of_site(site.pk)
    return {
        "drawings": [asdict(one) for one in drawings_of_site(site.pk, equipment=marks, door_states=doors)],
    }
