"""Who can be tried once more, by what."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from watchbell.communication.channels.facts import NEXT_BEST, SKIPPED, WAITING, NextWay
from watchbell.communication.channels.models import Delivery, Mailing, Recipient
from watchbell.communication.channels.queries.ledger import next_ways_of, with_wishes


def ways_to_try(mailing: Mailing, recipients: Iterable[UUID], channel: str) -> dict[UUID, NextWay | None]:
    """{recipient who is not reached: by what they are tried}; None: by nothing. channel: NEXT_BEST for each one's own
    next best way. Four queries."""
    rows = Recipient.objects.filter(mailing=mailing, pk__in=list(recipients), reached_at=None)
    people = list(with_wishes(rows).order_by("pk"))
    ways = next_ways_of(mailing, people)
    return {one.pk: _choose(ways.get(one.pk), channel) for one in people}


def _choose(ways: Sequence[NextWay] | None, channel: str) -> NextWay | None:
    """By what one is tried. ways None: the records do not hold them any more, so only what was tried is tried again."""
    if ways is None:
        return NextWay(channel) if channel != NEXT_BEST else None
    return next((one for one in ways if channel in (NEXT_BEST, one.channel)), None)


def messages_to_try(chosen: Mapping[UUID, NextWay | None]) -> dict[str, list[UUID]]:
    """{way: messages by it that wait once more}: of who is tried by a way that was used before. A query a way."""
    found = {}
    for channel in sorted({one.channel for one in chosen.values() if one and not one.addresses}):
        people = [pk for pk, one in chosen.items() if one and one.channel == channel and not one.addresses]
        rows = Delivery.objects.filter(recipient__in=people, channel=channel).exclude(state__in=(WAITING, SKIPPED))
        found[channel] = list(rows.order_by("recipient_id", "id").values_list("pk", flat=True))
    return found


def count_to_try(mailing: Mailing, recipients: Iterable[UUID], channel: str) -> int:
    """How many messages trying these people by this way makes."""
    chosen = ways_to_try(mailing, recipients, channel)
    anew = {(one.channel, to) for one in chosen.values() if one for to in one.addresses}
    return len(anew) + sum(map(len, messages_to_try(chosen).values()))
