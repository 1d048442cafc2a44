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
