"""What notices ask of whoever keeps the public copy; wiring.py says who answers."""

from collections.abc import Callable
from dataclasses import dataclass

from watchbell.communication.channels.facts import BodyText
from watchbell.communication.notices.facts import PublicNotice


@dataclass(frozen=True)
class PublicSide:
    """base_url: where the public finds the acting district's pages. press_mail: what newsrooms are mailed."""

    base_url: Callable[[], str]
    press_mail: Callable[[PublicNotice, str], BodyText]


_side: list[PublicSide] = []


def wire_up(side: PublicSide) -> None:
    """Takes over `wiring.py`."""
    _side[:] = [side]


def _public_side() -> PublicSide:
    if not _side:
        raise LookupError("Nobody has said who keeps the public copy: see wiring.py.")
    return _side[0]


def page_of(number: int) -> str:
    """Where everybody reads a notice, on the public's own host. Raises LookupError before `wire_up`."""
    return f"{_public_side().base_url()}/notices/{number}.html"


def press_mail(notice: PublicNotice) -> BodyText:
    """What newsrooms are mailed when a notice goes out. Raises LookupError before `wire_up`."""
    return _public_side().press_mail(notice, "sent")
