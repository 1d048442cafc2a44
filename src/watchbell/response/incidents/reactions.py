"""Answers to news: a press opens or joins an incident."""

from watchbell.field.panic.events import PanicRaised, PlaceCorrected
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.response.incidents import actions


def answer_press(event: PanicRaised, announcement: Announcement) -> None:
    actions.open_or_join(system_actor(announcement.district_id, event.by_name or event.device), event)


def answer_correction(event: PlaceCorrected, announcement: Announcement) -> None:
    actions.correct_place(system_actor(announcement.district_id, event.device_name or "badge gateways"), event)
