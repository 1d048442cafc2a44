"""A browser of somebody without an account takes pushes, and takes none any more."""

from datetime import datetime
from uuid import UUID

import msgspec

from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.channels.models import Browser
from watchbell.district.sites.facts import read_id
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.line.errors import Refused
from watchbell.line.vapid import is_push_address


def keep_browser(
    actor: Actor, person_id: UUID, device: UUID, endpoint: str, p256dh: str, auth: str, ends_at: datetime
) -> None:
    """This device takes pushes for a person, until ends_at at the latest. A browser pushes for one person, the last.

    Raises Refused for what is no push address.
    """
    if not is_push_address(endpoint) or not 0 < len(p256dh) <= 120 or not 0 < len(auth) <= 60:
        raise Refused(refusal("no_push"))
    with recorded_change(actor, "channels.keep_browser", target=str(person_id)):
        Browser.objects.filter(device=device).exclude(endpoint=endpoint).delete()
        Browser.objects.filter(endpoint=endpoint).exclude(device=device).delete()
        Browser.objects.update_or_create(
            device=device,
            defaults={"person_id": person_id, "endpoint": endpoint, "p256dh": p256dh, "auth": auth, "ends_at": ends_at},
        )


def forget_browser(actor: Actor, person_id: UUID, device: UUID) -> bool:
    """This device takes no pushes any more; whether it had."""
    rows = Browser.objects.filter(device=device, person_id=person_id)
    if not rows.exists():
        return False
    with recorded_change(actor, "channels.forget_browser", target=str(person_id)):
        return bool(rows.delete()[0])


def drop_gone_browser(address: str) -> bool:
    """A push host says a browser is gone: it is forgotten where it is one of these. Within a recorded change."""
    try:
        words = msgspec.json.decode(address)
    except msgspec.DecodeError:
        return False
    number = read_id(str(words.get("id", ""))) if isinstance(words, dict) else None
    return number is not None and bool(Browser.objects.filter(pk=number).delete()[0])


def forget_ended_browsers(actor: Actor) -> int:
    """Those whose time has passed; how many."""
    with recorded_change(actor, "channels.forget_browsers") as change:
        count, _ = Browser.objects.filter(ends_at__lt=now()).delete()
        change.note(count=count)
    return count
