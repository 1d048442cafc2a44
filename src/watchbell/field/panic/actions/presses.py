"""Presses and refused frames are recorded, each once."""

from uuid import UUID

from watchbell.district.sites.queries import is_place_of, is_site
from watchbell.field.panic.events import PanicRaised
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
    if Press.objects.filter(press=pressed.id).exists():
        return False
    if not is_site(UUID(pressed.site)):
        raise NotFound(f"A press names the site {pressed.site}, which this district does not have.")
    actor = system_actor(district, pressed.by_name or pressed.device)
    place = UUID(pressed.place) if pressed.place and is_place_of(UUID(pressed.place), UUID(pressed.site)) else None
    with recorded_change(
        actor, "panic.record_press", target=f"{pressed.kind} {pressed.device}", cause=pressed.id
    ) as change:
        change.row.actor_id = UUID(pressed.by) if pressed.by else None
        Press.objects.create(
            press=pressed.id, site_id=UUID(pressed.site), place_id=place, place_name=pressed.place_name,
            kind=pressed.kind, mode=pressed.mode, gateway=pressed.gateway, device=pressed.device,
            is_known=pressed.known, by=pressed.by, by_name=pressed.by_name, note=pressed.note, raw=pressed.raw,
            received_at=moment(pressed.received_at),
            device_at=moment(pressed.device_at) if pressed.device_at else None,
        )  # fmt: skip
        change.announce(
            PanicRaised(
                press=pressed.id,
                site=pressed.site,
                kind=pressed.kind,
                mode=pressed.mode,
                device=pressed.device,
                place=str(place) if place else None,
                place_name=pressed.place_name,
                by=pressed.by,
                by_name=pressed.by_name,
                is_known=pressed.known,
                note=pressed.note,
                received_at=pressed.received_at,
            )
        )
    return True


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
