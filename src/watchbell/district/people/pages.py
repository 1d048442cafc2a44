"""Pages of people: the list with its filters, one person with family and classes, who belongs in a room."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.people import actions, queries
from watchbell.district.people.facts import GRADES, PERSON_KINDS, SKILLS, STATUSES
from watchbell.district.sites.queries import place_fact, sites_seen_by
from watchbell.kernel.permissions import may, require
from watchbell.kernel.web import change_page, csv_of, page, page_of, part

COLUMNS = ("Family name", "Given name", "Kind", "Site", "Room", "Grade", "Title", "Language", "Status")


@page(permission="people.view", template="people/people_page.html")
def people_page(request: HttpRequest) -> Any:
    """People, filtered and paged; CSV for those who may export."""
    chosen = {name: request.GET.get(name, "") for name in ("kind", "site", "grade")}
    status, search = request.GET.get("status", "active"), request.GET.get("q", "")
    rows = queries.people_seen_by(request.actor, **chosen, status=status, search=search)
    if request.GET.get("format") == "csv":
        require(request.actor, "people.export")
        return csv_of((_cells(person) for person in rows), COLUMNS, "people")
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
    query = request.GET.copy()
    query.pop("page", None)
    query["format"] = "csv"
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
        "csv_url": f"?{query.urlencode()}" if may(request.actor, "people.export") else "",
    }  # fmt: skip


@page(permission="people.view", template="people/person_page.html")
def person_page(request: HttpRequest, person_id: UUID) -> Any:
    """One person: where they belong, whom to call, whose contact they are."""
    person = queries.person_seen_by(request.actor, person_id)
    return {
        "person": person, "contacts": queries.contacts_of_student(person.pk),
        "students": queries.students_of_guardian(person.pk), "households": queries.households_of(person.pk),
        "classes": queries.classes_of(person.pk), "skills": SKILLS,
        "may_edit": person.kind == "staff" and may(request.actor, "people.edit", person.site_id),
    }  # fmt: skip


@change_page(permission="people.edit")
def record_skills(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What a member of staff is trained for."""
    person = queries.person_seen_by(request.actor, person_id)
    actions.record_skills(request.actor, person.pk, request.POST.getlist("skills"))
    messages.success(request, f"Recorded what {person} is trained for.")
    return redirect("people:person_page", person_id)


@part(permission="people.view", template="people/_room_part.html")
def room_part(request: HttpRequest, place_id: UUID) -> Any:
    """Who belongs in a room, for the page of whoever shows the room."""
    place = place_fact(place_id)
    everyone = queries.people_seen_by(request.actor).filter(homeroom_id=place.id)
    return {"place": place, "people": everyone}
