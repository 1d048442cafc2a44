"""Who was not reached is tried once more by hand: by a way that failed, or by one the mailing has not used."""

from collections.abc import Sequence
from uuid import UUID

from watchbell.communication.channels import rules
from watchbell.communication.channels.actions.mailings import insert_deliveries
from watchbell.communication.channels.actions.sending import batch_anew
from watchbell.communication.channels.events import MailingEnded
from watchbell.communication.channels.facts import WAITING
from watchbell.communication.channels.facts.trying import Trying
from watchbell.communication.channels.models import Batch, Delivery, Mailing
from watchbell.communication.channels.queries.trying import trying_of
from watchbell.communication.channels.rules import BY_HAND_DOUBTFUL
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line.errors import Conflict
from watchbell.line.ids import new_id
from watchbell.wire.subjects import progress_topic

BY_HAND = "Tried again by hand."


def try_again(
    actor: Actor, mailing_id: UUID, recipients: Sequence[UUID], channel: str, *, with_bad: bool = False
) -> int:
    """Who is not reached is tried by this way, also where it failed or was not used; how many messages that makes.

    channel: NEXT_BEST for each one's own next best way. with_bad: also where nothing arrives; the ledger says so.
    """
    with recorded_change(actor, "channels.try_again", target=str(mailing_id)) as change:
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        if mailing.state == "stopped":
            raise Conflict("It was stopped; write a new one.")
        trying = trying_of(mailing, recipients, channel, with_bad=with_bad)
        _ask_once_more(mailing, trying)
        _ask_anew(mailing, trying)
        count = trying.count
        if count and mailing.state in ("digest", "done"):
            mailing.state, mailing.done_at = "sending", None
            mailing.save(update_fields=["state", "done_at"])
        elif not count and mailing.state == "done":  # who waits for it to end is told so
            change.announce(MailingEnded(str(mailing.pk), mailing.about, "done"))
        change.note(channel=channel, messages=count, bad_addresses=with_bad, passed_over=len(trying.passed))
        change.touch(progress_topic(mailing.about))
    return count


def _ask_once_more(mailing: Mailing, trying: Trying) -> None:
    """The messages by a way that was used before wait again."""
    for channel, rows in trying.asked.items():
        batch_anew(mailing, channel, rows, state=WAITING, because=BY_HAND)
        doubtful = [to for way, to in trying.doubtful if way == channel]
        Delivery.objects.filter(pk__in=rows, to__in=doubtful).update(because=BY_HAND_DOUBTFUL)


def _ask_anew(mailing: Mailing, trying: Trying) -> None:
    """Messages to addresses that this mailing had none for."""
    for channel, people in trying.anew.items():
        rows = [(to, pk, BY_HAND_DOUBTFUL if (channel, to) in trying.doubtful else BY_HAND)
                for to, pk in people.items()]  # fmt: skip
        at = 0
        for size in rules.size_batches(channel, len(rows)):
            batch = Batch.objects.create(mailing=mailing, channel=channel, size=size)
            insert_deliveries(mailing.pk, [(new_id(), pk, batch.pk, channel, 0, to, WAITING, because)
                                           for to, pk, because in rows[at : at + size]])  # fmt: skip
            at += size
