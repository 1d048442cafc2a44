"""Which guardian a device remembers, and whom an address belongs to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.channels.queries import (
    addresses_now,
    corrections_of,
    devices_pushed_to,
    is_trusted,
    languages_wished,
    people_with_correction,
)
from watchbell.communication.families.facts import LINK_MINUTES, MOST_SHARING
from watchbell.communication.families.models import FamilyDevice, FamilyLink
from watchbell.communication.families.rules import hash_of, language_of_all
from watchbell.district.people.queries import guardians_with, people_by_id
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_in
from watchbell.line.clock import now
from watchbell.line.errors import NotFound

#: The cookie by which a browser is known again.
COOKIE = f"{settings.SESSION_COOKIE_NAME}_family"


def device_of(cookie: str) -> FamilyDevice | None:
    """The device a cookie (`<district>.<key>`) stands for, while it holds and its guardian is one. Two queries."""
    district = read_id(cookie.partition(".")[0])
    key = cookie.partition(".")[2]
    if district is None or not key or len(key) > 100:
        return None
    with acting_in(district):
        rows = FamilyDevice.objects.select_related("person")
        found = rows.filter(key=hash_of(key), ended_at=None, ends_at__gt=now()).first()
    if found is None or found.person.kind != "guardian" or found.person.status != "active":
        return None
    return found


def remembered_at(cookies: Mapping[str, str]) -> tuple[UUID, UUID] | None:
    """(district, person) whom a browser with these cookies is remembered as. Two queries, none without the cookie."""
    device = device_of(cookies.get(COOKIE, ""))
    return (device.district_id, device.person_id) if device is not None else None


def devices_of(person_id: UUID) -> list[FamilyDevice]:
    """A guardian's devices that hold, the latest used first."""
    rows = FamilyDevice.objects.filter(person_id=person_id, ended_at=None, ends_at__gt=now())
    return list(rows.order_by("-seen_at", "id"))


def guardians_reached_at(kind: str, address: str) -> list[UUID]:
    """The guardians who use this address now: as recorded, with their own corrections. kind: "email", "phone".

    One that a message's link alone has added names nobody before it is trusted, nor does an address of more people
    than a family has: [].
    """
    ids = list(dict.fromkeys([*guardians_with(kind, address), *people_with_correction(kind, address)]))
    corrections = corrections_of(ids)
    found = [
        one.id for one in people_by_id(ids).values()
        if one.kind == "guardian"
        and address in addresses_now(one.email, one.phones, filter(is_trusted, corrections.get(one.id, ())))[kind]
    ]  # fmt: skip
    return sorted(found) if len(found) <= MOST_SHARING else []


def link_of(token: str) -> FamilyLink:
    """A link that still opens, in the acting district. Raises NotFound."""
    found = FamilyLink.objects.filter(token=hash_of(token), used_at=None).first()
    if found is None or not is_open(found):
        raise NotFound(refusal("sign_in_used"))
    return found


def is_open(link: FamilyLink) -> bool:
    """Whether it still signs somebody in."""
    return link.used_at is None and link.made_at > now() - timedelta(minutes=LINK_MINUTES)


def people_of(ids: Sequence[str]) -> list[Any]:
    """The people a link is for, by name."""
    found = people_by_id([UUID(one) for one in ids])
    return sorted(found.values(), key=lambda one: (one.name, str(one.id)))


def languages_of(ids: Iterable[UUID]) -> tuple[str, str]:
    """What people who share an address want to read, and what the school has on record: "" where they differ.

    Two queries, however many they are.
    """
    found = people_by_id(ids)
    wishes = languages_wished(found)
    record = language_of_all(one.language for one in found.values())
    return language_of_all(wishes.get(one, "") for one in found), record


def is_pushed_to(device: FamilyDevice) -> bool:
    """Whether messages appear on this device at once."""
    return device.pk in devices_pushed_to(device.person_id)
