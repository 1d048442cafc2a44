"""Presses from the bus become rows; called in the press's own district, acknowledged after commit."""

from watchbell.field.panic import actions
from watchbell.wire.base import Malformed, decode
from watchbell.wire.press import PanicPressed, PressRefused


def take_press(raw: bytes) -> None:
    """A PanicPressed from the stream PRESS. Raises ValueError for what cannot be read."""
    found = decode(raw, PanicPressed)
    if isinstance(found, Malformed):
        raise ValueError(found.because)
    actions.record_press(found)


def take_refusal(raw: bytes) -> bool:
    """A PressRefused among the status messages; False when it is something else."""
    found = decode(raw, PressRefused)
    if isinstance(found, Malformed):
        return False
    actions.record_refusal(found)
    return True
