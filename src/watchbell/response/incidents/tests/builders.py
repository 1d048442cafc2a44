"""An incident as a press makes it, with orders on its board, for tests."""

from typing import Any
from uuid import UUID

from watchbell.district.sites.tests.builders import SITE, room_of
from watchbell.field.panic.events import PanicRaised
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.line import clock
from watchbell.response.incidents import actions
from watchbell.response.plans.actions import write_plan
from watchbell.response.plans.tests.builders import CENTRE, DOOR, INNER, ZONE, build_endpoints
from watchbell.wire.order import Endpoint, Order, Receipt

STEPS = [
    {"name": "Lock", "action": "lock_door"},
    {"name": "Tell 911", "action": "tell_dispatch"},
    {"name": "Unlock", "action": "unlock_door", "timing": "approval"},
]


def raised(press: str = "p1", **more: Any) -> PanicRaised:
    words = {"press": press, "site": str(SITE), "kind": "lockdown", "mode": "real", "device": "siadc09/5678/1",
             "place": str(room_of()), "place_name": "Room 101", "by": None, "by_name": "", "is_known": True,
             "note": "", "received_at": clock.unix()}  # fmt: skip
    return PanicRaised(**{**words, **more})


def order(endpoint: UUID = DOOR, action: str = "lock_door", press: str = "p1", **more: Any) -> Order:
    place = Endpoint(id=str(endpoint), name=f"Endpoint {str(endpoint)[:4]}", gateway="osdp", device=str(endpoint))
    words = {"id": f"{press}-{action}-{str(endpoint)[:8]}", "attempt": 1, "press": press, "district": "d",
             "site": str(SITE), "step": "s", "action": action, "endpoint": place, "mode": "real",
             "made_at": clock.unix(), "expires_at": clock.unix() + 60, "deadline_seconds": 5.0}  # fmt: skip
    return Order(**{**words, **more})


def receipt(of: Order, state: str = "done", because: str = "Locked.") -> Receipt:
    return Receipt(order=of, state=state, because=because, at=clock.unix(), by="gateway/osdp")


def build_incident(actor: Actor, **more: Any) -> UUID:
    """A lockdown at SITE with a plan that only director and police may clear, and two orders that were carried out."""
    build_endpoints()
    write_plan(actor, SITE, "lockdown", STEPS, clear_roles=["director", "police"])
    incident = actions.open_or_join(system_actor(actor.district), raised(**more))
    orders = [order(DOOR), order(INNER), order(CENTRE, "tell_dispatch"), order(ZONE, "start_page")]
    actions.take_orders(orders)
    actions.take_receipts([receipt(orders[0]), receipt(orders[1], "failed", "No answer."), receipt(orders[2])])
    return incident
