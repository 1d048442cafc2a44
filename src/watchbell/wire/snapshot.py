"""What the edges need to act alone: a site's plans for the reflex, a gateway's own endpoints."""

from typing import Any

import msgspec

from watchbell.wire.base import Message
from watchbell.wire.order import Endpoint


class SnapshotOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint of an immediate step, with what is done when it does not answer."""

    endpoint: Endpoint
    action: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)


class SnapshotEscalation(msgspec.Struct, frozen=True, kw_only=True):
    """Further orders, sent `after_seconds` from the press unless one of `waits_for` (wire.order.ANSWERS) has come."""

    after_seconds: float
    waits_for: list[str]
    orders: list[SnapshotOrder]


class SnapshotStep(msgspec.Struct, frozen=True, kw_only=True):
    """Immediate: `orders` go out in parallel; `fallback` goes out if none of them is done in time.

    escalations: what follows when people do not answer, though the endpoints have taken their orders.
    """

    id: str
    name: str
    orders: list[SnapshotOrder]
    deadline_seconds: float = 5.0
    expires_seconds: float = 60.0
    fallback: list[SnapshotOrder] = msgspec.field(default_factory=list)
    escalations: list[SnapshotEscalation] = msgspec.field(default_factory=list)


class SnapshotPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan's immediate part, as version `version` of plan `id` had it."""

    id: str
    version: int
    kind: str
    name: str
    directive: str
    steps: list[SnapshotStep]


class SnapshotPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A dispatchable location: building, floor, room, and the nearest exterior door responders should use."""

    id: str
    name: str
    building: str = ""
    floor: str = ""
    room: str = ""
    nearest_door: str = ""
    latitude: float | None = None
    longitude: float | None = None
    floor_id: str = ""
    x: float | None = None
    y: float | None = None


class SnapshotResponder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be called to a place: `user` is the account's UUID text, `place` where they usually are.

    skills: e.g. "cpr", "first_aid". x, y: the middle of their place in plan units on `floor` (its id).
    """

    user: str
    name: str
    role: str
    place: str | None = None
    place_name: str = ""
    floor: str = ""
    x: float | None = None
    y: float | None = None
    skills: list[str] = msgspec.field(default_factory=list)


class SnapshotFloor(msgspec.Struct, frozen=True, kw_only=True):
    """A floor as far as ways go: level 1 = ground. metres_per_unit: of its plan units; None where nobody knows."""

    id: str
    name: str
    building: str = ""
    level: int = 1
    metres_per_unit: float | None = None


class SnapshotAid(msgspec.Struct, frozen=True, kw_only=True):
    """An AED or a kit that works. kind: "aed" or "kit". expires_on: ISO date of its pads or contents, "" for never."""

    id: str
    kind: str
    name: str
    place_name: str = ""
    floor: str = ""
    x: float | None = None
    y: float | None = None
    expires_on: str = ""


class SiteSnapshot(Message, frozen=True, kw_only=True):
    """All the reflex needs of one site. plans, places, floors: by kind and id. address: civic parts (HNO, RD, A3…).

    timezone: the district's, by which a day is counted; "" is UTC.
    """

    district: str
    district_name: str
    site: str
    site_name: str
    version: int
    made_at: float
    valid_from: float
    address: dict[str, str]
    latitude: float | None
    longitude: float | None
    plans: dict[str, SnapshotPlan]
    places: dict[str, SnapshotPlace]
    responders: list[SnapshotResponder] = msgspec.field(default_factory=list)
    floors: dict[str, SnapshotFloor] = msgspec.field(default_factory=dict)
    aids: list[SnapshotAid] = msgspec.field(default_factory=list)
    timezone: str = ""
    signature: str = ""


class GatewayConfig(Message, frozen=True, kw_only=True):
    """One gateway's own entry in the bucket `config`: key `<gateway>`.

    entries: what the gateway needs of each endpoint, in the shape its service.py documents.
    secrets: sealed to this gateway's key (line.signing.unseal gives a dict by entry id).
    elsewhere: what another gateway of this protocol carries out at its own edge ("<district>" or "<district>~<site>").
    signers: public keys (hex) of the reflexes at edges by what they serve; their orders are genuine there only.
    """

    gateway: str
    version: int
    made_at: float
    valid_from: float
    entries: list[dict[str, Any]]
    secrets: str = ""
    elsewhere: list[str] = msgspec.field(default_factory=list)
    signers: dict[str, str] = msgspec.field(default_factory=dict)
    signature: str = ""
