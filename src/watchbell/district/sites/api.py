"""The JSON operations on sites, places and doors."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from watchbell.district.sites import queries
from watchbell.kernel.api import api_router, operation, paged

router = api_router("sites")


def site_dict(site: Any) -> dict[str, Any]:
    return {
        "id": str(site.pk), "name": site.name, "kind": site.kind, "code": site.code, "address": site.address,
        "phone": site.phone, "latitude": site.latitude, "longitude": site.longitude, "timezone": site.timezone,
    }  # fmt: skip


def place_dict(place: Any) -> dict[str, Any]:
    return {
        "id": str(place.pk), "site": str(place.site_id), "floor": str(place.floor_id) if place.floor_id else None,
        "kind": place.kind, "number": place.number, "name": place.name, "capacity": place.capacity,
        "geometry": place.geometry,
    }  # fmt: skip


def door_dict(door: Any) -> dict[str, Any]:
    return {
        "id": str(door.pk), "site": str(door.site_id), "floor": str(door.floor_id) if door.floor_id else None,
        "place": str(door.place_id) if door.place_id else None, "number": door.number, "name": door.name,
        "is_exterior": door.is_exterior, "is_controlled": door.is_controlled, "is_main": door.is_main,
        "x": door.x, "y": door.y,
    }  # fmt: skip


@operation(router.get, "/sites", permission="sites.view")
def list_sites(request: HttpRequest, kind: str = "", search: str = "") -> Any:
    """Sites, the first site first; by kind and part of the name."""
    return paged(request, queries.sites_seen_by(request.actor, kind=kind, search=search), site_dict)


@operation(router.get, "/sites/{site_id}", permission="sites.view")
def read_site(request: HttpRequest, site_id: UUID) -> Any:
    """One site with its floors."""
    site = queries.site_seen_by(request.actor, site_id)
    floors = [
        {"id": str(floor.pk), "name": floor.name, "level": floor.level, "building": floor.building.name,
         "width": floor.width, "height": floor.height, "placement": floor.placement}
        for floor in queries.floors_of_site(site.pk)
    ]  # fmt: skip
    return site_dict(site) | {"floors": floors}


@operation(router.get, "/places", permission="sites.view")
def list_places(request: HttpRequest, site: str = "", kind: str = "", floor: str = "", search: str = "") -> Any:
    """Places (rooms, halls, grounds) by site, floor, kind and number or name; geometry in plan units."""
    rows = queries.places_seen_by(request.actor, site=site, kind=kind, floor=floor, search=search)
    return paged(request, rows, place_dict)


@operation(router.get, "/doors", permission="sites.view")
def list_doors(request: HttpRequest, site: str = "", exterior: str = "", controlled: str = "") -> Any:
    """Doors by site; exterior and controlled take "true" or "false"."""
    rows = queries.doors_seen_by(request.actor, site=site, exterior=exterior, controlled=controlled)
    return paged(request, rows, door_dict)
