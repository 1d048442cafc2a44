"""Self-tests of zones, by night and by hand; the settings they follow; and the bells that ring."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from watchbell.district.schedules.queries import day_at
from watchbell.field.paging import queries
from watchbell.field.paging.facts import TEST_HISTORY_DAYS, Zone
from watchbell.field.paging.models import BellRing, PagingSettings, ZoneTest
from watchbell.field.paging.rules import find_test_fault
from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.jobs import enqueue
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import moment, now
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import new_id, same_id
from watchbell.wire.order import Receipt

TOPIC = "zones:all"
EDIT = "paging.settings"
TELL_SECONDS = 5.0


def _begin(change: Change, zones: Iterable[Zone], is_nightly: bool, is_quiet: bool, by_name: str) -> UUID:
    run = new_id()
    ZoneTest.objects.bulk_create(
        ZoneTest(
            run=run, site_id=zone.site, zone=zone.id, zone_name=zone.name, order=same_id(str(run), str(zone.id)),
            is_nightly=is_nightly, is_quiet=is_quiet, by_name=by_name, asked_at=now(),
        )
        for zone in zones
    )  # fmt: skip
    change.note(run=str(run))
    change.ask_soon("paging.send_tests", run=str(run))
    change.touch(TOPIC)
    return run


def start_test(actor: Actor, zone_ids: Sequence[UUID], is_quiet: bool = True) -> UUID:
    """Has these zones test themselves now. Raises Refused for none, Conflict while one of them still does."""
    require(actor, queries.SPEAK)
    zones = [zone for zone in queries.zones_of(actor, queries.SPEAK) if zone.id in set(zone_ids)]
    if not zones:
        raise Refused("Choose a zone at one of your sites.")
    fresh = now() - timedelta(seconds=30)
    if ZoneTest.objects.filter(zone__in=[z.id for z in zones], done_at=None, asked_at__gt=fresh).exists():
        raise Conflict("A test of this zone is under way; wait for its result.")
    with recorded_change(actor, "paging.test_zones", target=", ".join(z.name for z in zones)[:200]) as change:
        return _begin(change, zones, False, is_quiet, actor.name)


def start_nightly_test(actor: Actor, zones: Sequence[Zone], on: date) -> UUID | None:
    """Tonight's test of these zones, once a night; None when another process was first."""
    with recorded_change(actor, "paging.nightly_test", target=str(on)) as change:
        row, _ = PagingSettings.objects.select_for_update().get_or_create()
        if row.last_test_on == on:
            return None
        row.last_test_on = on
        row.save(update_fields=["last_test_on"])
        return _begin(change, zones, True, row.is_quiet, actor.name)


def take_test_receipts(receipts: Sequence[Receipt]) -> None:
    """What the zones say of their tests. A gateway that never answers is said by the reflex: a silent zone."""
    runs: set[str] = set()
    with recorded_batch("zone test receipts"):
        for receipt in receipts:
            row = ZoneTest.objects.select_for_update(no_key=True).filter(order=receipt.order.id).first()
            if row is None or row.done_at is not None:
                continue
            detail = receipt.detail
            row.verdict = str(detail.get("verdict") or ("sent" if receipt.state == "done" else "silent"))[:10]
            row.because, row.done_at = receipt.because[:300], moment(receipt.at)
            row.packets, row.of = int(detail.get("packets") or 0), int(detail.get("of") or 0)
            heard = detail.get("heard")  # names, or of a telephone how many packets came back
            row.heard = len(heard) if isinstance(heard, list) else 0
            row.unheard = detail.get("unheard") or {}
            row.save()
            runs.add(str(row.run))
        for run in runs:  # the zones themselves learn it in a moment, those of a run together
            enqueue("paging.tell_of_tests", {"run": run}, queue="soon", once=run, in_seconds=TELL_SECONDS)
        touch(TOPIC)


def forget_old_tests() -> int:
    """Deletes tests of more than 90 days ago."""
    with recorded_batch("zone tests are kept for 90 days"):
        return ZoneTest.objects.filter(asked_at__lt=now() - timedelta(days=TEST_HISTORY_DAYS)).delete()[0]


def set_test_plan(actor: Actor, at: time, is_quiet: bool, may_disturb: bool) -> None:
    """Says when zones test themselves. Raises Refused for an hour with people in a school, unless it may be heard."""
    require(actor, EDIT)
    today = now()
    days = [day for site in queries.sites_of(actor, EDIT) for day in
            (day_at(site.id, (today + timedelta(days=ahead)).date()) for ahead in range(7))]  # fmt: skip
    fault = find_test_fault(at, days, today, may_disturb)
    if fault:
        raise Refused(fault)
    with recorded_change(actor, "paging.set_test_plan", target=f"{at:%H:%M}") as change:
        row, _ = PagingSettings.objects.select_for_update().get_or_create()
        row.test_at, row.is_quiet, row.may_disturb = at, is_quiet, may_disturb
        row.save(update_fields=["test_at", "is_quiet", "may_disturb"])
        change.note(is_quiet=is_quiet, may_disturb=may_disturb)
        change.touch(TOPIC)


def set_bells(actor: Actor, site_id: UUID, zone_ids: Sequence[str], is_on: bool) -> None:
    """Says in which zones of a site its bells ring. Raises NotFound for another site, Refused for no zone."""
    require(actor, EDIT, site_id)
    site = next((one for one in queries.sites_of(actor, EDIT) if one.id == site_id), None)
    if site is None:
        raise NotFound("There is no such site, or you may not see it.")
    here = {str(zone.id) for zone in queries.zones_at(site)}
    if is_on and not set(zone_ids) & here:
        raise Refused("Choose the zones in which the bells ring.")
    with recorded_change(actor, "paging.set_bells", target=site.name) as change:
        BellRing.objects.update_or_create(
            site_id=site_id, defaults={"zones": sorted(set(zone_ids) & here), "is_on": is_on}
        )
        change.note(is_on=is_on, zones=len(zone_ids))
        change.touch(TOPIC)


def claim_bell(ring_id: UUID, at: datetime) -> bool:
    """True for the one process that is to ring the bell of this moment."""
    with recorded_batch("a bell rings once"):
        rows = BellRing.objects.filter(pk=ring_id, is_on=True)
        return rows.exclude(last_at__gte=at).update(last_at=at) == 1
