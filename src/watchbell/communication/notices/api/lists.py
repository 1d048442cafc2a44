"""Lists of people by JSON: who is written to again and again."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import Schema
from pydantic import Field

from watchbell.communication.notices import actions, queries
from watchbell.communication.notices.api.bodies import router
from watchbell.communication.notices.facts import MOST_ON_LIST
from watchbell.kernel.api import Invalid, operation, paged, problem
from watchbell.kernel.changes import record_look


class ListBody(Schema):
    """site: the school it is of; null: the district's."""

    name: str = Field(max_length=80)
    about: str = Field("", max_length=200)
    site: UUID | None = None


class MembersBody(Schema):
    """people: by id; or numbers: by school number or e-mail address, as a file names them. All of them, or none."""

    people: list[UUID] = Field([], max_length=MOST_ON_LIST)
    numbers: list[Annotated[str, Field(max_length=120, pattern=r"^[^,;\t\r\n]+$")]] = Field([], max_length=MOST_ON_LIST)


def _as_dict(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk), "name": row.name, "about": row.about, "site": str(row.site_id or "") or None,
        "size": row.size, "changed_at": row.changed_at, "changed_by": row.changed_by,
    }  # fmt: skip


def _seen(request: HttpRequest, list_id: UUID) -> dict[str, Any]:
    return _as_dict(queries.list_seen_by(request.actor, list_id))


@operation(router.get, "/people-lists", permission=queries.SEE)
def list_lists(request: HttpRequest, search: str = "") -> Any:
    """Every list the caller may write to, by name."""
    return paged(request, queries.lists_seen_by(request.actor, search), _as_dict)


@operation(router.post, "/people-lists", permission=queries.WRITE)
def write_list(request: HttpRequest, body: ListBody) -> Any:
    """A new list, of nobody yet."""
    made = actions.save_list(request.actor, None, body.name, body.about, body.site)
    return JsonResponse(_seen(request, made), status=201)


@operation(router.get, "/people-lists/{list_id}", permission=queries.SEE)
def read_list(request: HttpRequest, list_id: UUID) -> Any:
    """One, with how many people and families a message to it reaches."""
    row = queries.list_seen_by(request.actor, list_id)
    return _as_dict(row) | {"reaches": queries.count_list(row)}


@operation(router.put, "/people-lists/{list_id}", permission=queries.WRITE)
def change_list(request: HttpRequest, list_id: UUID, body: ListBody) -> Any:
    """Another name, purpose or school; its people stay."""
    actions.save_list(request.actor, list_id, body.name, body.about, body.site)
    return _seen(request, list_id)


@operation(router.delete, "/people-lists/{list_id}", permission=queries.WRITE)
def drop_list(request: HttpRequest, list_id: UUID) -> Any:
    """Thrown away; its people stay. 409 while a message is still to go to it."""
    actions.drop_list(request.actor, list_id)
    return {"dropped": True}


@operation(router.get, "/people-lists/{list_id}/members", permission=queries.SEE)
def list_members(request: HttpRequest, list_id: UUID) -> Any:
    """Who is on it, by name; a look at it is written down."""
    row = queries.list_seen_by(request.actor, list_id)
    record_look(request.actor, "notices.see_list", row)
    return paged(request, queries.members_of(row), lambda one: {
        "id": str(one.id), "name": one.name, "kind": one.kind, "grade": one.grade, "title": one.title,
        "site": str(one.site or "") or None,
    })  # fmt: skip


@operation(router.post, "/people-lists/{list_id}/members", permission=queries.WRITE)
def add_members(request: HttpRequest, list_id: UUID, body: MembersBody) -> Any:
    """Puts people on it. 422 with each fault where a number belongs to nobody; then nobody is put on it."""
    if bool(body.people) == bool(body.numbers):
        raise Invalid({"people": "name people by id, or by number; one of both"})
    if body.numbers:
        added, faults = actions.add_numbers(request.actor, list_id, "\n".join(("number", *body.numbers)))
        if faults:
            named = [{"number": body.numbers[one.line - 2], "because": one.because, "advice": one.advice}
                     for one in faults]  # fmt: skip
            return problem(422, "Some numbers are not right", f"{len(named)} of them name nobody who can be on it.",
                           faults=named[:200])  # fmt: skip
    else:
        added = actions.add_people(request.actor, list_id, body.people)
    return {"added": added, "size": _seen(request, list_id)["size"]}


@operation(router.delete, "/people-lists/{list_id}/members/{person_id}", permission=queries.WRITE)
def take_off(request: HttpRequest, list_id: UUID, person_id: UUID) -> Any:
    """One person fewer."""
    actions.take_off(request.actor, list_id, person_id)
    return {"size": _seen(request, list_id)["size"]}
