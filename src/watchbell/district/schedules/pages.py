"""Pages of school days: the bell schedules of the sites and the district's calendar."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from watchbell.district.schedules import queries
from watchbell.district.schedules.rules import find_period
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import first_site, sites_seen_by
from watchbell.kernel.web import page
from watchbell.line import clock

DAYS_AHEAD = 120


@page(permission="schedules.view", template="schedules/schedules_page.html")
def schedules_page(request: HttpRequest) -> Any:
    """A site's bell schedules, what today is there, and the days that differ in the coming months."""
    sites = list(sites_seen_by(request.actor))
    wanted = read_id(request.GET.get("site", ""))
    first = first_site()
    site = next((row for row in sites if row.pk == wanted), None) or next(
        (row for row in sites if first is not None and row.pk == first.id), sites[0] if sites else None
    )
    if site is None:
        return {"site": None}
    now = clock.now()
    today = now.astimezone(ZoneInfo(site.timezone)).date()
    day = queries.day_at(site.pk, today)
    return {
        "site": site, "today": day, "period": find_period(day.periods, now.astimezone(ZoneInfo(site.timezone)).time()),
        "schedules": queries.schedules_of_site(request.actor, site.pk),
        "days": queries.calendar_of(request.actor, today, today + timedelta(days=DAYS_AHEAD), site.pk),
        "filters": {"selects": [{"name": "site", "label": "Site", "value": str(site.pk),
                                 "options": [(str(row.pk), row.name) for row in sites]}]},
    }  # fmt: skip
