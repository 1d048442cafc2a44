"""Reading places: facts for the plans and the wire, lists under the reader's own right, drawings of floors."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from watchbell.district.sites.facts import (
    DoorPoint,
    DrawnMark,
    DrawnRoom,
    FloorDrawing,
    FloorFacts,
    PlaceFacts,
    Position,
    SiteFacts,
    read_id,
)
from watchbell.district.sites.models import Building, Door, Floor, Place, PlanImage, Site
from watchbell.district.sites.rules.geometry import (
    count_metres_per_unit,
    judge_nearest_door,
    locate_point,
    ring_of,
    solve_placement,
)
from watchbell.district.sites.rules.position import Ground, find_place
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.errors import NotFound

#: As DoorPoint is made of.
DOOR_COLUMNS = ("number", "floor__building_id", "floor__level", "x", "y")
HAS_IMAGE = Exists(PlanImage.objects.filter(floor=OuterRef("pk")))
SHORT_NAMES = {"stairs": "Stairs", "restroom": "", "storage": ""}


# -- facts, for the plans, the snapshots and other capabilities -------------------------------------------------


def site_facts(site_id: UUID | str) -> SiteFacts:
    """The site as the wire needs it. Raises NotFound."""
    site = Site.objects.filter(pk=site_id).first()
    if site is None:
        raise NotFound("There is no such site.")
    return _facts_of(site)


def all_site_facts() -> list[SiteFacts]:
    """Every site of the acting district, by name, the first site first."""
    return [_facts_of(site) for site in Site.objects.order_by("-is_first", "name")]


def first_site() -> SiteFacts | None:
    """The site a newcomer is shown first, or None while there is none."""
    site = Site.objects.order_by("-is_first", "name").first()
    return _facts_of(site) if site else None


def fallback_site() -> SiteFacts | None:
    """Where an alarm is opened when nobody knows from which site it came."""
    site = Site.objects.order_by("-is_fallback", "-is_first", "name").first()
    return _facts_of(site) if site else None


def all_site_ids() -> list[UUID]:
    """Ids of every site of the acting district, the first site first."""
    return list(Site.objects.order_by("-is_first", "name").values_list("pk", flat=True))


def may_follow_site(actor: Actor, site: str) -> bool:
    """Whether a person may hear live that something of a site changed, named by its id."""
    found = read_id(site)
    return found is not None and may(actor, "sites.view", found)


def place_names(place_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What people call these places: "Room 204", "Main office"."""
    rows = Place.objects.filter(pk__in=set(place_ids)).values_list("pk", "number", "name")
    return {pk: name or f"Room {number}" for pk, number, name in rows}


def place_at(site_id: UUID | str, position: Position) -> tuple[UUID | None, str]:
    """(outdoor area or None, words) of a telephone's position at a site; see rules.position."""
    site = site_facts(site_id)
    floors = {floor.pk: floor for floor in Floor.objects.filter(site_id=site.id).select_related("building")}
    placed = {pk: found for pk, floor in floors.items() if (found := solve_placement(floor.placement))}
    grounds = [Ground(floors[pk].building.name, placement, tuple(map(tuple, ring)))
               for pk, placement in placed.items() if floors[pk].level == 1 for ring in floors[pk].outline]  # fmt: skip
    for area in Place.objects.filter(site_id=site.id, kind="outdoor", is_closed=False, floor__in=placed):
        grounds.append(Ground(area.name, placed[area.floor_id], ring_of(area.geometry), area.pk))
    return find_place(position, grounds, site.name, (site.latitude, site.longitude) if site.latitude else None)


def is_site(site_id: UUID | str) -> bool:
    """True when the acting district has this site."""
    return Site.objects.filter(pk=site_id).exists()


def is_place_of(place_id: UUID | str, site_id: UUID | str) -> bool:
    """True when the place belongs to the site."""
    return Place.objects.filter(pk=place_id, site_id=site_id).exists()


def _facts_of(site: Site) -> SiteFacts:
    return SiteFacts(
        id=site.pk, name=site.name, code=site.code, address=site.address, latitude=site.latitude,
        longitude=site.longitude, kind=site.kind, timezone=site.timezone,
    )  # fmt: skip


def place_facts(site_id: UUID | str) -> list[PlaceFacts]:
    """Every place of a site as a dispatchable location, with the exterior door nearest to it. Four queries."""
    return [place for listed in places_of_sites([site_id]).values() for place in listed]


def places_of_sites(site_ids: Iterable[UUID | str]) -> dict[UUID, list[PlaceFacts]]:
    """{site: every place of it, as `place_facts` gives them}. Four queries, however many sites."""
    wanted = list(site_ids)
    doors: dict[UUID, list[DoorPoint]] = defaultdict(list)
    for site, *point in _exterior_rows(wanted).values_list("site_id", *DOOR_COLUMNS):
        doors[site].append(DoorPoint(*point))
    floors = {floor.pk: floor for floor in Floor.objects.filter(site_id__in=wanted).select_related("building")}
    placements = {key: solve_placement(floor.placement) for key, floor in floors.items()}
    sites = Site.objects.in_bulk(wanted)
    found: dict[UUID, list[PlaceFacts]] = defaultdict(list)
    for place in Place.objects.filter(site_id__in=wanted, is_closed=False).order_by("number", "name").defer("geometry"):
        floor, placement = floors.get(place.floor_id), placements.get(place.floor_id)
        found[place.site_id].append(
            _place_facts_of(place, floor, placement, doors[place.site_id], sites.get(place.site_id))
        )
    return dict(found)


def place_fact(place_id: UUID | str) -> PlaceFacts:
    """One place as a dispatchable location. Raises NotFound."""
    found = facts_of_places([UUID(str(place_id))])
    if not found:
        raise NotFound("There is no such place.")
    return next(iter(found.values()))


def facts_of_places(place_ids: Iterable[UUID]) -> dict[UUID, PlaceFacts]:
    """{place: itself as a dispatchable location}; places nobody knows are left out. Two queries, however many."""
    rows = Place.objects.filter(pk__in=set(place_ids)).select_related("site", "floor__building").defer("geometry")
    places = list(rows)
    doors: dict[UUID, list[DoorPoint]] = defaultdict(list)
    for site, *point in _exterior_rows({place.site_id for place in places}).values_list("site_id", *DOOR_COLUMNS):
        doors[site].append(DoorPoint(*point))
    return {
        place.pk: _place_facts_of(
            place, place.floor, solve_placement(place.floor.placement) if place.floor else None, doors[place.site_id],
            place.site,
        )
        for place in places
    }  # fmt: skip


def _place_facts_of(place: Place, floor: Floor | None, placement: Any, doors: list[DoorPoint], site: Any) -> PlaceFacts:
    point = None if place.label_x is None or place.label_y is None else (place.label_x, place.label_y)
    latitude, longitude = (site.latitude, site.longitude) if site else (None, None)
    if placement is not None and point is not None:
        latitude, longitude = locate_point(placement, point)
    nearest = judge_nearest_door(doors, floor.building_id if floor else None, floor.level if floor else 1, point)
    return PlaceFacts(
        id=place.pk, name=place.name, building=floor.building.name if floor else "", floor=floor.name if floor else "",
        room=place.number, nearest_door=nearest, latitude=latitude, longitude=longitude, kind=place.kind,
        capacity=place.capacity, floor_id=str(place.floor_id or ""), x=place.label_x, y=place.label_y,
    )  # fmt: skip


def floor_facts(site_id: UUID | str) -> list[FloorFacts]:
    """Every floor of a site with its building, level and scale."""
    found = []
    for floor in Floor.objects.filter(site_id=site_id).select_related("building").order_by("building__name", "level"):
        placement = solve_placement(floor.placement)
        scale = count_metres_per_unit(placement) if placement else None
        found.append(FloorFacts(floor.pk, floor.name, floor.building.name, floor.level, scale))
    return found


def exterior_doors(site_id: UUID | str) -> list[DoorPoint]:
    """The exterior doors of a site where they stand."""
    return [DoorPoint(*row) for row in _exterior_rows([site_id]).values_list(*DOOR_COLUMNS)]


def _exterior_rows(site_ids: Iterable[UUID | str]) -> QuerySet[Door]:
    return Door.objects.filter(site_id__in=list(site_ids), is_exterior=True, floor__isnull=False, x__isnull=False)


def rooms_of_site(site_id: UUID | str, kinds: Iterable[str] = ("room",)) -> list[tuple[UUID, str, str]]:
    """(id, number, name) of the places of `kinds` at a site, by number."""
    rows = Place.objects.filter(site_id=site_id, kind__in=tuple(kinds), is_closed=False)
    return list(rows.order_by("number", "name").values_list("pk", "number", "name"))


def building_rooms() -> list[tuple[UUID, UUID, str, int, int]]:
    """(building, site, name, classrooms, classrooms with a door that locks by order), by site and name. One query."""
    rooms = Q(floors__places__kind="room", floors__places__is_closed=False)
    locks = rooms & Q(floors__places__doors__is_controlled=True)
    rows = Building.objects.annotate(
        rooms=Count("floors__places", filter=rooms, distinct=True),
        locks=Count("floors__places", filter=locks, distinct=True),
    )
    return list(rows.order_by("site_id", "name").values_list("pk", "site_id", "name", "rooms", "locks"))


def site_ids_by_code() -> dict[str, UUID]:
    """Site ids by code and, where a site has one, by the identifier it has in the student information system."""
    found: dict[str, UUID] = {}
    for site_id, code, sourced_id in Site.objects.values_list("pk", "code", "sourced_id"):
        found[code] = site_id
        if sourced_id:
            found[sourced_id] = site_id
    return found


def room_ids_by_number() -> dict[tuple[UUID, str], UUID]:
    """Place ids by (site, room number), for matching what other systems call a room."""
    rows = Place.objects.exclude(number="").values_list("site_id", "number", "pk")
    return {(site, number): place for site, number, place in rows}


def door_points(site_id: UUID | str) -> list[dict[str, Any]]:
    """Every door of a site that has a point: what the demo and the plan of equipment need of it."""
    rows = Door.objects.filter(site_id=site_id, x__isnull=False).order_by("floor__level", "number")
    columns = ("id", "number", "name", "floor_id", "place_id", "is_exterior", "is_controlled", "is_main", "x", "y")
    return list(rows.values(*columns))


def place_points(site_id: UUID | str) -> list[dict[str, Any]]:
    """Every place of a site with a label point, its floor and kind; ring: its corner points, not closed."""
    rows = Place.objects.filter(site_id=site_id, label_x__isnull=False).order_by("floor__level", "number", "name")
    columns = ("id", "number", "name", "kind", "floor_id", "label_x", "label_y", "capacity", "geometry")
    return [row | {"ring": ring_of(row["geometry"])} for row in rows.values(*columns)]


# -- lists, under the reader's own right ------------------------------------------------------------------------


def sites_seen_by(actor: Actor, *, kind: str = "", search: str = "") -> QuerySet[Site]:
    """The sites `actor` may see, the first site first."""
    require(actor, "sites.view")
    rows = Site.objects.order_by("-is_first", "name")
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(name__icontains=search.replace("\0", "")) if search else rows
    return rows if actor.sites is None else rows.filter(pk__in=actor.sites)


def with_counts(sites: QuerySet[Site]) -> QuerySet[Site]:
    """The sites with `room_count` and `exterior_count`, each counted apart: a join of both would multiply them."""
    rooms = Place.objects.filter(site=OuterRef("pk"), kind="room")
    doors = Door.objects.filter(site=OuterRef("pk"), is_exterior=True)
    return sites.annotate(room_count=_count(rooms), exterior_count=_count(doors))


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("site").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def site_seen_by(actor: Actor, site_id: UUID | str) -> Site:
    """One site. Raises Refused or NotFound."""
    site = Site.objects.filter(pk=site_id).first()
    if site is None or (actor.sites is not None and site.pk not in actor.sites):
        raise NotFound("There is no such site, or you may not see it.")
    require(actor, "sites.view", site.pk)
    return site


def floors_of_site(site_id: UUID | str) -> QuerySet[Floor]:
    """With `has_image`: does a picture lie under the plan?"""
    found = Floor.objects.filter(site_id=site_id).select_related("building").order_by("building__name", "level")
    return found.annotate(has_image=HAS_IMAGE)


def floor_seen_by(actor: Actor, floor_id: UUID | str) -> Floor:
    """One floor. Raises Refused or NotFound."""
    floor = Floor.objects.filter(pk=floor_id).select_related("site", "building").first()
    if floor is None or (actor.sites is not None and floor.site_id not in actor.sites):
        raise NotFound("There is no such floor, or you may not see it.")
    require(actor, "sites.view", floor.site_id)
    return floor


def places_seen_by(
    actor: Actor, *, site: str = "", kind: str = "", floor: str = "", search: str = ""
) -> QuerySet[Place]:
    """Places of the sites `actor` may see; the texts narrow the list."""
    require(actor, "sites.view")
    rows = Place.objects.select_related("site", "floor").order_by("site__name", "number", "name", "id")
    rows = rows if actor.sites is None else rows.filter(site__in=actor.sites)
    rows = rows.filter(kind=kind) if kind else rows
    for column, text in (("site_id", site), ("floor_id", floor)):
        rows = rows.filter(**{column: read_id(text)}) if text else rows
    search = search.replace("\0", "")
    return rows.filter(Q(number__istartswith=search) | Q(name__icontains=search)) if search else rows


def doors_seen_by(actor: Actor, *, site: str = "", exterior: str = "", controlled: str = "") -> QuerySet[Door]:
    """Doors of the sites `actor` may see. exterior, controlled: "true", "false" or ""."""
    require(actor, "sites.view")
    rows = Door.objects.select_related("site", "floor").order_by("site__name", "number", "id")
    rows = rows if actor.sites is None else rows.filter(site__in=actor.sites)
    if site:
        rows = rows.filter(site_id=read_id(site))
    if exterior:
        rows = rows.filter(is_exterior=exterior == "true")
    return rows.filter(is_controlled=controlled == "true") if controlled else rows


def doors_on_floor(floor_id: UUID | str) -> list[Door]:
    """Every door of a floor, by number."""
    return list(Door.objects.filter(floor_id=floor_id).order_by("-is_exterior", "number"))


def rooms_on_floor(floor_id: UUID | str) -> list[Place]:
    """Every place of a floor that is in use, by number."""
    return list(Place.objects.filter(floor_id=floor_id, is_closed=False).order_by("number", "name"))


def floor_of_site(site_id: UUID | str, floor_id: UUID | str) -> Floor:
    """One floor of a site, for whoever may see the site. Raises NotFound."""
    floor = Floor.objects.filter(pk=floor_id, site_id=site_id).first()
    if floor is None:
        raise NotFound("There is no such floor at this site.")
    return floor


def plan_image(floor_id: UUID | str) -> PlanImage | None:
    """The picture behind a floor's plan, or None."""
    return PlanImage.objects.filter(floor_id=floor_id).first()


def building_of_site(site_id: UUID | str) -> Building | None:
    """The site's first building, for adding a floor to."""
    return Building.objects.filter(site_id=site_id).order_by("name").first()


# -- drawings ---------------------------------------------------------------------------------------------------


def floor_drawing(floor_id: UUID | str) -> FloorDrawing:
    """A floor's rooms and doors in plan units. Raises NotFound."""
    found = _draw(Floor.objects.filter(pk=floor_id).annotate(has_image=HAS_IMAGE), {}, {})
    if not found:
        raise NotFound("There is no such floor.")
    return found[0]


def drawings_of_site(
    site_id: UUID | str, *, equipment: Mapping[UUID, Sequence[DrawnMark]] | None = None,
    door_states: Mapping[UUID, str] | None = None,
) -> list[FloorDrawing]:  # fmt: skip
    """All floors of a site, with what others know handed in: this capability knows of no equipment. Four queries.

    equipment ({floor id: marks}), door_states: equipment.queries.marks_of_site and door_states_of_site give them.
    """
    return _draw(floors_of_site(site_id), equipment or {}, door_states or {})


def _draw(
    floors: QuerySet[Floor], equipment: Mapping[UUID, Sequence[DrawnMark]], locks: Mapping[UUID, str]
) -> list[FloorDrawing]:
    listed = list(floors)
    keys = [floor.pk for floor in listed]
    rooms, doors = defaultdict(list), defaultdict(list)
    for place in Place.objects.filter(floor_id__in=keys, is_closed=False).order_by("number", "name"):
        rooms[place.floor_id].append(_drawn_room(place))
    placed = Door.objects.filter(floor_id__in=keys, x__isnull=False, y__isnull=False)
    for door in placed.filter(Q(is_exterior=True) | Q(is_controlled=True)):
        doors[door.floor_id].append(_drawn_door(door, locks.get(door.pk, "")))
    return [
        FloorDrawing(
            id=str(floor.pk), site=floor.site_id, name=floor.name, level=floor.level, width=floor.width,
            height=floor.height, rooms=tuple(room for room in rooms[floor.pk] if len(room.geometry) >= 3),
            doors=tuple(doors[floor.pk]), equipment=tuple(equipment.get(floor.pk, ())), callouts=(),
            outline=tuple(tuple((x, y) for x, y in ring) for ring in floor.outline),
            grounds=tuple(tuple((x, y) for x, y in ground["ring"]) for ground in floor.grounds if "ring" in ground),
            has_image=floor.has_image,  # type: ignore[attr-defined]
        )
        for floor in listed
    ]  # fmt: skip


def _drawn_room(place: Place) -> DrawnRoom:
    label = place.number if place.kind == "room" and place.number else SHORT_NAMES.get(place.kind, place.name)
    return DrawnRoom(
        id=str(place.pk), name=label, geometry=ring_of(place.geometry),
        is_hall=place.kind in ("hall", "outdoor"), number=place.number, kind=place.kind,
    )  # fmt: skip


def _drawn_door(door: Door, state: str) -> DrawnMark:
    kind = "main" if door.is_main else "exterior" if door.is_exterior else "inner"
    return DrawnMark(id=str(door.pk), name=door.number, x=door.x or 0.0, y=door.y or 0.0, kind=kind, state=state)
