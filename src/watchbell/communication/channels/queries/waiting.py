"""How far a mailing is, and why what waits of it waits."""

from dataclasses import replace

from django.db.models import Min

from watchbell.communication.channels import rules
from watchbell.communication.channels.facts import PLURALS, Progress
from watchbell.communication.channels.models import Batch, CarrierTrouble, Mailing
from watchbell.communication.channels.queries import carriers, progress_of
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now


def progress_with_reasons(mailing: Mailing) -> Progress:
    """`progress_of` a mailing with the reasons for which messages wait. Five queries, eight while a carrier is bad."""
    progress = progress_of(mailing.pk)
    waiting = [one.channel for one in progress.channels if one.waiting]
    if not waiting or mailing.state not in ("preparing", "sending"):
        return progress
    moment, zone = now(), zone_of(mailing.district_id)
    held = Batch.objects.filter(mailing=mailing, state__in=("held", "waiting"), not_before__gt=moment,
                                because__startswith=rules.QUIET)  # fmt: skip
    quiet = dict(held.values_list("channel").annotate(due=Min("not_before")).order_by())
    known = carriers() if CarrierTrouble.objects.exists() else []
    said = [
        f"{PLURALS[one]} wait: {rules.say_spared(quiet[one], zone)}" if one in quiet
        else rules.say_trouble(one, known, mailing.mode, moment, zone)
        for one in waiting if one != "post"
    ]  # fmt: skip
    return replace(progress, why=tuple(filter(None, said)))
