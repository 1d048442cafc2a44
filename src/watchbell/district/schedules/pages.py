"""Pages of school days: the bell schedules of the sites and the district's calendar."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.schedules import actions, queries
from watchbell.district.schedules.forms import DayForm, ScheduleForm, lines_of
from watchbell.district.schedules.rules import find_period
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import sites_seen_by
from watchbell.kernel.permissions import may, sites_with
from watchbell.kernel.web import change_page, page
from watchbell.line import clock
from watchbell.line.errors import Refused

DAYS_AHEAD = 120


@page(permission="schedules.view", template="schedules/schedules_page.html")
def schedules_page(request: HttpRequest) -> Any:
    """A site's bell schedules, what today is there, and the days that differ in the coming months."""
    return _context(request)


def _context(request: HttpRequest, **forms: Any) -> dict[str, Any]:
    sites = list(sites_seen_by(request.actor))
    wanted = read_id(request.GET.get("site", ""))
    site = next((row for row in sites if row.pk == wanted), sites[0] if sites else None)  # the first site stands first
    if site is None:
        return {"site": None}
    now = clock.now()
    today = now.astimezone(ZoneInfo(site.timezone)).date()
    schedules = list(queries.schedules_of_site(request.actor, site.pk))
    day = queries.day_at(site.pk, today, schedules)
    return {
        "site": site, "today": day, "period": find_period(day.periods, now.astimezone(ZoneInfo(site.timezone)).time()),
        "schedules": schedules,
        "days": queries.calendar_of(request.actor, today, today + timedelta(days=DAYS_AHEAD), site.pk),
        "may_edit": may(request.actor, "schedules.edit", site.pk),
        "may_everywhere": sites_with(request.actor, "schedules.edit") is None,
        "day_form": forms.get("day_form") or DayForm(), "schedule_form": forms.get("schedule_form") or _filled(
            request, schedules), "filters": {"selects": [{"name": "site", "label": "Site", "value": str(site.pk),
                                 "options": [(str(row.pk), row.name) for row in sites]}]},
    }  # fmt: skip


def _filled(request: HttpRequest, schedules: Iterable[Any]) -> ScheduleForm:
    """The form with the schedule chosen to be changed, or empty for a new one."""
    chosen = request.GET.get("change", "")
    found = next((row for row in schedules if str(row.pk) == chosen), None)
    if found is None:
        return ScheduleForm()
    known = {"name": found.name, "day_kind": found.day_kind, "periods": lines_of(found.periods.all())}
    return ScheduleForm(initial=known)


def _back(site: str) -> HttpResponse:
    return redirect(f"{reverse('schedules:schedules_page')}?site={site}")


@change_page(permission="schedules.edit", template="schedules/schedules_page.html")
def mark_day(request: HttpRequest) -> Any:
    """A day that differs, at this site or everywhere."""
    form, site = DayForm(request.POST), read_id(request.GET.get("site", ""))
    if not form.is_valid() or site is None:
        return _context(request, day_form=form)
    data = form.cleaned_data
    where = None if data["everywhere"] else site
    try:
        actions.mark_day(request.actor, data["on"], data["kind"], data["because"], where)
    except Refused as error:
        form.add_error(None, str(error))
        return _context(request, day_form=form)
    return _back(str(site))


@change_page(permission="schedules.edit")
def unmark_day(request: HttpRequest, calendar_day_id: UUID) -> HttpResponse:
    """The date is an ordinary one again."""
    actions.unmark_day(request.actor, calendar_day_id)
    return _back(request.GET.get("site", ""))


@change_page(permission="schedules.edit", template="schedules/schedules_page.html")
def write_schedule(request: HttpRequest) -> Any:
    """A bell schedule, new or anew."""
    form, site = ScheduleForm(request.POST), read_id(request.GET.get("site", ""))
    if not form.is_valid() or site is None:
        return _context(request, schedule_form=form)
    data = form.cleaned_data
    try:
        actions.write_schedule(request.actor, site, data["name"], data["day_kind"], data["periods"])
    except Refused as error:
        form.add_error("periods", str(error))
        return _context(request, schedule_form=form)
    return _back(str(site))


@change_page(permission="schedules.edit")
def remove_schedule(request: HttpRequest, bell_schedule_id: UUID) -> HttpResponse:
    actions.remove_schedule(request.actor, bell_schedule_id)
    return _back(request.GET.get("site", ""))
