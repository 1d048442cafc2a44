"""Reading equipment: facts for plans and gateways, lists with failures first, symbols for the floor plan."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from watchbell.district.equipment.facts import KINDS, STATE_ORDER, EquipmentFacts, StateCount
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import judge_door
from watchbell.district.sites.facts import DrawnMark, read_id
from watchbell.kernel.permissions import Actor, require
from watchbell.line.errors import NotFound

#: What a plan shows of itself; the rest would cover the rooms.
SHOWN_ON_PLAN = ("panic_button", "camera", "aed", "alarm_panel", "strobe")
FAILURES_FIRST = Case(
    *(When(state=state, then=Value(place)) for place, state in enumerate(STATE_ORDER)),
    default=Value(9),
    output_field=IntegerField(),
)


def facts_of(row: Equipment) -> EquipmentFacts:
    return EquipmentFacts(
        id=row.pk, kind=row.kind, name=row.name, site=row.site_id, place=row.place_id, gateway=row.gateway,
        device=row.device, settings=row.settings, secret=row.secret or "", is_test=row.is_test, state=row.state,
        door_number=row.door.number if row.door else "", is_exterior=bool(row.door and row.door.is_exterior),
        holder=row.holder_id,
    )  # fmt: skip


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


def equipment_of_kinds(kinds: Iterable[str]) -> list[EquipmentFacts]:
    """Everything of these kinds in the acting district, in a stable order."""
    return [facts_of(row) for row in _in_use().filter(kind__in=tuple(kinds)).order_by("kind", "device", "id")]


def gateways_in_use() -> list[str]:
    """The gateways that have equipment in the acting district."""
    return sorted(Equipment.objects.exclude(gateway="").values_list("gateway", flat=True).distinct())


def equipment_facts(equipment_id: UUID | str) -> EquipmentFacts:
    """One piece of equipment. Raises NotFound."""
    row = _in_use().filter(pk=equipment_id).first()
    if row is None:
        raise NotFound("There is no such equipment.")
    return facts_of(row)


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


def equipment_seen_by(
    actor: Actor, *, kind: str = "", state: str = "", site: str = "", search: str = ""
) -> QuerySet[Equipment]:
    """Equipment `actor` may see, failures first; state "failing" means trouble or silent."""
    require(actor, "equipment.view")
    rows = Equipment.objects.filter(is_retired=False).select_related("site", "place", "door", "holder").defer("secret")
    rows = rows if actor.sites is None else rows.filter(Q(site__in=actor.sites) | Q(site__isnull=True))
    wanted = {"kind": kind, "state": "" if state == "failing" else state}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value})
    rows = rows.filter(site_id=read_id(site)) if site else rows
    search = search.replace("\0", "")
    if state == "failing":
        rows = rows.filter(state__in=("trouble", "silent"))
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(identifier__istartswith=search) | Q(device=search))
    return rows.order_by(FAILURES_FIRST, "kind", "name", "id")


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


def expiring_before(actor: Actor, on: date) -> QuerySet[Equipment]:
    """Equipment whose parts (pads, batteries) expire before `on`."""
    rows = equipment_seen_by(actor).filter(expires_on__lt=on)
    return rows.order_by("expires_on", "name")
