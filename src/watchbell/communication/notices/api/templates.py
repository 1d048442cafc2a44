"""Templates by JSON: written, and approved version by version."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import Schema
from pydantic import Field

from watchbell.communication.notices import actions, queries
from watchbell.communication.notices.api.bodies import TextBody, read_texts, router, text_as_dict
from watchbell.communication.notices.facts import MOST_OPTIONS
from watchbell.kernel.api import operation, paged


class TemplateBody(Schema):
    """kind: the kind of incident it fits, "" for any."""

    name: str = Field(max_length=120)
    purpose: str
    kind: str = ""
    texts: list[TextBody]
    options: list[str] = Field([], max_length=MOST_OPTIONS)


class ChangedTemplate(TemplateBody):
    """version: the one these words were written over."""

    version: int = Field(ge=1)


class Approved(Schema):
    version: int = Field(ge=1)


def _as_dict(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk), "name": row.name, "purpose": row.purpose, "kind": row.kind, "version": row.version,
        "languages": [one["language"] for one in row.texts], "is_approved": row.approved_at is not None,
        "approved_at": row.approved_at, "approved_by": row.approved_by, "changed_at": row.changed_at,
        "changed_by": row.changed_by, "is_retired": row.is_retired,
    }  # fmt: skip


def _whole(template_id: UUID) -> dict[str, Any]:
    row = queries.one_template(template_id)
    texts = [text_as_dict(one) for one in queries.texts_of_template(row)]
    return _as_dict(row) | {"texts": texts, "options": row.options}


@operation(router.get, "/notice-templates", permission=queries.SEE)
def list_templates(request: HttpRequest, approved: bool = False, kind: str | None = None) -> Any:
    """Those that are in use, by name. approved: only those that may be used. kind: those that fit such an incident."""
    return paged(request, queries.templates_seen_by(request.actor, kind=kind, only_approved=approved), _as_dict)


@operation(router.post, "/notice-templates", permission=queries.SETTINGS)
def write_template(request: HttpRequest, body: TemplateBody) -> Any:
    """A new one; it may be used once somebody has approved it."""
    made = actions.write_template(request.actor, None, body.name, body.purpose, body.kind, read_texts(body.texts),
                                  body.options)  # fmt: skip
    return JsonResponse(_whole(made), status=201)


@operation(router.get, "/notice-templates/{template_id}", permission=queries.SEE)
def read_template(request: HttpRequest, template_id: UUID) -> Any:
    """One with its words in each language."""
    return _whole(template_id)


@operation(router.put, "/notice-templates/{template_id}", permission=queries.SETTINGS)
def change_template(request: HttpRequest, template_id: UUID, body: ChangedTemplate) -> Any:
    """New words for it: a new version, to be approved anew. 409 where it was changed meanwhile."""
    actions.write_template(request.actor, template_id, body.name, body.purpose, body.kind, read_texts(body.texts),
                           body.options, version=body.version)  # fmt: skip
    return _whole(template_id)


@operation(router.post, "/notice-templates/{template_id}/approve", permission=queries.APPROVE)
def approve_template(request: HttpRequest, template_id: UUID, body: Approved) -> Any:
    """This version may be used. 409 where it was changed meanwhile."""
    actions.approve_template(request.actor, template_id, body.version)
    return _whole(template_id)


@operation(router.post, "/notice-templates/{template_id}/retire", permission=queries.SETTINGS)
def retire_template(request: HttpRequest, template_id: UUID) -> Any:
    """It is offered no more."""
    actions.retire_template(request.actor, template_id)
    return {"retired": True}
