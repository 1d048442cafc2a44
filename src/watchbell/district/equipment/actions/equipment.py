"""Writing equipment: its state as heard, its silence, its place, who answers for it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.district.equipment.events import EquipmentBack, EquipmentChanged, EquipmentSilent
from watchbell.district.equipment.facts import AID_KINDS, KINDS, Heard, LockAnswer, SelfTest, Told
from watchbell.district.equipment.models import Equipment, EquipmentOwner
from watchbell.district.equipment.queries import owner_rules
from watchbell.district.equipment.rules import badge_name, choose_owner, is_news, sum_screens
from watchbell.district.people.queries import person_facts
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import place_points
from watchbell.kernel import journal
from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor, require, sites_with
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused

BATCH = 2000
HEARD_FIELDS = ("state", "state_at", "state_because", "contact", "lock", "is_tampered", "battery", "heard_at", "detail",
                "self_test", "self_test_at", "self_test_because")  # fmt: skip


#: What an answer to an order tells of a door.
ANSWERED_FIELDS = ("lock", "contact", "state", "state_because", "state_at", "heard_at")


def record_statuses(told: Mapping[UUID, Told]) -> int:
    """Takes down what gateways heard of endpoints, by id; how many were news. Unknown endpoints are passed over.

    Telemetry: no audit row. Older words than those already known, and repeats within seconds, change nothing; a
    self-test newer than the last is always news. A mere sign of life costs one statement for all, and no page looks
    again for it.
    """
    with recorded_batch("equipment status"):
        rows = Equipment.objects.select_for_update(no_key=True).filter(pk__in=list(told)).order_by("pk")
        alive, count = [], 0
        for row in rows.defer("secret"):
            before = _shown(row)
            if not _take_heard(row, told[row.pk]):
                continue
            count += 1
            if _shown(row) == before:
                alive.append(row)
            else:
                _save_heard(row, before["state"])
        Equipment.objects.bulk_update(alive, ["state_at", "heard_at"])
    return count


def record_lock_answers(answers: Mapping[UUID, LockAnswer]) -> int:
    """What controlled doors answered to orders, by id, where nothing newer was heard of them; how many were.

    Telemetry: no audit row. A door that answers is there; what else is known of it stays.
    """
    with recorded_batch("doors' answers"):
        doors = Equipment.objects.select_for_update(no_key=True).filter(pk__in=list(answers), kind="controlled_door")
        fresh = [row for row in doors.order_by("pk").defer("secret") if _is_newer(answers[row.pk], row)]
        for row in fresh:
            told, is_back = answers[row.pk], row.state in ("silent", "unknown")
            row.lock, row.contact, row.state_at, row.heard_at = told.lock, told.contact or row.contact, told.at, told.at
            row.state, row.state_because = ("online", "") if is_back else (row.state, row.state_because)
            touch(f"equipment:{row.pk}")
        for site in {row.site_id for row in fresh if row.site_id}:
            touch(f"site:{site}")
        Equipment.objects.bulk_update(fresh, ANSWERED_FIELDS, batch_size=BATCH)
    return len(fresh)


def _is_newer(answer: LockAnswer, row: Equipment) -> bool:
    return row.state_at is None or answer.at > row.state_at


def _shown(row: Equipment) -> dict[str, Any]:
    """What is known of it apart from when it was heard."""
    return {name: getattr(row, name) for name in HEARD_FIELDS if name not in ("state_at", "heard_at")}


def _save_heard(row: Equipment, state_before: str) -> None:
    if row.kind in AID_KINDS and row.state != state_before:  # the edges must not send anybody to a dead AED
        journal.announce(EquipmentChanged(row.pk, row.site_id, row.gateway, clock.now()), by="telemetry", cause="")
    row.save(update_fields=HEARD_FIELDS)
    touch(f"equipment:{row.pk}")
    if row.site_id:
        touch(f"site:{row.site_id}")


def record_self_tests(found: Mapping[UUID, SelfTest]) -> int:
    """What others found when they tested these; how many were news. Telemetry: no audit row, older ones pass."""
    with recorded_batch("self-tests"):
        rows = Equipment.objects.select_for_update(no_key=True).filter(pk__in=list(found)).order_by("pk")
        fresh = [row for row in rows.defer("secret") if row.self_test_at is None or found[row.pk].at > row.self_test_at]
        for row in fresh:
            test = found[row.pk]
            row.self_test, row.self_test_at, row.self_test_because = test.state, test.at, test.because
            touch(f"equipment:{row.pk}")
        Equipment.objects.bulk_update(fresh, ["self_test", "self_test_at", "self_test_because"], batch_size=BATCH)
    return len(fresh)


def record_screens(process: str, told: tuple[dict[str, int], int], at: datetime) -> int:
    """Open screens as one web process counts them, into every group of screens of the district; how many groups."""
    sites, everywhere = told
    with recorded_batch("open screens"):
        rows = Equipment.objects.select_for_update(no_key=True).filter(gateway="screens", is_retired=False)
        found = list(rows.order_by("pk").defer("secret"))
        for row in found:
            by = {**row.detail.get("by", {}), process: [sites.get(str(row.site_id), 0) + everywhere, at.timestamp()]}
            fresh, count = sum_screens(by, at)
            if count != row.detail.get("open"):
                touch(f"equipment:{row.pk}")
            row.detail, row.state, row.state_at, row.heard_at = {"open": count, "by": fresh}, "online", at, at
            row.state_because = f"{count} open" if count else "No screen is open"
        Equipment.objects.bulk_update(found, ["detail", "state", "state_at", "heard_at", "state_because"])
    return len(found)


def _take_heard(row: Equipment, told: Told) -> bool:
    """Puts what was heard into the row; False when it is no news."""
    old, new, self_test, detail = _heard_of(row), told.heard, told.self_test, told.detail
    is_tested = self_test is not None and (row.self_test_at is None or self_test.at > row.self_test_at)
    is_told = detail is not None and detail != row.detail and (old is None or new.at >= old.at)
    if not is_news(old, new) and not is_tested and not is_told:
        return False
    if is_tested and self_test is not None:
        row.self_test, row.self_test_at, row.self_test_because = self_test.state, self_test.at, self_test.because
    if old is None or new.at >= old.at:
        row.state, row.state_at, row.state_because = new.state, new.at, new.because
        row.contact, row.lock = new.contact or row.contact, new.lock or row.lock
        row.is_tampered = new.is_tampered
        row.heard_at = row.heard_at if new.state in ("silent", "unknown") else new.at
        row.detail = row.detail if detail is None else detail
    row.battery = row.battery if told.battery is None else max(0, min(100, told.battery))
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
    if site_id is None and sites_with(actor, "equipment.edit") is not None:
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
    is_moved = row.place_id != read_id(place)
    row.name, row.place_id, row.door_id = name, read_id(place), read_id(door)
    for field in ("identifier", "is_test", "expires_on", "gateway", "device"):
        setattr(row, field, more.get(field, getattr(row, field)))
    row.settings = {**row.settings, **more.get("settings", {})}
    row.secret = secret or row.secret
    if row.holder_id:
        row.name = badge_name(str(row.holder), row.identifier, row.device)
    point = next((p for p in place_points(row.site_id) if p["id"] == row.place_id), None) if row.site_id else None
    if point is not None and (is_moved or row.x is None or row.floor_id != point["floor_id"]):
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


def load_owner_rules(rules: Iterable[tuple[str, UUID | None, UUID]]) -> int:
    """Writes (kind, site, person) rules, as part of a larger recorded change; their number."""
    with recorded_batch("load owner rules"):
        made = [EquipmentOwner(kind=kind, site_id=site, person_id=person) for kind, site, person in rules]
        return len(EquipmentOwner.objects.bulk_create(made))


def note_silence(actor: Actor, silent: dict[UUID, str], told: Iterable[UUID], back: Iterable[UUID]) -> None:
    """One pass of the watch, as one recorded change: what fell silent (id: why), whose silence others saw and nobody
    was told of yet, and what is heard again."""
    now, told, back = clock.now(), list(told), list(back)
    with recorded_change(actor, "silence.note") as change:
        # in one order, as telemetry takes them: two who write many must not wait for each other
        held = Equipment.objects.select_for_update(no_key=True).filter(pk__in=[*silent, *told, *back]).order_by("pk")
        rows = {row.pk: row for row in held.defer("secret")}
        for pk, because in silent.items():
            Equipment.objects.filter(pk=pk).exclude(state="silent").update(state="silent", state_because=because)
        newly = [*silent, *told]
        Equipment.objects.filter(pk__in=newly).update(silence_told_at=now)
        Equipment.objects.filter(pk__in=back).update(silence_told_at=None)
        rules = owner_rules()
        for event, ids in ((EquipmentSilent, newly), (EquipmentBack, back)):
            found = {choose_owner(rows[pk].owner_id, rows[pk].kind, rows[pk].site_id, rules) for pk in ids}
            if ids:
                change.announce(event(ids, sorted(one for one in found if one), now))
        change.note(silent=[rows[pk].name for pk in newly][:50], back=[rows[pk].name for pk in back][:50],
                    silent_count=len(newly), back_count=len(back))  # fmt: skip
        for row in rows.values():
            change.touch(f"equipment:{row.pk}")
        for site in {row.site_id for row in rows.values() if row.site_id}:
            change.touch(f"site:{site}")
        change.touch("equipment:all")


def give_owner(actor: Actor, equipment_ids: Iterable[UUID], person_id: UUID | None, expected: int | None = None) -> int:
    """Makes a member of staff answer for these pieces; None gives them back to the owner rules. How many changed.

    expected: how many the person saw when they asked; Conflict when it is another number now.
    """
    name = _staff_name(person_id)
    rows = list(Equipment.objects.filter(pk__in=list(equipment_ids), is_retired=False).defer("secret"))
    if expected is not None and len(rows) != expected:
        raise Conflict(f"The list has changed: it holds {len(rows)} pieces now, not {expected}. Look again.")
    for site in {row.site_id for row in rows}:
        require(actor, "equipment.edit", site)
    with recorded_change(actor, "owners.give", target=name or "the owner rules") as change:
        count = Equipment.objects.filter(pk__in=[row.pk for row in rows]).update(owner_id=person_id)
        change.note(count=count, owner=name, equipment=[row.name for row in rows][:50])
        change.touch("equipment:all")
    return count


def write_owner_rule(actor: Actor, kind: str, site_id: UUID | None, person_id: UUID | None) -> None:
    """Who answers for a kind (\"\": every kind) at a site (None: every site); no person takes the rule away."""
    require(actor, "equipment.edit", site_id)
    if site_id is None and sites_with(actor, "equipment.edit") is not None:
        raise Refused("A rule for every site is written by somebody who may edit equipment at every site.")
    if kind and kind not in KINDS:
        raise NotFound("There is no such kind of equipment.")
    name = _staff_name(person_id)
    with recorded_change(actor, "owners.write_rule", target=name) as change:
        rules = EquipmentOwner.objects.filter(kind=kind)
        (rules.filter(site_id=site_id) if site_id else rules.filter(site__isnull=True)).delete()
        if person_id is not None:
            change.about(EquipmentOwner.objects.create(kind=kind, site_id=site_id, person_id=person_id))
        change.note(kind=kind, site=str(site_id or ""), owner=name)
        change.touch("equipment:all")


def _staff_name(person_id: UUID | None) -> str:
    if person_id is None:
        return ""
    person = person_facts(person_id)
    if person.kind != "staff":
        raise Refused("Only a member of staff can answer for equipment.")
    return person.name


def set_silence_limit(actor: Actor, equipment_id: UUID, seconds: int | None) -> None:
    """After how many seconds this piece is silent; 0 never, None as its kind. Raises NotFound or Refused."""
    row = Equipment.objects.filter(pk=equipment_id, is_retired=False).defer("secret").first()
    if row is None:
        raise NotFound("There is no such equipment.")
    require(actor, "equipment.edit", row.site_id)
    if seconds is not None and seconds != 0 and not 30 <= seconds <= 30 * 86400:
        raise Refused("A silence limit is 30 seconds or more and at most 30 days; 0 means never.")
    with recorded_change(actor, "equipment.set_silence_limit", target=row) as change:
        row.settings = {name: value for name, value in row.settings.items() if name != "silence_seconds"}
        if seconds is not None:
            row.settings["silence_seconds"] = seconds
        row.save(update_fields=["settings"])
        change.note(seconds=seconds)
        change.touch(f"equipment:{row.pk}")
