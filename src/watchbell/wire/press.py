"""What a pressed button says, and what a gateway or the hub asks of the reflex."""

from typing import Any

import msgspec

from watchbell.wire.base import Message
from watchbell.wire.order import Order

MODES = ("real", "drill", "test")
#: Kinds of alarm; each has a plan per site. Names follow the Standard Response Protocol where it has one.
KINDS = ("hold", "secure", "lockdown", "evacuate", "shelter", "medical", "staff_assist", "fire", "call_911", "duress")

#: kind → whose plan a site without one of its own follows; every other kind follows the lockdown's, for a press is
#: never ignored. A 911 call asks nothing of the doors, and duress must stay silent.
PLAN_INSTEAD = {"call_911": "", "duress": "staff_assist"}

#: Kinds of which each place is an alarm of its own: help in room 101 says nothing about room 204.
BY_PLACE = frozenset({"medical", "staff_assist", "duress"})
#: Kinds that join whatever is on at their site: somebody who calls 911 during a lockdown calls because of it.
JOINS_ANY = frozenset({"call_911"})
#: Kinds few may know of: what joined one would be hidden from those it is for.
HIDDEN = frozenset({"duress"})


class PanicPressed(Message, frozen=True, kw_only=True):
    """A button was pressed. `id` is the identity of the press: the same press twice has the same id.

    district, site, place: UUID text; `place` is None when the button is unknown.
    device: the button as its gateway names it, e.g. "siadc09/5678/12" (account, zone).
    received_at, device_at: Unix seconds at the receiver, and as the device's own clock says (None without one).
    detail: what the device tells beyond that (battery, signal by receiver, extension); plain JSON values.
    With "corrects": "place" the message is no new press: the press `id`, already told, belongs to this place instead of
    "was". Who acts on presses passes it over, because the id is known; who records them moves the press.
    known: False when the gateway's configuration does not list the device; such a press is raised all the same.
    """

    id: str
    district: str
    site: str
    kind: str
    mode: str
    device: str
    gateway: str
    received_at: float
    device_at: float | None = None
    place: str | None = None
    place_name: str = ""
    known: bool = True
    by: str | None = None
    by_name: str = ""
    note: str = ""
    raw: str = ""
    detail: dict[str, Any] = msgspec.field(default_factory=dict)


class OrdersAsked(Message, frozen=True, kw_only=True):
    """The hub asks the reflex to carry out orders: a released step, a reset, a retry. Same manners as a press.

    clears: presses that are over, so that the next press at the site is a new alarm.
    """

    id: str
    district: str
    site: str
    incident: str
    orders: list[Order] = msgspec.field(default_factory=list)
    clears: list[str] = msgspec.field(default_factory=list)
    asked_at: float = 0.0
    because: str = ""


class PressRefused(Message, frozen=True, kw_only=True):
    """Bytes a gateway could not take for a press: kept and shown, never raised. `raw` is text or hex."""

    id: str
    district: str
    gateway: str
    peer: str
    because: str
    raw: str
    at: float
    site: str | None = None
