"""Telephones with their dispatchable locations: for the gateways, for the table, for the audit."""

from collections.abc import Callable, Container, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from watchbell.district.equipment.facts import GRAVE_PROBLEMS, TELEPHONE_PROBLEMS, TelephoneFacts
from watchbell.district.equipment.models import Equipment, TelephoneAudit
from watchbell.district.equipment.queries.reading import equipment_seen_by
from watchbell.district.equipment.rules import civic_of, judge_location
from watchbell.district.sites.facts import PlaceFacts, SiteFacts
from watchbell.district.sites.queries import all_site_facts, facts_of_places, places_of_sites
from watchbell.kernel.permissions import Actor
from watchbell.line.errors import NotFound


def telephone_facts(
    rows: Iterable[Equipment] | None = None, places_of: Callable[[UUID], Iterable[PlaceFacts]] | None = None
) -> list[TelephoneFacts]:
    """The telephones among `rows` (all of the acting district without), by extension, with their locations.

    places_of: gives a site's places, where the caller has them already; without it, two queries for all sites.
    """
    found = list(Equipment.objects.filter(kind="phone", is_retired=False).select_related("place").defer("secret")
                 if rows is None else rows)  # fmt: skip
    sites = {site.id: site for site in all_site_facts()}
    wanted = {row.site_id for row in found if row.place_id and row.site_id}
    if places_of is None:
        places = facts_of_places(row.place_id for row in found if row.place and _is_in_use(row.place, wanted))
    else:
        places = {place.id: place for site_id in wanted for place in places_of(site_id)}
    told = [_facts_of(row, sites.get(row.site_id), places.get(row.place_id)) for row in found]
    return sorted(told, key=lambda phone: (len(phone.extension), phone.extension))


def _is_in_use(place: Any, sites: Container[UUID]) -> bool:
    return not place.is_closed and place.site_id in sites


def _facts_of(row: Equipment, site: SiteFacts | None, place: PlaceFacts | None) -> TelephoneFacts:
    settings = row.settings
    address = site.address if site else {}
    return TelephoneFacts(
        id=row.pk, name=row.name, extension=str(settings.get("extension") or row.device), site=row.site_id,
        site_name=site.name if site else "", place=row.place_id if place else None,
        place_name=(place.name or f"Room {place.room}") if place else "",
        civic=civic_of(address, site.name if site else "", place), elin=str(settings.get("elin") or ""),
        callback=str(settings.get("callback") or ""), mac=str(settings.get("mac") or ""),
        ip=str(settings.get("ip") or ""), latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        is_place_closed=bool(row.place_id and row.place is not None and row.place.is_closed),
        has_address=bool(address.get("HNO") and address.get("RD")),
        confirmed_on=_date(settings.get("confirmed_on")), confirmed_by=str(settings.get("confirmed_by") or ""),
    )  # fmt: skip


def _date(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def telephones_seen_by(actor: Actor, *, site: str = "", search: str = "") -> QuerySet[Equipment]:
    """The telephones `actor` may see; search by extension, number, name or room."""
    rows = equipment_seen_by(actor, kind="phone", site=site)
    search = search.replace("\0", "").strip()
    if search:
        rows = rows.filter(
            Q(name__icontains=search) | Q(device__startswith=search) | Q(settings__elin__contains=search)
            | Q(settings__callback__contains=search) | Q(place__name__icontains=search)
            | Q(place__number__istartswith=search)
        )  # fmt: skip
    return rows.annotate(extension=KeyTextTransform("extension", "settings")).order_by("site__name", "device", "id")


def telephones_judged(
    actor: Actor, today: date, *, site: str = "", search: str = "", problem: str = ""
) -> list[tuple[TelephoneFacts, str]]:
    """(telephone, its problem), the gravest problems first; problem "any" or "grave" for several of them."""
    found = telephones_in_order(actor, today, site=site, search=search, problem=problem)
    facts = telephones_by_id(pk for pk, _ in found)
    return [(facts[pk], why) for pk, why in found if pk in facts]


def telephones_by_id(telephone_ids: Iterable[UUID]) -> dict[UUID, TelephoneFacts]:
    """{telephone: itself with its location} of telephones the caller was shown the ids of."""
    rows = Equipment.objects.filter(pk__in=list(telephone_ids), is_retired=False).select_related("place")
    rows = rows.only("name", "device", "settings", "site_id", "place__is_closed", "place__site_id")
    return {phone.id: phone for phone in telephone_facts(rows)}


def telephones_in_order(
    actor: Actor, today: date, *, site: str = "", search: str = "", problem: str = ""
) -> list[tuple[UUID, str]]:
    """(telephone, its problem) in the order of `telephones_judged`, without their locations: two queries."""
    sites = {one.id: one for one in all_site_facts()}
    confirmed = KeyTextTransform("confirmed_on", "settings")
    rows = telephones_seen_by(actor, site=site, search=search).annotate(confirmed=confirmed)
    columns = ("id", "site_id", "place__is_closed", "place__site_id", "extension", "device", "confirmed")
    listed = list(rows.values_list(*columns))
    wanted = {where for _, where, is_closed, *_ in listed if is_closed is not None and where}
    order, judged = [*TELEPHONE_PROBLEMS, ""], []
    for pk, where, is_closed, at, extension, device, confirmed_on in listed:
        own = sites.get(where)
        has_address = bool(own and own.address.get("HNO") and own.address.get("RD"))
        has_place = is_closed is False and at in wanted
        why = judge_location(bool(is_closed), has_place, has_address, _date(confirmed_on), today)
        if problem in ("", why) or (why and problem == "any") or (why in GRAVE_PROBLEMS and problem == "grave"):
            name = str(extension or device)
            judged.append(((order.index(why), own.name if own else "", len(name), name), pk, why))
    return [(pk, why) for _, pk, why in sorted(judged, key=lambda one: one[0])]


def one_telephone(actor: Actor, telephone_id: UUID | str) -> TelephoneFacts:
    """One telephone. Raises Refused or NotFound."""
    row = telephones_seen_by(actor).filter(pk=telephone_id).first()
    if row is None:
        raise NotFound("There is no such telephone, or you may not see it.")
    return telephone_facts([row])[0]


def newest_audit() -> TelephoneAudit | None:
    """What the last audit found, None before the first night."""
    return TelephoneAudit.objects.order_by("-at").first()


def rooms_by_name() -> tuple[dict[str, UUID], dict[tuple[UUID, str], UUID]]:
    """({code or name of a site: id}, {(site, number or name of a place): id}), all in lower case, for a file."""
    sites: dict[str, UUID] = {}
    rooms: dict[tuple[UUID, str], UUID] = {}
    listed = all_site_facts()
    places = places_of_sites(site.id for site in listed)
    for site in listed:
        sites |= {site.name.lower(): site.id, site.code.lower(): site.id}
        for place in places.get(site.id, ()):
            for name in (place.name, place.room, f"Room {place.room}" if place.room else ""):
                if name:
                    rooms.setdefault((site.id, name.lower()), place.id)
    return sites, rooms
