"""Orders leave for the reflex here; the auditor looks after those nobody answered."""

from uuid import UUID

import msgspec

from watchbell.district.sites.queries import place_fact, site_facts
from watchbell.kernel.acting import acting_district
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import Unavailable
from watchbell.line.ids import new_id, same_id
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.models import BoardEntry, Incident, IncidentPress
from watchbell.response.plans.facts import StepFacts
from watchbell.response.plans.queries import step_now
from watchbell.wire.order import Order
from watchbell.wire.press import OrdersAsked, PanicPressed
from watchbell.wire.subjects import subject

#: Orders written down within this time are looked at again when their alarm has been cleared meanwhile.
LATE_SECONDS = 600.0
#: What a centre outside is told of a place, as a press itself tells it.
PLACE_PARTS = ("name", "building", "floor", "room", "nearest_door", "latitude", "longitude")


def _send(incident: UUID, site: UUID, orders: list[Order], clears: list[str], reason: str) -> None:
    """Gives orders to the reflex by the stream; raises Unavailable when NATS does not take them (tried again)."""
    district = str(acting_district())
    asked = OrdersAsked(
        id=str(new_id()), district=district, site=str(site), incident=str(incident), orders=orders, clears=clears,
        asked_at=clock.unix(), because=reason,
    )  # fmt: skip
    if not bus_thread.keep(subject(district, str(site), "press", "hub", str(incident)), asked, asked.id):
        raise Unavailable("The message bus is away; the orders are sent as soon as it is back.")


def send_orders(incident: str, site: str, orders: list[str], clears: list[str], reason: str) -> None:
    """Sends orders that stand on the board (resets, retries)."""
    entries = BoardEntry.objects.filter(order__in=orders)
    now = clock.unix()
    ready = []
    for entry in entries:
        order = msgspec.convert(entry.wire_order, Order)
        ready.append(
            msgspec.structs.replace(
                order,
                made_at=now,
                expires_at=now + (order.expires_at - order.made_at),
                attempt=entry.attempts,
                incident=incident,
            )
        )
    _send(UUID(incident), UUID(site), ready, clears, reason)


def send_step(incident: str, step: str) -> None:
    """Sends the orders of a released step of the frozen plan, to the endpoints that fit now."""
    row = Incident.objects.select_related("site", "place").get(id=UUID(incident))
    wanted = next((found for found in row.plan["steps"] if found["id"] == step), None)
    first = IncidentPress.objects.filter(incident=row).order_by("at").first()
    if wanted is None or first is None:
        return
    facts = msgspec.convert(wanted, StepFacts)
    now = clock.unix()
    orders = [
        Order(
            id=same_id(first.press, step, o.endpoint.id, o.action),
            attempt=1,
            press=first.press,
            district=str(acting_district()),
            site=str(row.site_id),
            step=step,
            action=o.action,
            endpoint=o.endpoint,
            mode=row.mode,
            made_at=now,
            expires_at=now + facts.expires_seconds,
            deadline_seconds=facts.deadline_seconds,
            kind=row.kind,
            incident=incident,
            params={**o.params, **_told(row)},
        )
        for o in step_now(facts, row.site_id).orders
    ]
    _send(row.id, row.site_id, orders, [], f"step {facts.name}")


def _told(row: Incident) -> dict[str, object]:
    where, site = row.place_name or "place unknown", site_facts(row.site_id)
    place = msgspec.to_builtins(place_fact(row.place_id)) if row.place_id else {"name": where}
    return {
        "address": site.address, "site_position": [site.latitude, site.longitude],
        "place": {name: place[name] for name in PLACE_PARTS if place.get(name) is not None},
        "kind": row.kind, "mode": row.mode, "title": row.name, "directive": row.directive, "site_name": row.site.name,
        "place_name": where, "body": f"{row.site.name}, {where}. {row.directive}", "prompt": row.kind,
        "say": f"{row.name} at {row.site.name}. {where}.", "url": f"/incidents/{row.id}",
        "incident": {"kind": row.kind, "mode": row.mode, "site_name": row.site.name, "note": "",
                     "opened_at": row.opened_at.isoformat()},
    }  # fmt: skip


def look_after_cancel(incident: str, by: str, by_name: str, said: str) -> None:
    """After every cancel by PIN; where the PIN was the one for duress, the silent alarm is pressed now.

    Raises Unavailable when the bus does not take it (tried again); the same press each time.
    """
    district = acting_district()
    if district is None:
        return
    press_id = actions.note_cancel(system_actor(district), UUID(incident), UUID(by), said == "duress")
    if said != "duress":
        return
    row = Incident.objects.select_related("place").get(id=UUID(incident))
    press = PanicPressed(
        id=press_id, district=str(district), site=str(row.site_id), kind="duress", mode=row.mode,
        device=f"console/{by}", gateway="console", received_at=clock.unix(), by=by, by_name=by_name,
        place=str(row.place_id) if row.place_id else None, place_name=row.place_name,
        note=f"Duress PIN on {row.name}, incident {row.number}.", detail={"incident": incident},
    )  # fmt: skip
    if not bus_thread.keep(subject(str(district), str(row.site_id), "press", "console", by), press, press.id):
        raise Unavailable("The message bus is away; the alarm is sent as soon as it is back.")


def end_drill(incident: str, because: str) -> None:
    """A real alarm has ended this drill: its endpoints are reset."""
    district = acting_district()
    if district is not None and Incident.objects.filter(id=UUID(incident), state="open").exists():
        actions.give_all_clear(system_actor(district), UUID(incident), because)


def audit_incidents(is_behind: bool = False) -> int:
    """One pass over the acting district: asks again, expires, releases due steps, closes what is over.

    is_behind: receipts wait to be taken down. Then nothing is asked again: the answer may be among them, and asking
    would only make more of them.
    """
    district = acting_district()
    if district is None:
        return 0
    actor = system_actor(district, "Auditor")
    again, expired = ([], 0) if is_behind else actions.audit_orders()
    failed = [] if is_behind else actions.audit_failed()
    _ask_again(again, "no receipt came")
    _ask_again(failed, "it failed, and may do it now")
    released = actions.release_due_steps(actor)
    for late in queries.cleared_too_early(LATE_SECONDS):
        actions.reset_late(actor, late)
    for incident in Incident.objects.filter(state="clearing").values_list("id", flat=True):
        actions.finish_if_over(actor, incident)
    return len(again) + len(failed) + expired + released


def _ask_again(entries: list[BoardEntry], reason: str) -> None:
    by_incident: dict[tuple[UUID, UUID], list[str]] = {}
    for entry in entries:
        if entry.incident is not None:
            by_incident.setdefault((entry.incident_id, entry.incident.site_id), []).append(entry.order)
    for (incident, site), orders in by_incident.items():
        send_orders(str(incident), str(site), orders, [], reason)
