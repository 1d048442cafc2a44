"""Orders and entries the tests of this gateway share."""

from typing import Any

from watchbell.line import clock, ids, signing
from watchbell.wire.order import Endpoint, Order

PLACE = {
    "name": "Room 214", "building": "Main", "floor": "2", "room": "214", "nearest_door": "7",
    "latitude": 39.7392, "longitude": -104.9903,
}  # fmt: skip
ADDRESS = {"HNO": "1200", "RD": "Oak", "STS": "Street", "A3": "Springfield", "A1": "CO", "PC": "80000", "country": "US"}


def make_order(
    action: str = "tell_dispatch", *, press: str = "a1b2c3d4e5f60718", mode: str = "real", test: bool = False,
    kind: str = "lockdown", endpoint: str = "e1", **params: Any,
) -> Order:  # fmt: skip
    """An unsigned order with a whole place, or with just the given params."""
    now = clock.unix()
    whole = {
        "incident": {"kind": kind, "mode": mode, "site_name": "Lincoln High", "opened_at": now, "note": "Seen at gym"},
        "address": ADDRESS, "place": PLACE, "callers": 3, "by_name": "R. Vance", "callback": "tel:+15555550100",
    }  # fmt: skip
    return Order(
        id=ids.same_id(press, action, endpoint, now), attempt=1, press=press, district="d1", site="s1", step="dispatch",
        action=action, mode=mode, made_at=now, expires_at=now + 60, deadline_seconds=5.0, kind=kind,
        endpoint=Endpoint(id=endpoint, name="County 911", gateway="eido", device="psap", test=test),
        params=params or whole,
    )  # fmt: skip


def signed(order: Order) -> Order:
    return signing.Signer().signed(order)
