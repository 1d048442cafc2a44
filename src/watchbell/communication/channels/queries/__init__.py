"""How far mailings are, who was reached by what, who has declined, which carriers there are."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from watchbell.communication.channels.facts import (
    CHANNELS,
    DECLINABLE,
    POSTS,
    ChannelCount,
    Contact,
    Progress,
)
from watchbell.communication.channels.facts.refusals import refusal
from watchbell.communication.channels.models import (
    BadAddress,
    Batch,
    Body,
    Consent,
    ContactChange,
    Delivery,
    Mailing,
    Preference,
    Recipient,
)
from watchbell.communication.channels.queries.addresses import addresses_now as addresses_now
from watchbell.communication.channels.queries.addresses import addresses_of_person as addresses_of_person
from watchbell.communication.channels.queries.addresses import change_by_id as change_by_id
from watchbell.communication.channels.queries.addresses import corrections_of as corrections_of
from watchbell.communication.channels.queries.addresses import is_trusted as is_trusted
from watchbell.communication.channels.queries.addresses import people_with_correction as people_with_correction
from watchbell.communication.channels.queries.browsers import browsers_of
from watchbell.communication.channels.queries.browsers import devices_pushed_to as devices_pushed_to
from watchbell.communication.channels.queries.carriers import SEE as SEE
from watchbell.communication.channels.queries.carriers import carriers as carriers
from watchbell.communication.channels.queries.carriers import carriers_seen_by as carriers_seen_by
from watchbell.communication.channels.queries.carriers import one_more as one_more
from watchbell.communication.channels.queries.carriers import post_accounts as post_accounts
from watchbell.communication.channels.rules import join_browsers, read_order, say_bad, tag_of
from watchbell.district.accounts.queries import subscriptions_of_users
from watchbell.district.people.facts import Reachable
from watchbell.district.people.queries import addresses_at
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import read_email
from watchbell.line.clock import now
from watchbell.line.errors import NotFound
from watchbell.wire.subjects import progress_topic
from watchbell.wire.tell import Heard

MANAGE = "notices.settings"
#: Something of a mailing in such a state may go out still.
UNDER_WAY = ("preparing", "sending", "paused", "digest")


def addresses_of(contact: Contact) -> list[tuple[str, str]]:
    """(way, address) of everything a person can be told by."""
    return [
        *(("email", one) for one in contact.emails), *(("push", one) for one in contact.subscriptions),
        *((way, one) for one in contact.phones for way in ("text", "voice")),
    ]  # fmt: skip


def declined_by(contacts: Iterable[Contact], purpose: str) -> set[tuple[str, str]]:
    """Which of their (way, address) have declined this purpose. One query."""
    if purpose not in DECLINABLE:
        return set()
    addresses = {to for one in contacts for _, to in addresses_of(one)}
    rows = Consent.objects.filter(purpose=purpose, address__in=addresses).order_by("channel", "address", "-at", "-id")
    newest = rows.distinct("channel", "address").values_list("channel", "address", "is_wanted")
    return {(channel, address) for channel, address, is_wanted in newest if not is_wanted}


def is_wanted(channel: str, address: str, purpose: str) -> bool:
    """Whether messages of a purpose may go there; without a line in the ledger they may."""
    rows = Consent.objects.filter(channel=channel, address=address, purpose=purpose).order_by("-at", "-id")
    newest = rows.values_list("is_wanted", flat=True).first()
    return newest is not False


def bad_addresses_of(contacts: Iterable[Contact]) -> dict[tuple[str, str], str]:
    """(way, address) → why nothing arrives there. One query."""
    addresses = {to for one in contacts for _, to in addresses_of(one)}
    rows = BadAddress.held().filter(address__in=addresses)
    return {(row.channel, row.address): say_bad(row.because) for row in rows}


def addresses_asked(mailing_id: UUID, contacts: Iterable[Contact]) -> dict[tuple[str, str], bool]:
    """{(way, address) of theirs that this mailing has a message for already: it waits for a digest}. One query."""
    wanted = {to for one in contacts for _, to in addresses_of(one)}
    rows = Delivery.objects.filter(mailing_id=mailing_id, batch__isnull=False, to__in=wanted)
    found: dict[tuple[str, str], bool] = {}
    for channel, to, state in rows.values_list("channel", "to", "batch__state"):
        found[channel, to] = state == "digest" and found.get((channel, to), True)
    return found


def messages_answered(listed: Sequence[Heard]) -> dict[str, Delivery]:
    """{heard: the message it answers}: the one it names, else the last that went to their address. Two queries."""
    named = {one.id: pk for one in listed if one.delivery and (pk := read_id(one.delivery))}
    known = Delivery.objects.select_related("mailing").in_bulk(set(named.values())) if named else {}
    found = {heard: known[pk] for heard, pk in named.items() if pk in known}
    asked = {(one.channel, _compared(one)): one for one in listed if one.id not in found and one.sender}
    if asked:
        rows = Delivery.objects.filter(to__in={to for _, to in asked}, batch__isnull=False).select_related("mailing")
        rows = rows.exclude(batch__state="digest")  # what has not gone is not answered
        newest = rows.order_by("channel", "to", "-id").distinct("channel", "to")
        by_address = {(one.channel, one.to): one for one in newest}
        for one in listed:
            if one.id not in found and (one.channel, _compared(one)) in by_address:
                found[one.id] = by_address[one.channel, _compared(one)]
    return found


def _compared(heard: Heard) -> str:
    """Who says it, spelled as addresses are compared."""
    return (heard.channel == "email" and read_email(heard.sender)) or heard.sender


# -- what is sent next --------------------------------------------------------------------------------------------


def mailings_under_way() -> list[Mailing]:
    """The urgent ones first."""
    return list(Mailing.objects.filter(state__in=("preparing", "sending")).order_by("urgency", "made_at"))


def waiting_batches(mailing_id: UUID, moment: Any, most: int = 12) -> list[Batch]:
    """The next batches of a mailing, a few of each way, and those whose carrier has not answered in its time."""
    rows = Batch.objects.filter(mailing_id=mailing_id)
    due = rows.filter(state="waiting", not_before__lte=moment).order_by("wave", "not_before", "id")
    lost = rows.filter(state="out", lease_until__lt=moment).order_by("id")[:most]
    return [*lost, *(one for channel in CHANNELS for one in due.filter(channel=channel)[:most])]


def bodies_of(mailing_id: UUID) -> list[Body]:
    """What goes from now on."""
    return list(Body.objects.filter(mailing_id=mailing_id, replaced_at=None).order_by("language"))


def messages_of(batch_id: UUID) -> list[tuple[UUID, str, str, str, dict[str, str], str]]:
    """(delivery, address, language, name, fields, token) of a batch's messages that have not gone out."""
    rows = Delivery.objects.filter(batch_id=batch_id, state=0).order_by("id")
    columns = ("id", "to", "recipient__language", "recipient__name", "recipient__fields", "recipient__token")
    return list(rows.values_list(*columns))


# -- how it went ---------------------------------------------------------------------------------------------------


def progress_of(mailing_id: UUID) -> Progress:
    """What became of a mailing so far. Two queries."""
    rows = Delivery.objects.filter(mailing_id=mailing_id).values_list("channel", "state").annotate(n=Count("id"))
    counts: dict[str, dict[int, int]] = {}
    for channel, state, count in rows.order_by():
        counts.setdefault(channel, {})[state] = count
    people = Recipient.objects.filter(mailing_id=mailing_id).exclude(name=POSTS).aggregate(
        people=Count("id"), people_reached=Count("id", filter=Q(reached_at__isnull=False)),
        families=Count("family", distinct=True),
        families_reached=Count("family", distinct=True, filter=Q(reached_at__isnull=False)),
    )  # fmt: skip
    told = Delivery.objects.filter(mailing_id=mailing_id, batch__isnull=False)
    no_way = (
        Recipient.objects.filter(mailing_id=mailing_id)
        .exclude(name=POSTS)
        .exclude(pk__in=told.values("recipient_id"))
        .count()
    )
    channels = [
        ChannelCount(key, name, icon, counts[key]) for key, (name, icon, _) in CHANNELS.items() if key in counts
    ]
    return Progress(channels=channels, no_way=no_way, **people)


def sent_by_purpose(since: datetime) -> dict[str, int]:
    """{purpose: notices sent to people since then}, drills and tests left out. One query."""
    rows = Mailing.objects.filter(about__startswith="notice:", mode="real", made_at__gte=since)
    return dict(rows.values_list("purpose").annotate(n=Count("id")).order_by())


@lru_cache(maxsize=1000)
def topic_of(mailing_id: UUID) -> str:
    """What follows a mailing live: see wire.subjects.progress_topic. Asked once a process: it never changes."""
    return progress_topic(Mailing.objects.values_list("about", flat=True).get(pk=mailing_id))


def recipient_by_token(token: str) -> Recipient:
    """Whom a link belongs to, in the acting district. Raises NotFound."""
    row = Recipient.objects.select_related("mailing").filter(token=token[:24]).first()
    if row is None:
        raise NotFound(refusal("link_gone"))
    return row


def recipients_of_person(person_id: UUID, most: int = 30) -> list[Recipient]:
    """What a person was told, newest first; the digests that brought it are no messages of their own."""
    rows = Recipient.objects.filter(person_id=person_id, mailing__mode="real").select_related("mailing")
    rows = rows.exclude(mailing__about__startswith="digest:")
    return list(rows.order_by("-mailing__made_at")[:most])


def mailings_by_id(ids: Iterable[UUID]) -> dict[UUID, Mailing]:
    return Mailing.objects.in_bulk(set(ids))


def recipients_by_id(ids: Iterable[UUID]) -> dict[UUID, Recipient]:
    return Recipient.objects.select_related("mailing").in_bulk(set(ids))


def mailing_about(about: str) -> Mailing | None:
    return Mailing.objects.filter(about=about).first()


def mailings_about(abouts: Iterable[str]) -> dict[str, Mailing]:
    return {row.about: row for row in Mailing.objects.filter(about__in=list(abouts))}


def languages_told_at(numbers: Iterable[str]) -> dict[str, str]:
    """{number: the language of the last text that went there}. One query."""
    rows = Delivery.objects.filter(channel="text", to__in=set(numbers), batch__isnull=False)
    return dict(rows.order_by("to", "-id").distinct("to").values_list("to", "recipient__language"))


# -- addresses in trouble ---------------------------------------------------------------------------------------------


def bad_addresses_seen_by(actor: Actor, *, channel: str = "", search: str = "") -> QuerySet[BadAddress]:
    """The front office's queue: the newest first."""
    require(actor, SEE)
    rows = BadAddress.objects.filter(cleared_at=None).select_related("person").order_by("-since")
    rows = rows if actor.sites is None else rows.filter(person__wards__student__site__in=actor.sites).distinct()
    rows = rows.filter(channel=channel.replace("\0", "")) if channel else rows
    for word in search.replace("\0", "").split()[:3]:
        rows = rows.filter(
            Q(address__icontains=word) | Q(person__family__istartswith=word) | Q(person__given__istartswith=word)
        )
    return rows


def consents_seen_by(actor: Actor, search: str = "") -> QuerySet[Consent]:
    """The ledger of wishes, newest first: who is not of the whole district sees those of the own schools' people.

    Of whom the records know nobody, only the district's people read.
    """
    require(actor, SEE)
    rows = Consent.objects.order_by("-at", "-id")
    if actor.sites is not None:
        people, known = addresses_at(actor.sites)
        own = ContactChange.objects.filter(person__in=people, confirmed_at__isnull=False).exclude(value="")
        rows = rows.filter(address__in=known.union(own.values_list("value", flat=True)))
    search = search.replace("\0", "").strip()
    return rows.filter(address__icontains=search) if search else rows


def last_told(addresses: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """When something last went to each (way, address)."""
    rows = Delivery.objects.filter(to__in={to for _, to in addresses}, at__isnull=False)
    return {(row["channel"], row["to"]): row["last"] for row in rows.values("channel", "to").annotate(last=Max("at"))}


# -- people's own addresses -------------------------------------------------------------------------------------------


def contacts_of(people: Sequence[Reachable], *, is_emergency: bool = False) -> list[Contact]:
    """How people are told: addresses with their corrections, their browsers, their order of ways. Four queries.

    is_emergency: also at what they have replaced, until the school's records have the new one.
    """
    ids = [one.person for one in people]
    corrections = corrections_of(ids)
    wishes = {row.person_id: row for row in Preference.objects.filter(person_id__in=ids)}
    signed_in = subscriptions_of_users(one.user_id for one in people if one.user_id)
    remembered = browsers_of(ids)
    found = []
    for one in people:
        now_used = addresses_now(one.email, one.phones, corrections.get(one.person, ()), keeps_old=is_emergency)
        wish = wishes.get(one.person)
        mine = join_browsers(signed_in.get(one.user_id, []) if one.user_id else [], remembered.get(one.person, []))
        found.append(
            Contact(
                person=one.person, household=one.household, name=one.name,
                language=(wish.language if wish and wish.language else one.language).split("-")[0],
                emails=now_used["email"], phones=now_used["phone"],
                subscriptions=tuple(json.dumps(words, separators=(",", ":")) for words in mine),
                order=read_order(wish.order) if wish else (), about=tuple(pk for pk, _ in one.about),
                is_daily=wish is not None and wish.is_daily,
            )
        )  # fmt: skip
    return found


def preference_of(person_id: UUID) -> Preference | None:
    return Preference.objects.filter(person_id=person_id).first()


def languages_wished(people: Iterable[UUID]) -> dict[UUID, str]:
    """{person: the language they chose} of those who chose one. One query."""
    rows = Preference.objects.filter(person_id__in=list(people)).exclude(language="")
    return dict(rows.values_list("person_id", "language"))


def wishes_of(addresses: Iterable[tuple[str, str]]) -> dict[tuple[str, str, str], bool]:
    """{(way, address, purpose): wanted} where something was written down. One query."""
    wanted = {to for _, to in addresses}
    rows = Consent.objects.filter(address__in=wanted).order_by("channel", "address", "purpose", "-at", "-id")
    newest = rows.distinct("channel", "address", "purpose")
    return {(row.channel, row.address, row.purpose): row.is_wanted for row in newest}


def changes_seen_by(actor: Actor, *, is_taken: bool = False) -> QuerySet[ContactChange]:
    """What families have corrected: the change list for the student information system, oldest first."""
    require(actor, SEE)
    rows = ContactChange.objects.filter(confirmed_at__isnull=False, taken_at__isnull=not is_taken)
    rows = rows if actor.sites is None else rows.filter(person__wards__student__site__in=actor.sites).distinct()
    return rows.select_related("person").order_by("confirmed_at", "id")


def pending_change(person_id: UUID) -> ContactChange | None:
    """The newest correction whose code has not come back yet, of the last half hour."""
    rows = ContactChange.objects.filter(person_id=person_id, asked_at__gte=now() - timedelta(minutes=30))
    newest = rows.order_by("-asked_at").first()
    return newest if newest is not None and newest.confirmed_at is None else None


def bad_of(addresses: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which (way, address) nothing arrives at."""
    wanted = list(addresses)
    rows = BadAddress.held().filter(address__in={to for _, to in wanted})
    return set(rows.values_list("channel", "address")) & set(wanted)


def deliveries_of(recipient: Recipient) -> list[Delivery]:
    return list(Delivery.objects.filter(recipient=recipient, batch__isnull=False).order_by("wave", "id"))


def emails_told(recipient: Recipient) -> list[str]:
    """Where a mailing's mail to this recipient went."""
    rows = Delivery.objects.filter(recipient=recipient, channel="email", batch__isnull=False)
    return list(rows.order_by("to").values_list("to", flat=True).distinct())


def district_of_token(token: str) -> UUID:
    """Whose link it is: each district with its first two characters is asked, behind its own wall. Raises NotFound."""
    for district in District.objects.values_list("id", flat=True):
        if token and token[:2] == tag_of(str(district)):
            with acting_in(district):
                if Recipient.objects.filter(token=token[:24]).exists():
                    return district
    raise NotFound(refusal("link_gone"))
