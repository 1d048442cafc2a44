"""Writing equipment: its state as heard, its place, its settings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.district.equipment.events import EquipmentChanged
from watchbell.district.equipment.facts import AID_KINDS, KINDS, Heard
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import is_news, read_heard
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import place_points
from watchbell.kernel import journal
from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused

BATCH = 2000


def record_status(
    endpoint_id: UUID | str, state: str, at: datetime, because: str = "", contact: str = "", lock: str = "",
    tampered: bool = False, battery: int | None = None,
) -> bool:  # fmt: skip
    """Takes down what a gateway heard of an endpoint; True when it was news. Unknown endpoints are passed over.

    Telemetry: no audit row. Older words than those already known, and repeats within a minute, change nothing.
    """
    new = read_heard(state, at, because, contact, lock, tampered)
    with recorded_batch("equipment status"):
        row = Equipment.objects.select_for_update(no_key=True).filter(pk=endpoint_id).defer("secret").first()
        if row is None or not is_news(_heard_of(row), new):
            return False
        if row.kind in AID_KINDS and row.state != new.state:  # the edges must not send anybody to a dead AED
            journal.announce(EquipmentChanged(row.pk, row.site_id, row.gateway, clock.now()), by="telemetry", cause="")
        row.state, row.state_at, row.state_because = new.state, new.at, new.because
        row.contact, row.lock = new.contact or row.contact, new.lock or row.lock
        row.is_tampered = new.is_tampered
        row.battery = row.battery if battery is None else max(0, min(100, battery))
        row.save(update_fields=[
            "state", "state_at", "state_because", "contact", "lock", "is_tampered", "battery"
        ])  # fmt: skip
        touch(f"equipment:{row.pk}")
        if row.site_id:
            touch(f"site:{row.site_id}")
    return True


def _heard_of(row: Equipment) -> Heard | None:
    if row.state_at is None:
        return None
    return Heard(row.state, row.state_at, row.state_because, row.contact, row.lock, row.is_tampered)


def add_equipment(actor: Actor, site_id: UUID | None, *, kind: str, name: str, **more: Any) -> UUID:
    """Registers a piece of equipment; its gateway is told within seconds. site_id None: of the whole district.

    more: identifier, place, door, is_test, expires_on, gateway, device, settings, secret. Raises Refused.
    """
    require(actor, "equipment.edit", site_id)
    if site_id is None and actor.sites is not None:
        raise Refused("What serves the whole district is added by someone of the whole district.")
    if kind not in KINDS:
        raise Refused(f"There is no kind of equipment “{kind}”.")
    row = Equipment(site_id=site_id, kind=kind)
    with recorded_change(actor, "equipment.add", target=name) as change:
        _write(row, name=name, **more)
        change.about(row)
        _tell(change, row)
    return row.pk


def change_equipment(actor: Actor, equipment_id: UUID | str, *, name: str, **more: Any) -> None:
    """Writes a piece of equipment anew; an empty secret stays what it is. Raises NotFound, Refused."""
    row = _row_to_edit(actor, equipment_id)
    with recorded_change(actor, "equipment.change", target=row) as change:
        _write(row, name=name, **more)
        _tell(change, row)


def _write(row: Equipment, *, name: str, place: str = "", door: str = "", secret: str = "", **more: Any) -> None:
    """Raises Refused when another device of that gateway has the same name on the wire."""
    device, gateway = more.get("device", row.device), more.get("gateway", row.gateway)
    same = Equipment.objects.filter(gateway=gateway, device=device, is_retired=False).exclude(pk=row.pk)
    if device and same.exists():
        raise Refused(f"There is such a device already: {same[0].name} ({device}).")
    row.name, row.place_id, row.door_id = name, read_id(place), read_id(door)
    for field in ("identifier", "is_test", "expires_on", "gateway", "device"):
        setattr(row, field, more.get(field, getattr(row, field)))
    row.settings = {**row.settings, **more.get("settings", {})}
    row.secret = secret or row.secret
    point = next((p for p in place_points(row.site_id) if p["id"] == row.place_id), None) if row.site_id else None
    if point is not None and (row.x is None or row.floor_id != point["floor_id"]):
        row.floor_id, row.x, row.y = point["floor_id"], point["label_x"], point["label_y"]
    row.save()


def _tell(change: Change, row: Equipment) -> None:
    change.announce(EquipmentChanged(row.pk, row.site_id, row.gateway, clock.now()))
    change.touch(f"equipment:{row.pk}")


def _row_to_edit(actor: Actor, equipment_id: UUID | str) -> Equipment:
    row = Equipment.objects.filter(pk=equipment_id, is_retired=False).first()
    if row is None:
        raise NotFound("There is no such equipment.")
    require(actor, "equipment.edit", row.site_id)
    return row


def add_staff_groups(actor: Actor, site: UUID, name: str, code: str) -> None:
    """The open screens and the phones of a site's staff: what an alert reaches without anybody having set it up."""
    groups = (("screen_group", "screens", f"Staff screens, {name}"), ("push_group", "webpush", f"Staff phones, {name}"))
    with recorded_change(actor, "equipment.add_staff_groups", target=name) as change:
        for kind, gateway, title in groups:
            Equipment.objects.get_or_create(
                site_id=site, kind=kind, gateway=gateway, defaults={"name": title, "device": code, "identifier": code}
            )
        change.announce(EquipmentChanged(None, site, "webpush", clock.now()))


def place_equipment(
    actor: Actor, equipment_id: UUID | str, *, place: UUID | None, floor: UUID | None, x: float, y: float
) -> None:
    """Says where a piece of equipment is: a room and a point on its floor's plan. Raises NotFound."""
    row = Equipment.objects.filter(pk=equipment_id).defer("secret").first()
    if row is None:
        raise NotFound("There is no such equipment.")
    require(actor, "equipment.edit", row.site_id)
    with recorded_change(actor, "equipment.place", target=row) as change:
        row.place_id, row.floor_id, row.x, row.y = place, floor, x, y
        row.save(update_fields=["place", "floor", "x", "y"])
        change.announce(EquipmentChanged(row.pk, row.site_id, row.gateway, clock.now()))
        change.touch(f"equipment:{row.pk}")


def retire_equipment(actor: Actor, equipment_id: UUID | str, why: str) -> None:
    """Takes equipment out of every plan and list; its history stays. Raises NotFound."""
    row = Equipment.objects.filter(pk=equipment_id).defer("secret").first()
    if row is None:
        raise NotFound("There is no such equipment.")
    require(actor, "equipment.edit", row.site_id)
    with recorded_change(actor, "equipment.retire", target=row, why=why) as change:
        row.is_retired = True
        row.save(update_fields=["is_retired"])
        change.announce(EquipmentChanged(row.pk, row.site_id, row.gateway, clock.now()))
        change.touch(f"equipment:{row.pk}")


def load_equipment(rows: Iterable[dict[str, Any]]) -> int:
    """Writes many rows of equipment at once, as part of a larger recorded change; their number."""
    with recorded_batch("load equipment"):
        return len(Equipment.objects.bulk_create([Equipment(**row) for row in rows], batch_size=BATCH))
