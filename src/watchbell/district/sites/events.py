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


class SiteAdded(msgspec.Struct, frozen=True):
    """A site has come into being: its staff's screens and phones can be told from now on."""

    site: UUID
    name: str
    code: str
    at: datetime
