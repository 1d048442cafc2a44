"""Pages of equipment: the list with failures first, one piece and who answers for it, a site's plan."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.facts import KINDS, SELF_TESTS, STATE_TONES, STATES, TICKET_STATE_TONES, OwnerRule
from watchbell.district.equipment.forms import SHAPES, EquipmentForm, kind_choices, way_of
from watchbell.district.equipment.rules import silence_limit
from watchbell.district.people.queries import find_staff
from watchbell.district.sites.facts import PLACE_KINDS, read_id
from watchbell.district.sites.queries import (
    all_site_facts,
    door_points,
    drawings_of_site,
    rooms_of_site,
    site_seen_by,
    sites_seen_by,
)
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, part
from watchbell.line.errors import Refused, WatchbellError
from watchbell.line.numbers import read_whole

COLUMNS = ("Name", "Kind", "Site", "Place", "State", "Told", "Why", "Battery %", "Identifier", "Gateway", "Heard",
           "Self-test", "Tested", "Answers for it", "Carried by")  # fmt: skip
OWNER_CHOICES = [("", "Anybody"), ("mine", "Me"), ("nobody", "Nobody")]
FILTERS = ("kind", "state", "site", "owner")
STATE_CHOICES = [("", "All states"), ("failing", "Failing"), *STATES.items()]


@page(permission="equipment.view", template="equipment/equipment_page.html")
def equipment_page(request: HttpRequest) -> Any:
    """Equipment, failures first; figures by kind, filters, CSV."""
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    search = request.GET.get("q", "")
    rows = queries.equipment_seen_by(request.actor, **chosen, search=search)
    if request.GET.get("format") == "csv":
        rows = list(rows)
        names = queries.owner_names(rows)
        return csv_of((_cells(row, names) for row in rows), COLUMNS, "equipment")
    found = page_of(request, queries.ids_in_order(rows))
    found["items"] = queries.rows_by_id(request.actor, list(found["items"]))
    rules, sites = queries.owner_rules(), list(sites_seen_by(request.actor))
    names = queries.owner_names(found["items"], rules)
    for row in found["items"]:
        row.tone, row.answers = STATE_TONES[row.state], names.get(row.pk)
    return found | {
        "may_add": "equipment.edit" in request.actor.permissions,
        "counts": queries.state_counts(request.actor, chosen["site"]), "chosen": {**chosen, "q": search},
        "filters": _filters(request, chosen, search, found["count"], sites),
        "may_edit": may(request.actor, "equipment.edit"),
        "rules": _rules_shown(rules), "sites": sites, "kinds": KINDS,
    }  # fmt: skip


def _rules_shown(rules: list[OwnerRule]) -> list[dict[str, Any]]:
    sites = {site.id: site.name for site in all_site_facts()} if rules else {}
    return [
        {"kind": KINDS.get(rule.kind, "Every kind"), "site": sites.get(rule.site, "every site") if rule.site else
         "every site", "name": rule.person_name, "kind_key": rule.kind, "site_key": rule.site or ""}
        for rule in rules
    ]  # fmt: skip


def _cells(row: Any, names: dict[UUID, tuple[UUID, str]]) -> tuple[Any, ...]:
    return (
        row.name, row.get_kind_display(), row.site or "", row.place or "", row.get_state_display(),
        row.state_at.isoformat() if row.state_at else "", row.state_because,
        "" if row.battery is None else row.battery, row.identifier, row.gateway,
        row.heard_at.isoformat() if row.heard_at else "", SELF_TESTS[row.self_test],
        row.self_test_at.isoformat() if row.self_test_at else "", names.get(row.pk, ("", ""))[1],
        row.holder or "",
    )  # fmt: skip


def _filters(request: HttpRequest, chosen: dict[str, str], search: str, count: int, seen: list[Any]) -> dict[str, Any]:
    sites = [("", "All sites"), *((str(site.pk), site.name) for site in seen)]
    options = (
        ("kind", "Kind", [("", "All kinds"), *KINDS.items()]), ("state", "State", STATE_CHOICES),
        ("site", "Site", sites), ("owner", "Answered for by", OWNER_CHOICES),
    )  # fmt: skip
    return {
        "q": {"name": "q", "value": search, "label": "Name or number"},
        "selects": [
            {"name": name, "label": label, "value": chosen[name], "options": choices}
            for name, label, choices in options
        ],
        "target": "equipment-list", "count": count, "count_word": "pieces", "csv_url": csv_url(request),
    }  # fmt: skip


@page(permission="equipment.view", template="equipment/one_page.html")
def one_page(request: HttpRequest, equipment_id: UUID) -> Any:
    """One piece of equipment: where it is and how it is."""
    row = queries.one_seen_by(request.actor, equipment_id)
    row.tone, row.test_words = STATE_TONES[row.state], SELF_TESTS[row.self_test]
    shape = SHAPES.get(way_of(row.kind, row.gateway, row.settings))
    labels = {name: str(field.label) for name, field in shape.settings.items()} if shape else {}
    words = [
        (labels.get(name, name.replace("_", " ").capitalize()), _shown(value)) for name, value in row.settings.items()
    ]
    return {
        "thing": row, "settings": words, "owner": queries.owner_names([row]).get(row.pk),
        "is_by_rule": row.owner_id is None, "limit": silence_limit(row.kind, row.settings),
        "may_edit": may(request.actor, "equipment.edit", row.site_id),
        "own_limit": row.settings.get("silence_seconds", ""),
        "tickets": _tickets(request, equipment_id), "may_report": may(request.actor, "tickets.report", row.site_id),
    }  # fmt: skip


def _tickets(request: HttpRequest, equipment_id: UUID) -> list[Any] | None:
    """Its open faults and the newest closed ones; None for who may not see any."""
    if not may(request.actor, "tickets.view"):
        return None
    rows = queries.tickets_seen_by(request.actor, equipment=str(equipment_id), state="all", sort="-opened")
    found = list(rows[:6])
    for ticket in found:
        ticket.tone = TICKET_STATE_TONES[ticket.state]
    return sorted(found, key=lambda ticket: ticket.state == "closed")


def _shown(value: Any) -> Any:
    """A setting in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return ", ".join(f"{key} {word}" for key, word in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "A certificate" if "BEGIN CERTIFICATE" in str(value) else value


def _choices(site: UUID | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Rooms and doors of a site, to choose from."""
    if site is None:
        return [], []
    rooms = [(str(pk), name) for pk, _, name in rooms_of_site(site, PLACE_KINDS)]
    return rooms, [(str(d["id"]), f"{d['number']} {d['name']}".strip()) for d in door_points(site)]


@page(permission="equipment.edit", template="equipment/form_page.html", methods=("GET", "POST"))
def add_page(request: HttpRequest) -> Any:
    """New equipment: first its kind and site, then what this kind needs."""
    kind, site = request.GET.get("kind", ""), read_id(request.GET.get("site", ""))
    sites = [(str(s.pk), s.name) for s in sites_seen_by(request.actor)]
    chosen = {"kinds": kind_choices(), "sites": sites, "kind": kind, "site": str(site or ""), "title": "Add equipment"}
    if kind not in dict(kind_choices()):
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
    return chosen | {
        "form": form,
        "title": f"Add: {dict(kind_choices())[kind]}",
        "where": dict(sites).get(str(site), ""),
    }


@page(permission="equipment.edit", template="equipment/form_page.html", methods=("GET", "POST"))
def edit_page(request: HttpRequest, equipment_id: UUID) -> Any:
    """A piece of equipment told anew: moved, re-addressed, given another key."""
    row = queries.one_seen_by(request.actor, equipment_id)
    known = {f"s-{name}": value for name, value in row.settings.items()} | {
        "name": row.name, "identifier": row.identifier, "place": str(row.place_id or ""), "is_test": row.is_test,
        "door": str(row.door_id or ""), "expires_on": row.expires_on, "s-device": row.device,
    }  # fmt: skip
    form = EquipmentForm(
        way_of(row.kind, row.gateway, row.settings),
        *_choices(row.site_id),
        request.POST or None,
        initial=known,
        is_new=False,
    )
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


@part(permission="equipment.view", template="equipment/_mine_part.html")
def mine_part(request: HttpRequest) -> Any:
    """On the home page of who answers for equipment: what of it is silent or in trouble; nothing for others."""
    rows = queries.equipment_seen_by(request.actor, owner="mine")
    total = rows.count()
    failing = list(rows.filter(state__in=("trouble", "silent"))[:6]) if total else []
    for row in failing:
        row.tone = STATE_TONES[row.state]
    return {"total": total, "failing": failing}


@change_page(permission="equipment.edit")
def give_owner(request: HttpRequest) -> HttpResponse:
    """Everything the list showed gets one owner; with "keep", what joins it later too."""
    form = request.POST
    chosen = {name: form.get(name, "") for name in FILTERS}
    search = form.get("q", "")
    count = form.get("count", "")

    def act() -> str:
        who = form.get("person", "").strip()
        person = find_staff(request.actor, who) if who else None
        rows = queries.equipment_seen_by(request.actor, **chosen, search=search)
        ids = list(rows.values_list("pk", flat=True))
        changed = actions.give_owner(request.actor, ids, person, read_whole(count))
        if form.get("keep") == "on" and person is not None:
            actions.write_owner_rule(request.actor, chosen["kind"], read_id(chosen["site"]), person)
        return f"{changed} pieces are answered for by {who}." if who else f"{changed} pieces follow the owner rules."

    query = form.copy()
    for name in ("csrfmiddlewaretoken", "person", "count", "keep"):
        query.pop(name, None)
    return _try(request, act, f"{reverse('equipment:equipment_page')}?{query.urlencode()}")


@change_page(permission="equipment.edit")
def write_owner_rule(request: HttpRequest) -> HttpResponse:
    """Who answers for a kind at a site; an empty name takes the rule away."""
    form = request.POST

    def act() -> str:
        who = form.get("person", "").strip()
        person = find_staff(request.actor, who) if who else None
        actions.write_owner_rule(request.actor, form.get("kind", ""), read_id(form.get("site", "")), person)
        return "Written. It counts for everything that has no owner of its own." if who else "The rule is gone."

    return _try(request, act, reverse("equipment:equipment_page"))


@change_page(permission="equipment.edit")
def save_one(request: HttpRequest, equipment_id: UUID) -> HttpResponse:
    """The owner and the silence limit of one piece; empty means as its kind."""
    form = request.POST

    def act() -> str:
        row = queries.one_seen_by(request.actor, equipment_id)
        who, seconds = form.get("person", "").strip(), form.get("silence_seconds", "").strip()
        if who != (str(row.owner) if row.owner_id else ""):
            actions.give_owner(request.actor, [equipment_id], find_staff(request.actor, who) if who else None)
        limit = read_whole(seconds)
        if limit != row.settings.get("silence_seconds"):
            actions.set_silence_limit(request.actor, equipment_id, limit)
        return "Saved."

    queries.one_seen_by(request.actor, equipment_id)
    return _try(request, act, reverse("equipment:one_page", args=[equipment_id]))


def _try(request: HttpRequest, act: Any, back: str) -> HttpResponse:
    try:
        messages.success(request, act())
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect(back)
