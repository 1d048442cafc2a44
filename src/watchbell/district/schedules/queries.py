"""Reading school days: what a date is at a site, and which period runs."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from watchbell.district.schedules.facts import DayFacts, PeriodFacts
from watchbell.district.schedules.models import BellSchedule, CalendarDay
from watchbell.district.schedules.rules import choose_schedule, find_period, judge_day_kind
from watchbell.district.sites.queries import site_facts
from watchbell.kernel.permissions import Actor, require


def day_at(site_id: UUID | str, on: date, schedules: Sequence[BellSchedule] | None = None) -> DayFacts:
    """What `on` is at a site, with that day's periods. schedules: the site's, by name, where the caller has them."""
    entries = CalendarDay.objects.filter(Q(site_id=site_id) | Q(site__isnull=True), on=on)
    found = {entry.site_id is not None: (entry.kind, entry.because) for entry in entries}
    kind, because = judge_day_kind(on, found.get(True), found.get(False))
    if schedules is None:
        schedules = list(BellSchedule.objects.filter(site_id=site_id).prefetch_related("periods"))
    name = choose_schedule(((row.name, row.day_kind) for row in schedules), kind)
    periods = next((tuple(_periods_of(row)) for row in schedules if row.name == name), ())
    return DayFacts(on=on, kind=kind, because=because, schedule=name, periods=periods)


def _periods_of(schedule: BellSchedule) -> list[PeriodFacts]:
    return [PeriodFacts(period.name, period.starts_at, period.ends_at) for period in schedule.periods.all()]


def period_at(site_id: UUID | str, at: datetime) -> PeriodFacts | None:
    """The period running at the moment `at` (aware), or None."""
    local = at.astimezone(ZoneInfo(site_facts(site_id).timezone))
    day = day_at(site_id, local.date())
    return find_period(day.periods, local.time())


def schedules_of_site(actor: Actor, site_id: UUID | str) -> QuerySet[BellSchedule]:
    require(actor, "schedules.view", UUID(str(site_id)))
    return BellSchedule.objects.filter(site_id=site_id).prefetch_related("periods").order_by("name")


def calendar_of(actor: Actor, first: date, last: date, site_id: UUID | str | None = None) -> QuerySet[CalendarDay]:
    """Calendar entries from `first` to `last`, both included; a site's own with the district's."""
    require(actor, "schedules.view")
    rows = CalendarDay.objects.filter(on__range=(first, last)).select_related("site").order_by("on")
    return rows.filter(Q(site_id=site_id) | Q(site__isnull=True)) if site_id else rows
