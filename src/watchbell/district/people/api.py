"""The JSON operations on people."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from watchbell.district.people import queries
from watchbell.kernel.api import api_router, operation, paged

router = api_router("people")


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
    """People by kind, site, grade, status and name; by family name."""
    rows = queries.people_seen_by(request.actor, kind=kind, site=site, grade=grade, status=status, search=search)
    return paged(request, rows, person_dict)


@operation(router.get, "/people/{person_id}", permission="people.view")
def read_person(request: HttpRequest, person_id: UUID) -> Any:
    """One person with contacts in calling order. may_collect null: nobody has recorded whether they may."""
    person = queries.person_seen_by(request.actor, person_id)
    contacts = [
        {"id": str(contact["person"].id), "name": contact["person"].name, "phones": list(contact["person"].phones),
         "relation": contact["relation"], "priority": contact["priority"], "may_collect": contact["may_collect"]}
        for contact in queries.contacts_of_student(person.pk)
    ]  # fmt: skip
    return person_dict(person) | {"contacts": contacts}
