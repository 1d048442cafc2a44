"""What leaves over the bus: answers given on the page, and updates to the centres that were told."""

from typing import Any
from uuid import UUID

import msgspec

from watchbell.kernel.acting import acting_district
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import Unavailable
from watchbell.line.ids import new_id, same_id
from watchbell.response.dispatch import actions, queries, rules
from watchbell.response.dispatch.facts import (
    SIDES,
    UPDATE_DEADLINE_SECONDS,
    UPDATE_EXPIRES_SECONDS,
    LastUpdate,
    Situation,
)
from watchbell.response.incidents.actions import add_note
from watchbell.response.incidents.facts import OutsideOrder
from watchbell.response.incidents.queries import open_incidents, outside_orders
from watchbell.wire.order import Acknowledged, Order
from watchbell.wire.press import OrdersAsked
from watchbell.wire.subjects import subject

AWAY = "The message bus is away; this is sent as soon as it is back."


def send_answer(site: str, press: str, **said: Any) -> None:
    """An acknowledgement or a unit's state, as a centre's own would come. Raises Unavailable: tried again."""
    district = str(acting_district())
    told = Acknowledged(district=district, site=site, press=press, **said)
    if not bus_thread.keep(subject(district, site, "receipt", "dispatch", press or "page"), told, told.id):
        raise Unavailable(AWAY)


def note_message(incident: str, by: str, side: str, text: str) -> None:
    """A message also stands in the timeline."""
    district = acting_district()
    assert district is not None
    to = SIDES["dispatch" if side == "school" else "school"]
    add_note(system_actor(district, by), UUID(incident), f"To {to}: {text}")


def send_update(incident: str, site: str, order: dict[str, Any]) -> None:
    """Gives an update to the reflex, which asks until the centre has it."""
    district = str(acting_district())
    asked = OrdersAsked(
        id=str(new_id()), district=district, site=site, incident=incident, asked_at=clock.unix(),
        orders=[msgspec.convert(order, Order)], because="the incident has developed",
    )  # fmt: skip
    if not bus_thread.keep(subject(district, site, "press", "hub", incident), asked, asked.id):
        raise Unavailable(AWAY)


def update_centres() -> int:
    """One pass over the acting district: each centre that was told of an alarm hears what has become of it."""
    district = acting_district()
    if district is None:
        return 0
    count = 0
    for incident in open_incidents():
        orders = outside_orders(incident)
        told = rules.first_tellings(orders)
        if told:
            situation, last = queries.situation_of(incident), queries.last_updates(incident, orders)
            count += sum(_update(incident, first, situation, last.get(first.endpoint_id)) for first in told)
    return count


def _update(incident: Any, first: OutsideOrder, situation: Situation, last: LastUpdate | None) -> bool:
    if rules.judge_update(situation, last, clock.now()) != "send":
        return False
    number = (last.number if last else 0) + 1
    order = msgspec.to_builtins(compose(incident, first, situation, number))
    actor = system_actor(incident.district_id)
    return actions.keep_update(actor, incident, first.endpoint_id, number, rules.digest_of(situation), order)


def compose(incident: Any, first: OutsideOrder, situation: Situation, number: int) -> Order:
    """The update of one centre: same press, so the same incident there; all of the situation, not what differs."""
    told = msgspec.convert(first.wire, Order)
    now = clock.unix()
    about = dict(told.params.get("incident") or {}) | {"kind": incident.kind}
    update = {
        "number": number, "rooms": list(situation.rooms), "presses": list(situation.presses),
        "responders": list(situation.responders), "notes": list(situation.notes), "words": list(situation.words),
    }  # fmt: skip
    return msgspec.structs.replace(
        told, id=same_id(told.press, "update", told.endpoint.id, number), attempt=1, action="update_dispatch",
        made_at=now, expires_at=now + UPDATE_EXPIRES_SECONDS, deadline_seconds=UPDATE_DEADLINE_SECONDS,
        kind=incident.kind, incident=str(incident.id), fallback_of=None, signature="",
        params={"incident": about, "callers": situation.callers, "update": update}
        | ({"alarm": told.params["alarm"]} if told.params.get("alarm") else {})
        | ({"place": situation.place} if situation.place else {}),
    )  # fmt: skip
