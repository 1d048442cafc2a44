"""The ledger of a mailing by household: a family is reached when one of them is; by what the others can be tried."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value

from watchbell.communication.channels.facts import CHANNELS, DECLINABLE, HOPELESS, POSTS, ChannelCount, Contact, Telling
from watchbell.communication.channels.facts.trying import NextWay, Trying
from watchbell.communication.channels.models import BadAddress, Consent, Delivery, Mailing, Preference, Recipient
from watchbell.communication.channels.queries import addresses_now, addresses_of, corrections_of
from watchbell.communication.channels.rules import find_next_ways, make_telling, read_order


def recipients_of(mailing_id: UUID, *, search: str = "", show: str = "", channel: str = "") -> QuerySet[Recipient]:
    """People of a mailing, family by family, those of whom nobody is reached first; each with `is_reached`, its family.

    show: "reached", "not" (nobody of the family), "failed" (and nothing can come to any of them any more).
    """
    everybody = Recipient.objects.filter(mailing_id=mailing_id).exclude(name=POSTS)
    rows = everybody.prefetch_related("deliveries").annotate(
        is_reached=Exists(everybody.filter(family=OuterRef("family"), reached_at__isnull=False))
    )
    for word in search.replace("\0", "").split()[:4]:
        rows = rows.filter(Q(name__icontains=word) | Q(fields__child__icontains=word))
    if show:
        rows = rows.filter(is_reached=show == "reached")
    if show == "failed":
        hopeful = Delivery.objects.filter(mailing_id=mailing_id).exclude(state__in=HOPELESS)
        rows = rows.exclude(family__in=hopeful.values("recipient__family"))
    if channel:
        rows = rows.filter(pk__in=Delivery.objects.filter(mailing_id=mailing_id, channel=channel).values("recipient"))
    return rows.order_by("is_reached", "family", "name", "id")


def families_of(rows: QuerySet[Recipient]) -> QuerySet[Any]:
    """The families of these people: {"family", "is_reached", "first"}, those of whom nobody is reached first."""
    found = rows.order_by().values("family", "is_reached").annotate(first=Min("name"))
    return found.order_by("is_reached", "first", "family")


def people_of(mailing_id: UUID, families: Iterable[UUID]) -> dict[UUID, list[Recipient]]:
    """{family: everybody of it, who is reached first}; as `next_ways_of` wants them. Two queries."""
    rows = with_wishes(recipients_of(mailing_id).filter(family__in=list(families)))
    found: dict[UUID, list[Recipient]] = {}
    for one in sorted(rows, key=lambda one: (one.reached_at is None, one.name)):
        found.setdefault(one.family, []).append(one)
    return found


def with_wishes(rows: QuerySet[Recipient]) -> QuerySet[Recipient]:
    """Recipients with their person, their messages, and the order of ways they like (`order`)."""
    order = Preference.objects.filter(person=OuterRef("person")).values("order")[:1]
    return rows.select_related("person").prefetch_related("deliveries").annotate(order=Subquery(order))


def next_ways_of(mailing: Mailing, people: Sequence[Recipient]) -> dict[UUID, list[NextWay]]:
    """{recipient: by what they can be tried, the best first}, also where this mailing has not. Two queries.

    people: as `with_wishes` gives them. Nothing for whoever the records do not hold any more.
    """
    known = [one for one in people if one.person is not None]
    changes = corrections_of(one.person_id for one in known) if known else {}
    contacts = {}
    for one in known:
        used = addresses_now(one.person.email, one.person.phones, changes.get(one.person_id, ()))
        contacts[one.pk] = Contact(one.person_id, None, one.name, one.language, used["email"], used["phone"],
                                   order=read_order(one.order or ()))  # type: ignore[attr-defined]  # fmt: skip
    declined, bad = _shut_to(contacts.values(), mailing.purpose) if contacts else (set(), set())
    return {
        one.pk: find_next_ways(
            contacts[one.pk],
            {(row.channel, row.to): row.state for row in one.deliveries.all()},
            mailing.purpose,
            declined,
            bad,
        )
        for one in known
    }


Addresses = set[tuple[str, str]]


def _shut_to(contacts: Iterable[Contact], purpose: str) -> tuple[Addresses, Addresses]:
    """(way, address) of theirs that has declined this purpose, and at which nothing arrives. One query."""
    addresses = {to for one in contacts for _, to in addresses_of(one)}
    bad = BadAddress.held().filter(address__in=addresses).order_by()
    rows = bad.values_list("channel", "address", Value(False), Value(True))
    if purpose in DECLINABLE:
        wishes = Consent.objects.filter(purpose=purpose, address__in=addresses)
        wishes = wishes.order_by("channel", "address", "-at", "-id").distinct("channel", "address")
        rows = rows.union(wishes.values_list("channel", "address", "is_wanted", Value(False)), all=True)
    shut = [(channel, address, is_bad) for channel, address, is_wanted, is_bad in rows if not is_wanted]
    declined, held = ({(way, to) for way, to, is_bad in shut if is_bad is wanted} for wanted in (False, True))
    return declined, held


def tellings_of(mailings: Sequence[Mailing]) -> list[Telling]:
    """How each of these went, in their order. Two queries, however many there are."""
    ids = [one.pk for one in mailings]
    homes = Recipient.objects.filter(mailing__in=ids).exclude(name=POSTS).order_by().values("mailing", "family")
    reached: dict[UUID, list[datetime | None]] = {}
    for row in homes.annotate(at=Min("reached_at")):
        reached.setdefault(row["mailing"], []).append(row["at"])
    counts: dict[UUID, dict[str, dict[int, int]]] = {}
    told = Delivery.objects.filter(mailing__in=ids).values_list("mailing", "channel", "state").order_by()
    for mailing, channel, state, count in told.annotate(n=Count("id")):
        counts.setdefault(mailing, {}).setdefault(channel, {})[state] = count
    return [
        make_telling(one.made_at, reached.get(one.pk, []), [
            ChannelCount(key, name, icon, counts[one.pk][key])
            for key, (name, icon, _) in CHANNELS.items() if key in counts.get(one.pk, {})
        ])
        for one in mailings
    ]  # fmt: skip


def passed_over(trying: Trying) -> list[dict[str, Any]]:
    """What trying once more passes over: {"name", "way", "address", "because"}, person by person. Two queries."""
    names = dict(Recipient.objects.filter(pk__in={pk for pk, _, _ in trying.passed}).values_list("pk", "name"))
    rows = BadAddress.held().filter(address__in={to for _, _, to in trying.passed})
    because = {(row.channel, row.address): row.because for row in rows}
    found = [{"name": names.get(pk, ""), "way": CHANNELS[way], "address": "a browser" if way == "push" else to,
              "because": because.get((way, to), "")} for pk, way, to in trying.passed]  # fmt: skip
    return sorted(found, key=lambda one: str(one["name"]))
