"""The district that the current work acts in, as a row."""

from watchbell.kernel.acting import acting_district
from watchbell.kernel.models import District
from watchbell.line.errors import NotFound


def own_district() -> District:
    """Raises NotFound where no district is acted in, or it is gone."""
    acting = acting_district()
    found = District.objects.filter(id=acting).first() if acting else None
    if found is None:
        raise NotFound("There is no such district.")
    return found
