"""Answers to news of sites."""

from watchbell.district.equipment import actions
from watchbell.district.sites.events import SiteAdded
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor


def answer_site(event: SiteAdded, announcement: Announcement) -> None:
    """A new site's staff can be told at once."""
    actions.add_staff_groups(system_actor(announcement.district_id), event.site, event.name, event.code)
