"""What the tests of this gateway share: the folder of recordings, orders, and a gateway without a bus."""

from typing import Any

from watchbell.line import clock, ids
from watchbell.wire.order import Endpoint, Order


def make_order(action: str, endpoint: str, *, press: str = "p1", mode: str = "real", **params: Any) -> Order:
    """An unsigned order as `carry_out` gets it."""
    now = clock.unix()
    return Order(
        id=ids.same_id(press, action, endpoint, now), attempt=1, press=press, district="d", site="s", step="page",
        action=action, endpoint=Endpoint(id=endpoint, name=f"Zone {endpoint}", gateway="rtppaging", device=endpoint),
        mode=mode, made_at=now, expires_at=now + 60, deadline_seconds=5.0, kind="lockdown", params=params,
    )  # fmt: skip
