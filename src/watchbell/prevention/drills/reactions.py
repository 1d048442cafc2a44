"""Answers to news: a drill that has closed stands in the state's record."""

from uuid import UUID

from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.prevention.drills import actions
from watchbell.response.incidents.events import IncidentClosed


def answer_closed(event: IncidentClosed, announcement: Announcement) -> None:
    if event.mode == "drill":
        actions.record_closed(system_actor(announcement.district_id), UUID(event.incident))
