"""Whose a family's pages are: a person with an account, or a guardian whom this browser remembers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import transaction
from django.http import HttpRequest

from watchbell.communication.families.actions import note_use
from watchbell.communication.families.queries import COOKIE, device_of
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import person_facts, person_of_user
from watchbell.kernel.zones import shown_in


class Family(NamedTuple):
    """person None: an account that is no guardian's. has_account: pushes can be kept for their browser."""

    person: PersonFacts | None
    has_account: bool


@contextmanager
def family_of(request: HttpRequest) -> Iterator[Family | None]:
    """Whoever asks, with their district acted in and its time shown; None for whoever is not signed in."""
    actor = request.actor
    if actor is not None:
        with transaction.atomic():
            yield Family(person_of_user(actor.user_id) if actor.user_id else None, True)
        return
    device = device_of(request.COOKIES.get(COOKIE, ""))
    if device is None:
        yield None
        return
    with shown_in(device.district_id):
        note_use(device)
        with transaction.atomic():
            yield Family(person_facts(device.person_id), False)
