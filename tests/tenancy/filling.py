"""A small district through the real actions; what none of them makes is put in by hand: no table is left out."""

import base64
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import psycopg

from watchbell.district.accounts.actions import add_user, keep_subscription, make_token
from watchbell.district.accounts.models import User
from watchbell.district.equipment.actions import audit_telephones, load_equipment, report_fault
from watchbell.district.people.actions import import_roster
from watchbell.district.people.tests.builders import BULK, package
from watchbell.district.schedules.actions import load_schedules, mark_day
from watchbell.district.sites.tests.builders import build_site, room_of
from watchbell.field.panic.actions import propose_test_session, record_press, record_refusal
from watchbell.kernel.acting import acting_in
from watchbell.kernel.permissions import Actor
from watchbell.kernel.tenancy import tenant_models
from watchbell.line import clock
from watchbell.line.ids import new_id, same_id, same_uuid
from watchbell.response.command import actions as command
from watchbell.response.incidents import actions as incidents
from watchbell.response.incidents.models import Incident
from watchbell.response.plans.actions import write_plan
from watchbell.wire.order import Acknowledged, Endpoint, Order, Receipt
from watchbell.wire.press import PanicPressed, PressRefused

#: Written into every text of the other district that people read; it must never come out anywhere else.
MARKER = "Zyzzyva"
#: A picture of one dot.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOLD = frozenset(
    {"name", "title", "note", "because", "what", "why", "by", "by_name", "directive", "place_name", "given_name",
     "family_name", "actor_name", "target", "opened_by", "proposed_by", "device_name", "error", "cleared_by",
     "words", "interim", "closed_because", "done_by"}
)  # fmt: skip


def fill_district(district: Any, actor: Actor) -> None:
    """A site with plan, people, equipment and a school day; a press, its incident, and what people did in it."""
    site = same_uuid("tenancy", district.code)
    with acting_in(district.id):
        build_site(f"T{district.code[0].upper()}", site)
        import_roster(
            actor, package({**BULK, "orgs": [{**BULK["orgs"][0], "identifier": f"T{district.code[0].upper()}"}]})
        )
        _fill_days(actor, site)
        button, door = _fill_equipment(site)
        audit_telephones(actor)
        report_fault(actor, "The lock is loose", equipment=door, photo=DOT)
        steps = [
            {"name": "Lock", "action": "lock_door"},
            {"name": "Later", "action": "start_page", "timing": "approval"},
        ]
        write_plan(actor, site, "lockdown", steps)
        propose_test_session(actor, site, "test", [str(button)], 10, "The yearly test")
        _fill_incident(actor, district, site, door)
        add_user(actor, f"nurse@{district.code}.invalid", "Nurse", "nurse")
        user = User.objects.get(email=f"director@{district.code}.invalid")
        make_token(actor, user, "a token")
        keep_subscription(actor, f"https://push.invalid/{district.code}", "p" * 87, "a" * 22)


def _fill_days(actor: Actor, site: UUID) -> None:
    schedule = new_id()
    today = clock.now().date()
    load_schedules(
        [{"id": schedule, "site_id": site, "name": "Regular", "day_kind": "school_day"}],
        [{"schedule_id": schedule, "name": "Period 1", "starts_at": "08:00", "ends_at": "09:00"}], [],
    )  # fmt: skip
    mark_day(actor, today, "early_dismissal", site_id=site)


def _fill_equipment(site: UUID) -> tuple[UUID, UUID]:
    button, door = same_uuid(site, "button"), same_uuid(site, "lock")
    load_equipment([
        {"id": same_uuid(site, "panel"), "site_id": site, "kind": "alarm_panel", "name": "Panel", "gateway": "siadc09",
         "device": f"{site}", "settings": {"account": str(site)[:6]}},
        {"id": button, "site_id": site, "kind": "panic_button", "name": "Button", "gateway": "siadc09",
         "device": f"{site}/1", "settings": {"account": str(site)[:6], "zone": "1"}},
        {"id": door, "site_id": site, "kind": "controlled_door", "name": "Lock", "gateway": "osdp",
         "device": f"{site}"},
        {"id": same_uuid(site, "phone"), "site_id": site, "kind": "phone", "name": "Telephone", "gateway": "pbx",
         "device": str(site)[:8], "settings": {"extension": str(site)[:8]}},
    ])  # fmt: skip
    return button, door


def _fill_incident(actor: Actor, district: Any, site: UUID, door: UUID) -> None:
    where = {"district": str(district.id), "site": str(site)}
    press = same_id("press", site)
    record_press(
        PanicPressed(id=press, kind="lockdown", mode="real", device=f"{site}/1", gateway="siadc09",
                     received_at=clock.unix(), place=str(room_of(site)), place_name="Room 101", **where)
    )  # fmt: skip
    incident = Incident.objects.get()
    order = Order(
        id=same_id("order", site), attempt=1, press=press, step="s", action="lock_door", mode="real",
        endpoint=Endpoint(id=str(door), name="Lock", gateway="osdp", device=str(site)), made_at=clock.unix(),
        expires_at=clock.unix() + 60, deadline_seconds=5.0, **where,
    )  # fmt: skip
    incidents.take_orders([order])
    incidents.take_receipts(
        [Receipt(order=order, state="failed", because="jammed", at=clock.unix(), by="gateway/osdp")]
    )
    incidents.take_acknowledgements([
        Acknowledged(id=same_id("seen", site), press=press, order=order.id, what="screen_confirmed", at=clock.unix(),
                     by="u", by_name="Somebody", **where)
    ])  # fmt: skip
    incidents.check_in_room(actor, incident.id, room_of(site), "safe", accounted=20)
    incidents.add_note(actor, incident.id, "A note")
    command.take_command(actor, incident.id)
    command.choose_post(actor, incident.id, room_of(site), "")
    command.add_objective(actor, incident.id, "Account for every room")
    command.release_rooms(actor, incident.id, [room_of(site)])
    command.keep_care(actor, incident.id, "Somebody", "Fainted")
    command.offer_command(actor, incident.id, "Police", "All of it")
    record_refusal(
        PressRefused(id=same_id("frame", site), gateway="siadc09", peer="192.0.2.1", because="no such account", raw="x",
                     at=clock.unix(), **where)
    )  # fmt: skip


def fill_the_rest(link: "psycopg.Connection[Any]", districts: Iterable[UUID]) -> list[str]:
    """One row by hand, in each district, for each tenant table that has none there; the tables that needed it."""
    link.execute("set session_replication_role = replica")  # what a row points at does not matter here
    by_hand = []
    for model in tenant_models():
        for district in districts:
            table = model._meta.db_table
            if link.execute(f'select 1 from "{table}" where district_id = %s limit 1', [district]).fetchone():
                continue
            values = {field.column: _plain_value(field, district) for field in model._meta.concrete_fields}
            columns, marks = ", ".join(f'"{c}"' for c in values), ", ".join(["%s"] * len(values))
            link.execute(f'insert into "{table}" ({columns}) values ({marks})', list(values.values()))
            by_hand.append(table)
    link.execute("set session_replication_role = origin")
    return sorted(set(by_hand))


#: Columns whose words are a set of `facts.py`.
CODED = {
    "paging_announcement.state": "over",
    "paging_announcement.way": "text",
    "paging_announcementzone.state": "played",
    "paging_zonetest.verdict": "heard",
    "paging_recordingcall.state": "recorded",
    "channels_badaddress.channel": "text",
    "channels_batch.channel": "text",
    "channels_consent.channel": "text",
    "channels_contactlink.channel": "text",
    "channels_consent.purpose": "routine",
    "channels_delivery.channel": "text",
    "notices_thread.channel": "text",
}


def _plain_value(field: Any, district: UUID) -> Any:
    coded = CODED.get(f"{field.model._meta.db_table}.{field.column}")
    if coded is not None:
        return coded
    if field.column == "district_id":
        return district
    if field.null:
        return None
    if field.choices:
        return field.choices[0][0]
    if field.is_relation or field.get_internal_type() == "UUIDField":
        return uuid4()
    plain = {
        "BooleanField": False, "DateField": clock.now().date(), "DateTimeField": clock.now(), "JSONField": "{}",
        "TimeField": "08:00", "BinaryField": b"", "ArrayField": [],
    }  # fmt: skip
    kind = field.get_internal_type()
    if kind in plain:
        return plain[kind]
    return (
        uuid4().hex[: getattr(field, "max_length", None) or 8] if kind in ("CharField", "TextField", "SlugField") else 1
    )


def mark_texts(link: "psycopg.Connection[Any]", district: UUID) -> int:
    """Writes MARKER into the texts people read, in every row of `district`; how many columns."""
    count = 0
    link.execute("set session_replication_role = replica")
    for model in tenant_models():
        for field in model._meta.concrete_fields:
            if field.name in TOLD and field.get_internal_type() in ("CharField", "TextField") and not field.choices:
                most = field.max_length or 4000
                link.execute(
                    f'update "{model._meta.db_table}" set "{field.column}" = left(%s || "{field.column}", %s) '
                    "where district_id = %s", [f"{MARKER} ", most, district],
                )  # fmt: skip
                count += 1
    link.execute("set session_replication_role = origin")
    return count
