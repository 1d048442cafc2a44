"""Orders to endpoints and the receipts that answer them."""

from typing import Any

import msgspec

from watchbell.wire.base import Message

#: What an endpoint can be asked to do. `release_*` and `stop_page` undo; they are never refused as expired.
ACTIONS = (
    "lock_door",
    "release_door",
    "unlock_door",
    "start_page",
    "stop_page",
    "test_zone",
    "start_strobe",
    "stop_strobe",
    "show_sign",
    "clear_sign",
    "tell_dispatch",
    "update_dispatch",
    "clear_dispatch",
    "send_cap",
    "cancel_cap",
    "place_call",
    "tell_screens",
    "clear_screens",
    "push_staff",
    "clear_push",
)
UNDOES = {
    "lock_door": "release_door",
    "unlock_door": "release_door",
    "start_page": "stop_page",
    "start_strobe": "stop_strobe",
    "show_sign": "clear_sign",
    "tell_dispatch": "clear_dispatch",
    "send_cap": "cancel_cap",
    "tell_screens": "clear_screens",
    "push_staff": "clear_push",
}
#: What a person or a centre can answer; a step's escalations wait for some of these.
ANSWERS = ("screen_confirmed", "on_my_way", "arrived", "cannot_come", "dispatch_acknowledged", "dispatch_status",
           "call_answered", "aed_here", "aed_not_here", "kit_here", "kit_not_here")  # fmt: skip
#: Whoever brought what helps says that it is there, or takes that back: answer → (what, whether it is there).
AID_ANSWERS = {"aed_here": ("aed", True), "aed_not_here": ("aed", False), "kit_here": ("kit", True),
               "kit_not_here": ("kit", False)}  # fmt: skip
#: An approved unlocking is none: it is asked of a door like everything else, and taken back by the all-clear.
RELEASES = frozenset(UNDOES.values())


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be ordered about.

    id: the equipment's UUID text. gateway: the folder under gateways/. device: the name the gateway knows it by.
    test: True marks an endpoint of the outside (police, push) that may be told of drills and tests.
    """

    id: str
    name: str
    gateway: str
    device: str
    test: bool = False


class Order(Message, frozen=True, kw_only=True):
    """One endpoint is asked to do one thing.

    id: hash of press, step and endpoint, unchanged over all attempts; doing it twice is harmless.
    made_at, expires_at: Unix seconds. A gateway refuses an expired order, except those in RELEASES.
    deadline_seconds: the receipt is late after this many seconds from `made_at`.
    params: what the action needs (kind, place, prompt, incident facts); plain JSON values.
    signature: hex Ed25519 over the other fields, see line.signing.
    """

    id: str
    attempt: int
    press: str
    district: str
    site: str
    step: str
    action: str
    endpoint: Endpoint
    mode: str
    made_at: float
    expires_at: float
    deadline_seconds: float
    kind: str = ""
    incident: str | None = None
    fallback_of: str | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    signature: str = ""

    @property
    def alarm(self) -> str:
        """The press by which a centre knows the alarm: its first, whoever else has pressed or called meanwhile."""
        return str(self.params.get("alarm") or self.press)


class Receipt(Message, frozen=True, kw_only=True):
    """What became of an order: `state` is "done", "failed" or "expired", and `because` says why in words for people.

    by: the gateway or reflex that says so. at: Unix seconds. detail: counts or references (e.g. {"reached": 37}).
    protocol_seconds: what of the time the exchange with the equipment itself took.
    """

    order: Order
    state: str
    because: str
    at: float
    by: str
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
    protocol_seconds: float = 0.0


class Acknowledged(Message, frozen=True, kw_only=True):
    """A person or a centre outside has answered an order already delivered.

    what: one of ANSWERS. A member of staff: "screen_confirmed" (has seen it), "on_my_way", "arrived", "cannot_come",
    one of AID_ANSWERS.
    A centre outside: "dispatch_acknowledged", "dispatch_status" (units under way). A call: "call_answered" (by a key).
    """

    id: str
    district: str
    site: str
    press: str
    order: str
    what: str
    at: float
    by: str
    by_name: str = ""
    because: str = ""
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
