"""Who was not reached is tried once more by hand: by a way that failed, or by one the mailing has not used."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from watchbell.communication.channels import rules
from watchbell.communication.channels.actions.mailings import insert_deliveries
from watchbell.communication.channels.actions.sending import batch_anew
from watchbell.communication.channels.events import MailingEnded
from watchbell.communication.channels.facts import WAITING, NextWay
from watchbell.communication.channels.models import Batch, Delivery, Mailing
from watchbell.communication.channels.queries.trying import messages_to_try, ways_to_try
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
        chosen = ways_to_try(mailing, recipients, channel)
        count = _ask_once_more(mailing, chosen) + _ask_anew(mailing, chosen)
        if count and mailing.state in ("digest", "done"):
            mailing.state, mailing.done_at = "sending", None
            mailing.save(update_fields=["state", "done_at"])
        elif not count and mailing.state == "done":  # who waits for it to end is told so
            change.announce(MailingEnded(str(mailing.pk), mailing.about, "done"))
        change.note(channel=channel, messages=count)
        change.touch(progress_topic(mailing.about))
    return count


def _ask_once_more(mailing: Mailing, chosen: dict[UUID, NextWay | None]) -> int:
    """The messages by a way that was used before wait again."""
    found = messages_to_try(chosen)
    for channel, rows in found.items():
        batch_anew(mailing, channel, rows, state=WAITING, because=BY_HAND)
    return sum(map(len, found.values()))


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
