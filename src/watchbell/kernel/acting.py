"""In which district the current work acts: one value per task and thread, no default."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_acting: ContextVar[UUID | None] = ContextVar("acting_district", default=None)


def acting_district() -> UUID | None:
    """The district of the current work, or None (then row-level security shows no tenant row)."""
    return _acting.get()


@contextmanager
def acting_in(district: UUID | str) -> Iterator[None]:
    """Work inside acts in `district`. Enter it outside a transaction: the setting is handed over at BEGIN."""
    mark = _acting.set(district if isinstance(district, UUID) else UUID(str(district)))
    try:
        yield
    finally:
        _acting.reset(mark)
