"""Orders leave for the reflex here; recordings leave for the bus; bells ring and zones test themselves by the clock."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from watchbell.district.equipment.actions import record_self_tests
from watchbell.district.equipment.queries import equipment_of_kinds
from watchbell.district.schedules.queries import day_at
from watchbell.field.paging import actions, queries
from watchbell.field.paging.facts import (
    ANNOUNCEMENT,
    BELL_LATE_SECONDS,
    BELL_PRIORITY,
    CALL_BEGINS_SECONDS,
    CALL_KINDS,
    STOPPING,
    ZONE_TEST,
    Wanted,
)
from watchbell.field.paging.models import Announcement, AnnouncementZone, Recording, RecordingCall, ZoneTest
from watchbell.field.paging.rules import due_bells, has_people, is_test_due, read_zone_test
from watchbell.kernel.acting import acting_district
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.jobs import enqueue
from watchbell.kernel.models import District
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock, signing
from watchbell.line.errors import Refused, Unavailable
from watchbell.line.ids import new_id, same_id
from watchbell.wire.order import Endpoint, Order
from watchbell.wire.press import OrdersAsked
from watchbell.wire.recording import MOST_SECONDS, CallToRecord
from watchbell.wire.subjects import RECORDINGS, recording_key, subject, token

DEADLINE_SECONDS, EXPIRES_SECONDS, TEST_SECONDS = 5.0, 12.0, 30.0
#: So many zones test themselves at a time, the next so many seconds later.
AT_A_TIME, TURN_SECONDS = 8, 5.0


def _send(owner: UUID, orders: Iterable[Order], reason: str) -> None:
    """Gives orders to the reflex by the stream, a message for each site; raises Unavailable when NATS is away."""
    by_site: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        by_site[order.site].append(order)
    for site, mine in by_site.items():
        asked = OrdersAsked(
            id=str(new_id()), district=str(acting_district()), site=site, incident=str(owner), orders=mine,
            asked_at=clock.unix(), because=reason,
        )  # fmt: skip
        if not bus_thread.keep(subject(asked.district, site, "press", "hub", str(owner)), asked, asked.id):
            raise Unavailable("The message bus is away; the orders are sent as soon as it is back.")


def _order(
    row: AnnouncementZone | ZoneTest, owner: UUID, step: str, action: str, endpoint: Endpoint, mode: str,
    params: dict[str, Any], deadline: float, expires: float,
) -> Order:  # fmt: skip
    now = clock.unix()
    return Order(
        id=row.order if action != "stop_page" else same_id(row.order, "stop_page"), attempt=1, press=str(owner),
        district=str(acting_district()), site=str(row.site_id), step=step, action=action, endpoint=endpoint, mode=mode,
        made_at=now, expires_at=now + expires, deadline_seconds=deadline, kind="announcement", params=params,
    )  # fmt: skip


def _endpoint(row: AnnouncementZone) -> Endpoint:
    return Endpoint(id=str(row.zone), name=row.zone_name, gateway=row.gateway, device=row.device)


def send_announcement(announcement: str) -> None:
    """Orders each zone to begin. A job that comes late (the bus was away) sends nothing stale: its orders say when."""
    row = Announcement.objects.get(pk=UUID(announcement))
    if clock.unix() - row.asked_at.timestamp() > (BELL_LATE_SECONDS if row.way == "bell" else 120):
        return  # the moment it was meant for has passed; the tidying says that no answer came
    zones = AnnouncementZone.objects.filter(announcement=row, state="asked")
    _send(row.id, [
        _order(zone, row.id, ANNOUNCEMENT, "start_page", _endpoint(zone), row.mode, row.params, DEADLINE_SECONDS,
               EXPIRES_SECONDS) for zone in zones
    ], f"announcement {row.title}"[:120])  # fmt: skip


def send_stop(announcement: str, sites: list[str] | None = None) -> None:
    """Orders each zone to stop, or those at `sites`."""
    row = Announcement.objects.get(pk=UUID(announcement))
    zones = AnnouncementZone.objects.filter(announcement=row, state__in=("asked", "on"))
    zones = zones if sites is None else zones.filter(site_id__in=sites)
    _send(row.id, [
        _order(zone, row.id, STOPPING, "stop_page", _endpoint(zone), row.mode, {}, DEADLINE_SECONDS, 60.0)
        for zone in zones
    ], "announcement stopped")  # fmt: skip


def publish_recording(recording: str) -> None:
    """Puts a recording where the gateways fetch it: the bucket `recordings`, under district and hash."""
    _put_recording(Recording.objects.get(pk=UUID(recording)))


def _put_recording(row: Recording) -> None:
    key = recording_key(str(acting_district()), row.digest)

    async def put() -> None:
        bus = await bus_thread.bus()
        await asyncio.wait_for((await bus.bucket(RECORDINGS)).put(key, bytes(row.sound)), 5)

    bus_thread.start_soon(put()).result(10)


def publish_missing_recordings() -> int:
    """Puts those of the acting district's recordings in use into the bucket that it lacks; how many.

    The sound is kept in the database, and gateways read the bucket alone: after a restore, or when NATS has lost its
    data, it begins empty. One question to NATS and one to the database where nothing is missing.
    """
    district = str(acting_district())
    wanted = dict(Recording.objects.filter(retired_at=None).values_list("digest", "pk"))
    if not wanted:
        return 0

    async def keys() -> set[str]:
        bus = await bus_thread.bus()
        return await asyncio.wait_for(bus.keys_of(RECORDINGS, f"{token(district)}.*"), 5)

    there = bus_thread.start_soon(keys()).result(10)
    missing = [pk for digest, pk in wanted.items() if recording_key(district, digest) not in there]
    for pk in missing:
        _put_recording(Recording.objects.get(pk=pk))
    return len(missing)


def place_call(call: str) -> None:
    """Gives a call to record to its carrier's gateway, by the stream; asked again, it is the same call."""
    row, district = RecordingCall.objects.get(pk=UUID(call)), acting_district()
    carrier = next((one for one in equipment_of_kinds(CALL_KINDS) if one.id == row.carrier), None)
    if row.state != "asked" or district is None:
        return
    until = row.asked_at.timestamp() + CALL_BEGINS_SECONDS
    if clock.unix() > until or carrier is None:
        because = "The message bus was away" if carrier is not None else "Its carrier is there no more"
        actions.give_up_call(row.pk, f"{because}: try again.")
        return
    wanted = CallToRecord(
        id=row.pk.hex, district=str(district), to=row.number, language=row.language, seconds=MOST_SECONDS,
        endpoint=Endpoint(id=str(carrier.id), name=carrier.name, gateway=carrier.gateway,
                          device=carrier.device or str(carrier.id)),
        made_at=row.asked_at.timestamp(), expires_at=until,
    )  # fmt: skip
    where = subject(wanted.district, None, "tell", carrier.gateway, wanted.endpoint.device)
    if not bus_thread.keep(where, signing.Signer().signed(wanted), f"record:{wanted.id}"):
        raise Unavailable("The message bus is away; the call is placed as soon as it is back.")


def send_tests(run: str, part: int = 0) -> None:
    """Orders the zones of a run to test themselves, some at a time: all at once, a network's strain would be taken for
    a speaker's fault."""
    of_run = ZoneTest.objects.filter(run=UUID(run)).order_by("zone")
    tests = [row for row in of_run[part * AT_A_TIME : (part + 1) * AT_A_TIME] if row.done_at is None]
    district = acting_district()
    if district is None:
        return
    zones = {zone.id: zone for zone in queries.zones_of(system_actor(district))}
    orders = []
    for row in tests:
        zone = zones.get(row.zone)
        if zone is not None:
            end = Endpoint(id=str(zone.id), name=zone.name, gateway=zone.gateway, device=zone.device)
            params = {"is_quiet": row.is_quiet, "speakers": queries.speakers_heard_back(zone)}
            orders.append(_order(row, row.run, ZONE_TEST, "test_zone", end, "test", params, TEST_SECONDS, TEST_SECONDS))
    _send(UUID(run), orders, "zone self-test")
    if of_run.count() > (part + 1) * AT_A_TIME:
        enqueue("paging.send_tests", {"run": run, "part": part + 1}, queue="soon", in_seconds=TURN_SECONDS)


def tell_of_tests(run: str) -> int:
    """Tells the zones of a run what their tests found, so that it stands with them and becomes a ticket; how many."""
    rows = ZoneTest.objects.filter(run=UUID(run), done_at__isnull=False).exclude(verdict__in=("", "busy"))
    found = {
        row.zone: read_zone_test(row.verdict, row.because, row.unheard, row.done_at) for row in rows if row.done_at
    }
    return record_self_tests(found)


# -- by the clock ------------------------------------------------------------------------------------------------------


def test_zones_when_due() -> int:
    """Begins tonight's self-test when its time has come in the acting district; how many zones.

    A site with people in it by its bell schedule is left out, unless the settings say that it may be heard.
    """
    district = District.objects.filter(id=acting_district()).first()
    plan = queries.test_plan()
    if district is None:
        return 0
    local = clock.now().astimezone(ZoneInfo(district.timezone))
    if not is_test_due(plan, local):
        return 0
    actor = system_actor(district.id, "Nightly test")
    zones = []
    for site in queries.sites_of(actor):
        here = clock.now().astimezone(ZoneInfo(site.timezone))
        if plan.may_disturb or not has_people(day_at(site.id, here.date()), here):
            zones += queries.zones_at(site)
    return len(zones) if zones and actions.start_nightly_test(actor, zones, local.date()) else 0


def ring_bells() -> int:
    """Rings the bells that are due in the acting district, each once; how many."""
    district, count = acting_district(), 0
    rings = [ring for ring in queries.bell_rings().values() if ring.is_on]
    if district is None or not rings:
        return 0
    actor = system_actor(district, "Bell schedule")
    zone_of_site = {site.id: ZoneInfo(site.timezone) for site in queries.sites_of(actor)}
    for ring in rings:
        local = clock.now().astimezone(zone_of_site[ring.site_id])
        for bell in due_bells(ring.site_id, day_at(ring.site_id, local.date()), local):
            at = local.replace(hour=bell.at.hour, minute=bell.at.minute, second=bell.at.second, microsecond=0)
            if actions.claim_bell(ring.pk, at):
                count += _ring(actor, ring.zones, f"{bell.name} {'begins' if bell.is_start else 'ends'}")
    return count


def _ring(actor: Any, zones: Iterable[str], title: str) -> int:
    wanted = Wanted(
        way="bell", zones=tuple(UUID(zone) for zone in zones), priority=BELL_PRIORITY, prompt="bell", chime="bell"
    )
    try:
        actions.make_announcement(actor, wanted, title)
    except Refused:
        return 0  # something more important is on in these zones
    return 1


def tidy() -> int:
    """Nothing stays on the air for ever, no call is under way for ever, and tests are kept for 90 days."""
    return actions.tidy_announcements() + actions.forget_old_tests() + actions.tidy_calls()
