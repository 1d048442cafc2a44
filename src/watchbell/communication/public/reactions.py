"""Answers to news: what everybody may read has changed."""

from typing import Any

from watchbell.communication.public import actions
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor


def answer_notice(event: Any, announcement: Announcement) -> None:
    """A notice was sent, corrected or ended: the public copy follows at once."""
    actions.ask_publish(system_actor(announcement.district_id, "Publishing"), cause=str(announcement.id))
