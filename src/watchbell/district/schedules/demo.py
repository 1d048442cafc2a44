"""The demo district's school days: bell schedules for every school and a year's calendar around today."""

from datetime import date, time, timedelta
from typing import Any

from watchbell.district.schedules.actions import load_schedules
from watchbell.district.sites.queries import all_site_facts
from watchbell.line import clock
from watchbell.line.ids import same_uuid

#: kind of site → first bell, periods, minutes each, minutes between
DAYS = {"elementary": (time(8, 10), 6, 58, 3), "middle": (time(7, 50), 7, 52, 4), "high": (time(7, 35), 7, 54, 6)}
#: (month, day, length in days, kind, why), each school year
ENTRIES = (
    (9, 7, 1, "no_school", "Labor Day"),
    (10, 16, 1, "no_school", "Teacher workday"),
    (11, 25, 3, "no_school", "Fall break"),
    (12, 18, 1, "early_dismissal", "Last day before winter break"),
    (12, 21, 12, "no_school", "Winter break"),
    (2, 12, 1, "early_dismissal", "Family conferences"),
    (3, 15, 5, "no_school", "Spring break"),
    (5, 20, 1, "early_dismissal", "Last day of school"),
)


def load(district: Any, base_port: int = 0) -> None:
    """Writes the school days of the demo district; its sites must be there."""
    key = str(getattr(district, "pk", district))
    schedules: list[dict[str, Any]] = []
    periods: list[dict[str, Any]] = []
    for site in all_site_facts():
        if site.kind not in DAYS:
            continue
        for name, day_kind, share in (("Regular", "school_day", 1.0), ("Early dismissal", "early_dismissal", 0.6)):
            schedule = same_uuid(key, "schedule", site.code, day_kind)
            schedules.append({"id": schedule, "site_id": site.id, "name": name, "day_kind": day_kind})
            periods += _periods(key, schedule, site.kind, share)
    load_schedules(schedules, periods, _calendar(key))


def _periods(key: str, schedule: Any, kind: str, share: float) -> list[dict[str, Any]]:
    first, count, minutes, between = DAYS[kind]
    at = first.hour * 60 + first.minute
    rows = []
    for number in range(1, count + 1):
        end = at + round(minutes * share)
        rows.append({
            "id": same_uuid(key, "period", schedule, number), "schedule_id": schedule, "name": f"Period {number}",
            "starts_at": time(at // 60, at % 60), "ends_at": time(end // 60, end % 60),
        })  # fmt: skip
        at = end + between
    return rows


def _calendar(key: str) -> list[dict[str, Any]]:
    """The district's own entries of last, this and next year; all other weekdays are school days."""
    rows: dict[date, dict[str, Any]] = {}
    this_year = clock.now().year
    for year in (this_year - 1, this_year, this_year + 1):
        for month, day, length, kind, why in ENTRIES:
            for offset in range(length):
                on = date(year, month, day) + timedelta(days=offset)
                rows[on] = {"id": same_uuid(key, "day", on), "site_id": None, "on": on, "kind": kind, "because": why}
    return list(rows.values())
