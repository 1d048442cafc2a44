"""News of drills; ids are UUID text."""

import msgspec


class DrillRecorded(msgspec.Struct, frozen=True):
    """A drill stands in the record of its site."""

    drill: str
    site: str
    kind: str
