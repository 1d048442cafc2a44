"""Pages of places: all sites on a map and as a list, one site with its plans, and the work on a plan."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.sites import actions, queries
from watchbell.district.sites.facts import PLACE_KINDS, SITE_KINDS, Fault
from watchbell.district.sites.forms import (
    DoorForm,
    FloorForm,
    PlacementForm,
    PlanPictureForm,
    RoomForm,
    RoomsFileForm,
    SiteForm,
)
from watchbell.district.sites.rules.geometry import door_order
from watchbell.kernel.permissions import may, sites_with
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, part, picture_of
from watchbell.line.errors import Refused

SITE_ICONS = {"office": "building-community", "transport": "bus"}


@page(permission="sites.view", template="sites/sites_page.html")
def sites_page(request: HttpRequest) -> Any:
    """All sites: map, filters, list, CSV."""
    kind, search = request.GET.get("kind", ""), request.GET.get("q", "")
    sites = queries.with_counts(queries.sites_seen_by(request.actor, kind=kind, search=search))
    if request.GET.get("format") == "csv":
        rows = ((s.name, s.get_kind_display(), s.code, address_line(s.address), s.room_count, s.exterior_count,
                 s.latitude, s.longitude) for s in sites)  # fmt: skip
        return csv_of(rows, ("Name", "Kind", "Code", "Address", "Rooms", "Exterior doors", "Latitude", "Longitude"),
                      "sites")  # fmt: skip
    found = list(sites)
    for site in found:
        site.address_line = address_line(site.address)
    return {
        "sites": found,
        "places": [_on_map(site) for site in found if site.latitude is not None],
        "may_add": sites_with(request.actor, "sites.edit") is None,
        "filters": {
            "q": {"name": "q", "value": search, "label": "Name"},
            "selects": [{"name": "kind", "label": "Kind", "value": kind,
                         "options": [("", "All kinds"), *SITE_KINDS.items()]}],
            "target": "sites-list", "count": len(found), "count_word": "sites", "csv_url": csv_url(request),
        },
    }  # fmt: skip


def address_line(address: dict[str, str]) -> str:
    """A civic address in one line."""
    street = f"{address.get('HNO', '')} {address.get('RD', '')}".strip()
    town = f"{address.get('A1', '')} {address.get('PC', '')}".strip()
    return ", ".join(part for part in (street, address.get("A3", ""), town) if part)


def _on_map(site: Any) -> dict[str, Any]:
    return {
        "id": str(site.pk), "name": site.name, "lon": site.longitude, "lat": site.latitude,
        "url": reverse("sites:site_page", args=[site.pk]), "state": "", "kind": "",
        "icon": SITE_ICONS.get(site.kind, "school"), "note": "",
    }  # fmt: skip


@page(permission="sites.view", template="sites/site_page.html")
def site_page(request: HttpRequest, site_id: UUID) -> Any:
    """One site: its plans, its rooms, its exterior doors."""
    site = queries.site_seen_by(request.actor, site_id)
    floors = list(queries.floors_of_site(site.pk))
    if request.GET.get("format") == "csv":
        rows = ((p.room, p.name, PLACE_KINDS.get(p.kind, p.kind), p.building, p.floor, p.nearest_door, p.capacity or "",
                 p.latitude, p.longitude) for p in queries.place_facts(site.pk))  # fmt: skip
        return csv_of(rows, ("Number", "Name", "Kind", "Building", "Floor", "Nearest exterior door", "Capacity",
                             "Latitude", "Longitude"), f"rooms-{site.code}")  # fmt: skip
    return {
        "site": site, "address": address_line(site.address), "floors": floors,
        "rooms": [place for place in queries.place_facts(site.pk) if place.kind != "hall"],
        "doors": sorted(
            queries.doors_seen_by(request.actor, site=str(site.pk), exterior="true"),
            key=lambda door: door_order(door.number),
        ),
        "may_edit": may(request.actor, "sites.edit", site.pk), "csv_url": csv_url(request),
    }  # fmt: skip


@page(permission="sites.view", template="sites/places_page.html")
def places_page(request: HttpRequest) -> Any:
    """All places of the district, filtered and paged."""
    chosen = {name: request.GET.get(name, "") for name in ("site", "kind")}
    search = request.GET.get("q", "")
    rows = queries.places_seen_by(request.actor, **chosen, search=search)
    if request.GET.get("format") == "csv":
        cells = ((p.site.name, p.number, p.name, p.get_kind_display(), p.floor or "", p.capacity or "") for p in rows)
        return csv_of(cells, ("Site", "Number", "Name", "Kind", "Floor", "Capacity"), "places")
    found = page_of(request, rows)
    sites = [(str(site.pk), site.name) for site in queries.sites_seen_by(request.actor)]
    return found | {
        "filters": {
            "q": {"name": "q", "value": search, "label": "Room number or name"},
            "selects": [
                {"name": "site", "label": "Site", "value": chosen["site"], "options": [("", "All sites"), *sites]},
                {"name": "kind", "label": "Kind", "value": chosen["kind"],
                 "options": [("", "All kinds"), *PLACE_KINDS.items()]},
            ],
            "target": "places-list", "count": found["count"], "count_word": "places", "csv_url": csv_url(request),
        },
    }  # fmt: skip


@part(permission="sites.view", template="sites/_plan_part.html")
def plan_part(request: HttpRequest, site_id: UUID) -> Any:
    """A site's plans alone, without equipment."""
    site = queries.site_seen_by(request.actor, site_id)
    return {"drawings": [asdict(drawing) for drawing in queries.drawings_of_site(site.pk)]}


# -- sites and floors come into being --------------------------------------------------------------------------


@page(permission="sites.edit", template="sites/form_page.html", methods=("GET", "POST"))
def add_site_page(request: HttpRequest) -> Any:
    """A new site."""
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("sites:site_page", actions.add_site(request.actor, **form.fields_of_site()))
        except Refused as error:
            form.add_error(None, str(error))
    return {"form": form, "title": "Add a site", "back": reverse("sites:sites_page"), "back_name": "Sites"}


@page(permission="sites.edit", template="sites/form_page.html", methods=("GET", "POST"))
def edit_site_page(request: HttpRequest, site_id: UUID) -> Any:
    """A site's name, address and place on the earth."""
    site = queries.site_seen_by(request.actor, site_id)
    known = {name: getattr(site, name) for name in actions.SITE_FIELDS if name != "address"}
    form = SiteForm(request.POST or None, initial=known | {"country": "US"} | site.address)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_site(request.actor, site.pk, **form.fields_of_site())
            return redirect("sites:site_page", site.pk)
        except Refused as error:
            form.add_error(None, str(error))
    return {"form": form, "title": "Change the site", "back": reverse("sites:site_page", args=[site.pk]),
            "back_name": site.name}  # fmt: skip


@page(permission="sites.edit", template="sites/form_page.html", methods=("GET", "POST"))
def add_floor_page(request: HttpRequest, site_id: UUID) -> Any:
    """A new floor; its plan, rooms and doors follow on the floor's own page."""
    site = queries.site_seen_by(request.actor, site_id)
    form = FloorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("sites:floor_page", actions.add_floor(request.actor, site.pk, **form.cleaned_data))
        except Refused as error:
            form.add_error(None, str(error))
    return {"form": form, "title": "Add a floor", "back": reverse("sites:site_page", args=[site.pk]),
            "back_name": site.name}  # fmt: skip


# -- work on a plan ---------------------------------------------------------------------------------------------


@page(permission="sites.edit", template="sites/floor_page.html")
def floor_page(request: HttpRequest, floor_id: UUID) -> Any:
    """One floor for whoever keeps its plan: picture, three points, rooms."""
    return _floor_context(request, floor_id)


def _floor_context(request: HttpRequest, floor_id: UUID, **more: Any) -> dict[str, Any]:
    floor = queries.floor_seen_by(request.actor, floor_id)
    points = {f"{key}{n}": value for n, point in enumerate(floor.placement, 1) for key, value in point.items()}
    return {
        "floor": floor, "drawings": [asdict(queries.floor_drawing(floor.pk))], "picture_form": PlanPictureForm(),
        "rooms_form": RoomsFileForm(), "placement_form": PlacementForm(initial=points),
        "room_form": RoomForm(auto_id="room_%s"), "door_form": DoorForm(auto_id="door_%s"),
        "doors": queries.doors_on_floor(floor.pk), "rooms": queries.rooms_on_floor(floor.pk),
        "faults": (),
    } | more  # fmt: skip


@change_page(permission="sites.edit", template="sites/floor_page.html")
def picture_change(request: HttpRequest, floor_id: UUID) -> Any:
    """Takes a plan's picture."""
    form = PlanPictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _floor_context(request, floor_id, picture_form=form)
    try:
        actions.set_plan_picture(request.actor, floor_id, form.cleaned_data["picture"].read())
    except Refused as error:
        return _floor_context(request, floor_id, faults=(Fault(0, str(error)),))
    return redirect("sites:floor_page", floor_id)


@change_page(permission="sites.edit", template="sites/floor_page.html")
def placement_change(request: HttpRequest, floor_id: UUID) -> Any:
    """Takes the three points."""
    form = PlacementForm(request.POST)
    if not form.is_valid():
        return _floor_context(request, floor_id, placement_form=form)
    try:
        actions.set_placement(request.actor, floor_id, form.points())
    except Refused as error:
        form.add_error(None, str(error))
        return _floor_context(request, floor_id, placement_form=form)
    return redirect("sites:floor_page", floor_id)


@change_page(permission="sites.edit", template="sites/floor_page.html")
def rooms_change(request: HttpRequest, floor_id: UUID) -> Any:
    """Takes a file of rooms, all or nothing."""
    form = RoomsFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _floor_context(request, floor_id, rooms_form=form)
    found = actions.import_rooms(request.actor, floor_id, form.cleaned_data["rooms"].read())
    if found.faults:
        return _floor_context(request, floor_id, faults=found.faults)
    return redirect("sites:floor_page", floor_id)


@change_page(permission="sites.edit", template="sites/floor_page.html")
def room_change(request: HttpRequest, floor_id: UUID) -> Any:
    """Takes one room drawn by hand."""
    form = RoomForm(request.POST, auto_id="room_%s")
    if not form.is_valid():
        return _floor_context(request, floor_id, room_form=form)
    try:
        actions.draw_room(request.actor, floor_id, form.room())
    except Refused as error:
        form.add_error("corners", str(error))
        return _floor_context(request, floor_id, room_form=form)
    return redirect("sites:floor_page", floor_id)


@change_page(permission="sites.edit", template="sites/floor_page.html")
def door_change(request: HttpRequest, floor_id: UUID) -> Any:
    """Takes one door."""
    form = DoorForm(request.POST, auto_id="door_%s")
    if not form.is_valid():
        return _floor_context(request, floor_id, door_form=form)
    try:
        actions.add_door(request.actor, floor_id, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, str(error))
        return _floor_context(request, floor_id, door_form=form)
    return redirect("sites:floor_page", floor_id)


@change_page(permission="sites.edit")
def door_removal(request: HttpRequest, door_id: UUID) -> HttpResponse:
    """Takes a door off the plan."""
    return redirect("sites:floor_page", actions.remove_door(request.actor, door_id))


@change_page(permission="sites.edit")
def room_closing(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """A room that is no longer there."""
    return redirect("sites:floor_page", actions.close_room(request.actor, place_id))


@page(permission="sites.view", template="")
def picture_page(request: HttpRequest, floor_id: UUID) -> HttpResponse:
    """The picture itself."""
    return picture_of(queries.plan_image(queries.floor_seen_by(request.actor, floor_id).pk))
