"""The JSON operations on the public copy: where it goes, how each time went, and the newsrooms."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.communication.public import actions, queries
from watchbell.communication.public.facts import PERMISSION_EDIT, PERMISSION_SEE
from watchbell.kernel.api import api_router, operation, paged

router = api_router("public")


class Publish(Schema):
    """afresh: every file anew, also those that are there by our knowledge."""

    afresh: bool = False


class TargetBody(Schema):
    """kind, place: as the page of the website explains them. token null: the one there is stays."""

    name: str
    kind: str = ""
    place: str = ""
    token: str | None = None
    is_on: bool = True


class MediaBody(Schema):
    """tags: separated by commas."""

    newsroom: str
    name: str = ""
    email: str = ""
    phone: str = ""
    tags: str = ""
    note: str = ""


def _target_as_dict(row: Any) -> dict[str, Any]:
    """A target without its token."""
    return {
        "id": str(row.pk), "name": row.name, "kind": row.kind, "place": row.place, "is_on": row.is_on,
        "state": row.state, "because": row.because, "since": row.since.isoformat(),
        "published_at": row.published_at.isoformat() if row.published_at else None,
    }  # fmt: skip


@operation(router.get, "/publish-targets", permission=PERMISSION_SEE)
def list_targets(request: HttpRequest) -> Any:
    """The places that hold a copy of what is public."""
    return paged(request, queries.targets_seen_by(request.actor), _target_as_dict)


@operation(router.get, "/publish-targets/{target_id}", permission=PERMISSION_SEE)
def read_target(request: HttpRequest, target_id: UUID) -> Any:
    """One of them."""
    return _target_as_dict(queries.target_seen_by(request.actor, target_id))


@operation(router.post, "/publish-targets", permission=PERMISSION_EDIT)
def add_target(request: HttpRequest, body: TargetBody) -> Any:
    """One more; it is filled at once."""
    made = actions.add_target(request.actor, body.name, body.kind, body.place, body.token or "")
    return _target_as_dict(queries.target_seen_by(request.actor, made))


@operation(router.put, "/publish-targets/{target_id}", permission=PERMISSION_EDIT)
def change_target(request: HttpRequest, target_id: UUID, body: TargetBody) -> Any:
    """Other settings; its kind stays."""
    actions.change_target(
        request.actor, target_id, name=body.name, place=body.place, token=body.token, is_on=body.is_on
    )
    return _target_as_dict(queries.target_seen_by(request.actor, target_id))


@operation(router.delete, "/publish-targets/{target_id}", permission=PERMISSION_EDIT)
def remove_target(request: HttpRequest, target_id: UUID) -> Any:
    """Nothing is brought there any more; what lies there stays."""
    actions.remove_target(request.actor, target_id)
    return {"id": str(target_id), "removed": True}


@operation(router.get, "/publications", permission=PERMISSION_SEE)
def list_publications(request: HttpRequest, target: UUID | None = None, failed: bool = False) -> Any:
    """Each time something was brought to a target, newest first. size: bytes."""
    rows = queries.publications_seen_by(request.actor, target=target, failed=failed)
    return paged(request, rows, lambda row: {
        "id": str(row.pk), "target": str(row.target_id), "at": row.at.isoformat(), "seconds": row.seconds,
        "files": row.count, "size": row.size, "because": row.because, "changed": row.changed,
    })  # fmt: skip


@operation(router.post, "/publications", permission=PERMISSION_EDIT)
def publish_again(request: HttpRequest, body: Publish) -> Any:
    """Asks that everything be brought everywhere again; how it went stands in the list."""
    actions.ask_publish(request.actor, afresh=body.afresh)
    return {"asked": True}


def _contact_as_dict(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk), "newsroom": row.newsroom, "name": row.name, "email": row.email, "phone": row.phone,
        "tags": row.tags, "note": row.note, "changed_at": row.changed_at.isoformat(),
    }  # fmt: skip


@operation(router.get, "/media-contacts", permission=PERMISSION_SEE)
def list_media(request: HttpRequest, search: str = "", tag: str = "") -> Any:
    """The media list, by newsroom."""
    rows = queries.media_seen_by(request.actor, search=search, tag=tag)
    return paged(request, rows, _contact_as_dict)


@operation(router.get, "/media-contacts/{contact_id}", permission=PERMISSION_SEE)
def read_media(request: HttpRequest, contact_id: UUID) -> Any:
    """One contact."""
    return _contact_as_dict(queries.media_contact(request.actor, contact_id))


@operation(router.post, "/media-contacts", permission=PERMISSION_EDIT)
def add_media(request: HttpRequest, body: MediaBody) -> Any:
    """One more."""
    made = actions.save_contact(request.actor, None, **body.dict())
    return _contact_as_dict(queries.media_contact(request.actor, made))


@operation(router.put, "/media-contacts/{contact_id}", permission=PERMISSION_EDIT)
def change_media(request: HttpRequest, contact_id: UUID, body: MediaBody) -> Any:
    """Other words for one."""
    actions.save_contact(request.actor, contact_id, **body.dict())
    return _contact_as_dict(queries.media_contact(request.actor, contact_id))


@operation(router.delete, "/media-contacts/{contact_id}", permission=PERMISSION_EDIT)
def remove_media(request: HttpRequest, contact_id: UUID) -> Any:
    """Off the list."""
    actions.remove_contact(request.actor, contact_id)
    return {"id": str(contact_id), "removed": True}
