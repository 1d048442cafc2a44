"""Answers to news: a plan that changed makes sheets on walls wrong."""

from watchbell.district.sites.events import PlanChanged
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.prevention.procedures import actions


def answer_places(event: PlanChanged, announcement: Announcement) -> None:
    """Rooms, doors and places to gather are looked at again."""
    actions.judge_walls(system_actor(announcement.district_id), event.site)
