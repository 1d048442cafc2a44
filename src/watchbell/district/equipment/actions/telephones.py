"""Writing telephones: their rooms and numbers, walk-round confirmations, a whole file, the night's audit."""

from collections.abc import Sequence
from uuid import UUID

from watchbell.district.equipment.events import EquipmentChanged
from watchbell.district.equipment.facts import GRAVE_PROBLEMS, TELEPHONE_PROBLEMS
from watchbell.district.equipment.models import Equipment, TelephoneAudit
from watchbell.district.equipment.queries import rooms_by_name, telephone_facts
from watchbell.district.equipment.rules import judge_telephone, read_telephones
from watchbell.district.sites.facts import Fault
from watchbell.district.sites.queries import is_place_of
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, require, sites_with
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused

GATEWAY = "pbx"
AUDITS_KEPT = 400


def _one(telephone_id: UUID | str) -> Equipment:
    row = Equipment.objects.filter(pk=telephone_id, kind="phone", is_retired=False).defer("secret").first()
    if row is None:
        raise NotFound("There is no such telephone.")
    return row


def _announce(change: Change, row: Equipment) -> None:
    change.announce(EquipmentChanged(row.pk, row.site_id, GATEWAY, clock.now()))
    change.touch(f"equipment:{row.pk}")


def place_telephone(
    actor: Actor, telephone_id: UUID | str, *, place: UUID | None, elin: str = "", callback: str = ""
) -> None:
    """Says in which room a telephone stands, and its numbers; whoever says so has confirmed it.

    Raises NotFound, and Refused for a room of another site.
    """
    row = _one(telephone_id)
    require(actor, "equipment.edit", row.site_id)
    if place is not None and (row.site_id is None or not is_place_of(place, row.site_id)):
        raise Refused("That room is at another site.")
    with recorded_change(actor, "equipment.place_telephone", target=row) as change:
        row.place_id, row.floor_id, row.x, row.y = place, None, None, None
        numbers = {"elin": elin.strip(), "callback": callback.strip()}
        row.settings = {**row.settings, **numbers, **(_confirmed(actor) if place else {})}
        row.save(update_fields=["place", "floor", "x", "y", "settings"])
        _announce(change, row)


def _confirmed(actor: Actor) -> dict[str, str]:
    return {"confirmed_on": clock.now().date().isoformat(), "confirmed_by": actor.name}


def confirm_telephones(actor: Actor, telephone_ids: Sequence[UUID | str]) -> int:
    """Somebody has seen these telephones in their rooms; how many. Those without a room are passed over.

    Raises Refused when one is at a site the actor may not change.
    """
    rows = list(Equipment.objects.filter(pk__in=list(telephone_ids), kind="phone", is_retired=False,
                                         place__isnull=False, place__is_closed=False).defer("secret"))  # fmt: skip
    for row in rows:
        require(actor, "equipment.edit", row.site_id)
    if not rows:
        return 0
    with recorded_change(actor, "equipment.confirm_telephones", target=f"{len(rows)} telephones") as change:
        for row in rows:
            row.settings = {**row.settings, **_confirmed(actor)}
        Equipment.objects.bulk_update(rows, ["settings"], batch_size=500)
        change.note(extensions=[row.device for row in rows][:500])
    return len(rows)


def import_telephones(actor: Actor, raw: bytes) -> tuple[int, int, list[Fault]]:
    """(made, changed, faults) of a CSV file: all of it or, with any fault, nothing."""
    require(actor, "equipment.edit")
    lines, faults = read_telephones(raw, *rooms_by_name())
    own = sites_with(actor, "equipment.edit")
    if own is not None:
        faults += [Fault(one.line, "That site is not yours.") for one in lines if one.site not in own]
    if faults:
        return 0, 0, faults
    known = {row.device: row for row in Equipment.objects.filter(gateway=GATEWAY, kind="phone", is_retired=False)
             .defer("secret")}  # fmt: skip
    taken = set(Equipment.objects.filter(gateway=GATEWAY, is_retired=False).exclude(kind="phone")
                .values_list("device", flat=True))  # fmt: skip
    faults = [Fault(one.line, f"{one.extension} is the name of something else.") for one in lines
              if one.extension in taken]  # fmt: skip
    if faults:
        return 0, 0, faults
    made, changed = [], []
    for one in lines:
        row = known.get(one.extension)
        settings = {**(row.settings if row else {"silence_seconds": 0}), **one.settings, "extension": one.extension}
        if row is None:
            made.append(
                Equipment(
                    kind="phone", name=one.name, identifier=f"phone-{one.extension}", gateway=GATEWAY,
                    device=one.extension, site_id=one.site, place_id=one.place, settings=settings,
                )
            )  # fmt: skip
        else:
            row.name, row.site_id, row.place_id, row.settings = one.name, one.site, one.place, settings
            row.floor_id = row.x = row.y = None
            changed.append(row)
    with recorded_change(actor, "equipment.import_telephones", target=f"{len(lines)} telephones") as change:
        Equipment.objects.bulk_create(made, batch_size=500)
        fields = ["name", "site", "place", "floor", "x", "y", "settings"]
        Equipment.objects.bulk_update(changed, fields, batch_size=500)
        change.note(made=len(made), changed=len(changed))
        change.announce(EquipmentChanged(None, None, GATEWAY, clock.now()))
    return len(made), len(changed), []


def audit_telephones(actor: Actor) -> TelephoneAudit:
    """Looks at every telephone's location, keeps what was found, and marks those no responder would find."""
    today = clock.now().date()
    judged = [(phone, judge_telephone(phone, today)) for phone in telephone_facts()]
    found = [
        {"id": str(phone.id), "extension": phone.extension, "name": phone.name, "site": phone.site_name, "problem": why}
        for phone, why in judged if why
    ]  # fmt: skip
    with recorded_change(actor, "equipment.audit_telephones", target=f"{len(judged)} telephones") as change:
        audit = TelephoneAudit.objects.create(at=clock.now(), checked=len(judged), problems=found)
        _mark({phone.id: why for phone, why in judged})
        keep = TelephoneAudit.objects.order_by("-at").values_list("pk", flat=True)[:AUDITS_KEPT]
        TelephoneAudit.objects.exclude(pk__in=list(keep)).delete()
        change.note(checked=len(judged), problems=len(found))
    return audit


def _mark(problems: dict[UUID, str]) -> None:
    """A telephone nobody would find is in trouble, and stands first wherever equipment is listed."""
    rows = Equipment.objects.select_for_update(no_key=True).filter(pk__in=problems).order_by("pk").defer("secret")
    changed = []
    for row in rows:
        words = TELEPHONE_PROBLEMS[problems[row.pk]][0] + "." if problems[row.pk] in GRAVE_PROBLEMS else ""
        state = "trouble" if words else "unknown" if row.state == "trouble" else row.state
        if (row.state, row.state_because) != (state, words):
            row.state, row.state_because, row.state_at = state, words, clock.now()
            changed.append(row)
    Equipment.objects.bulk_update(changed, ["state", "state_because", "state_at"], batch_size=500)
