"""What of a mailing has not gone yet goes with other words, or not at all where a correction is told instead."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from watchbell.communication.channels import queries
from watchbell.communication.channels.events import MailingEnded
from watchbell.communication.channels.facts import STOPPED, WAITING, BodyText
from watchbell.communication.channels.models import Batch, Body, Delivery, Mailing
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.wire.subjects import progress_topic

INSTEAD = "Its correction is told instead."
WORDS = ("language", "subject", "text", "html", "short", "spoken", "sound")


def correct_bodies(actor: Actor, mailing_id: UUID, bodies: Sequence[BodyText]) -> None:
    """Whatever goes out from now on says this; what was said before is kept. Nothing where it says so already."""
    wanted = sorted(tuple(getattr(one, name) for name in WORDS) for one in (_cut(one) for one in bodies))
    said = sorted(tuple(getattr(one, name) for name in WORDS) for one in queries.bodies_of(mailing_id))
    if wanted == said:
        return
    with recorded_change(actor, "channels.correct_mailing", target=str(mailing_id)) as change:
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        Body.objects.filter(mailing=mailing, replaced_at=None).update(replaced_at=now())
        Body.objects.bulk_create(
            Body(mailing=mailing, **dict(zip(WORDS, words, strict=True))) for words in wanted
        )  # fmt: skip
        change.about(mailing)


def _cut(one: BodyText) -> BodyText:
    return replace(one, subject=one.subject[:200])


def replace_mailing(actor: Actor, mailing_id: UUID) -> None:
    """A correction is told to the same people: what waits of this one does not go. Nothing where it is over.

    What waits for a digest stays there: a digest says what holds when it goes, and is not put off to the next day.
    """
    with recorded_change(actor, "channels.replace_mailing", target=str(mailing_id)) as change:
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        gone = Batch.objects.filter(mailing=mailing, state__in=("held", "waiting"))
        if mailing.state not in queries.UNDER_WAY or (mailing.state == "digest" and not gone.exists()):
            return
        count = Delivery.objects.filter(batch__in=gone, state=WAITING).update(state=STOPPED, at=now(), because=INSTEAD)
        gone.update(state="stopped")
        waits = Batch.objects.filter(mailing=mailing, state="digest").exists()
        mailing.state, mailing.done_at = ("digest", None) if waits else ("stopped", now())
        mailing.save(update_fields=["state", "done_at"])
        change.about(mailing)
        change.note(not_sent=count)
        if not waits:
            change.announce(MailingEnded(str(mailing.pk), mailing.about, "stopped"))
        change.touch(progress_topic(mailing.about))
