"""The JSON operations on identity providers; what one is set up with is written on its page."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.district.identity import actions, queries
from watchbell.kernel.api import api_router, operation, paged

router = api_router("identity")


class Switch(Schema):
    is_on: bool


def _as_dict(row: Any) -> dict[str, Any]:
    """A provider without its secret. people: how many sign in by it."""
    return {
        "id": str(row.pk), "name": row.name, "kind": row.kind, "audience": row.audience, "domains": row.domains,
        "issuer": row.issuer or row.entity_id, "is_on": row.is_on, "is_required": row.is_required,
        "second_factor": row.second_factor, "people": row.people, "changed_at": row.changed_at.isoformat(),
    }  # fmt: skip


@operation(router.get, "/identity-providers", permission=queries.SEE)
def list_providers(request: HttpRequest) -> Any:
    """By what staff and families of the district sign in."""
    return paged(request, queries.providers_seen_by(request.actor), _as_dict)


@operation(router.get, "/identity-providers/{provider_id}", permission=queries.SEE)
def read_provider(request: HttpRequest, provider_id: UUID) -> Any:
    """One provider."""
    return _as_dict(queries.provider_seen_by(request.actor, provider_id))


@operation(router.post, "/identity-providers/{provider_id}/switch", permission=queries.SEE)
def switch_provider(request: HttpRequest, provider_id: UUID, body: Switch) -> Any:
    """Nobody signs in by it while it is off; whom it knows stays known."""
    actions.switch_provider(request.actor, provider_id, body.is_on)
    return _as_dict(queries.provider_seen_by(request.actor, provider_id))


@operation(router.delete, "/identity-providers/{provider_id}", permission=queries.SEE)
def remove_provider(request: HttpRequest, provider_id: UUID) -> Any:
    """It is gone with whom it knew."""
    actions.remove_provider(request.actor, provider_id)
    return {"id": str(provider_id), "removed": True}
