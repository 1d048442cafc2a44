"""Who can be tried once more, by what."""

from collections.abc import Iterable
from uuid import UUID

from watchbell.communication.channels.facts import CHANNELS, SKIPPED, WAITING
from watchbell.communication.channels.models import Delivery


def messages_to_try(mailing_id: UUID, recipients: Iterable[UUID], channel: str) -> list[UUID]:
    """Their messages by this way, of those who are not reached: failed or gone out, not waiting, not left out."""
    rows = Delivery.objects.filter(mailing_id=mailing_id, recipient__in=list(recipients), recipient__reached_at=None)
    rows = rows.filter(channel=channel).exclude(state__in=(WAITING, SKIPPED))
    return list(rows.order_by("recipient_id", "id").values_list("pk", flat=True))


def ways_asked(mailing_id: UUID) -> list[str]:
    """By which ways a mailing asks people. One query."""
    rows = Delivery.objects.filter(mailing_id=mailing_id, batch__isnull=False).order_by().values_list("channel")
    found = {channel for (channel,) in rows.distinct()}
    return [channel for channel in CHANNELS if channel in found]
