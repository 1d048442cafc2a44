"""The JSON operations on people."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import Schema

from watchbell.district.people import actions, queries
from watchbell.district.people.facts import PERSON_KINDS, RUNS, spell_bus
from watchbell.kernel.api import Invalid, api_router, operation, paged
from watchbell.kernel.changes import record_look

router = api_router("people")


class RideBody(Schema):
    """run: "morning", "afternoon" or "both"."""

    bus: str
    run: str = "both"
    stop: str = ""


def person_dict(person: Any) -> dict[str, Any]:
    return {
        "id": str(person.pk), "kind": person.kind, "given": person.given, "family": person.family,
        "preferred": person.preferred, "email": person.email, "phones": person.phones, "title": person.title,
        "grade": person.grade, "language": person.language, "status": person.status,
        "site": str(person.site_id) if person.site_id else None,
        "place": str(person.homeroom_id) if person.homeroom_id else None, "sourced_id": person.sourced_id,
    }  # fmt: skip


@operation(router.get, "/people", permission="people.view")
def list_people(
    request: HttpRequest, kind: str = "", site: str = "", grade: str = "", status: str = "active", search: str = ""
) -> Any:
    """People by kind, site, grade, status and name; by family name. An audit row."""
    rows = queries.people_seen_by(request.actor, kind=kind, site=site, grade=grade, status=status, search=search)
    record_look(request.actor, "people.see_people", PERSON_KINDS.get(kind, "Everyone"), "API")
    return paged(request, rows, person_dict)


@operation(router.get, "/people/{person_id}", permission="people.view")
def read_person(request: HttpRequest, person_id: UUID) -> Any:
    """One person with contacts in calling order. may_collect null: nobody has recorded it. An audit row."""
    person = queries.person_seen_by(request.actor, person_id)
    record_look(request.actor, "people.see_person", person, "API")
    contacts = [
        {"id": str(contact["person"].id), "name": contact["person"].name, "phones": list(contact["person"].phones),
         "relation": contact["relation"], "priority": contact["priority"], "may_collect": contact["may_collect"]}
        for contact in queries.contacts_of_student(person.pk)
    ]  # fmt: skip
    return person_dict(person) | {"contacts": contacts}


def ride_dict(ride: Any) -> dict[str, Any]:
    return {"id": str(ride.pk), "student": str(ride.student_id), "name": str(ride.student), "bus": ride.bus,
            "run": ride.run, "stop": ride.stop, "is_sourced": ride.is_sourced}  # fmt: skip


@operation(router.get, "/rides", permission="people.view")
def list_rides(
    request: HttpRequest, bus: str = "", run: str = "", site: str = "", grade: str = "", search: str = ""
) -> Any:
    """Who rides which bus: a row a student, bus and run; run "morning", "afternoon", "" for both. An audit row."""
    if run not in ("", *RUNS):
        raise Invalid({"run": "morning, afternoon, or empty for both"})
    rows = queries.rides_seen_by(request.actor, bus=bus, run=run, site=site, grade=grade, search=search)
    record_look(request.actor, "people.see_riders", spell_bus(bus) or "Every bus", "API")
    return paged(request, rows, ride_dict)


@operation(router.post, "/people/{person_id}/rides", permission="people.rides")
def record_ride(request: HttpRequest, person_id: UUID, body: RideBody) -> Any:
    """Writes down that a student rides a bus."""
    person = queries.person_seen_by(request.actor, person_id)
    actions.record_ride(request.actor, person.pk, body.bus, body.run, body.stop)
    return JsonResponse({"bus": spell_bus(body.bus), "run": body.run, "stop": body.stop}, status=201)


@operation(router.delete, "/people/{person_id}/rides/{ride_id}", permission="people.rides")
def end_ride(request: HttpRequest, person_id: UUID, ride_id: UUID) -> Any:
    """A student rides this bus no more."""
    person = queries.person_seen_by(request.actor, person_id)
    return {"ended": actions.end_ride(request.actor, person.pk, ride_id)}
