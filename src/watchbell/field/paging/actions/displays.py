"""Unattended displays: enrolled by a signed address, seen, revoked."""

from datetime import timedelta
from uuid import UUID

from watchbell.field.paging.models import Display
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused

RIGHT = "paging.displays"


def enrol_display(actor: Actor, name: str, site_id: UUID | None, place_name: str = "") -> UUID:
    """A new display. Raises Refused without a name, or for the whole district by somebody of one site."""
    require(actor, RIGHT, site_id)
    if not name.strip():
        raise Refused("Give the display a name, so that whoever revokes it knows which one it is.")
    if site_id is None and actor.sites is not None:
        raise Refused("Choose a site: a display of the whole district is enrolled by somebody of the whole district.")
    with recorded_change(actor, "paging.enrol_display") as change:
        row = Display.objects.create(
            name=name.strip()[:120], site_id=site_id, place_name=place_name.strip()[:160], enrolled_name=actor.name,
            enrolled_at=now(),
        )  # fmt: skip
        change.about(row)
        change.touch("displays:all")
    return row.id


def revoke_display(actor: Actor, display_id: UUID) -> None:
    """Its address shows nothing any more; its open stream ends within five minutes, with its ticket."""
    row = Display.objects.filter(pk=display_id).first()
    if row is None:
        raise NotFound("There is no such display.")
    require(actor, RIGHT, row.site_id)
    with recorded_change(actor, "paging.revoke_display", target=row) as change:
        row.revoked_at, row.revoked_name = now(), actor.name
        row.save(update_fields=["revoked_at", "revoked_name"])
        change.touch("displays:all")


def note_display_seen(display_id: UUID) -> None:
    """It has asked for its stream: it is there. Once a minute is enough."""
    with recorded_batch("a display was seen"):
        Display.objects.filter(pk=display_id).exclude(seen_at__gt=now() - timedelta(seconds=60)).update(seen_at=now())
