"""Presses and refused frames are recorded, each once."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.db import transaction

from watchbell.district.equipment.queries import find_device
from watchbell.district.sites.facts import read_position
from watchbell.district.sites.queries import is_place_of, is_site, place_at
from watchbell.field.panic.events import PanicRaised, PlaceCorrected
from watchbell.field.panic.models import Press, RefusedFrame
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import moment
from watchbell.line.errors import NotFound
from watchbell.wire.press import PanicPressed, PressRefused


def record_press(pressed: PanicPressed) -> bool:
    """Keeps the press and announces it; False when it was recorded before.

    Raises NotFound for a site of another district or none: the message then waits as a dead letter, with an alarm.
    """
    district = UUID(pressed.district)
    with transaction.atomic():  # one look at the database instead of four
        if Press.objects.filter(press=pressed.id).exists():
            return False
        if not is_site(UUID(pressed.site)):
            raise NotFound(f"A press names the site {pressed.site}, which this district does not have.")
        name, place, found = _name_of(pressed), _place_of(pressed), _found(pressed)
    note = "\n".join(part for part in (pressed.note, found.note) if part)
    actor = system_actor(district, pressed.by_name or name or pressed.device)
    with recorded_change(
        actor, "panic.record_press", target=f"{pressed.kind} {pressed.device}", cause=pressed.id
    ) as change:
        change.row.actor_id = UUID(pressed.by) if pressed.by else None
        Press.objects.create(
            press=pressed.id, site_id=UUID(pressed.site), place_id=place, place_name=pressed.place_name,
            kind=pressed.kind, mode=pressed.mode, gateway=pressed.gateway, device=pressed.device,
            is_known=pressed.known, by=pressed.by, by_name=pressed.by_name, note=note, raw=pressed.raw,
            received_at=moment(pressed.received_at),
            device_at=moment(pressed.device_at) if pressed.device_at else None,
        )  # fmt: skip
        change.announce(PanicRaised(
            press=pressed.id, site=pressed.site, kind=pressed.kind, mode=pressed.mode, device=pressed.device,
            place=str(place) if place else None, place_name=pressed.place_name, by=pressed.by, by_name=pressed.by_name,
            is_known=pressed.known, note=note, received_at=pressed.received_at, device_name=name,
            callback=str(pressed.detail.get("callback") or "")[:40],
        ))  # fmt: skip
    if found.name and not pressed.place:  # as a correction it reaches also those who were told before
        correct_place(msgspec.structs.replace(pressed, place=found.place, place_name=found.name))
    return True


@dataclass(frozen=True)
class _Found:
    """Where a telephone says it is: an outdoor area's id where it is one, words, and a line for the record."""

    place: str | None = None
    name: str = ""
    note: str = ""


def _found(pressed: PanicPressed) -> _Found:
    position = read_position(pressed.detail.get("position"))
    place, words = place_at(pressed.site, position) if position else (None, "")
    if position is None or not words:
        return _Found()
    note = f"The telephone's position: {words}, {position.latitude:.5f}, {position.longitude:.5f}."
    return _Found(str(place) if place else None, words, note)


def correct_place(pressed: PanicPressed) -> bool:
    """Moves a press to the place its gateway found to be the better one; True when that changed anything.

    Whoever hears the correction before the press records it as the press.
    """
    press = Press.objects.filter(press=pressed.id).first()
    if press is None:
        return record_press(pressed)
    place, was = _place_of(pressed), press.place_name
    if (place, pressed.place_name) == (press.place_id, press.place_name):
        return False
    name = _name_of(pressed)
    actor = system_actor(UUID(pressed.district), pressed.by_name or name or pressed.device)
    with recorded_change(actor, "panic.correct_place", target=press, cause=pressed.id) as change:
        press.place_id, press.place_name = place, pressed.place_name
        press.save(update_fields=["place", "place_name"])
        change.note(was=was, now=pressed.place_name)
        change.announce(
            PlaceCorrected(pressed.id, pressed.site, str(place) if place else None, pressed.place_name, was, name)
        )
    return True


def _place_of(pressed: PanicPressed) -> UUID | None:
    """The place a gateway names, if it is one of the press's own site."""
    if not pressed.place or not is_place_of(UUID(pressed.place), UUID(pressed.site)):
        return None
    return UUID(pressed.place)


def _name_of(pressed: PanicPressed) -> str:
    """What people call the device; "" for one that is not in the equipment."""
    found = find_device(pressed.gateway, pressed.device)
    return found.name if found else ""


def record_refusal(refused: PressRefused) -> None:
    """Keeps the frame nobody could read; twice is once."""
    with recorded_batch("refused frame"):
        RefusedFrame.objects.get_or_create(
            refused=refused.id,
            defaults={
                "at": moment(refused.at), "gateway": refused.gateway, "peer": refused.peer,
                "because": refused.because, "raw": refused.raw[:8000],
            },
        )  # fmt: skip
