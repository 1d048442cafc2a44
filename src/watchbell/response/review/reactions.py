"""Answers to news: an incident that has closed gets its report."""

from uuid import UUID

from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.response.incidents.events import IncidentClosed
from watchbell.response.review import actions
from watchbell.response.review.facts import DRAFTED_KINDS


def answer_closed(event: IncidentClosed, announcement: Announcement) -> None:
    """The draft stands within seconds; a test's is written only when somebody asks."""
    if event.mode != "test" and event.kind in DRAFTED_KINDS:
        actions.draft_after_close(system_actor(announcement.district_id), UUID(event.incident))
