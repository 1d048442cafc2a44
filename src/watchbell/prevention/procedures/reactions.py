"""Answers to news: a plan or an AED that changed makes sheets on walls wrong."""

from watchbell.district.equipment.events import EquipmentChanged
from watchbell.district.equipment.queries import kind_of
from watchbell.district.sites.events import PlanChanged
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.prevention.procedures import actions


def answer_places(event: PlanChanged, announcement: Announcement) -> None:
    """Rooms, doors and places to gather are looked at again."""
    actions.judge_walls(system_actor(announcement.district_id), event.site)


def answer_equipment(event: EquipmentChanged, announcement: Announcement) -> None:
    """An AED that was moved, taken away, or got other dates is looked at at once; other equipment is on no sheet."""
    if event.equipment is not None and event.site is not None and kind_of(event.equipment) == "aed":
        actions.judge_walls(system_actor(announcement.district_id), event.site)
