"""One incident as those who come see it: where, who pressed, who needs help, who comes, what was said."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from watchbell.district.sites.facts import PlaceFacts
from watchbell.district.sites.queries import facts_of_places
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
from watchbell.response.dispatch import rules
from watchbell.response.dispatch.facts import TROUBLED, Clock, LastUpdate, Situation, Unit
from watchbell.response.dispatch.models import DispatchMessage, DispatchUpdate
from watchbell.response.incidents.facts import AID_WORDS, ROOM_STATES, Answer, OutsideOrder, RoomRow
from watchbell.response.incidents.queries import (
    answers_of,
    incidents_seen_by,
    outside_orders,
    presses_of,
    roll_of,
    roll_summary,
)
from watchbell.response.plans.queries import endpoint_names
from watchbell.wire.order import AID_ANSWERS

__all__ = ["endpoint_names"]
#: So many presses stand on the page at once, the newest first; the others are a tap away.
NEWEST = 12
MOVES = {"on_my_way": "is on the way", "arrived": "has arrived"}
#: The parts of a place that a centre is told.
PLACE_PARTS = ("name", "building", "floor", "room", "nearest_door", "latitude", "longitude")


def open_for(actor: Actor) -> list[Any]:
    """Incidents of the agency's districts sites that are not closed, newest first."""
    require(actor, "dispatch.view")
    return list(incidents_seen_by(actor, state="open")[:50])


def messages_of(incident: Any) -> list[DispatchMessage]:
    """Messages both ways, the oldest first."""
    return list(DispatchMessage.objects.filter(incident=incident).order_by("at", "id"))


def clock_of(
    incident: Any, orders: Sequence[OutsideOrder] | None = None, answers: Sequence[Answer] | None = None
) -> Clock:
    """Who was told, who has acknowledged, what follows."""
    orders = outside_orders(incident) if orders is None else orders
    answers = answers_of(incident) if answers is None else answers
    names = endpoint_names(incident.site_id)
    return rules.read_clock(incident.opened_at, incident.plan, orders, answers, names, now())


def units_of_incident(incident: Any) -> list[Unit]:
    return rules.units_of(answers_of(incident))


def newest_tell(incident: Any) -> tuple[str, str]:
    """(press, order) that an answer given on the page answers: the first telling of a centre, else just the press."""
    first = rules.first_tellings(outside_orders(incident))
    if first:
        return first[0].press, first[0].order
    presses = presses_of(incident)
    return (presses[0].press if presses else "", "")


def about_place(place: PlaceFacts | None, name: str = "") -> dict[str, Any]:
    """A place as a centre is told of it."""
    if place is None:
        return {"name": name or "place unknown"}
    found = msgspec.to_builtins(place)
    return {part: found[part] for part in PLACE_PARTS if found.get(part) is not None}


def pressed_of(presses: Sequence[Any]) -> list[dict[str, Any]]:
    """Where, by whom and when it was pressed; a press that names no place by word has the name of its room.

    called: it was a call to 911. callback: the number that reaches who called, "" where it is not known.
    """
    return [
        {"place_name": one.place_name or (one.place and (one.place.name or f"Room {one.place.number}")) or "",
         "by_name": one.by_name, "at": one.at, "called": one.kind == "call_911", "callback": one.callback}
        for one in presses
    ]  # fmt: skip


def where_and_rooms(
    incident: Any, presses: Sequence[Any], rows: Sequence[RoomRow]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(the incident's place, or the first that any of its presses knows; its troubled rooms). Two queries."""
    known = incident.place_id or next((one.place_id for one in presses if one.place_id), None)
    found = [row for row in rows if row.state in TROUBLED]
    places = facts_of_places({row.place for row in found} | ({known} if known else set()))
    return about_place(places.get(known) if known else None, incident.place_name), _troubled(found, places)


def troubled_rooms(rows: Sequence[RoomRow]) -> list[dict[str, Any]]:
    """Rooms that need somebody, with their place and nearest exterior door; injured first. Two queries."""
    found = [row for row in rows if row.state in TROUBLED]
    return _troubled(found, facts_of_places(row.place for row in found) if found else {})


def _troubled(rows: Sequence[RoomRow], places: Mapping[UUID, PlaceFacts]) -> list[dict[str, Any]]:
    return [
        about_place(places.get(row.place), row.name) | {
            "place": str(row.place), "name": row.name, "state": row.state, "people": row.accounted, "note": row.note,
            "word": ROOM_STATES[row.state], "at": row.at.isoformat() if row.at else "",
        }
        for row in sorted(rows, key=lambda row: TROUBLED.index(row.state))
    ]  # fmt: skip


def responders_of(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Staff on the way or there, by their newest word; then what helps that they have brought there."""
    newest: dict[str, Answer] = {}
    brought: dict[str, Answer] = {}
    for answer in answers:
        if answer.what in (*MOVES, "cannot_come"):
            newest[answer.by] = answer
        aid, is_here = AID_ANSWERS.get(answer.what, ("", False))
        if is_here:
            brought.setdefault(aid, answer)
        else:
            brought.pop(aid, None)
    people = [
        {"name": one.by_name, "what": MOVES[one.what], "at": one.at.isoformat()}
        for one in newest.values() if one.what in MOVES
    ]  # fmt: skip
    return people + [
        {"name": f"The {AID_WORDS[aid].lower() if aid == 'kit' else AID_WORDS[aid]}", "what": "is with the patient",
         "at": one.at.isoformat()} for aid, one in brought.items()
    ]  # fmt: skip


def situation_of(incident: Any) -> Situation:
    """What a centre should know now; the first telling's words are not among it."""
    presses = presses_of(incident)
    answers = answers_of(incident)
    told = rules.first_tellings(outside_orders(incident))
    is_other = bool(told) and told[0].wire.get("kind") not in ("", None, incident.kind)
    rooms = troubled_rooms(roll_of(incident))
    notes = [one for one in messages_of(incident) if one.side == "school"]
    words = [f"The alarm is now: {incident.name}."] if is_other else []
    place = moved_to(incident, told[0]) if told else {}
    if place:
        words.append(f"The alarm is in {place['name']}, not where it was told first.")
    return Situation(
        kind=incident.kind, callers=len(presses), rooms=tuple(rooms), responders=tuple(responders_of(answers)),
        presses=tuple(one | {"at": one["at"].isoformat()} for one in pressed_of(presses)),
        notes=tuple({"by": one.by_name, "text": one.text, "at": one.at.isoformat()} for one in notes[-20:]),
        words=tuple(words), place=place,
    )  # fmt: skip


def moved_to(incident: Any, first: OutsideOrder) -> dict[str, Any]:
    """Where the alarm is, when the centre was told another place first (badges are heard better later); else empty."""
    told = dict(dict(first.wire.get("params") or {}).get("place") or {})
    if not told or not incident.place_id or told.get("id") == str(incident.place_id):
        return {}
    return about_place(facts_of_places([incident.place_id]).get(incident.place_id), incident.place_name)


def last_updates(incident: Any, orders: Sequence[OutsideOrder]) -> dict[str, LastUpdate]:
    """{endpoint id: its newest update}."""
    states = {order.order: order.state for order in orders}
    rows = DispatchUpdate.objects.filter(incident=incident)
    return {row.endpoint: LastUpdate(row.number, row.digest, row.at, states.get(row.order, "")) for row in rows}


def whole_view(incident: Any) -> dict[str, Any]:
    """Everything the dispatcher's page shows but the plan of the building."""
    orders, answers, roll = outside_orders(incident), answers_of(incident), roll_of(incident)
    summary, site, presses = roll_summary(roll), incident.site, presses_of(incident)
    place, rooms = where_and_rooms(incident, presses, roll)
    pressed = pressed_of(presses)[::-1]
    return {
        "incident": incident, "site": site, "address": say_address(site.address),
        "place": place, "presses": presses, "newest_pressed": pressed[:NEWEST], "earlier_pressed": pressed[NEWEST:],
        "rooms": rooms, "silent": len(summary["silent"]), "safe": summary["rooms"]["safe"],
        "total_rooms": summary["total_rooms"], "responders": responders_of(answers),
        "units": rules.units_of(answers), "clock": clock_of(incident, orders, answers), "roll": roll,
        "talk": messages_of(incident), "is_waiting": incident.state == "open",
    }  # fmt: skip


def say_address(address: dict[str, str]) -> str:
    """Civic parts as one line."""
    street = " ".join(address.get(part, "") for part in ("HNO", "PRD", "RD", "STS", "POD") if address.get(part))
    town = " ".join(address.get(part, "") for part in ("A3", "A1", "PC") if address.get(part))
    return ", ".join(part for part in (street, town) if part)


def as_dict(incident: Any) -> dict[str, Any]:
    """The API's form: clock, units, rooms, responders, messages, and orders to the outside."""
    view = whole_view(incident)
    clock: Clock = view["clock"]
    return {
        "incident": str(incident.id), "state": incident.state, "told": list(clock.told), "failed": list(clock.failed),
        "told_at": _iso(clock.told_at), "acknowledged_by": clock.acknowledged_by,
        "acknowledged_at": _iso(clock.acknowledged_at), "took_seconds": clock.took_seconds,
        "coming": [{"what": one.text, "due_at": _iso(one.due_at)} for one in clock.coming],
        "units": [{"agency": u.agency, "name": u.name, "state": u.state, "word": u.word, "at": _iso(u.at)}
                  for u in view["units"]],
        "rooms": view["rooms"], "responders": view["responders"],
        "messages": [{"side": m.side, "by": m.by_name, "text": m.text, "at": _iso(m.at)} for m in view["talk"]],
        "updates": [
            {"endpoint": one.endpoint, "state": one.state, "because": one.because, "asked_at": _iso(one.asked_at)}
            for one in outside_orders(incident) if one.action == "update_dispatch"
        ],
    }  # fmt: skip


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None
