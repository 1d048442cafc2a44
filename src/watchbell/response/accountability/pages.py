"""The roll call on the screen: the whole picture, questions, the printed roll, and the phone's check-in."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from watchbell.district.sites.facts import read_id
from watchbell.kernel.permissions import may, require
from watchbell.kernel.web import change_page, csv_of, page, part
from watchbell.line.errors import WatchbellError
from watchbell.response.accountability import actions, queries, rules
from watchbell.response.accountability.facts import KINDS, SEEN, STATES, Picture, Report, Standing
from watchbell.response.incidents.queries import incident_seen_by, room_words

SEE = "accountability.view"
FILTERS = {"": "Everybody spoken of", "help": "Injured or missing", "question": "In question", "guest": "Guests",
           "unknown": "Not accounted for"}  # fmt: skip
#: How a question says a state: "Room 12 says present".
WORDS = {"safe": "present", "absent": "absent today"}
ROW = ("room", "name", "kind", "state", "place", "by", "said at", "received at", "note", "question")


@page(permission=SEE, template="accountability/roll_page.html")
def roll_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The whole roll: questions and who needs help, numbers, rooms with the silent ones first, progress."""
    incident, picture = queries.picture_seen_by(request.actor, incident_id)
    has_names = queries.may_see_names(request.actor, incident.site_id)
    if request.GET.get("format") == "rooms":
        return _rooms_csv(incident, picture)
    if request.GET.get("format") == "csv":
        require(request.actor, queries.NAMES, incident.site_id)
        actions.note_look(request.actor, "export_roll", incident, len(picture.expected))
        return csv_of(_rows(picture), ROW, f"roll-{incident.number}-names")
    helped = rules.needs_help(picture)
    search, which = request.GET.get("q", "").strip().casefold(), request.GET.get("who", "")
    people = _people(picture, search, which) if has_names and (search or which) else []
    actions.note_look(request.actor, "see_roll", incident, len(people) + len(helped))
    return {
        "incident": incident, "totals": picture.totals, "rooms": picture.rooms, "has_names": has_names,
        "helped": [_shown(one, picture) for one in helped], "people": people[:200], "people_count": len(people),
        "is_asked": bool(search or which), "questions": _questions(request, picture, incident.site_id),
        "open_questions": picture.totals.questions, "progress": _progress(incident, picture),
        "topic": f"incident:{incident_id}", "guests": _guests(picture) if has_names else [],
        "may_report": may(request.actor, "accountability.report", incident.site_id) and incident.state != "closed",
        "filters": {
            "q": {"name": "q", "value": request.GET.get("q", ""), "label": "Somebody by name"}, "target": "people",
            "selects": [{"name": "who", "label": "Who", "value": which, "options": list(FILTERS.items())}],
            "csv_url": "?format=csv",
        },
    }  # fmt: skip


def _progress(incident: Any, picture: Picture) -> dict[str, Any]:
    told = [(place, word[2], word[1]) for place, word in queries.words_of(incident).items()]
    steps = rules.progress_of(picture.reports, told, incident.opened_at)
    return {"steps": steps, "people": picture.totals.people, "rooms": picture.totals.rooms}


def _shown(one: Standing, picture: Picture) -> dict[str, Any]:
    """A person with the last place anybody saw them in."""
    report = one.report
    sightings = [r for r in picture.reports if r.subject == report.subject and r.state in SEEN]
    last = max(sightings, key=lambda r: r.made_at) if sightings else None
    home = picture.expected.get(report.person) if report.person else None
    belongs = picture.places.get(home.place, "") if home and home.place else ""
    if last is not None:
        seen = f"last seen {last.place_name or 'place not said'}"
    else:
        seen = f"belongs in {belongs}" if belongs else "not seen yet"
    return {"report": report, "standing": one, "seen": seen, "seen_at": last.made_at if last else None,
            "kind": KINDS.get(report.kind, report.kind), "word": STATES[report.state]}  # fmt: skip


def _people(picture: Picture, search: str, which: str) -> list[dict[str, Any]]:
    found = [one for one in picture.standings.values() if search in one.report.name.casefold()]
    if which == "help":
        found = [one for one in found if one.report.state in ("injured", "missing")]
    elif which == "question":
        found = [one for one in found if one.is_question]
    elif which == "guest":
        found = [one for one in found if one.report.person is None]
    shown = [_shown(one, picture) for one in found] if which != "unknown" else []
    known = {one.report.person for one in picture.standings.values()}
    if which in ("", "unknown"):
        shown += [
            {"name": one.name, "word": "Not accounted for", "kind": KINDS.get(one.kind, one.kind), "seen_at": None,
             "seen": f"belongs in {picture.places.get(one.place, 'no room')}" if one.place else "belongs in no room"}
            for one in picture.expected.values() if one.person not in known and search in one.name.casefold()
        ]  # fmt: skip
    return sorted(shown, key=lambda one: one["report"].name if "report" in one else one["name"])


def _guests(picture: Picture) -> list[Report]:
    return sorted((one.report for one in picture.standings.values() if one.report.person is None),
                  key=lambda report: report.name)  # fmt: skip


def _questions(request: HttpRequest, picture: Picture, site_id: UUID) -> list[dict[str, Any]]:
    return [
        {"standing": one, "is_guest": one.report.person is None,
         "rivals": [{"report": word, "word": WORDS.get(word.state, word.state)} for word in
                    sorted(one.rivals, key=lambda word: word.made_at)]}
        for one in queries.questions_for(request.actor, picture, site_id)
    ]  # fmt: skip


def _rooms_csv(incident: Any, picture: Picture) -> HttpResponse:
    columns = ("room", "state", "expected", "accounted", "missing", "injured", "extra", "in question", "by", "at")
    cells = [
        (r.name, r.state or "silent", r.expected, r.accounted, r.missing, r.injured, r.extra, r.questions, r.by,
         r.at or "") for r in picture.rooms
    ]  # fmt: skip
    return csv_of(cells, columns, f"roll-{incident.number}-rooms")


def _rows(picture: Picture) -> list[tuple[Any, ...]]:
    """Everybody expected, and everybody reported besides."""
    rows = []
    known = {one.report.person: one for one in picture.standings.values() if one.report.person}
    for person in picture.expected.values():
        rows.append(_row(picture.places.get(person.place, "") if person.place else "", person.name, person.kind,
                         known.get(person.person)))  # fmt: skip
    for one in picture.standings.values():
        if one.report.person not in picture.expected:
            name = one.report.name if one.report.count == 1 else f"{one.report.name} ({one.report.count})"
            rows.append(_row("", name, one.report.kind, one))
    return sorted(rows, key=lambda row: (row[0], row[1]))


def _row(room: str, name: str, kind: str, one: Standing | None) -> tuple[Any, ...]:
    if one is None:
        return room, name, kind, "not accounted for", "", "", "", "", "", ""
    r = one.report
    return room, name, kind, r.state, r.place_name, r.by_name, r.made_at, r.received_at, r.note, one.because


@page(permission=queries.NAMES, template="accountability/print_page.html")
def print_page(request: HttpRequest, incident_id: UUID) -> Any:
    """The roll on paper, a room a page, with boxes to tick where the network and the phones are gone."""
    incident, picture = queries.picture_seen_by(request.actor, incident_id)
    require(request.actor, queries.NAMES, incident.site_id)
    rooms, seats = [], defaultdict(list)
    for one in picture.expected.values():
        seats[one.place].append(
            {"name": one.name, "kind": one.kind, "standing": picture.standings.get(f"person:{one.person}")}
        )
    for place, name in sorted(picture.places.items(), key=lambda one: one[1]):
        people = seats.get(place)
        if people:
            rooms.append({"name": name, "people": people, "blank": range(4)})
    actions.note_look(request.actor, "print_roll", incident, len(picture.expected))
    boxes = render_to_string("accountability/_boxes.html", {"states": STATES})  # the same on every empty line
    return {"incident": incident, "rooms": rooms, "states": STATES, "boxes": boxes}


@part(permission=SEE, template="accountability/_help_part.html")
def help_part(request: HttpRequest, incident_id: UUID) -> Any:
    """Who needs help where, beside the plan of the incident."""
    incident, picture = queries.picture_seen_by(request.actor, incident_id)
    helped = rules.needs_help(picture)
    actions.note_look(request.actor, "see_help", incident, len(helped))
    return {"incident": incident, "helped": [_shown(one, picture) for one in helped], "totals": picture.totals,
            "questions": _questions(request, picture, incident.site_id)}  # fmt: skip


@part(permission="accountability.report", template="accountability/_questions_part.html")
def questions_part(request: HttpRequest, incident_id: UUID) -> Any:
    """The questions this person may answer."""
    incident, picture = queries.picture_seen_by(request.actor, incident_id)
    questions = _questions(request, picture, incident.site_id)
    actions.note_look(request.actor, "see_questions", incident, len(questions))
    return {"incident": incident, "questions": questions}


@part(permission=SEE, template="accountability/_progress_part.html")
def progress_part(request: HttpRequest, incident_id: UUID) -> Any:
    """Rooms and people accounted for over time, for the report."""
    incident, picture = queries.picture_seen_by(request.actor, incident_id)
    return {"progress": _progress(incident, picture), "totals": picture.totals}


@change_page(permission="accountability.report")
def answer_question(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    form = request.POST
    try:
        actions.answer_question(
            request.actor, incident_id, form.get("subject", ""), read_id(form.get("report", "")), form.get("why", "")
        )
        messages.success(request, "Recorded. Both rooms are counted by your answer.")
    except WatchbellError as error:
        messages.warning(request, str(error))
    back = form.get("back", "")
    safe = back if back == reverse("accountability:check_in_page") else ""
    return redirect(safe or reverse("accountability:roll_page", args=[incident_id]))


# -- the phone ----------------------------------------------------------------------------------------------------


@page(permission="accountability.report", template="accountability/check_in_page.html")
def check_in_page(request: HttpRequest) -> Any:
    """The check-in, drawn on the device from what it keeps; without a network too. Holds no name itself."""
    return {"states": STATES}


@part(permission="accountability.report", template="")
def lists_part(request: HttpRequest) -> JsonResponse:
    """What the device keeps for a roll call: own class lists, rooms, what is on."""
    kept = queries.lists_of(request.actor)
    count = sum(len(one["people"]) for one in kept["lists"])
    actions.note_look(request.actor, "keep_lists", kept["site"], count)
    return JsonResponse(kept)


@part(permission="accountability.report", template="")
def room_list_part(request: HttpRequest, place_id: UUID) -> JsonResponse:
    """Who belongs in a room now, for somebody who has another's class."""
    found = queries.list_of_room(request.actor, place_id)
    actions.note_look(request.actor, "see_list", place_id, len(found["people"]))
    return JsonResponse(found)


@change_page(permission="accountability.report")
def stand_in(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """A substitute takes a room for the day; the device asks for its lists anew."""
    actions.stand_in(request.actor, place_id)
    return HttpResponse(status=204)


@part(permission=queries.NAMES, template="")
def find_part(request: HttpRequest) -> JsonResponse:
    """People by name."""
    found = queries.find_people(request.actor, request.GET.get("q", "")[:80])
    actions.note_look(request.actor, "find_people", request.GET.get("q", "")[:40], len(found))
    return JsonResponse({"people": found})


@part(permission="accountability.report", template="")
def standings_part(request: HttpRequest, incident_id: UUID) -> JsonResponse:
    """How people and rooms stand, for the ticks on the device: {person: [state, place, by, made_at, question]}, where
    this person sees names; {room: [state, people, by, said at]}."""
    incident = incident_seen_by(request.actor, incident_id)
    require(request.actor, "accountability.report", incident.site_id)
    standings = {}
    if queries.may_see_names(request.actor, incident.site_id):
        standings = rules.settle_all(queries.reports_of(incident.id), queries.answers_of(incident.id))
    told = {
        str(one.report.person): [one.report.state, one.report.place_name, one.report.by_name,
                                 one.report.made_at.isoformat(), one.because]
        for one in standings.values() if one.report.person
    }  # fmt: skip
    rooms = {
        str(word.place): [word.state, word.accounted, word.by, word.at.isoformat()]
        for word in room_words(incident)
    }  # fmt: skip
    return JsonResponse({"people": told, "rooms": rooms, "state": incident.state})
