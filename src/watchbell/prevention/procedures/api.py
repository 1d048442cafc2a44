"""The JSON operations on quick reference cards."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.kernel.api import api_router, operation, paged
from watchbell.prevention.procedures import actions, queries, rules
from watchbell.prevention.procedures.facts import CardFacts, RoomFacts

router = api_router("cards")


class CardBody(Schema):
    kind: str
    role: str = "everyone"
    language: str = "en"
    title: str
    steps: list[str]
    expires_on: date | None = None


class Approval(Schema):
    version: int


@operation(router.get, "/cards", permission="cards.view")
def list_cards(
    request: HttpRequest, q: str = "", kind: str = "", role: str = "", language: str = "", state: str = ""
) -> Any:
    """All cards, those out of date first. state: approved, draft, expired, soon, waiting,
    behind (a translation older than its English card) or missing (not translated; such a card has no id)."""
    rows = queries.library(request.actor, search=q, kind=kind, role=role, language=language, state=state)
    return paged(request, rows, _listed_as_dict)


@operation(router.get, "/cards/mine", permission="cards.view")
def read_my_cards(request: HttpRequest, room: UUID | None = None, language: str = "") -> Any:
    """The cards of one's role, filled for a room (one's own, if none is named)."""
    mine = queries.cards_of(request.actor, room, language)
    return {
        "role": mine.role, "language": mine.language, "room": _room_as_dict(mine.room) if mine.room else None,
        "cards": [_card_as_dict(card, mine.room) for card in mine.cards[mine.language]],
    }  # fmt: skip


@operation(router.get, "/cards/{card_id}", permission="cards.view")
def read_card(request: HttpRequest, card_id: UUID) -> Any:
    """One card with all its versions, newest first."""
    card = queries.card_seen_by(request.actor, card_id)
    return {
        "id": str(card.pk), "kind": card.kind, "role": card.role, "language": card.language,
        "versions": [
            {"version": v.version, "title": v.title, "steps": v.steps, "state": v.state, "of_english": v.of_english,
             "expires_on": v.expires_on.isoformat(), "written_by": v.written_by, "approved_by": v.approved_by}
            for v in queries.versions_of(card)
        ],
    }  # fmt: skip


@operation(router.post, "/cards", permission="cards.edit")
def write_card(request: HttpRequest, body: CardBody) -> Any:
    """Keeps a draft; somebody else approves it."""
    card = actions.write_card(
        request.actor, body.kind, body.role, body.language, body.title, body.steps, expires_on=body.expires_on
    )
    return read_card_of(request, card)


@operation(router.post, "/cards/{card_id}/approve", permission="cards.approve")
def approve_card(request: HttpRequest, card_id: UUID, body: Approval) -> Any:
    """Makes the draft of this version valid; its writer may not."""
    actions.approve_card(request.actor, card_id, body.version)
    return read_card_of(request, card_id)


def read_card_of(request: HttpRequest, card_id: UUID) -> Any:
    card = queries.card_seen_by(request.actor, card_id)
    newest = queries.versions_of(card).first()
    return {"id": str(card_id), "version": newest.version if newest else 0, "state": newest.state if newest else ""}


def _room_as_dict(room: RoomFacts) -> dict[str, str]:
    return {name: str(value) for name, value in vars(room).items()}


def _card_as_dict(card: CardFacts, room: RoomFacts | None) -> dict[str, Any]:
    return {
        "id": str(card.card), "kind": card.kind, "role": card.role, "language": card.language, "title": card.title,
        "steps": [rules.fill(step, room, card.language) for step in card.steps], "version": card.version,
        "expires_on": card.expires_on.isoformat(), "approved_by": card.approved_by,
    }  # fmt: skip


def _listed_as_dict(one: dict[str, Any]) -> dict[str, Any]:
    card, shown = one["card"], one["approved"] or one["draft"]
    return {
        "id": None if one["is_missing"] else str(card.pk), "kind": card.kind, "role": card.role,
        "language": card.language, "title": shown.title if shown else "", "standing": one["standing"],
        "version": one["approved"].version if one["approved"] else None,
        "draft": one["draft"].version if one["draft"] else None, "versions_behind": one["behind"],
        "expires_on": one["approved"].expires_on.isoformat() if one["approved"] else None,
    }  # fmt: skip
