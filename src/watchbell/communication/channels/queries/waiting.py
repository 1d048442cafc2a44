"""How far a mailing is, and why what waits of it waits."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Exists, Min, Q

from watchbell.communication.channels import rules
from watchbell.communication.channels.facts import PLURALS, Progress
from watchbell.communication.channels.models import Batch, CarrierTrouble, Mailing
from watchbell.communication.channels.queries import carriers, progress_of
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now


def progress_with_reasons(mailing: Mailing) -> Progress:
    """`progress_of` a mailing with the reasons for which messages wait. Four queries, more while a carrier is bad."""
    progress = progress_of(mailing.pk)
    waiting = [one.channel for one in progress.channels if one.waiting]
    if not waiting or mailing.state not in ("preparing", "sending"):
        return progress
    moment, zone = now(), zone_of(mailing.district_id)
    held = Q(state__in=("held", "waiting"), not_before__gt=moment, because__startswith=rules.QUIET)
    batches = Batch.objects.filter(mailing=mailing).order_by().values_list("channel")
    later = Q(state="held")
    rows = list(batches.annotate(due=Min("not_before", filter=held), bad=Exists(CarrierTrouble.objects.all()),
                                 wave=Min("wave", filter=later), after=Min("not_before", filter=later)))  # fmt: skip
    quiet = {channel: due for channel, due, *_ in rows if due}
    known = carriers() if any(bad for _, _, bad, *_ in rows) else []
    nexts = [wave_due_at(mailing, wave, after) for *_, wave, after in rows if wave and mailing.next_after_seconds]
    said = [
        f"{PLURALS[one]} wait: {rules.say_spared(quiet[one], zone)}" if one in quiet
        else rules.say_trouble(one, known, mailing.mode, moment, zone)
        for one in waiting if one != "post"
    ]  # fmt: skip
    return replace(progress, why=tuple(filter(None, said)), next_at=min(nexts, default=None))


def wave_due_at(mailing: Mailing, wave: int, not_before: datetime) -> datetime:
    """When the messages of a wave go: so many seconds after the mailing began, or after the night that it spares."""
    return max(mailing.made_at + timedelta(seconds=(mailing.next_after_seconds or 0) * wave), not_before)
