"""A district's time zone, work whose moments are shown in it, and its days."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District
from watchbell.line import clock
from watchbell.line.errors import Refused


@cache
def zone_of(district: UUID) -> ZoneInfo:
    """The zone a district was begun with; asked of the database once a process. Raises District.DoesNotExist."""
    return ZoneInfo(District.objects.values_list("timezone", flat=True).get(id=district))


@contextmanager
def shown_in(district: UUID) -> Iterator[None]:
    """Work inside acts in `district`, and its pages show that district's local time."""
    with acting_in(district), timezone.override(zone_of(district)):
        yield


def span_of_days(since: str, until: str, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """(first moment, first moment after) of the days from `since` to `until`, both included, as `zone` counts days.

    since, until: YYYY-MM-DD, "" for no limit. Raises Refused for what is no date, and for an end before its beginning.
    """
    first, last = _day_of(since), _day_of(until)
    if first and last and last < first:
        raise Refused(f"It cannot end on {last} when it begins on {first}. Exchange the two dates.")
    begin = datetime.combine(first, time(), zone) if first else None
    if last is None or last == date.max:
        return begin, None
    return begin, datetime.combine(last + timedelta(days=1), time(), zone)


@dataclass(frozen=True)
class DayFilter:
    """The days a page was asked for. fields: what `parts/filters.html` calls `dates`; fault: why they are no days."""

    zone: tzinfo
    since: datetime | None
    before: datetime | None
    fields: list[dict[str, Any]]
    fault: str


def day_filter(asked: Mapping[str, str], district: UUID) -> DayFilter:
    """Reads `since` and `until` of a page's address; days are the district's own, none lies ahead."""
    zone, words = zone_of(district), {name: asked.get(name, "").strip() for name in ("since", "until")}
    today = clock.now().astimezone(zone).date().isoformat()
    fields = [{"name": name, "label": label, "value": words[name], "most": today}
              for name, label in (("since", "From day"), ("until", "To day"))]  # fmt: skip
    try:
        since, before = span_of_days(words["since"], words["until"], zone)
    except Refused as error:
        return DayFilter(zone, None, None, fields, str(error))
    return DayFilter(zone, since, before, fields, "")


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"“{text[:20]}” is no date. Write it as YYYY-MM-DD, like 2026-03-02.") from None
