"""News of reviews; ids are UUID text."""

import msgspec


class ReportDrafted(msgspec.Struct, frozen=True):
    """The after-action report of an incident has been written from its record."""

    review: str
    incident: str
    site: str
    mode: str


class ImprovementDone(msgspec.Struct, frozen=True):
    """An item of an improvement plan is done, with its proof."""

    improvement: str
    review: str
    site: str
