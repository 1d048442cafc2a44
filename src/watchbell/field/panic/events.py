"""News of pressed buttons."""

import msgspec


class PanicRaised(msgspec.Struct, frozen=True):
    """A press has been recorded. Ids are UUID text; `press` is the wire identity; moments in Unix seconds."""

    press: str
    site: str
    kind: str
    mode: str
    device: str
    place: str | None
    place_name: str
    by: str | None
    by_name: str
    is_known: bool
    note: str
    received_at: float
    device_name: str = ""
    callback: str = ""


class PlaceCorrected(msgspec.Struct, frozen=True):
    """A recorded press belongs to another place than was told first. Ids are UUID text; `was` is the first's name."""

    press: str
    site: str
    place: str | None
    place_name: str
    was: str
    device_name: str = ""


class TestSessionChanged(msgspec.Struct, frozen=True):
    """A test session was opened or has ended: gateways are told anew. state: "open" or "ended"."""

    __test__ = False  # a name that pytest would collect

    session: str
    site: str
    mode: str
    state: str
