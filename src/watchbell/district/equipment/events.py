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


class EquipmentSilent(msgspec.Struct, frozen=True):
    """Equipment has not been heard beyond its limit. owners: who answers for it, by people.Person."""

    equipment: list[UUID]
    owners: list[UUID]
    at: datetime


class EquipmentBack(msgspec.Struct, frozen=True):
    """Equipment whose silence was announced has been heard again."""

    equipment: list[UUID]
    owners: list[UUID]
    at: datetime
