"""Writing equipment: its state as heard, its place, its settings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.district.equipment.events import EquipmentChanged
from watchbell.district.equipment.facts import Heard
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import is_news, read_heard
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import NotFound

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
