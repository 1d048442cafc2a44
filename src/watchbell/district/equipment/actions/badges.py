"""Who carries a badge: given, given to another, taken back."""

from typing import Any
from uuid import UUID

from watchbell.district.equipment.events import EquipmentChanged
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import badge_name
from watchbell.district.people.queries import person_facts
from watchbell.district.sites.queries import place_points
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused


def give_badge(actor: Actor, badge_id: UUID | str, person_id: UUID, seen_holder: UUID | None) -> str:
    """A member of staff carries this badge from now on; the badge is at home where they are. Returns their name.

    seen_holder: who carried it when the person decided; Conflict when that has changed meanwhile. The badge is named
    after who carries it: that name is what a press is read with. Raises NotFound, Refused, Conflict.
    """
    person = person_facts(person_id)
    if person.kind != "staff":
        raise Refused("Badges are carried by members of staff.")
    require(actor, "equipment.edit", person.site)
    with recorded_change(actor, "equipment.give_badge") as change:
        row = _badge_to_edit(actor, badge_id, seen_holder)
        change.about(row)
        change.note(holder=person.name, holder_id=str(person.id), before=str(row.holder) if row.holder_id else "")
        row.holder_id, row.site_id = person.id, person.site or row.site_id
        _place(row, person.place)
        _save(change, row, badge_name(person.name, row.identifier, row.device))
    return person.name


def take_badge_back(actor: Actor, badge_id: UUID | str, seen_holder: UUID | None) -> str:
    """Nobody carries this badge any more; a press of it is still heard, without a name. Returns who carried it.

    Raises NotFound, Refused when nobody carries it, Conflict as `give_badge`.
    """
    with recorded_change(actor, "equipment.take_badge_back") as change:
        row = _badge_to_edit(actor, badge_id, seen_holder)
        if row.holder_id is None:
            raise Refused("Nobody carries this badge.")
        name = str(row.holder)
        change.about(row)
        change.note(before=name, before_id=str(row.holder_id))
        row.holder_id = None
        _place(row, None)
        _save(change, row, badge_name("", row.identifier, row.device))
    return name


def _badge_to_edit(actor: Actor, badge_id: UUID | str, seen_holder: UUID | None) -> Equipment:
    rows = Equipment.objects.select_for_update(of=("self",)).select_related("holder").defer("secret")
    row = rows.filter(pk=badge_id, kind="badge", is_retired=False).first()
    if row is None:
        raise NotFound("There is no such badge.")
    require(actor, "equipment.edit", row.site_id)
    if row.holder_id != seen_holder:
        who = f"{row.holder} carries it" if row.holder_id else "nobody carries it"
        raise Conflict(f"This badge has changed hands meanwhile: {who} now. Look again.")
    return row


def _place(row: Equipment, place: UUID | None) -> None:
    point = next((one for one in place_points(row.site_id) if one["id"] == place), None) if row.site_id else None
    row.place_id = place
    row.floor_id, row.x, row.y = (point["floor_id"], point["label_x"], point["label_y"]) if point else (None,) * 3


def _save(change: Any, row: Equipment, name: str) -> None:
    row.name = name
    row.save(update_fields=["name", "holder", "site", "place", "floor", "x", "y"])
    change.announce(EquipmentChanged(row.pk, row.site_id, row.gateway, clock.now()))
    change.touch(f"equipment:{row.pk}")
    change.touch("equipment:all")
