"""Answers to news that alter what the edges must know: snapshots and gateway entries are made anew."""

import msgspec

from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.response.plans import actions


def answer_change(event: msgspec.Struct, announcement: Announcement) -> None:
    """A plan, a place, equipment, the roster or a test session has changed."""
    actions.ask_for_snapshots(system_actor(announcement.district_id), announcement.name)
