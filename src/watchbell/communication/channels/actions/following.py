"""Who was reached by what; and what becomes of a digest becomes of the messages it carries."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from watchbell.communication.channels import queries
from watchbell.communication.channels.facts import REACHING, WEIGHTS
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
