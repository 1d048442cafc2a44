"""Answers to news of sites, and of what has fallen silent."""

from watchbell.district.equipment import actions
from watchbell.district.equipment.events import EquipmentSilent
from watchbell.district.sites.events import SiteAdded
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor


def answer_site(event: SiteAdded, announcement: Announcement) -> None:
    """A new site's staff can be told at once."""
    actions.add_staff_groups(system_actor(announcement.district_id), event.site, event.name, event.code)


def answer_silent(event: EquipmentSilent, _announcement: Announcement) -> None:
    """Who answers for it is told in a moment: what falls silent until then is told with it."""
    actions.ask_to_tell(event.owners)
