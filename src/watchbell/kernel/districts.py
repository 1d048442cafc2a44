"""The district that the current work acts in, as a row; and a look into another of somebody's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

from watchbell.kernel.acting import acting_district, acting_in
from watchbell.kernel.models import District
from watchbell.line.errors import NotFound


def own_district() -> District:
    """Raises NotFound where no district is acted in, or it is gone."""
    acting = acting_district()
    found = District.objects.filter(id=acting).first() if acting else None
    if found is None:
        raise NotFound("There is no such district.")
    return found


@contextmanager
def looking_into(district: UUID) -> Iterator[None]:
    """Reads inside are of `district`, also in a transaction that was begun in another, which goes on there after."""
    before = acting_district()
    with acting_in(district):
        _name_in_transaction(district)
        yield
    if before is not None:
        _name_in_transaction(before)


def _name_in_transaction(district: UUID) -> None:
    if connection.in_atomic_block:
        connection.name_district(district)  # type: ignore[attr-defined]
