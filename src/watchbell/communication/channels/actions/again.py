"""Who was not reached is tried once more by hand: by a way that failed, or by one the mailing has not used."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from watchbell.communication.channels import rules
from watchbell.communication.channels.actions.mailings import insert_deliveries
from watchbell.communication.channels.actions.sending import batch_anew
from watchbell.communication.channels.facts import NEXT_BEST, SKIPPED, WAITING, NextWay
from watchbell.communication.channels.models import Batch, Delivery, Mailing, Recipient
from watchbell.communication.channels.queries.ledger import next_ways_of, with_wishes
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line.errors import Conflict
from watchbell.line.ids import new_id
from watchbell.wire.subjects import progress_topic

BY_HAND = "Tried again by hand."


def try_again(actor: Actor, mailing_id: UUID, recipients: Sequence[UUID], channel: str) -> int:
    """Who is not reached is tried by this way, also where it failed or was not used; how many messages that makes.

    channel: NEXT_BEST for each one's own next best way.
    """
    with recorded_change(actor, "channels.try_again", target=str(mailing_id)) as change:
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        if mailing.state == "stopped":
            raise Conflict("It was stopped; write a new one.")
        rows = Recipient.objects.filter(mailing=mailing, pk__in=list(recipients), reached_at=None)
        people = list(with_wishes(rows).order_by("pk"))
        ways = next_ways_of(mailing, people)
        chosen = {one.pk: _choose(one, ways.get(one.pk), channel) for one in people}
        count = _ask_once_more(mailing, chosen) + _ask_anew(mailing, chosen)
        if count and mailing.state in ("digest", "done"):
            mailing.state, mailing.done_at = "sending", None
            mailing.save(update_fields=["state", "done_at"])
        change.note(channel=channel, messages=count)
        change.touch(progress_topic(mailing.about))
    return count


def _choose(person: Recipient, ways: list[NextWay] | None, channel: str) -> NextWay | None:
    """By what one is tried. ways None: the records do not hold them any more, so only what was tried is tried again."""
    if ways is None:
        return NextWay(channel) if channel != NEXT_BEST else None
    return next((one for one in ways if channel in (NEXT_BEST, one.channel)), None)


def _ask_once_more(mailing: Mailing, chosen: dict[UUID, NextWay | None]) -> int:
    """The messages by a way that was used before wait again."""
    count = 0
    for channel in sorted({one.channel for one in chosen.values() if one and not one.addresses}):
        people = [pk for pk, one in chosen.items() if one and one.channel == channel and not one.addresses]
        found = Delivery.objects.filter(recipient__in=people, channel=channel).exclude(state__in=(WAITING, SKIPPED))
        rows = list(found.order_by("recipient_id", "id").values_list("pk", flat=True))
        batch_anew(mailing, channel, rows, state=WAITING, because=BY_HAND)
        count += len(rows)
    return count


def _ask_anew(mailing: Mailing, chosen: dict[UUID, NextWay | None]) -> int:
    """Messages to addresses that this mailing had none for; one that two people share is asked once."""
    asked: dict[str, dict[str, UUID]] = {}
    for pk, one in chosen.items():
        for to in one.addresses if one else ():
            asked.setdefault(one.channel, {}).setdefault(to, pk)  # type: ignore[union-attr]
    count = 0
    for channel, people in asked.items():
        known = Delivery.objects.filter(mailing=mailing, channel=channel, to__in=list(people), batch__isnull=False)
        taken = set(known.values_list("to", flat=True))
        rows: list[Any] = [(to, pk) for to, pk in people.items() if to not in taken]
        count += len(rows)
        at = 0
        for size in rules.size_batches(channel, len(rows)):
            batch = Batch.objects.create(mailing=mailing, channel=channel, size=size)
            insert_deliveries(mailing.pk, [(new_id(), pk, batch.pk, channel, 0, to, WAITING, BY_HAND)
                                           for to, pk in rows[at : at + size]])  # fmt: skip
            at += size
    return count
