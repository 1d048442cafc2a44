"""Pages of drills: what is due by school, the calendar, the state report, one drill, the profiles."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from watchbell.district.sites.facts import SITE_KINDS, read_id
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, page, page_of, part, try_change
from watchbell.line.numbers import read_whole
from watchbell.prevention.drills import actions, queries
from watchbell.prevention.drills.facts import (
    DRILL_KINDS,
    PERIODS,
    SAMPLES,
    SCHOOL_KINDS,
    SOURCES,
    STATE_ORDER,
    STATE_TONES,
    STATES,
    Duty,
)
from watchbell.prevention.drills.rules import month_grid, worst_state

SEE = "drills.view"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
COLUMNS = ("school", "drill", "from", "until", "needed", "done", "state", "reason")


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _shown(duty: Duty) -> dict[str, Any]:
    return {
        "duty": duty, "kind": DRILL_KINDS[duty.rule.kind], "word": STATES[duty.state], "tone": STATE_TONES[duty.state],
        "period": PERIODS[duty.rule.period], "state": duty.state,
    }  # fmt: skip


def _sites_of(request: HttpRequest) -> list[tuple[str, str]]:
    return [("", "Every school"), *((str(one.id), one.name) for one in queries.schools_seen_by(request.actor))]


@page(permission=SEE, template="drills/drills_page.html")
def drills_page(request: HttpRequest) -> Any:
    """Each school with what it owes, the worst first; the record below; a form for a drill done by hand."""
    wanted = {name: request.GET.get(name, "") for name in ("site", "state", "kind")}
    today = timezone.localdate()
    profile, year, schools, duties = queries.duties_seen_by(request.actor, today, site=wanted["site"])
    chosen = [d for d in duties if wanted["state"] in ("", d.state) and wanted["kind"] in ("", d.rule.kind)]
    names = {school.id: school.name for school in schools}
    if request.GET.get("format") == "csv":
        cells = [(names[d.site], DRILL_KINDS[d.rule.kind], d.starts_on, d.ends_on, d.needed, len(d.done),
                  STATES[d.state], d.because) for d in chosen]  # fmt: skip
        return csv_of(cells, COLUMNS, f"drills-{year.name}")
    record = queries.drills_seen_by(request.actor, site=wanted["site"], kind=wanted["kind"])
    if request.GET.get("format") == "record":
        return _record_csv(record)
    rows = _by_school(chosen, names)
    found = page_of(request, record, 25)
    for row in found["items"]:
        row.source_word = SOURCES[row.source]
    return {
        **found, "rows": rows, "profile": profile, "year": year, "today": today, "kinds": DRILL_KINDS,
        "counts": [{"word": STATES[key], "state": key, "count": sum(d.state == key for d in duties)}
                   for key in ("overdue", "due", "done", "exempt")],
        "may_record": may(request.actor, "drills.record"), "may_edit": may(request.actor, "drills.edit"),
        "schools": schools, "samples": SAMPLES, "filters": _filters(request, wanted, len(rows)),
    }  # fmt: skip


def _by_school(duties: list[Duty], names: dict[UUID, str]) -> list[dict[str, Any]]:
    found: dict[UUID, list[Duty]] = {}
    for duty in duties:
        found.setdefault(duty.site, []).append(duty)
    rows = [
        {"id": site, "name": names[site], "worst": worst_state(mine), "tone": STATE_TONES[worst_state(mine)],
         "pressing": [_shown(d) for d in mine if d.state in ("overdue", "due")],
         "rest": [_shown(d) for d in mine if d.state not in ("overdue", "due")],
         "done": sum(d.state == "done" for d in mine), "total": len(mine)}
        for site, mine in found.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (STATE_ORDER.index(row["worst"]), -len(row["pressing"]), row["name"]))


def _filters(request: HttpRequest, wanted: dict[str, str], count: int) -> dict[str, Any]:
    options = (
        ("site", "School", _sites_of(request)), ("state", "State", [("", "Any state"), *STATES.items()]),
        ("kind", "Drill", [("", "Any drill"), *DRILL_KINDS.items()]),
    )  # fmt: skip
    selects = [{"name": n, "label": label, "value": wanted[n], "options": o} for n, label, o in options]
    return {"selects": selects, "target": "duties", "count": count, "count_word": "schools",
            "csv_url": csv_url(request)}  # fmt: skip


def _record_csv(rows: Any) -> HttpResponse:
    cells = [(r.site.name, DRILL_KINDS[r.kind], r.on, r.source, r.participants or "", r.seconds or "",
              r.lock_seconds or "", r.first_room_seconds or "", r.all_rooms_seconds or "", r.rooms_reported, r.rooms,
              r.unaccounted, "yes" if r.counts else f"no: {r.counts_because}", r.by_name, r.note)
             for r in rows]  # fmt: skip
    columns = ("school", "drill", "on", "source", "participants", "seconds", "call to lock s", "first room s",
               "all rooms s", "rooms reported", "rooms", "unaccounted", "counts", "by", "note")  # fmt: skip
    return csv_of(cells, columns, "drill-record")


@page(permission=SEE, template="drills/calendar_page.html")
def calendar_page(request: HttpRequest) -> Any:
    """A school year month by month: what was done on which day, and when a window ends."""
    site, today = request.GET.get("site", ""), timezone.localdate()
    profile, year, schools, duties = queries.duties_seen_by(request.actor, today, site=site)
    done: dict[date, list[Any]] = {}
    for row in queries.drills_seen_by(request.actor, site=site, year=year):
        done.setdefault(row.on, []).append(row)
    ends: dict[date, list[dict[str, Any]]] = {}
    for duty in duties:
        if duty.state in ("overdue", "due"):
            ends.setdefault(duty.ends_on, []).append(_shown(duty))
    months, at = [], year.starts_on.replace(day=1)
    while at <= year.ends_on:
        weeks = [[{"day": d, "done": done.get(d, []), "ends": ends.get(d, [])} if d else None for d in week]
                 for week in month_grid(at.year, at.month)]  # fmt: skip
        months.append({"name": f"{MONTHS[at.month - 1]} {at.year}", "weeks": weeks, "is_now": (at.year, at.month) ==
                       (today.year, today.month)})  # fmt: skip
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return {
        "months": months, "year": year, "profile": profile, "today": today, "names": {s.id: s.name for s in schools},
        "filters": {"selects": [{"name": "site", "label": "School", "value": site, "options": _sites_of(request)}],
                    "target": "months"},
    }  # fmt: skip


@page(permission=SEE, template="drills/report_page.html")
def report_page(request: HttpRequest) -> Any:
    """The record for the state, for print: each school's requirements and drills of one school year."""
    site, today = request.GET.get("site", ""), timezone.localdate()
    back = read_whole(request.GET.get("year", "")) or 0
    year_of = date(back, 12, 1) if 2000 <= back <= today.year else today
    profile, year, schools, duties = queries.duties_seen_by(request.actor, today, site=site, year_of=year_of)
    drills: dict[UUID, list[Any]] = {}
    for row in queries.drills_seen_by(request.actor, site=site, year=year):
        drills.setdefault(row.site_id, []).append(row)
    mine: dict[UUID, list[dict[str, Any]]] = {}
    for duty in sorted(duties, key=lambda d: (d.rule.kind, d.starts_on)):
        mine.setdefault(duty.site, []).append(_shown(duty))
    years = [(str(n), f"{n}-{(n + 1) % 100:02d}") for n in range(year.starts_on.year + 1, year.starts_on.year - 4, -1)
             if n <= today.year]  # fmt: skip
    selects = [
        {"name": "site", "label": "School", "value": site, "options": _sites_of(request)},
        {"name": "year", "label": "School year", "value": str(year.starts_on.year), "options": years},
    ]
    return {
        "profile": profile, "year": year, "today": today, "filters": {"selects": selects, "target": "state-report"},
        "rows": [{"school": s, "duties": mine.get(s.id, []), "drills": drills.get(s.id, [])} for s in schools],
    }  # fmt: skip


@part(permission=SEE, template="drills/_due_part.html")
def due_part(request: HttpRequest) -> Any:
    """On the home page: what a principal's school owes next, or how many schools of the district are behind."""
    profile, year, schools, duties = queries.duties_seen_by(request.actor, timezone.localdate())
    pressing = [duty for duty in duties if duty.state in ("overdue", "due")]
    names = {school.id: school.name for school in schools}
    rows = [{**_shown(duty), "name": names[duty.site]} for duty in pressing[:5]]
    behind = len({duty.site for duty in duties if duty.state == "overdue"})
    return {"profile": profile, "year": year, "rows": rows, "count": len(pressing), "behind": behind,
            "is_one": len(schools) == 1, "schools": len(schools), "done": sum(d.state == "done" for d in duties),
            "total": len(duties)}  # fmt: skip


def _try(request: HttpRequest, act: Any, told: str, back: str) -> HttpResponse:
    return try_change(request, act, told, back, is_missing_told=True)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 7 else None


@change_page(permission="drills.record")
def add_drill(request: HttpRequest) -> HttpResponse:
    form = request.POST

    def act() -> None:
        minutes = _number(form.get("minutes", ""))
        actions.add_drill(
            request.actor, read_id(form.get("site", "")) or UUID(int=0), form.get("kind", ""),
            _date(form.get("on", "")), minutes=minutes, participants=_number(form.get("participants", "")),
            note=form.get("note", ""),
        )  # fmt: skip

    return _try(request, act, "Recorded. It counts from now on.", reverse("drills:drills_page"))


@change_page(permission="drills.record")
def exempt_site(request: HttpRequest) -> HttpResponse:
    form = request.POST
    because = form.get("because", "")
    told = "Exempt, with your reason in the record." if because.strip() else "No longer exempt."
    act = lambda: actions.exempt_site(  # noqa: E731
        request.actor, read_id(form.get("site", "")) or UUID(int=0), read_id(form.get("requirement", "")) or
        UUID(int=0), _date(form.get("starts_on", "")), because,
    )  # fmt: skip
    return _try(request, act, told, reverse("drills:drills_page"))


@page(permission=SEE, template="drills/drill_page.html", methods=("GET", "POST"))
def drill_page(request: HttpRequest, drill_id: UUID) -> Any:
    """One drill: its times, who took part, whether it counts and why not."""
    drill = queries.drill_seen_by(request.actor, drill_id)
    if request.method == "POST":
        form = request.POST
        act = lambda: actions.complete_drill(  # noqa: E731
            request.actor, drill_id, counts=form.get("counts") == "on", because=form.get("because", ""),
            participants=_number(form.get("participants", "")), note=form.get("note", ""), kind=form.get("kind", ""),
        )  # fmt: skip
        return _try(request, act, "Saved.", reverse("drills:drill_page", args=[drill_id]))
    return {"drill": drill, "kinds": DRILL_KINDS, "source": SOURCES[drill.source],
            "may_record": may(request.actor, "drills.record", drill.site_id)}  # fmt: skip


@change_page(permission="drills.record")
def remove_drill(request: HttpRequest, drill_id: UUID) -> HttpResponse:
    queries.drill_seen_by(request.actor, drill_id)
    why = request.POST.get("why", "")
    act = lambda: actions.remove_drill(request.actor, drill_id, why)  # noqa: E731
    return _try(request, act, "Taken out of the record.", reverse("drills:drills_page"))


# -- profiles -------------------------------------------------------------------------------------------------------


@page(permission=SEE, template="drills/profiles_page.html")
def profiles_page(request: HttpRequest) -> Any:
    """What states ask for: the profile in use, others, and samples to begin with."""
    known = queries.profiles()
    names = {one.name for one in known}
    return {"profiles": known, "samples": [one for one in SAMPLES if one["name"] not in names],
            "may_edit": may(request.actor, "drills.edit")}  # fmt: skip


@change_page(permission="drills.edit")
def take_sample(request: HttpRequest) -> HttpResponse:
    act = lambda: actions.take_sample(request.actor, request.POST.get("name", ""))  # noqa: E731
    return _try(request, act, "In use. Check every line with counsel, then say so.", reverse("drills:profiles_page"))


@page(permission=SEE, template="drills/profile_page.html", methods=("GET", "POST"))
def profile_page(request: HttpRequest, profile_id: UUID) -> Any:
    """One profile, line by line."""
    profile = queries.one_profile(profile_id)
    if request.method == "POST":
        form = request.POST
        act = lambda: actions.save_profile(  # noqa: E731
            request.actor, profile_id, name=form.get("name", ""), note=form.get("note", ""),
            starts_month=_number(form.get("starts_month", "")) or 0, starts_day=_number(form.get("starts_day", "")) or
            0, in_use=form.get("in_use") == "on", checked=form.get("checked") == "on",
        )  # fmt: skip
        return _try(request, act, "Saved.", reverse("drills:profile_page", args=[profile_id]))
    lines = [{"row": row, "kind": DRILL_KINDS[row.kind], "period": PERIODS[row.period],
              "schools": ", ".join(SITE_KINDS[one] for one in row.site_kinds) or "every school"}
             for row in profile.requirements.all()]  # fmt: skip
    return {
        "profile": profile, "lines": lines, "kinds": DRILL_KINDS, "periods": PERIODS,
        "school_kinds": [(one, SITE_KINDS[one]) for one in SCHOOL_KINDS], "months": list(enumerate(MONTHS, 1)),
        "may_edit": may(request.actor, "drills.edit"),
    }  # fmt: skip


@change_page(permission="drills.edit")
def write_requirement(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    form = request.POST
    act = lambda: actions.write_requirement(  # noqa: E731
        request.actor, profile_id, read_id(form.get("requirement", "")), kind=form.get("kind", ""),
        count=_number(form.get("count", "")) or 0, period=form.get("period", ""),
        within_days=_number(form.get("within_days", "")), site_kinds=form.getlist("site_kinds"),
        note=form.get("note", ""),
    )  # fmt: skip
    return _try(request, act, "Written. The profile is to be checked again.",
                reverse("drills:profile_page", args=[profile_id]))  # fmt: skip


@change_page(permission="drills.edit")
def remove_requirement(request: HttpRequest, requirement_id: UUID) -> HttpResponse:
    return redirect("drills:profile_page", actions.remove_requirement(request.actor, requirement_id))
