"""Who was reached by what, and who is left out; what becomes of a digest becomes of the messages it carries."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from watchbell.communication.channels import queries
from watchbell.communication.channels.facts import FAILED, REACHING, SKIPPED, STOPPED, WEIGHTS, LeftOut
from watchbell.communication.channels.models import Batch, Delivery, Recipient
from watchbell.kernel.live import touch
from watchbell.line.clock import now

#: A digest that arrived, failed or was answered did so for all it carries; what says more stays.
FOLLOW = """
update channels_delivery d set state = m.state, at = m.at, code = m.code,
 because = case when m.because = '' then d.because else m.because end
from channels_delivery m where d.digest_id = m.id and m.id = any(%s)
and (%s::int[])[d.state + 1] < (%s::int[])[m.state + 1]
returning d.recipient_id, d.mailing_id, d.state
"""
LEAVE = """
update channels_delivery d set state = t.state, because = t.because, at = %s
from unnest(%s::uuid[], %s::int[], %s::text[]) as t (id, state, because) where d.id = t.id and d.state = 0
"""


def mark_reached(people: Iterable[UUID], channel: str) -> None:
    """By this way first, inside a batch of writes."""
    Recipient.objects.filter(pk__in=list(people), reached_at=None).update(reached_at=now(), reached_by=channel)


def follow_mails(mails: Iterable[UUID]) -> None:
    """The messages that these mails carry, where they are digests, get their outcomes; inside a batch of writes."""
    listed = list(mails)
    if not listed:
        return
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, [listed, list(WEIGHTS), list(WEIGHTS)])
        changed = cursor.fetchall()
    reached = [recipient for recipient, _, state in changed if state in REACHING["email"]]
    if reached:
        mark_reached(reached, "email")
    for mailing in {row[1] for row in changed}:
        touch(queries.topic_of(mailing))


def follow_batch(batch: Batch) -> None:
    """`follow_mails` of a batch."""
    if batch.channel == "email":
        follow_mails(Delivery.objects.filter(batch=batch).values_list("pk", flat=True))


def write_left_out(left: Sequence[LeftOut]) -> None:
    """These messages wait no more and are not sent, inside a batch of writes."""
    if left:
        rows = [(one.id, FAILED if one.is_bad else STOPPED if one.is_over else SKIPPED, one.because[:255])
                for one in left]  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(LEAVE, [now(), *map(list, zip(*rows, strict=True))])
