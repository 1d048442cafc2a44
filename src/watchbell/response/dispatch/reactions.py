"""Answers to news: who commands at the school is told to 911 and police."""

from uuid import UUID

from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.response.command.events import CommandChanged
from watchbell.response.dispatch import actions


def answer_command(event: CommandChanged, announcement: Announcement) -> None:
    """As a message of the school, which stands on their page, in the timeline, and in the next update."""
    actions.send_message(system_actor(announcement.district_id, event.by), UUID(event.incident), "school", event.words)
