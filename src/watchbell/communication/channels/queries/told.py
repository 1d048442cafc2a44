"""Who was told by earlier mailings, and how they are told by now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from watchbell.communication.channels.facts import Contact
from watchbell.communication.channels.models import Recipient
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
