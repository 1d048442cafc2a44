"""Whose a family's pages are: a person with an account, or a guardian whom this browser remembers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from watchbell.communication.families.actions import note_use
from watchbell.communication.families.queries import COOKIE, device_of, is_pushed_to
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import person_facts, person_of_user
from watchbell.kernel.zones import shown_in
from watchbell.line.vapid import vapid_public_key


class Family(NamedTuple):
    """person None: an account that is no guardian's. device: the browser that remembers them; None: an account."""

    person: PersonFacts | None
    device: Any = None


def device_here(request: HttpRequest) -> Any:
    """The device this browser is remembered as, None for none. Ask before anything is read: it acts in its district."""
    return device_of(request.COOKIES.get(COOKIE, ""))


def is_account_of(request: HttpRequest, recipient: Any) -> bool:
    """Whether this is who a message went to, signed in. One query at most."""
    person = person_of_user(request.actor.user_id) if request.actor and request.actor.user_id else None
    return person is not None and person.id == recipient.person_id


def is_device_of(device: Any, recipient: Any) -> bool:
    """Whether this browser is remembered as who a message went to."""
    return device is not None and (device.district_id, device.person_id) == (
        recipient.district_id, recipient.person_id)  # fmt: skip


def push_words(device: Any, *, has_account: bool) -> dict[str, Any]:
    """What a page offers pushes with, for an account, for a guardian this browser remembers (device), or for nobody.

    is_own: they can be turned on here. is_push_lost: the browser may think they are on, but nothing is kept of it.
    """
    if has_account or device is None:
        url = f"{reverse('accounts:keep_device')}?quiet=1"
        return {"is_own": has_account, "push_key": vapid_public_key(), "push_url": url}
    return {"is_own": True, "push_key": vapid_public_key(), "push_url": reverse("families:keep_push"),
            "push_stop_url": reverse("families:drop_push"), "is_push_lost": not is_pushed_to(device)}  # fmt: skip


@contextmanager
def family_of(request: HttpRequest) -> Iterator[Family | None]:
    """Whoever asks, with their district acted in and its time shown; None for whoever is not signed in."""
    actor = request.actor
    if actor is not None:
        with transaction.atomic():
            yield Family(person_of_user(actor.user_id) if actor.user_id else None)
        return
    device = device_here(request)
    if device is None:
        yield None
        return
    with shown_in(device.district_id):
        note_use(device)
        with transaction.atomic():
            yield Family(person_facts(device.person_id), device)
