"""What the kernel forgets: reactions and announcements carried out a week ago, sessions that have ended."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore

from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, Reaction
from watchbell.line import clock

KEEP_DAYS = 7
AT_ONCE = 2000


def forget_carried_out() -> int:
    """Deletes what the acting district carried out more than a week ago, in chunks; how many reactions.

    Failed ones stay until somebody has looked at them.
    """
    SessionStore.clear_expired()
    before, count = clock.now() - timedelta(days=KEEP_DAYS), 0
    while True:
        old = Reaction.objects.filter(state="done", done_at__lt=before).order_by("done_at").values_list("pk", flat=True)
        keys = list(old[:AT_ONCE])
        if not keys:
            break
        with recorded_batch("done reactions are forgotten after a week"):
            count += Reaction.objects.filter(pk__in=keys).delete()[0]
    with recorded_batch("announcements nobody waits for are forgotten after a week"):
        Announcement.objects.filter(at__lt=before, reaction__isnull=True).delete()
    return count
