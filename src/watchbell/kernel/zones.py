"""A district's time zone, and work whose moments are shown in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District


@cache
def zone_of(district: UUID) -> ZoneInfo:
    """The zone a district was begun with; asked of the database once a process. Raises District.DoesNotExist."""
    return ZoneInfo(District.objects.values_list("timezone", flat=True).get(id=district))


@contextmanager
def shown_in(district: UUID) -> Iterator[None]:
    """Work inside acts in `district`, and its pages show that district's local time."""
    with acting_in(district), timezone.override(zone_of(district)):
        yield
