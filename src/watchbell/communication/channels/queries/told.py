"""Who was told by earlier mailings, and how they are told by now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from watchbell.communication.channels.facts import Contact
from watchbell.communication.channels.models import Delivery, Recipient
from watchbell.communication.channels.queries.digests import contacts_now


def people_told(abouts: Iterable[str], beyond: Collection[UUID] = ()) -> list[UUID]:
    """The people these mailings were for, each once, by id, without those of `beyond`. One query."""
    rows = Recipient.objects.filter(mailing__about__in=list(abouts), person__isnull=False).order_by("person")
    known = set(beyond)
    return [pk for pk in rows.values_list("person", flat=True).distinct() if pk not in known]


def contacts_told(abouts: Iterable[str], people: Sequence[UUID]) -> list[Contact]:
    """How these people, told by these mailings, are told by now, of the children they were told of then. Six queries.

    Whoever has left the district is not among them.
    """
    rows = Recipient.objects.filter(mailing__about__in=list(abouts), person__in=people)
    then = {row.person_id: row for row in rows.order_by("mailing__made_at")}
    here = contacts_now(people)
    return [
        replace(here[pk], household=then[pk].family, fields=then[pk].fields,
                about=tuple(UUID(one) for one in then[pk].about))
        for pk in people if pk in here and pk in then
    ]  # fmt: skip


def first_recipients(recipients: Iterable[Any], alike: Mapping[str, str]) -> dict[UUID, UUID]:
    """{recipient: the first one that the same person was in mailings that are alike}. Two queries at most.

    alike: {about of a mailing: what it has in common with others}. Who is no person of the records is their address.
    """
    listed = list(recipients)
    known: dict[UUID, UUID] = {}
    first: dict[tuple[str, Any], UUID] = {}
    told = Recipient.objects.filter(mailing__about__in=list(alike), person__in={one.person_id for one in listed})
    rows = list(told.order_by("mailing__made_at", "pk").values_list("pk", "person", "mailing__about"))
    loose = [one.pk for one in listed if one.person_id is None]
    if loose:
        to = Delivery.objects.filter(recipient__in=loose).values("to")
        messages = Delivery.objects.filter(mailing__about__in=list(alike), recipient__person=None, to__in=to)
        rows += messages.order_by("mailing__made_at", "pk").values_list("recipient", "to", "mailing__about")
    for pk, who, about in rows:
        known.setdefault(pk, first.setdefault((alike[about], who), pk))
    return known
