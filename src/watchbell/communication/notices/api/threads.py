"""What people wrote back, by JSON: read, answered, given to another desk, closed. A look is written down."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from watchbell.communication.notices import actions, queries
from watchbell.communication.notices.api.bodies import router
from watchbell.communication.notices.facts import MOST_ANSWER
from watchbell.kernel.api import operation, paged
from watchbell.kernel.changes import record_look


class AnswerBody(Schema):
    text: str = Field(max_length=MOST_ANSWER)


class StateBody(Schema):
    state: Literal["open", "closed"]


class AssignBody(Schema):
    """site: whose desk it lies on from now on; null: the district's. Without it, it stays where it is.

    mine: the caller sees to it; false: whoever did does not any more.
    """

    site: UUID | None = None
    mine: bool | None = None


def _as_dict(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk), "name": row.name, "way": row.channel, "address": row.address, "language": row.language,
        "state": row.state, "last_at": row.last_at, "taken_by": row.taken_by, "site": str(row.site_id or "") or None,
        "notice": str(row.notice_id or "") or None, "notice_title": row.notice.title if row.notice else None,
        "replies": [{"id": str(one.pk), "is_ours": one.is_ours, "by": one.by_name, "at": one.at, "text": one.text}
                    for one in row.replies.all()],
    }  # fmt: skip


@operation(router.get, "/notice-threads", permission=queries.SEE)
def list_threads(
    request: HttpRequest, state: Literal["open", "closed", ""] = "open", search: str = "", notice: UUID | None = None
) -> Any:
    """What people wrote, on the desks the caller sees, the newest first. state: open, closed, or empty for both."""
    record_look(request.actor, "notices.see_threads", "Threads")
    rows = queries.threads_seen_by(request.actor, state=state, search=search, notice=notice)
    return paged(request, rows, _as_dict)


@operation(router.get, "/notice-threads/{thread_id}", permission=queries.SEE)
def read_thread(request: HttpRequest, thread_id: UUID) -> Any:
    """One conversation."""
    thread = queries.thread_seen_by(request.actor, thread_id)
    record_look(request.actor, "notices.see_thread", thread)
    return _as_dict(thread)


@operation(router.post, "/notice-threads/{thread_id}/answer", permission=queries.WRITE)
def answer_thread(request: HttpRequest, thread_id: UUID, body: AnswerBody) -> Any:
    """The school writes back, by the way they wrote."""
    actions.answer_thread(request.actor, thread_id, body.text)
    return _as_dict(queries.thread_seen_by(request.actor, thread_id))


@operation(router.post, "/notice-threads/{thread_id}/assign", permission=queries.WRITE)
def assign_thread(request: HttpRequest, thread_id: UUID, body: AssignBody) -> Any:
    """Another desk answers it, or the caller sees to it. What lies on another school's desk is seen no more here."""
    moves = "site" in body.model_fields_set
    actions.assign_thread(request.actor, thread_id, is_mine=body.mine, moves=moves, site=body.site)
    return {"assigned": True}


@operation(router.post, "/notice-threads/{thread_id}/state", permission=queries.WRITE)
def close_thread(request: HttpRequest, thread_id: UUID, body: StateBody) -> Any:
    """Nothing more to do, or open again."""
    actions.close_thread(request.actor, thread_id, body.state)
    return _as_dict(queries.thread_seen_by(request.actor, thread_id))
