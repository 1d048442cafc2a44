"""News of plans; ids are UUID text."""

import msgspec


class PlanWritten(msgspec.Struct, frozen=True):
    """A plan has a new version: the site's snapshot is to be made anew."""

    plan: str
    site: str
    kind: str
    version: int
