"""Batches are handed to carriers and come back; the next way opens for who was not reached; mailings end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from watchbell.communication.channels import queries, rules
from watchbell.communication.channels.actions.following import follow_batch, follow_mails, write_left_out
from watchbell.communication.channels.events import MailingEnded
from watchbell.communication.channels.facts import (
    BUSY,
    CALL_AGAIN_SECONDS,
    CALL_LASTS_SECONDS,
    CHANNELS,
    FAILED,
    HOPELESS,
    MOST_CALLS,
    SENT,
    SKIPPED,
    STOPPED,
    UNSURE,
    WAITING,
    LeftOut,
)
from watchbell.communication.channels.models import Batch, Delivery, Mailing
from watchbell.communication.channels.queries.waiting import wave_due_at
from watchbell.kernel.acting import acting_district
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now
from watchbell.wire.subjects import progress_topic

EXPIRED = "Its time was over before it could go out."
STOPPED_AWAY = "Stopped: its carrier had not sent it yet."
NEVER_TOLD = "Its carrier had it when it was stopped, and never said what became of it."
#: What a carrier's gateway has forgotten: it may have gone out, so it goes to nobody else.
FORGOTTEN = "Its carrier is through with it and did not say what became of this one: it may have gone out."
LOST = "Its carrier had it until its time was over, and never said what became of it."
LEASE_SECONDS = {"voice": 900.0}
USUAL_LEASE_SECONDS = 120.0


def lease_of(channel: str) -> timedelta:
    """How long a carrier has a batch before it is asked for it again."""
    return timedelta(seconds=LEASE_SECONDS.get(channel, USUAL_LEASE_SECONDS))


def hand_out_batch(batch_id: UUID, carrier: UUID) -> int | None:
    """A carrier gets the batch; the number of its attempt, None when it does not wait any more."""
    with recorded_batch("lease of a batch"):
        batch = Batch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, state__in=("waiting", "out"))
        row = batch.first()
        if row is None:
            return None
        row.attempts += row.state == "waiting"
        row.state, row.carrier = "out", carrier
        row.lease_until = now() + lease_of(row.channel)
        row.save(update_fields=["attempts", "state", "carrier", "lease_until"])
    return row.attempts


def leave_out_since(batch: Batch, left: Sequence[LeftOut]) -> None:
    """These of a batch that waits are not sent: they want nothing of it any more, or nothing arrives there."""
    with recorded_batch("who has declined since"):
        write_left_out(left)
        if batch.channel == "email":
            follow_mails([one.id for one in left])
        touch(queries.topic_of(batch.mailing_id))


def take_back_batch(batch_id: UUID, because: str) -> None:
    """It could not be handed over: it waits again."""
    with recorded_batch("lease of a batch"):
        Batch.objects.filter(pk=batch_id, state="out").update(
            state="waiting", because=because[:255], not_before=now() + timedelta(seconds=1)
        )


def give_up_batch(batch_id: UUID, because: str) -> None:
    """Nobody brings it: its messages are not asked, and the person's next way opens."""
    with recorded_batch("a batch nobody brings"):
        row = Batch.objects.select_for_update().filter(pk=batch_id, state="waiting").first()
        if row is not None:
            Delivery.objects.filter(batch=row, state=WAITING).update(state=SKIPPED, at=now(), because=because[:255])
            row.state, row.because = "done", because[:255]
            row.save(update_fields=["state", "because"])
            follow_batch(row)
            touch(queries.topic_of(row.mailing_id))


def close_batch(batch: Batch, carrier: str, because: str, untried: Sequence[UUID]) -> None:
    """The carrier is through with it, inside a batch of writes: it is done, or what is left of it waits again.

    untried: what it says that it does not have. However often: a carrier's outage ends no message. What has not gone
    when its mailing expires ends by that. Of what it neither has told of nor left nobody knows.
    """
    left = Delivery.objects.filter(batch=batch, state=WAITING)
    unknown = left.exclude(pk__in=untried).update(state=UNSURE, at=now(), because=FORGOTTEN)
    if batch.state == "stopped" or batch.mailing.state == "stopped":  # stopped while its carrier had it
        given_up = Delivery.objects.filter(batch=batch, pk__in=untried, state=UNSURE, because=NEVER_TOLD)
        (left | given_up).update(state=STOPPED, at=now(), because=STOPPED_AWAY)
        follow_batch(batch)
        batch.state = "stopped"
    elif not left.exists():
        batch.state = "done"
    else:
        batch.state = "waiting"
        batch.tried = rules.note_tried(batch.tried, str(batch.carrier), is_well=carrier == "ok")
        # one in trouble is left alone by its own time; from one that is well nothing else holds the batch back
        wait = 0.0 if carrier != "ok" else rules.seconds_until_again(batch.attempts, batch.mailing.purpose)
        batch.not_before = now() + timedelta(seconds=wait)
    if unknown and batch.state != "stopped":
        follow_batch(batch)
    batch.because, batch.lease_until = because[:255], None
    batch.save(update_fields=["state", "tried", "not_before", "because", "lease_until"])


def end_lost() -> int:
    """What a carrier had when its mailing was stopped, and never told of: nobody knows; how many messages.

    Comes round each minute. What the carrier says of it after all still counts.
    """
    lost = Batch.objects.filter(state="out", mailing__state="stopped", lease_until__lt=now())
    count = 0
    for pk in lost.values_list("pk", flat=True):
        with recorded_batch("batches nobody has told of"):
            batch = Batch.objects.select_for_update().get(pk=pk)
            if batch.state != "out":
                continue
            count += _give_up_lost(batch, "stopped", NEVER_TOLD)
            touch(queries.topic_of(batch.mailing_id))
    return count


def _give_up_lost(batch: Batch, state: str, because: str) -> int:
    """A carrier has it and says nothing: it may have gone out, so it goes to nobody else. Inside a batch of writes."""
    count = Delivery.objects.filter(batch=batch, state=WAITING).update(state=UNSURE, at=now(), because=because)
    follow_batch(batch)
    batch.state = state
    batch.save(update_fields=["state"])
    return count


def batch_anew(mailing: Mailing, channel: str, messages: Sequence[UUID], wave: int = 0, **changes: Any) -> None:
    """These messages wait in batches of their own, inside a batch of writes; changes: what else becomes of each."""
    at = 0
    for size in rules.size_batches(channel, len(messages)):
        batch = Batch.objects.create(mailing=mailing, channel=channel, wave=wave, size=size)
        Delivery.objects.filter(pk__in=messages[at : at + size]).update(batch=batch, **changes)
        at += size


def spare_waiting(mailing: Mailing, morning: datetime) -> None:
    """What of it would go now waits until the district is quiet no more."""
    with recorded_batch("quiet hours"):
        rows = Batch.objects.select_for_update().filter(mailing=mailing, state="waiting", not_before__lt=morning)
        _spare(list(rows.exclude(channel="post").values_list("pk", flat=True)), morning)
        touch(progress_topic(mailing.about))


def _spare(batches: Sequence[UUID], due: datetime) -> None:
    said = rules.say_spared(due, zone_of(acting_district()))
    Batch.objects.filter(pk__in=batches).update(not_before=due, because=said)
    Delivery.objects.filter(batch__in=batches, state=WAITING).update(because=said)


def open_waves(mailing: Mailing, morning: datetime | None = None) -> int:
    """The next way for who was not reached by the one before: after its time, or as soon as nothing can come by it.

    morning: until when it spares the night: no way opens before. Gives how many messages wait now that were held.
    """
    moment = now()
    opened = 0
    with recorded_batch("the next way"):
        held = Batch.objects.filter(mailing=mailing, state="held")
        if held.exists():
            # who is reached is not asked again
            mine = Delivery.objects.filter(batch__in=held, state=WAITING)
            mine.filter(recipient__reached_at__isnull=False).update(state=SKIPPED, because="Reached before.", at=moment)
            if morning is None:
                opened += _open_due(mailing, moment)
                opened += _open_hopeless(mailing)
            else:
                _spare_ways(mailing, moment, morning)
        if mailing.expires_at > moment:
            opened += _call_again(mailing, moment)
        if opened:
            touch(progress_topic(mailing.about))
    return opened


def _open_due(mailing: Mailing, moment: datetime) -> int:
    """Waves whose time has come."""
    opened = 0
    for batch in Batch.objects.filter(mailing=mailing, state="held").order_by("wave"):
        if wave_due_at(mailing, batch.wave, batch.not_before) <= moment:
            batch.size = Delivery.objects.filter(batch=batch, state=WAITING).count()
            batch.state = "waiting" if batch.size else "done"
            batch.save(update_fields=["size", "state"])
            opened += batch.size
    return opened


def _spare_ways(mailing: Mailing, moment: datetime, morning: datetime) -> None:
    """The way that would open now opens in the morning, and those after it as much later as ever."""
    held = list(Batch.objects.filter(mailing=mailing, state="held", not_before__lt=morning).order_by("wave"))
    if not held or wave_due_at(mailing, held[0].wave, held[0].not_before) > moment:
        return
    for wave in sorted({one.wave for one in held}):
        later = timedelta(seconds=(mailing.next_after_seconds or 0) * (wave - held[0].wave))
        _spare([one.pk for one in held if one.wave == wave], morning + later)
    touch(progress_topic(mailing.about))


def _open_hopeless(mailing: Mailing) -> int:
    """Whose earlier ways have all failed: their next one now."""
    held = Delivery.objects.filter(batch__mailing=mailing, batch__state="held", state=WAITING)
    hopeful = Delivery.objects.filter(mailing=mailing).exclude(state__in=(*HOPELESS, BUSY)).exclude(batch__state="held")
    rows = list(
        held.exclude(recipient__in=hopeful.values("recipient_id"))
        .order_by("recipient_id", "wave").distinct("recipient_id").values_list("pk", "channel", "wave")
    )  # fmt: skip
    by_way: dict[tuple[str, int], list[UUID]] = {}
    for pk, channel, wave in rows:
        by_way.setdefault((channel, wave), []).append(pk)
    for (channel, wave), mine in by_way.items():
        batch_anew(mailing, channel, mine, wave)
    return len(rows)


def _call_again(mailing: Mailing, moment: Any) -> int:
    """A call nobody took is placed again, three minutes later, three times in all."""
    if mailing.purpose not in ("emergency", "attendance"):
        return 0
    due = Delivery.objects.filter(
        Q(at__lte=moment - timedelta(seconds=CALL_AGAIN_SECONDS)), mailing=mailing, channel="voice", state=BUSY,
        tries__lt=MOST_CALLS - 1, recipient__reached_at=None,
    )  # fmt: skip
    rows = list(due.order_by("id").values_list("pk", flat=True))
    batch_anew(mailing, "voice", rows, state=WAITING, tries=F("tries") + 1)
    return len(rows)


def end_expired(actor: Actor) -> int:
    """What waits still when its mailing's time is over does not go any more; how many messages.

    What a carrier has, it answers for itself, within one lease; after that nobody knows, and no carrier gets it again.
    Of what waits for a digest, see `release_early`.
    """
    moment, count = now(), 0
    open_ones = Batch.objects.filter(mailing=OuterRef("pk"))
    waits = open_ones.filter(state__in=("held", "waiting"))
    is_lost = Exists(open_ones.filter(_lost_at(moment)))
    due = Mailing.objects.filter(Q(state="paused") | Exists(waits) | is_lost, expires_at__lte=moment,
                                 state__in=("preparing", "sending", "paused"))  # fmt: skip
    for mailing in due:
        with recorded_change(actor, "channels.end_expired", target=mailing) as change:
            expired, lost = _end_waiting(mailing, moment), 0
            rows = Batch.objects.select_for_update(of=("self",)).filter(_lost_at(moment), mailing=mailing)
            for batch in rows.order_by("pk"):
                lost += _give_up_lost(batch, "done", LOST)
            Mailing.objects.filter(pk=mailing.pk, state="paused").update(state="sending")
            change.note(messages=expired, unsure=lost)
            change.touch(progress_topic(mailing.about))
        count += expired + lost
    return count


def _lost_at(moment: datetime) -> Q:
    """Batches that a carrier has still, one lease after their mailing's time was over."""
    mine = Q(pk=None)
    for channel in CHANNELS:
        mine |= Q(channel=channel, mailing__expires_at__lte=moment - lease_of(channel))
    return Q(state="out") & mine


def _end_waiting(mailing: Mailing, moment: datetime) -> int:
    """What waits of it, inside a change; each message says by what it was held up. How many."""
    gone = Batch.objects.select_for_update().filter(mailing=mailing, state__in=("held", "waiting"))
    batches = dict(gone.values_list("pk", "because"))
    left = Delivery.objects.filter(batch__in=batches, state=WAITING)
    left.filter(batch__state="held", recipient__reached_at__isnull=False).update(
        state=SKIPPED, because="Reached before.", at=moment
    )
    expired = 0
    for why in set(batches.values()):
        mine = left.filter(batch__in=[pk for pk, because in batches.items() if because == why])
        expired += mine.update(state=FAILED, because=f"{EXPIRED} {why}".strip()[:255], code="expired", at=moment)
    Batch.objects.filter(pk__in=batches).update(state="done", because=EXPIRED)
    follow_mails(Delivery.objects.filter(batch__in=batches, channel="email").values_list("pk", flat=True))
    return expired


def end_mailings(actor: Actor) -> int:
    """Mailings with nothing left to send are done; how many. A call that rings may have to be placed again.

    Of which something waits for the digest only, it waits for that: nobody looks for its batches meanwhile.
    """
    open_batches = Batch.objects.filter(state__in=("held", "waiting", "out"))
    rows = list(
        Mailing.objects.filter(state="sending").exclude(pk__in=open_batches.values("mailing_id")).exclude(
            pk__in=Delivery.objects.filter(
                Q(state=BUSY) | Q(state=SENT, at__gt=now() - timedelta(seconds=CALL_LASTS_SECONDS)),
                mailing__state="sending", mailing__purpose__in=("emergency", "attendance"), channel="voice",
                mailing__expires_at__gt=now(),
                tries__lt=MOST_CALLS - 1, recipient__reached_at=None,
            ).values("mailing_id")
        )
    )  # fmt: skip
    if rows:
        digests = Batch.objects.filter(mailing__in=rows, state="digest").values_list("mailing_id", flat=True)
        waiting = set(digests.distinct())
        with recorded_batch("mailings wait for the digest"):
            Mailing.objects.filter(pk__in=waiting, state="sending").update(state="digest")
        rows = [one for one in rows if one.pk not in waiting]
    for mailing in rows:
        with recorded_change(actor, "channels.end_mailing", target=mailing) as change:
            if Mailing.objects.filter(pk=mailing.pk, state="sending").update(state="done", done_at=now()):
                change.announce(MailingEnded(str(mailing.pk), mailing.about, "done"))
                change.touch(progress_topic(mailing.about))
    return len(rows)
