"""What notices ask of whoever keeps the public copy; wiring.py says who answers."""

from collections.abc import Callable

_base: list[Callable[[], str]] = []


def wire_up(base_url: Callable[[], str]) -> None:
    """base_url: where the public finds the acting district's pages, without a stroke at the end."""
    _base[:] = [base_url]


def page_of(number: int) -> str:
    """Where everybody reads a notice, on the public's own host. Raises LookupError before `wire_up`."""
    if not _base:
        raise LookupError("Nobody has said where the public copy lies: see wiring.py.")
    return f"{_base[0]()}/notices/{number}.html"
