"""Writing school days: calendar entries and bell schedules."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from watchbell.district.schedules.facts import DAY_KINDS, PeriodFacts
from watchbell.district.schedules.models import BellSchedule, CalendarDay, Period
from watchbell.district.schedules.rules import find_overlap
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor, require, sites_with
from watchbell.line.errors import NotFound, Refused

BATCH = 2000


def mark_day(actor: Actor, on: date, kind: str, because: str = "", site_id: UUID | None = None) -> None:
    """Says what a date is, at one site or (site_id None) everywhere. Raises Refused."""
    require(actor, "schedules.edit", site_id)
    if kind not in DAY_KINDS:
        raise Refused(f"“{kind}” is not a kind of day.")
    if site_id is None and sites_with(actor, "schedules.edit") is not None:
        raise Refused("A day for the whole district is marked by someone of the whole district.")
    with recorded_change(actor, "schedules.mark_day", target=f"{on}: {DAY_KINDS[kind]}", why=because) as change:
        CalendarDay.objects.update_or_create(  # type: ignore[misc]  # a null site is the whole district
            district_id=actor.district, site_id=site_id, on=on, defaults={"kind": kind, "because": because[:120]}
        )
        change.touch("calendar")


def unmark_day(actor: Actor, day_id: UUID) -> None:
    """The date is an ordinary one again. Raises NotFound, Refused."""
    row = CalendarDay.objects.filter(pk=day_id).first()
    if row is None:
        raise NotFound("That day is not marked any more.")
    require(actor, "schedules.edit", row.site_id)
    if row.site_id is None and sites_with(actor, "schedules.edit") is not None:
        raise Refused("A day of the whole district is changed by someone of the whole district.")
    with recorded_change(actor, "schedules.unmark_day", target=row) as change:
        row.delete()
        change.touch("calendar")


def write_schedule(actor: Actor, site_id: UUID, name: str, day_kind: str, periods: Sequence[PeriodFacts]) -> None:
    """A bell schedule by its name, made when the site has none of that name. Raises Refused when periods overlap."""
    require(actor, "schedules.edit", site_id)
    if day_kind not in DAY_KINDS or day_kind == "no_school":
        raise Refused("A bell schedule is for a kind of school day.")
    if not periods:
        raise Refused("A bell schedule has at least one period.")
    _refuse_overlap(periods)
    with recorded_change(actor, "schedules.write", target=name) as change:
        schedule, _ = BellSchedule.objects.update_or_create(site_id=site_id, name=name, defaults={"day_kind": day_kind})
        _replace_periods(schedule, periods)
        change.about(schedule)
        change.touch(f"site:{site_id}")


def remove_schedule(actor: Actor, schedule_id: UUID) -> None:
    """Raises NotFound, Refused."""
    schedule = BellSchedule.objects.filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound("There is no such bell schedule.")
    require(actor, "schedules.edit", schedule.site_id)
    with recorded_change(actor, "schedules.remove", target=schedule) as change:
        schedule.delete()
        change.touch(f"site:{schedule.site_id}")


def _refuse_overlap(periods: Sequence[PeriodFacts]) -> None:
    overlap = find_overlap(periods)
    if overlap is not None:
        raise Refused(f"{overlap[0].name} and {overlap[1].name} run at the same time.")


def _replace_periods(schedule: BellSchedule, periods: Sequence[PeriodFacts]) -> None:
    schedule.periods.all().delete()
    Period.objects.bulk_create(
        Period(schedule=schedule, name=period.name, starts_at=period.starts_at, ends_at=period.ends_at)
        for period in periods
    )


def set_periods(actor: Actor, schedule_id: UUID, periods: Sequence[PeriodFacts]) -> None:
    """Replaces the periods of a bell schedule. Raises NotFound; Refused when two of them overlap."""
    schedule = BellSchedule.objects.filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound("There is no such bell schedule.")
    require(actor, "schedules.edit", schedule.site_id)
    _refuse_overlap(periods)
    with recorded_change(actor, "schedules.set_periods", target=schedule) as change:
        _replace_periods(schedule, periods)
        change.touch(f"site:{schedule.site_id}")


def load_schedules(
    schedules: Sequence[dict[str, Any]], periods: Sequence[dict[str, Any]], days: Sequence[dict[str, Any]]
) -> int:
    """Writes many school days at once, as part of a larger recorded change; the number of rows."""
    with recorded_batch("load schedules"):
        made = BellSchedule.objects.bulk_create([BellSchedule(**row) for row in schedules], batch_size=BATCH)
        parts = Period.objects.bulk_create([Period(**row) for row in periods], batch_size=BATCH)
        marked = CalendarDay.objects.bulk_create([CalendarDay(**row) for row in days], batch_size=BATCH)
    return len(made) + len(parts) + len(marked)
