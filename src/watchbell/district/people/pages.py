"""Pages of people: the list with its filters, one person with family, classes and buses; who rides which bus."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from watchbell.district.people import actions, queries
from watchbell.district.people.facts import (
    ALL_BUSES,
    GRADES,
    PERSON_KINDS,
    RUN_CHOICES,
    RUNS,
    SKILLS,
    STATUSES,
    RideFacts,
    merge_rides,
    spell_bus,
)
from watchbell.district.people.rules.rides import COLUMNS as FILE_COLUMNS
from watchbell.district.people.rules.rides import MAX_BYTES
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import sites_seen_by
from watchbell.kernel.changes import record_look
from watchbell.kernel.permissions import may, require
from watchbell.kernel.web import change_page, csv_of, csv_url, note_look, page, page_of, part, try_change
from watchbell.line.errors import Conflict, Refused

COLUMNS = ("Family name", "Given name", "Kind", "Site", "Room", "Grade", "Title", "Language", "Status")


@page(permission="people.view", template="people/people_page.html")
def people_page(request: HttpRequest) -> Any:
    """People, filtered and paged; CSV for those who may export."""
    chosen = {name: request.GET.get(name, "") for name in ("kind", "site", "grade")}
    status, search = request.GET.get("status", "active"), request.GET.get("q", "")
    rows = queries.people_seen_by(request.actor, **chosen, status=status, search=search)
    if request.GET.get("format") == "csv":
        require(request.actor, "people.export")
        record_look(request.actor, "people.export_people", PERSON_KINDS.get(chosen["kind"], "Everyone"))
        return csv_of((_cells(person) for person in rows), COLUMNS, "people")
    note_look(request, "people.see_people", PERSON_KINDS.get(chosen["kind"], "Everyone"))
    found = page_of(request, rows)
    return found | {"filters": _filters(request, chosen, status, search, found["count"])}


def _cells(person: Any) -> tuple[Any, ...]:
    return (
        person.family, person.preferred or person.given, person.get_kind_display(), person.site or "",
        person.homeroom.number if person.homeroom else "", person.grade, person.title, person.language,
        person.get_status_display(),
    )  # fmt: skip


def _filters(request: HttpRequest, chosen: dict[str, str], status: str, search: str, count: int) -> dict[str, Any]:
    sites = [("", "All sites"), *((str(site.pk), site.name) for site in sites_seen_by(request.actor))]
    options = (
        ("kind", "Kind", [("", "Everyone"), *PERSON_KINDS.items()]),
        ("site", "Site", sites),
        ("grade", "Grade", [("", "All grades"), *((grade, grade) for grade in GRADES)]),
    )
    return {
        "q": {"name": "q", "value": search, "label": "Name, number, room or e-mail"},
        "selects": [
            *({"name": name, "label": label, "value": chosen[name], "options": choices}
              for name, label, choices in options),
            {"name": "status", "label": "Status", "value": status, "options": list(STATUSES.items())},
        ],
        "target": "people-list", "count": count, "count_word": "people",
        "csv_url": csv_url(request) if may(request.actor, "people.export") else "",
    }  # fmt: skip


@page(permission="people.view", template="people/person_page.html")
def person_page(request: HttpRequest, person_id: UUID) -> Any:
    """One person: where they belong, whom to call, whose contact they are."""
    person = queries.person_seen_by(request.actor, person_id)
    note_look(request, "people.see_person", person)
    rides = list(queries.rides_of(person.pk)) if person.kind == "student" else []
    may_ride = person.kind == "student" and person.status == "active" and may(
        request.actor, "people.rides", person.site_id)  # fmt: skip
    return {
        "rides": [one for one in rides if one.status == "active"], "run_choices": RUN_CHOICES, "may_ride": may_ride,
        "rode": [one for one in rides if one.status != "active"][:10],
        "buses": queries.buses_ridden(request.actor.sites) if may_ride else [],
        "person": person, "contacts": queries.contacts_of_student(person.pk),
        "students": queries.students_of_guardian(person.pk), "households": queries.households_of(person.pk),
        "classes": queries.classes_of(person.pk), "skills": SKILLS,
        "may_wish": person.kind in ("guardian", "staff") and may(request.actor, "notices.view"),
        "may_edit": person.kind == "staff" and may(request.actor, "people.edit", person.site_id),
    }  # fmt: skip


@change_page(permission="people.edit")
def record_skills(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What a member of staff is trained for."""
    person = queries.person_seen_by(request.actor, person_id)
    actions.record_skills(request.actor, person.pk, request.POST.getlist("skills"))
    messages.success(request, f"Recorded what {person} is trained for.")
    return redirect("people:person_page", person_id)


# -- who rides which bus ----------------------------------------------------------------------------------------------

RIDER_COLUMNS = ("student_number", "sourced_id", "family_name", "given_name", "grade", "school", "bus", "run", "stop")


@page(permission="people.view", template="people/buses_page.html")
def buses_page(request: HttpRequest) -> Any:
    """Every bus that somebody rides, with how many; no names."""
    search, site = request.GET.get("q", ""), request.GET.get("site", "")
    sites = list(sites_seen_by(request.actor))
    found = queries.buses_ridden(_sites_asked(request, site), search)
    if request.GET.get("format") == "csv":
        cells = ((one.bus, one.students, one.morning, one.afternoon) for one in found)
        return csv_of(cells, ("bus", "students", "morning", "afternoon"), "buses")
    return page_of(request, found, 300) | {
        "site": site, "may_import": may(request.actor, "people.import"), "is_filtered": bool(search or site),
        "filters": {
            "q": {"name": "q", "value": search, "label": "Bus"},
            "selects": [{"name": "site", "label": "School", "value": site, "options": _site_choices(sites)}],
            "target": "buses-list", "count": len(found), "count_word": "buses", "csv_url": csv_url(request),
        },
    }  # fmt: skip


def _sites_asked(request: HttpRequest, site: str) -> Any:
    """The chosen site, where this person sees it; else all they see (None: every one)."""
    own = request.actor.sites
    if not site:
        return own
    chosen = read_id(site)
    return [chosen] if chosen and (own is None or chosen in own) else []


def _site_choices(sites: list[Any]) -> list[tuple[str, str]]:
    return [("", "All schools"), *((str(site.pk), site.name) for site in sites)]


@page(permission="people.view", template="people/riders_page.html")
def riders_page(request: HttpRequest) -> Any:
    """Who rides a bus, or any; filters, CSV that can be imported again, print. A look is an audit row."""
    wanted = {name: request.GET.get(name, "") for name in ("bus", "run", "site", "grade")}
    wanted["bus"], wanted["run"] = spell_bus(wanted["bus"]), wanted["run"] if wanted["run"] in RUNS else ""
    search = request.GET.get("q", "")
    rows = queries.riders_seen_by(request.actor, **wanted, search=search)
    what = wanted["bus"] or "Every bus"
    if request.GET.get("format") == "csv":
        require(request.actor, "people.export")
        record_look(request.actor, "people.export_riders", what)
        return csv_of(_rider_cells(rows), RIDER_COLUMNS, "riders")
    found = page_of(request, rows, 100)
    for row in found["items"]:
        row.by_run = [[ride for ride in row.ridden if ride.run == run] for run in RUNS]
    if found["count"]:
        note_look(request, "people.see_riders", what)
    buses = [one.bus for one in queries.buses_ridden(request.actor.sites)]
    query = {**{key: value for key, value in wanted.items() if value}, "bus": wanted["bus"] or ALL_BUSES}
    return found | {
        "bus": wanted["bus"], "run": wanted["run"], "run_word": RUNS.get(wanted["run"], "").lower(), "runs": RUNS,
        "write_query": "" if search else urlencode(query), "may_import": may(request.actor, "people.import"),
        "is_filtered": any((wanted["run"], wanted["site"], wanted["grade"], search)),
        "filters": _rider_filters(request, wanted, search, found["count"], buses),
    }  # fmt: skip


def _rider_filters(
    request: HttpRequest, wanted: dict[str, str], search: str, count: int, buses: list[str]
) -> dict[str, Any]:
    known = buses if wanted["bus"] in ("", *buses) else [wanted["bus"], *buses]
    options = (
        ("bus", "Bus", [("", "Every bus"), *((bus, bus) for bus in known)]),
        ("run", "Run", [("", "Both runs"), *RUNS.items()]),
        ("site", "School", _site_choices(list(sites_seen_by(request.actor)))),
        ("grade", "Grade", [("", "All grades"), *((grade, grade) for grade in GRADES)]),
    )
    return {
        "q": {"name": "q", "value": search, "label": "Name or number"},
        "selects": [{"name": name, "label": label, "value": wanted[name], "options": choices}
                    for name, label, choices in options],
        "target": "riders-list", "count": count, "count_word": "student" if count == 1 else "students",
        "csv_url": csv_url(request) if may(request.actor, "people.export") else "",
    }  # fmt: skip


def _rider_cells(rows: Any) -> Any:
    """A line a ride of whoever is listed, on other buses, too: so that the file can be taken over as it is."""
    for one in rows:
        for ride in merge_rides(RideFacts(one.pk, row.bus, row.run, row.stop) for row in one.ridden):
            yield (one.number, one.sourced_id, one.family, one.preferred or one.given, one.grade, one.site or "",
                   ride.bus, ride.run, ride.stop)  # fmt: skip


@part(permission="people.view", template="people/_bus_part.html")
def bus_part(request: HttpRequest) -> Any:
    """How many ride a bus, by one of the names it has, for the page of whoever shows the bus. No names."""
    asked = [spell_bus(one).casefold() for one in request.GET.getlist("bus") if one.strip()]
    found = {one.bus.casefold(): one for one in queries.buses_ridden(request.actor.sites)}
    return {"found": next((found[one] for one in asked if one in found), None)}


@page(permission="people.import", template="people/riders_import_page.html", methods=("GET", "POST"))
def riders_import_page(request: HttpRequest) -> Any:
    """A file of riders: what it would change is shown first, then it is taken over whole or not at all."""
    shown = {"columns": FILE_COLUMNS, "only_these": request.POST.get("only_these") == "on", "text": ""}
    if request.method != "POST":
        return shown
    try:
        raw = _file_given(request)
        shown["text"] = _text_of(raw)
        is_taken = request.POST.get("then") == "take"
        change = actions.import_rides(request.actor, raw, is_whole=not shown["only_these"], dry_run=not is_taken,
                                      seen=request.POST.get("seen") if is_taken else None)  # fmt: skip
    except (Refused, Conflict) as error:
        return shown | {"fault": str(error), "is_mending": bool(shown["text"])}
    if is_taken and not change.faults:
        messages.success(request, f"Taken over: {change.counts}.")
        return redirect("people:buses_page")
    return shown | {"change": change, "is_mending": bool(change.faults)}


def _text_of(raw: bytes) -> str:
    """What was given, to be mended on the page; "" for what is no text."""
    try:
        return raw.decode("utf-8-sig") if b"\0" not in raw else ""
    except UnicodeDecodeError:
        return ""


def _file_given(request: HttpRequest) -> bytes:
    """The file, or what was pasted. Raises Refused where there is neither, or too much."""
    file, pasted = request.FILES.get("file"), request.POST.get("lines", "")
    if file is not None and (file.size or 0) > MAX_BYTES:
        most = f"{MAX_BYTES // 1_000_000} MB"
        raise Refused(f"The file is larger than {most}: split it, and take each part over as “only some students”.")
    raw = file.read() if file is not None else pasted.encode()
    if not raw.strip():
        raise Refused("Choose a file, or paste its lines.")
    return bytes(raw)


def _back(person_id: UUID) -> str:
    return f"{reverse('people:person_page', args=[person_id])}#bus-h"


@change_page(permission="people.rides")
def record_ride(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A student rides a bus, written down by hand."""
    person = queries.person_seen_by(request.actor, person_id)
    bus, run, stop = (request.POST.get(name, "") for name in ("bus", "run", "stop"))
    return try_change(request, lambda: actions.record_ride(request.actor, person.pk, bus, run, stop),
                      f"Written down: {person} rides {spell_bus(bus)}.", _back(person.pk))  # fmt: skip


@change_page(permission="people.rides")
def end_ride(request: HttpRequest, person_id: UUID, ride_id: UUID) -> HttpResponse:
    """A student rides it no more; it can be put back."""
    person = queries.person_seen_by(request.actor, person_id)
    words = actions.end_ride(request.actor, person.pk, ride_id)
    messages.success(request, f"Ended: {words}. “Put back” below undoes it.")
    return redirect(_back(person.pk))


@change_page(permission="people.rides")
def put_ride_back(request: HttpRequest, person_id: UUID, ride_id: UUID) -> HttpResponse:
    """It was no mistake: they ride it still."""
    person = queries.person_seen_by(request.actor, person_id)
    words = actions.end_ride(request.actor, person.pk, ride_id, put_back=True)
    messages.success(request, f"They ride it again: {words}.")
    return redirect(_back(person.pk))
