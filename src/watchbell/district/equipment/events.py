"""What equipment announces."""

from datetime import datetime
from uuid import UUID

import msgspec


class EquipmentChanged(msgspec.Struct, frozen=True):
    """Equipment was added, moved, retired or got other settings: snapshots and gateway entries are to be made anew."""

    equipment: UUID | None
    site: UUID | None
    gateway: str
    at: datetime
