"""Reading equipment: facts for plans and gateways, lists with failures first, symbols for the floor plan."""

import operator
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from watchbell.district.equipment.facts import (
    AID_KINDS,
    KINDS,
    STATE_ORDER,
    AidFacts,
    EquipmentFacts,
    OwnerRule,
    StateCount,
    Watched,
)
from watchbell.district.equipment.models import Equipment, EquipmentOwner
from watchbell.district.equipment.rules import choose_owner, judge_door, rules_by_weight
from watchbell.district.people.queries import person_of_user
from watchbell.district.sites.facts import DrawnMark, read_id
from watchbell.kernel.acting import acting_district
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, require
from watchbell.line.errors import NotFound

#: What a plan shows of itself; the rest would cover the rooms.
SHOWN_ON_PLAN = ("panic_button", "camera", "aed", "kit", "alarm_panel", "strobe")
FAILURES_FIRST = Case(
    *(When(state=state, then=Value(place)) for place, state in enumerate(STATE_ORDER)),
    default=Value(9),
    output_field=IntegerField(),
)


def facts_of(row: Equipment) -> EquipmentFacts:
    return EquipmentFacts(
        id=row.pk, kind=row.kind, name=row.name, site=row.site_id, place=row.place_id, gateway=row.gateway,
        device=row.device, settings=row.settings, secret=_secret_of(row), is_test=row.is_test, state=row.state,
        door_number=row.door.number if row.door else "", is_exterior=bool(row.door and row.door.is_exterior),
        holder=row.holder_id, state_because=row.state_because, heard_at=row.heard_at, contact=row.contact,
        lock=row.lock, battery=row.battery, self_test=row.self_test, self_test_at=row.self_test_at, detail=row.detail,
        building=getattr(row, "building", None),
    )  # fmt: skip


def _secret_of(row: Equipment) -> str:
    return "" if "secret" in row.get_deferred_fields() or row.secret is None else row.secret


#: As `_open_facts` reads them: a row of a thousand costs a third of what a model does.
OPEN_COLUMNS = (
    "id", "kind", "name", "site_id", "place_id", "gateway", "device", "settings", "is_test", "state", "door__number",
    "door__is_exterior", "holder_id", "state_because", "heard_at", "contact", "lock", "battery", "self_test",
    "self_test_at", "detail",
)  # fmt: skip


def _open_facts(rows: QuerySet[Equipment], *more: str) -> list[EquipmentFacts]:
    """Facts without secrets. more: "building", where the rows have it."""
    found = []
    for row in rows.values_list(*OPEN_COLUMNS, *more):
        pk, kind, name, site, place, gateway, device, settings, is_test, state, number, is_exterior, *rest = row
        facts = (pk, kind, name, site, place, gateway, device, settings, "", is_test, state, number or "")
        found.append(EquipmentFacts(*facts, bool(is_exterior), *rest))
    return found


def _in_use() -> QuerySet[Equipment]:
    return Equipment.objects.filter(is_retired=False).select_related("door")


def equipment_of(site_id: UUID | str, kinds: Iterable[str] | None = None) -> list[EquipmentFacts]:
    """The equipment of a site, of `kinds` when given, by kind and name."""
    return _facts_by_name(_in_use().filter(site_id=site_id), kinds)


def district_equipment(kinds: Iterable[str] | None = None) -> list[EquipmentFacts]:
    """What serves the whole district and stands at no site (dispatch centres, voice lines), by kind and name."""
    return _facts_by_name(_in_use().filter(site__isnull=True), kinds)


def _facts_by_name(rows: QuerySet[Equipment], kinds: Iterable[str] | None) -> list[EquipmentFacts]:
    rows = rows if kinds is None else rows.filter(kind__in=tuple(kinds))
    return [facts_of(row) for row in rows.order_by("kind", "name", "id")]


def gateway_equipment(gateway: str) -> list[EquipmentFacts]:
    """Everything in the acting district that speaks through `gateway`, in a stable order."""
    return [facts_of(row) for row in _in_use().filter(gateway=gateway).order_by("device", "id")]


def equipment_of_sites(kinds: Iterable[str], site_id: UUID | None = None) -> list[EquipmentFacts]:
    """Everything of `kinds` in the acting district, with the building each stands in. One query, no secrets.

    site_id: only what stands there, and what stands at no site.
    """
    where = Coalesce("floor__building_id", "door__floor__building_id", "place__floor__building_id")
    rows = _in_use().filter(kind__in=tuple(kinds)).annotate(building=where)
    rows = rows if site_id is None else rows.filter(Q(site_id=site_id) | Q(site__isnull=True))
    return _open_facts(rows.order_by("kind", "name", "id"), "building")


def _in_reach(site_id: UUID | str, kinds: Iterable[str], everywhere: Iterable[str]) -> QuerySet[Equipment]:
    here = Q(site_id=site_id, kind__in=tuple(kinds)) | Q(site__isnull=True, kind__in=tuple(everywhere))
    return _in_use().filter(here).order_by(F("site_id").asc(nulls_last=True), "kind", "name", "id")


def equipment_in_reach(site_id: UUID | str, kinds: Iterable[str], everywhere: Iterable[str]) -> list[EquipmentFacts]:
    """The equipment of a site of `kinds`, then the district's own of the kinds `everywhere`; one query, no secrets."""
    return _open_facts(_in_reach(site_id, kinds, everywhere))


def names_in_reach(site_id: UUID | str, kinds: Iterable[str], everywhere: Iterable[str]) -> dict[str, str]:
    """{id: name} of the same equipment."""
    rows = _in_reach(site_id, kinds, everywhere).values_list("id", "name")
    return {str(pk): name for pk, name in rows}


def speakers_by_zone(site_id: UUID | None = None) -> dict[UUID | None, dict[str, int]]:
    """{site: {zone: speakers that hang in it}} of the acting district, of one site where one is named. One query."""
    rows = _in_use().filter(kind="speaker") if site_id is None else _in_use().filter(kind="speaker", site_id=site_id)
    rows = rows.annotate(zone=KeyTextTransform("zone", "settings")).order_by().values("site_id", "zone")
    found: dict[UUID | None, dict[str, int]] = defaultdict(dict)
    for site, zone, count in rows.annotate(hanging=Count("pk")).values_list("site_id", "zone", "hanging"):
        found[site][zone or ""] = found[site].get(zone or "", 0) + count
    return found


def equipment_of_kinds(kinds: Iterable[str]) -> list[EquipmentFacts]:
    """Everything of these kinds in the acting district, in a stable order."""
    return [facts_of(row) for row in _in_use().filter(kind__in=tuple(kinds)).order_by("kind", "device", "id")]


def spots_of_kind(kind: str) -> dict[UUID, tuple[str, float, float]]:
    """{id: (floor, x, y)} of the equipment of a kind that has a point on a plan. One query."""
    rows = _in_use().filter(kind=kind, floor__isnull=False, x__isnull=False, y__isnull=False)
    return {pk: (str(floor), x, y) for pk, floor, x, y in rows.values_list("id", "floor_id", "x", "y")}


def gateways_in_use() -> list[str]:
    """The gateways that have equipment in the acting district."""
    return sorted(Equipment.objects.exclude(gateway="").values_list("gateway", flat=True).distinct())


def equipment_facts(equipment_id: UUID | str) -> EquipmentFacts:
    """One piece of equipment. Raises NotFound."""
    row = _in_use().filter(pk=equipment_id).first()
    if row is None:
        raise NotFound("There is no such equipment.")
    return facts_of(row)


def kind_of(equipment_id: UUID | str) -> str:
    """What kind a piece of equipment is, or was, for one out of use too; "" for none."""
    return Equipment.objects.filter(pk=equipment_id).values_list("kind", flat=True).first() or ""


def find_device(gateway: str, device: str) -> EquipmentFacts | None:
    """What a gateway calls `device`, or None: an unknown device is still heard."""
    row = _in_use().filter(gateway=gateway, device=device).first()
    return facts_of(row) if row else None


def equipment_at_door(door_id: UUID | str) -> list[EquipmentFacts]:
    return [facts_of(row) for row in _in_use().filter(door_id=door_id).order_by("kind", "name")]


def marks_of_site(site_id: UUID | str, kinds: Iterable[str] = SHOWN_ON_PLAN) -> dict[UUID, list[DrawnMark]]:
    """{floor id: equipment with a point on it}, for sites.queries.drawings_of_site; what fails says so by its state."""
    rows = Equipment.objects.filter(site_id=site_id, is_retired=False, x__isnull=False, y__isnull=False)
    rows = rows.filter(kind__in=tuple(kinds), floor__isnull=False).order_by("kind", "name")
    found: dict[UUID, list[DrawnMark]] = defaultdict(list)
    for floor, id_, kind, name, x, y, state in rows.values_list("floor_id", "id", "kind", "name", "x", "y", "state"):
        found[floor].append(DrawnMark(str(id_), name, x, y, kind, "bad" if state in ("trouble", "silent") else ""))
    return dict(found)


def door_states_of_site(site_id: UUID | str) -> dict[UUID, str]:
    """{door id: "locked", "unlocked", "open", "forced" or "unknown"} of the controlled doors of a site."""
    rows = Equipment.objects.filter(site_id=site_id, kind="controlled_door", is_retired=False, door__isnull=False)
    return {
        door: judge_door(state, contact, lock)
        for door, state, contact, lock in rows.values_list("door_id", "state", "contact", "lock")
    }


def symbols_of_site(
    site_id: UUID | str, kinds: Iterable[str] = SHOWN_ON_PLAN
) -> tuple[dict[UUID, str], dict[UUID, list[DrawnMark]]]:
    """`door_states_of_site` and `marks_of_site` in one query."""
    rows = Equipment.objects.filter(site_id=site_id, is_retired=False).order_by("kind", "name")
    rows = rows.filter(Q(kind="controlled_door", door__isnull=False) | Q(kind__in=tuple(kinds), x__isnull=False))
    doors, marks = {}, defaultdict(list)
    columns = ("id", "kind", "name", "door_id", "floor_id", "x", "y", "state", "contact", "lock")
    for pk, kind, name, door, floor, x, y, state, contact, lock in rows.values_list(*columns):
        if kind == "controlled_door":
            doors[door] = judge_door(state, contact, lock)
        elif floor is not None and y is not None:
            marks[floor].append(DrawnMark(str(pk), name, x, y, kind, "bad" if state in ("trouble", "silent") else ""))
    return doors, dict(marks)


def failing_at(sites: Iterable[UUID]) -> list[tuple[str, int, int]]:
    """(kind, failing, all) of the equipment in use at `sites`, by kind; one query. No permission: numbers only."""
    rows = Equipment.objects.filter(site_id__in=list(sites), is_retired=False).order_by("kind").values("kind")
    failing = Count("id", filter=Q(state__in=("trouble", "silent")))
    return list(rows.annotate(bad=failing, total=Count("id")).values_list("kind", "bad", "total"))


def equipment_seen_by(
    actor: Actor, *, kind: str = "", state: str = "", site: str = "", search: str = "", owner: str = ""
) -> QuerySet[Equipment]:
    """Equipment `actor` may see, failures first; state "failing" means trouble or silent.

    owner: "mine", "nobody", or a person's id; owner rules count.
    """
    require(actor, "equipment.view")
    joined = ("site", "place", "door", "holder", "owner")
    rows = Equipment.objects.filter(is_retired=False).select_related(*joined).defer("secret")
    rows = rows if actor.sites is None else rows.filter(Q(site__in=actor.sites) | Q(site__isnull=True))
    wanted = {"kind": kind, "state": "" if state == "failing" else state}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value})
    rows = rows.filter(site_id=read_id(site)) if site else rows
    search = search.replace("\0", "")
    if state == "failing":
        rows = rows.filter(state__in=("trouble", "silent"))
    if owner:
        rows = rows.filter(_owned(actor, owner))
    if search:
        rows = rows.filter(
            Q(name__icontains=search) | Q(identifier__istartswith=search) | Q(device=search) | _carried(search)
        )
    return rows.order_by(FAILURES_FIRST, "kind", "name", "id")


def ids_in_order(rows: QuerySet[Equipment]) -> QuerySet[Equipment, UUID]:
    """The ids of rows of `equipment_seen_by`, to page through: sorting thousands with all that is joined is slow."""
    return rows.select_related(None).values_list("pk", flat=True)


def rows_by_id(actor: Actor, equipment_ids: Sequence[UUID]) -> list[Equipment]:
    """The rows of these ids that `actor` may see, in the order of the ids."""
    found = {row.pk: row for row in equipment_seen_by(actor).filter(pk__in=equipment_ids)}
    return [found[pk] for pk in equipment_ids if pk in found]


def _carried(search: str) -> Q:
    """By who carries it: every word begins one of their names."""
    words = search.split()[:4]
    found = [Q(holder__family__istartswith=one) | Q(holder__given__istartswith=one) for one in words]
    return reduce(operator.and_, found, Q(holder__isnull=False)) if words else Q(pk__isnull=True)


def _owned(actor: Actor, owner: str) -> Q:
    if owner == "nobody":
        return reduce(operator.and_, (~_fitting(rule) for rule in owner_rules()), Q(owner__isnull=True))
    mine = person_of_user(actor.user_id) if owner == "mine" and actor.user_id else None
    person = mine.id if mine else None if owner == "mine" else read_id(owner)
    return Q(pk__isnull=True) if person is None else owned_by(person)


def owned_by(person: UUID) -> Q:
    """What a person answers for: by itself, or by the owner rule that says most."""
    found, stronger = Q(owner_id=person), Q(pk__isnull=True)
    for rule in owner_rules():
        if rule.person == person:
            found |= Q(owner__isnull=True) & _fitting(rule) & ~stronger
        stronger |= _fitting(rule)
    return found


def _fitting(rule: OwnerRule) -> Q:
    """The equipment an owner rule speaks of. `site` may be null: NOT of a comparison with null must stay false."""
    found = Q(kind=rule.kind) if rule.kind else Q(pk__isnull=False)
    return found & Q(site__isnull=False, site_id=rule.site) if rule.site else found


def owner_rules() -> list[OwnerRule]:
    """The owner rules of the acting district, the one that says most first."""
    rows = EquipmentOwner.objects.select_related("person")
    return rules_by_weight(OwnerRule(row.kind, row.site_id, row.person_id, str(row.person)) for row in rows)


def owner_names(rows: Iterable[Equipment], rules: list[OwnerRule] | None = None) -> dict[UUID, tuple[UUID, str]]:
    """{equipment: (person, name)} of who answers for each, by itself or by rule; give rows with `owner` joined.

    rules: `owner_rules()`, where the caller has them.
    """
    rules = owner_rules() if rules is None else rules
    names = {rule.person: rule.person_name for rule in rules}
    found = {}
    for row in rows:
        person = choose_owner(row.owner_id, row.kind, row.site_id, rules)
        if person is not None:
            found[row.pk] = (person, str(row.owner) if row.owner_id else names[person])
    return found


def badges_carried(people: Iterable[UUID]) -> dict[UUID, list[Equipment]]:
    """{person: the badges they carry, by identifier}. One query."""
    rows = Equipment.objects.filter(kind="badge", is_retired=False, holder_id__in=list(people)).defer("secret")
    found: dict[UUID, list[Equipment]] = defaultdict(list)
    for row in rows.order_by("identifier", "id"):
        found[row.holder_id].append(row)
    return dict(found)


def watched_equipment() -> list[Watched]:
    """What the watch looks at: everything that was heard once, or whose silence was told."""
    rows = Equipment.objects.filter(Q(heard_at__isnull=False) | Q(silence_told_at__isnull=False), is_retired=False)
    columns = ("id", "kind", "settings", "state", "heard_at", "silence_told_at")
    return [Watched(*row) for row in rows.values_list(*columns)]


def district_zone() -> str:
    """The time zone of the acting district, for moments in words."""
    return str(District.objects.values_list("timezone", flat=True).get(id=acting_district()))


def one_seen_by(actor: Actor, equipment_id: UUID | str) -> Equipment:
    """One piece of equipment. Raises Refused or NotFound."""
    row = equipment_seen_by(actor).filter(pk=equipment_id).first()
    if row is None:
        raise NotFound("There is no such equipment, or you may not see it.")
    return row


def state_counts(actor: Actor, site: str = "") -> list[StateCount]:
    """How much of each kind is in which state, in the order of KINDS; kinds without any are left out."""
    rows = equipment_seen_by(actor, site=site).order_by().values("kind")
    counted = rows.annotate(**{state: Count("id", filter=Q(state=state)) for state in STATE_ORDER})
    found = {row["kind"]: row for row in counted}
    return [
        StateCount(kind, name, *(found[kind][state] for state in STATE_ORDER))
        for kind, name in KINDS.items()
        if kind in found
    ]


def aids_of_site(site_id: UUID | str) -> list[AidFacts]:
    """AEDs and kits of a site that are neither in trouble nor silent; whether they are in date is for the reader."""
    rows = _in_use().filter(site_id=site_id, kind__in=AID_KINDS).exclude(state__in=("trouble", "silent"))
    return [
        AidFacts(row.pk, row.kind, row.name, (row.place.name or f"Room {row.place.number}") if row.place else "",
                 row.floor_id, row.x, row.y, row.expires_on)
        for row in rows.select_related("place").order_by("kind", "name", "id")
    ]  # fmt: skip


def expiring_before(actor: Actor, on: date) -> QuerySet[Equipment]:
    """Equipment whose parts (pads, batteries) expire before `on`."""
    rows = equipment_seen_by(actor).filter(expires_on__lt=on)
    return rows.order_by("expires_on", "name")
