"""What places announce."""

from datetime import datetime
from uuid import UUID

import msgspec


class PlanChanged(msgspec.Struct, frozen=True):
    """A site's floors, rooms or doors changed: snapshots are to be made anew."""

    site: UUID
    floor: UUID | None
    what: str
    at: datetime
