"""A guardian asks for a link, opens it, and ends devices."""

import hmac
import secrets
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.families import queries, rules
from watchbell.communication.families.facts import DEVICE_DAYS, LINK_MINUTES, MOST_CODE_TRIES
from watchbell.communication.families.models import FamilyDevice, FamilyLink
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused


class NewLink(NamedTuple):
    """What is sent, and whom it is for."""

    id: UUID
    token: str
    code: str
    people: list[UUID]


def ask_sign_in(actor: Actor, kind: str, address: str, language: str = "") -> None:
    """Somebody asks for a link to an address. Whether it is anybody's is looked up later: asking tells nothing.

    language: in which they asked, where they chose one.
    """
    with recorded_change(actor, "families.ask_sign_in") as change:
        change.note(kind=kind)
        change.ask_slowly("families.send_link", queue="soon", kind=kind, address=address, language=language)


def make_link(actor: Actor, kind: str, address: str) -> NewLink | None:
    """A new link to an address on record; None when it is nobody's. Earlier ones open no more."""
    people = queries.guardians_reached_at(kind, address)
    if not people:
        return None
    token, code = secrets.token_urlsafe(24), rules.make_code(secrets.token_bytes(8))
    where = rules.hash_of(address)
    with recorded_change(actor, "families.make_link", target=", ".join(str(one) for one in people)[:200]) as change:
        FamilyLink.objects.filter(address=where, used_at=None).update(used_at=now())
        row = FamilyLink(token=rules.hash_of(token), address=where, people=[str(one) for one in people])
        row.code = rules.hash_of(str(row.pk), code)
        row.save(force_insert=True)
        change.note(kind=kind)
    return NewLink(row.pk, token, code, people)


def open_link(actor: Actor, link_id: UUID, person: UUID, device: str, how: str) -> str:
    """The key of a device that remembers this guardian. The link opens nothing more. Raises NotFound."""
    with recorded_change(actor, "families.sign_in", target=str(person)) as change:
        row = FamilyLink.objects.select_for_update().filter(pk=link_id).first()
        if row is None or not queries.is_open(row) or str(person) not in row.people:
            raise NotFound(refusal("sign_in_used"))
        row.used_at = now()
        row.save(update_fields=["used_at"])
        change.note(how=how)
        return _new_device(person, device, how)


def check_code(actor: Actor, address: str, code: str) -> FamilyLink:
    """The open link whose code this is; a wrong one counts. Raises Refused."""
    with recorded_batch("try of a code", actor):
        since = now() - timedelta(minutes=LINK_MINUTES)
        row = FamilyLink.objects.select_for_update().filter(
            address=rules.hash_of(address), used_at=None, made_at__gt=since, tries__lt=MOST_CODE_TRIES
        ).order_by("-made_at").first()  # fmt: skip
        is_right = row is not None and hmac.compare_digest(row.code, rules.hash_of(str(row.pk), rules.read_code(code)))
        if row is not None and not is_right:
            row.tries += 1
            row.save(update_fields=["tries"])
    if row is None or not is_right:
        raise Refused(refusal("sign_in_code"))
    return row


def begin_device(actor: Actor, person: UUID, device: str, how: str) -> str:
    """The key of a device that remembers a guardian whom an identity provider has vouched for."""
    with recorded_change(actor, "families.sign_in", target=str(person)) as change:
        change.note(how=how)
        return _new_device(person, device, how)


def _new_device(person: UUID, name: str, how: str) -> str:
    key = secrets.token_urlsafe(32)
    FamilyDevice.objects.create(
        person_id=person, key=rules.hash_of(key), name=name[:80], how=how[:80],
        ends_at=now() + timedelta(days=DEVICE_DAYS),
    )  # fmt: skip
    return key


def end_device(actor: Actor, person: UUID, device_id: UUID) -> None:
    """That browser remembers nobody any more. Raises NotFound for what is not the guardian's own."""
    with recorded_change(actor, "families.end_device", target=str(person)) as change:
        row = FamilyDevice.objects.filter(pk=device_id, person_id=person, ended_at=None).first()
        if row is None:
            raise NotFound(refusal("no_device"))
        row.ended_at = now()
        row.save(update_fields=["ended_at"])
        change.note(device=row.name)


def note_use(device: FamilyDevice) -> None:
    """When a device was last used, to the hour."""
    if device.seen_at < now() - timedelta(hours=1):
        with recorded_batch("a device is used"):
            FamilyDevice.objects.filter(pk=device.pk).update(seen_at=now())


def tidy(actor: Actor) -> int:
    """Links of days past and devices long ended are forgotten; how many."""
    with recorded_change(actor, "families.tidy") as change:
        links, _ = FamilyLink.objects.filter(made_at__lt=now() - timedelta(days=2)).delete()
        devices, _ = FamilyDevice.objects.filter(ends_at__lt=now() - timedelta(days=30)).delete()
        change.note(links=links, devices=devices)
    return links + devices
