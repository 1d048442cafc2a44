"""The JSON operations on reviews."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.kernel.api import api_router, operation, paged
from watchbell.response.review import actions, queries

router = api_router("reviews")


class Note(Schema):
    kind: str
    text: str
    entry: str = ""


class Move(Schema):
    state: str
    proof: str = ""


@operation(router.get, "/reviews", permission="review.view")
def list_reviews(request: HttpRequest, state: str = "", mode: str = "", site: str = "") -> Any:
    """After-action reports, newest first."""
    rows = queries.reviews_seen_by(request.actor, state=state, mode=mode, site=site)
    return paged(request, rows, queries.review_as_dict)


@operation(router.get, "/reviews/{review_id}", permission="review.view")
def read_review(request: HttpRequest, review_id: UUID) -> Any:
    """One report: facts, texts, objectives, findings, improvement plan."""
    return queries.review_in_full(queries.review_seen_by(request.actor, review_id))


@operation(router.post, "/incidents/{incident_id}/review", permission="review.note")
def begin_review(request: HttpRequest, incident_id: UUID) -> Any:
    """Begins the review of an incident that is over or ending."""
    return {"id": str(actions.begin_review(request.actor, incident_id))}


@operation(router.post, "/reviews/{review_id}/notes", permission="review.note")
def add_note(request: HttpRequest, review_id: UUID, body: Note) -> Any:
    """A note of the hot wash ("well", "mend"), a "strength" or an "area"; the same `entry` twice is kept once."""
    queries.hot_wash_seen_by(request.actor, review_id)
    return {"kept": actions.add_finding(request.actor, review_id, body.kind, body.text, body.entry)}


@operation(router.get, "/improvements", permission="review.view")
def list_improvements(request: HttpRequest, state: str = "", site: str = "") -> Any:
    """Items of improvement plans, overdue first; state "due" means open or under way."""
    rows = queries.improvements_seen_by(request.actor, state=state, site=site)
    return paged(request, rows, queries.improvement_as_dict)


@operation(router.post, "/improvements/{improvement_id}/state", permission="review.note")
def move_improvement(request: HttpRequest, improvement_id: UUID, body: Move) -> Any:
    """An item is doing, done (with proof), dropped (with reason) or open again."""
    return {"review": str(actions.move_improvement(request.actor, improvement_id, body.state, body.proof))}
