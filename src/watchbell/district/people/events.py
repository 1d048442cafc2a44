"""What people's records announce."""

from datetime import datetime

import msgspec


class RosterImported(msgspec.Struct, frozen=True):
    """A roster was taken over. added, changed, withdrawn: numbers of rows by table."""

    source: str
    added: dict[str, int]
    changed: dict[str, int]
    withdrawn: dict[str, int]
    at: datetime


class StaffChanged(msgspec.Struct, frozen=True):
    """What a member of staff is trained for has changed; ids are UUID text, `site` may be empty."""

    person: str
    site: str
