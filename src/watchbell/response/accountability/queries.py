"""The roll call as its readers see it: the picture of an incident, class lists, people by name; permission inside."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from watchbell.district.people.facts import ClassFacts, PersonFacts
from watchbell.district.people.queries import (
    classes_of_site,
    classes_taught_by,
    people_named,
    people_of_room,
    person_of_user,
    rooms_of_people,
    seats_of_site,
    students_of_classes,
)
from watchbell.district.schedules.queries import period_at
from watchbell.district.sites.facts import ROLL_KINDS
from watchbell.district.sites.queries import place_names, places_seen_by, rooms_of_site, site_facts
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line import clock
from watchbell.line.errors import NotFound
from watchbell.response.accountability import rules
from watchbell.response.accountability.facts import LISTS_HOURS, Answer, Expected, Picture, Report, Standing
from watchbell.response.accountability.models import Cover, PersonReport, Resolution
from watchbell.response.incidents.facts import RoomWord
from watchbell.response.incidents.queries import incident_seen_by, incidents_seen_by, room_words

#: Reports by which incidents are told of rooms; they repeat what people's reports say already.
OWN = "roll-"
NAMES = "accountability.names"


def reporter_of(actor: Actor) -> str:
    """The key of whoever reports: one person is one reporter on all their devices."""
    return str(actor.user_id or actor.name)[:64]


def reports_of(incident_id: UUID) -> list[Report]:
    """Everything reported of people in an incident. One query."""
    rows = PersonReport.objects.filter(incident_id=incident_id).order_by("made_at", "id")
    return [
        Report(
            id=row.id, subject=row.subject, name=row.name, kind=row.kind, person=row.person_id, state=row.state,
            place=row.place_id, place_name=row.place_name, by=row.by, by_name=row.by_name, made_at=row.made_at,
            received_at=row.received_at, note=row.note, count=row.count, way=row.way,
        )
        for row in rows
    ]  # fmt: skip


def answers_of(incident_id: UUID) -> dict[str, Answer]:
    """The newest answer to each question."""
    rows = Resolution.objects.filter(incident_id=incident_id).order_by("at", "id")
    return {row.subject: Answer(row.subject, row.chosen_id, row.by_name, row.at) for row in rows}


def standing_of(incident_id: UUID, subject: str) -> Standing:
    """What is known of one person. Raises NotFound."""
    reports = [one for one in reports_of(incident_id) if one.subject == subject]
    if not reports:
        raise NotFound("Nobody has reported this person in this incident.")
    return rules.settle(reports, answers_of(incident_id).get(subject))


def expected_at(site_id: UUID, at: datetime) -> list[Expected]:
    """Who should be where at a moment: in the class of the running period, else in the homeroom."""
    seats: dict[UUID, UUID | None] = {}
    scheduled = classes_of_site(site_id, "scheduled")
    running = classes_now(scheduled, site_id, at)
    if running:
        students = students_of_classes(one.id for one in running)
        seats = {person.id: one.place for one in running for person in students.get(one.id, ())}
    return [
        Expected(person, name, kind, seats.get(person) or homeroom)
        for person, name, kind, homeroom in seats_of_site(site_id)
    ]


def classes_now(classes: Sequence[ClassFacts], site_id: UUID, at: datetime) -> list[ClassFacts]:
    """Those that meet in the period running at `at`."""
    if not any(one.periods for one in classes):
        return []
    period = period_at(site_id, at)
    return [one for one in classes if period is not None and rules.is_class_now(one.periods, period.name)]


def picture_of(incident: Any) -> Picture:
    """The whole roll of an incident; at most twelve queries."""
    places = {place: name or f"Room {number}" for place, number, name in rooms_of_site(incident.site_id, ROLL_KINDS)}
    expected = expected_at(incident.site_id, incident.opened_at)
    reports = reports_of(incident.id)
    standings = rules.settle_all(reports, answers_of(incident.id))
    rooms = rules.count_rooms(list(places.items()), expected, standings, words_of(incident))
    return Picture(
        rooms=tuple(rooms), totals=rules.total_of(rooms, expected, standings), standings=standings,
        expected={one.person: one for one in expected}, reports=tuple(reports), places=places,
    )  # fmt: skip


def words_of(incident: Any) -> dict[UUID, tuple[str, int, datetime, str, str]]:
    """What was said last of each room as a whole."""
    return {
        word.place: (word.state, word.accounted, word.at, word.by, word.note) for word in _said(room_words(incident))
    }


def _said(words: Iterable[RoomWord]) -> list[RoomWord]:
    return [word for word in words if not word.report.startswith(OWN)]


def progress_of_incident(incident: Any) -> dict[str, Any]:
    """{"steps": […], "people": expected, "rooms": expected} over time, for the page and the report."""
    said = [(word.place, word.at, word.accounted) for word in _said(room_words(incident))]
    steps = rules.progress_of(reports_of(incident.id), said, incident.opened_at)
    return {"steps": steps}


def picture_seen_by(actor: Actor, incident_id: UUID) -> tuple[Any, Picture]:
    """(incident, its roll). Raises Refused or NotFound."""
    incident = incident_seen_by(actor, incident_id)
    require(actor, "accountability.view", incident.site_id)
    return incident, picture_of(incident)


def may_see_names(actor: Actor, site_id: UUID | None) -> bool:
    """Names of everybody, not only of those who need help, by role and site."""
    return may(actor, NAMES, site_id)


def questions_for(actor: Actor, picture: Picture, site_id: UUID) -> list[Standing]:
    """The questions this person may answer, the office all of them."""
    has_right = may(actor, "accountability.decide", site_id)
    mine = reporter_of(actor)
    found = [one for one in picture.questions if rules.may_answer(one, mine, has_right)]
    return sorted(found, key=lambda one: one.report.name)


# -- what a phone keeps -------------------------------------------------------------------------------------------


def lists_of(actor: Actor) -> dict[str, Any]:
    """What this person's phone needs for a roll call without a network: own class lists (names only), open incidents,
    and the rooms of the own sites."""
    now = clock.now()
    person = person_of_user(actor.user_id) if actor.user_id else None
    site = person.site if person and person.site else next(iter(actor.sites or ()), None)
    if site is None or not may(actor, NAMES, site):
        return _kept(actor, now, site, [])
    cover = cover_of(actor, site, now)
    lists = _own_lists(person, site, now) if person else []
    if cover is not None:
        lists = [one for one in lists if one["place"] != str(cover)]
        lists.insert(0, {**list_of_room(actor, cover), "is_now": True, "when": "You stand in here today"})
    return _kept(actor, now, site, lists)


def _kept(actor: Actor, now: datetime, site: UUID | None, lists: list[dict[str, Any]]) -> dict[str, Any]:
    places = rooms_of_site(site, (*ROLL_KINDS, "hall", "lobby", "outdoor")) if site else []
    counts = {one.place: one.students + one.staff for one in rooms_of_people([site], ROLL_KINDS)} if site else {}
    return {
        "made_at": now.isoformat(), "expires_at": (now + timedelta(hours=LISTS_HOURS)).isoformat(),
        "reporter": reporter_of(actor), "name": actor.name, "site": str(site or ""), "lists": lists,
        "places": [
            {"id": str(place), "name": name or f"Room {number}", "people": counts.get(place, 0)}
            for place, number, name in places
        ],
        "incidents": open_incidents(actor),
    }  # fmt: skip


def open_incidents(actor: Actor) -> list[dict[str, str]]:
    """What is on where this person reports, real before drill."""
    found = [one for one in incidents_seen_by(actor, state="open")[:20]
             if may(actor, "accountability.report", one.site_id)]  # fmt: skip
    return [
        {"id": str(one.id), "name": one.name, "kind": one.kind, "mode": one.mode, "site": str(one.site_id),
         "site_name": one.site.name, "opened_at": one.opened_at.isoformat()}
        for one in sorted(found, key=lambda one: one.mode != "real")
    ]  # fmt: skip


def _own_lists(person: PersonFacts, site: UUID, now: datetime) -> list[dict[str, Any]]:
    """The classes a person teaches, what runs now first; the person stands last in each: who checks in is there too."""
    taught = classes_taught_by(person.id)
    running = {one.id for one in classes_now(taught, site, now)}
    students = students_of_classes(one.id for one in taught)
    names = place_names(one.place for one in taught if one.place)
    lists = [
        {
            "key": f"class:{one.id}", "title": one.title, "place": str(one.place or ""),
            "place_name": names.get(one.place, "") if one.place else "", "is_now": one.id in running,
            "when": _when(one, one.id in running), "people": _names([*students.get(one.id, ()), person]),
        }
        for one in taught
    ]  # fmt: skip
    if not lists and person.place is not None:
        lists = [_room_list(person.place)]
    return sorted(lists, key=lambda one: (not one["is_now"], not one["when"].startswith("Homeroom"), one["title"]))


def _when(one: ClassFacts, is_running: bool) -> str:
    if one.type == "homeroom":
        return "Homeroom"
    return "Now" if is_running else ", ".join(one.periods) or "Today"


def _names(people: Iterable[PersonFacts]) -> list[dict[str, str]]:
    return [{"id": str(person.id), "name": person.name, "kind": person.kind} for person in people]


def _room_list(place: UUID) -> dict[str, Any]:
    name = place_names([place]).get(place, "")
    return {
        "key": f"room:{place}", "title": name, "place": str(place), "is_now": False, "place_name": name,
        "when": "This room", "people": _names(people_of_room(place)),
    }  # fmt: skip


def list_of_room(actor: Actor, place: UUID) -> dict[str, Any]:
    """Who belongs in a room now, for a substitute or a colleague. Raises Refused or NotFound."""
    found = places_seen_by(actor).filter(pk=place).first()
    if found is None:
        raise NotFound("There is no such room, or you may not see it.")
    require(actor, NAMES, found.site_id)
    here = [one for one in expected_at(found.site_id, clock.now()) if one.place == found.pk]
    return {
        "key": f"room:{place}", "title": found.name or f"Room {found.number}", "place": str(place), "is_now": False,
        "site": str(found.site_id), "place_name": found.name or f"Room {found.number}", "when": "This room",
        "people": [{"id": str(one.person), "name": one.name, "kind": one.kind} for one in here],
    }  # fmt: skip


def cover_of(actor: Actor, site: UUID, now: datetime) -> UUID | None:
    """The room in which this person stands in today."""
    today = now.astimezone(ZoneInfo(site_facts(site).timezone)).date()
    return Cover.objects.filter(user_id=actor.user_id, on=today).values_list("place_id", flat=True).first()


def find_people(actor: Actor, search: str) -> list[dict[str, str]]:
    """Students and staff by name, where this person may see names. Raises Refused."""
    require(actor, NAMES)
    found = people_named(search, actor.sites) if len(search.strip()) >= 2 else []
    homes = place_names(person.place for person in found if person.place)
    return [
        {"id": str(person.id), "name": person.name, "kind": person.kind, "grade": person.grade, "title": person.title,
         "home": homes.get(person.place, "") if person.place else ""}
        for person in found
    ]  # fmt: skip
