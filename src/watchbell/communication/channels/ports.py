"""What the pages of a message's link ask of whoever remembers families' browsers; wiring.py says who answers."""

from collections.abc import Callable, Mapping
from uuid import UUID

#: A browser's cookies → (district, person) it is remembered as.
Remembers = Callable[[Mapping[str, str]], tuple[UUID, UUID] | None]

_remembers: list[Remembers] = []


def wire_up(remembers: Remembers) -> None:
    """Takes over `wiring.py`."""
    _remembers[:] = [remembers]


def remembered_at(cookies: Mapping[str, str]) -> tuple[UUID, UUID] | None:
    """(district, person) whom this browser is remembered as, None for nobody.

    Ask before anything is read: it acts in its own district. Raises LookupError before `wire_up`.
    """
    if not _remembers:
        raise LookupError("Nobody has said who remembers families: see wiring.py.")
    return _remembers[0](cookies)
