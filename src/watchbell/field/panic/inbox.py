"""Presses from the bus become rows; called in the press's own district, acknowledged after commit."""

from watchbell.field.panic import actions
from watchbell.wire.base import Malformed, decode
from watchbell.wire.press import PanicPressed, PressRefused
from watchbell.wire.status import SessionWord


def take_press(raw: bytes) -> None:
    """A PanicPressed from the stream PRESS: a press, or a better place for one. Raises ValueError."""
    found = decode(raw, PanicPressed)
    if isinstance(found, Malformed):
        raise ValueError(found.because)
    if found.detail.get("corrects") == "place":
        actions.correct_place(found)
    else:
        actions.record_press(found)


def take_refusal(raw: bytes) -> bool:
    """A PressRefused among the status messages; False when it is something else."""
    found = decode(raw, PressRefused)
    if isinstance(found, Malformed):
        return False
    actions.record_refusal(found)
    return True


def take_session_word(raw: bytes) -> bool:
    """A SessionWord among the status messages; False when it is something else."""
    found = decode(raw, SessionWord)
    if isinstance(found, Malformed):
        return False
    actions.note_session_word(found)
    return True
