"""Which alerts are on: what a `clear_screens` ends, what a past's orders leave, and for whom."""

from typing import Any

from watchbell.wire.order import Order


def still_on(told: list[Order]) -> list[Order]:
    """Of a past's orders to screens those that count now: alerts nothing has taken back, and what took back others."""
    alerts: dict[tuple[str, str], Order] = {}
    clears: dict[tuple[str, str], Order] = {}
    for order in told:
        if order.action != "clear_screens":
            alerts[order.district, order.press] = order
            continue
        clears[order.district, order.press] = order
        for press in presses_over(order):
            alerts.pop((order.district, press), None)
    return [*clears.values(), *alerts.values()]


def presses_over(order: Order) -> set[str]:
    """The presses whose alerts a `clear_screens` ends: those of its own incident. A drill's end, or that of the other
    of two alarms, leaves the alert of what goes on."""
    return {order.press, *(str(press) for press in order.params.get("presses") or ())}


def widened(before: dict[str, Any], alert: dict[str, Any]) -> dict[str, list[str]] | None:
    """The audience of an alert shown before to some and now to further people; None for everybody."""
    old, new = before.get("audience"), alert.get("audience")
    if not old or not new:
        return None
    return {part: sorted({*old.get(part, ()), *new.get(part, ())}) for part in ("roles", "users", "not")}
