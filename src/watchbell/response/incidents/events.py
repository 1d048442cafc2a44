"""News of incidents; ids are UUID text."""

import msgspec


class IncidentOpened(msgspec.Struct, frozen=True):
    """A press opened an incident."""

    incident: str
    site: str
    kind: str
    mode: str


class IncidentClosed(msgspec.Struct, frozen=True):
    """Every endpoint has confirmed its reset, or a person has checked it by hand."""

    incident: str
    site: str
    kind: str
    mode: str
