"""Who can be tried once more, by what."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from watchbell.communication.channels.facts import NEXT_BEST, SKIPPED, WAITING
from watchbell.communication.channels.facts.trying import NextWay, Trying
from watchbell.communication.channels.models import Delivery, Mailing, Recipient
from watchbell.communication.channels.queries import bad_of
from watchbell.communication.channels.queries.ledger import next_ways_of, with_wishes


def trying_of(mailing: Mailing, recipients: Iterable[UUID], channel: str, *, with_bad: bool = False) -> Trying:
    """What trying these people by this way comes to. channel: NEXT_BEST for each one's own next best way.

    with_bad: also where nothing arrives, which is passed over otherwise. Six queries.
    """
    rows = Recipient.objects.filter(mailing=mailing, pk__in=list(recipients), reached_at=None)
    people = list(with_wishes(rows).order_by("pk"))
    ways = next_ways_of(mailing, people)
    chosen = {one.pk: way for one in people if (way := _choose(ways.get(one.pk), channel))}
    sent = list(
        Delivery.objects.filter(recipient__in=chosen, channel__in={way.channel for way in chosen.values()})
        .exclude(state__in=(WAITING, SKIPPED)).order_by("recipient_id", "id")
        .values_list("pk", "recipient_id", "channel", "to")
    )  # fmt: skip
    bad = bad_of((way, to) for _, _, way, to in sent)
    bad |= {(way.channel, to) for way in chosen.values() for to in way.bad}
    return _plan(mailing, chosen, sent, bad, with_bad=with_bad)


def _choose(ways: Sequence[NextWay] | None, channel: str) -> NextWay | None:
    """By what one is tried. ways None: the records do not hold them any more, so only what was tried is tried again."""
    if ways is None:
        return NextWay(channel) if channel != NEXT_BEST else None
    return next((one for one in ways if channel in (NEXT_BEST, one.channel)), None)


def _plan(
    mailing: Mailing, chosen: Mapping[UUID, NextWay], sent: Sequence[tuple[UUID, UUID, str, str]],
    bad: Collection[tuple[str, str]], *, with_bad: bool,
) -> Trying:  # fmt: skip
    asked: dict[str, list[UUID]] = defaultdict(list)
    passed: dict[tuple[UUID, str, str], None] = {}
    went: set[tuple[UUID, str]] = set()
    for pk, recipient, channel, to in sent:
        way = chosen[recipient]
        if way.channel != channel:
            continue
        went.add((recipient, to))
        is_bad = (channel, to) in bad
        if is_bad and not with_bad:
            passed[recipient, channel, to] = None
        elif is_bad or not way.addresses:  # where one was never asked, the good ones are not asked again
            asked[channel].append(pk)
    fresh: dict[str, dict[str, UUID]] = defaultdict(dict)
    for recipient, way in chosen.items():
        for to in (*way.addresses, *(way.bad if with_bad else ())):
            if (recipient, to) not in went:
                fresh[way.channel].setdefault(to, recipient)  # one that two people share is asked once
        if not with_bad:
            passed |= dict.fromkeys((recipient, way.channel, to) for to in way.bad)
    return Trying(dict(asked), _unasked(mailing, fresh), frozenset(bad), tuple(passed))


def _unasked(mailing: Mailing, fresh: Mapping[str, dict[str, UUID]]) -> dict[str, dict[str, UUID]]:
    """Those to whose address nothing of the mailing has gone, by anybody. A query a way."""
    found = {}
    for channel, people in fresh.items():
        known = Delivery.objects.filter(mailing=mailing, channel=channel, to__in=list(people), batch__isnull=False)
        taken = set(known.values_list("to", flat=True))
        found[channel] = {to: pk for to, pk in people.items() if to not in taken}
    return found
