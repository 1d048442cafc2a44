"""Answers to news that alter what the edges must know: snapshots and gateway entries are made anew."""

from watchbell.district.equipment.events import EquipmentChanged
from watchbell.district.people.events import RosterImported, StaffChanged
from watchbell.district.sites.events import PlanChanged
from watchbell.field.panic.events import TestSessionChanged
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.response.plans import actions
from watchbell.response.plans.events import PlanWritten


def _ask(announcement: Announcement) -> None:
    actions.ask_for_snapshots(system_actor(announcement.district_id), announcement.name)


def answer_plan(event: PlanWritten, announcement: Announcement) -> None:
    """A plan has a new version."""
    _ask(announcement)


def answer_places(event: PlanChanged, announcement: Announcement) -> None:
    """Floors, rooms or doors of a site changed."""
    _ask(announcement)


def answer_equipment(event: EquipmentChanged, announcement: Announcement) -> None:
    """An endpoint or a button was added, moved or retired."""
    _ask(announcement)


def answer_roster(event: RosterImported, announcement: Announcement) -> None:
    """Rooms and people come from a new roster."""
    _ask(announcement)


def answer_test_session(event: TestSessionChanged, announcement: Announcement) -> None:
    """Presses of some devices carry another mode from now on, or no longer: their gateways hear of it at once."""
    actions.ask_for_sessions(system_actor(announcement.district_id))


def answer_staff(event: StaffChanged, announcement: Announcement) -> None:
    """Somebody is trained for something else than before: the edges choose whom to call."""
    _ask(announcement)
