"""By what a guardian whose address is bad can be sent the link to their own page, and when that was done."""

from collections.abc import Iterable
from datetime import date
from urllib.parse import quote
from uuid import UUID

from django.conf import settings

from watchbell.communication.channels.facts import Contact, LinkWay
from watchbell.communication.channels.models import BadAddress, ContactLink
from watchbell.communication.channels.queries import bad_addresses_of, bad_addresses_seen_by, carriers, contacts_of
from watchbell.communication.channels.rules import choose_link_ways, has_carrier
from watchbell.district.people.facts import PersonFacts, Reachable
from watchbell.district.people.queries import guardians_at_home, person_facts
from watchbell.kernel.permissions import Actor
from watchbell.line.errors import NotFound


def bad_address_seen_by(actor: Actor, bad_id: UUID) -> BadAddress:
    """One of the front office's queue. Raises NotFound."""
    row = bad_addresses_seen_by(actor).filter(pk=bad_id).first()
    if row is None:
        raise NotFound("It has been cleared already.")
    return row


def contacts_at_home(person_id: UUID) -> list[Contact]:
    """A guardian, then the others of the same household, with the addresses in use. Six queries."""
    return contacts_of([reachable_of(one) for one in (person_facts(person_id), *guardians_at_home(person_id))])


def reachable_of(one: PersonFacts) -> Reachable:
    return Reachable(person=one.id, name=one.name, language=one.language, email=one.email, phones=one.phones,
                     household=None, site=one.site, user_id=one.user_id)  # fmt: skip


def link_channels() -> set[str]:
    """The ways that a carrier brings for real."""
    known = carriers()
    return {
        one.channel for one in known if has_carrier([more for more in known if more.channel == one.channel], "real")
    }


def link_of(token: str) -> str:
    """A person's own page of a message."""
    return f"{settings.PUBLIC_URL}/m/{quote(token)}"


def link_ways(contacts: list[Contact], channels: Iterable[str]) -> list[LinkWay]:
    """By what the first of them can be sent their link. One query."""
    bad = {address for _, address in bad_addresses_of(contacts)}
    return choose_link_ways(contacts, bad, set(channels))


def link_sent_on(person_id: UUID, day: date) -> ContactLink | None:
    """The link a guardian was sent on a day, if any."""
    return ContactLink.objects.filter(person_id=person_id, sent_on=day).first()


def newest_links(people: Iterable[UUID]) -> dict[UUID, ContactLink]:
    """{guardian: the link they were sent last}. One query."""
    rows = ContactLink.objects.filter(person_id__in=set(people)).order_by("person_id", "-sent_at")
    return {row.person_id: row for row in rows.distinct("person_id")}


def contact_link(link_id: UUID) -> ContactLink:
    return ContactLink.objects.get(pk=link_id)
