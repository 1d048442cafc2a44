"""Names and frozen facts of equipment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

KINDS = {
    "panic_button": "Panic button",
    "badge": "Panic badge",
    "alarm_panel": "Alarm panel",
    "door_controller": "Door controller",
    "controlled_door": "Controlled door",
    "paging_zone": "Paging zone",
    "speaker": "Speaker",
    "dispatch_endpoint": "Dispatch centre",
    "camera": "Camera",
    "bus": "Bus",
    "badge_gateway": "Badge gateway",
    "mqtt_broker": "MQTT broker",
    "io_module": "I/O module",
    "strobe": "Strobe",
    "sign": "Sign",
    "sip_speaker": "SIP speaker",
    "sip_group": "SIP page group",
    "phone": "Telephone",
    "cap_endpoint": "Public alert feed",
    "screen_group": "Staff screens",
    "push_group": "Staff phones",
    "voice_line": "Voice line",
    "aed": "AED",
    "kit": "Emergency kit",
}


def kind_choices() -> list[tuple[str, str]]:
    """The kinds as a field's choices; a function, so that a new kind is no migration."""
    return list(KINDS.items())


STATES = {"trouble": "Trouble", "silent": "Silent", "unknown": "Not heard yet", "online": "Online"}
#: Failures first: the order lists are shown in.
STATE_ORDER = ("trouble", "silent", "unknown", "online")
STATE_TONES = {"trouble": "bad", "silent": "warn", "unknown": "info", "online": "good"}
CONTACTS = ("", "open", "closed")
LOCKS = ("", "locked", "unlocked")


@dataclass(frozen=True)
class EquipmentFacts:
    """A piece of equipment. settings: its gateway entry. secret: plain text, for the gateway's sealed half only."""

    id: UUID
    kind: str
    name: str
    site: UUID | None
    place: UUID | None
    gateway: str
    device: str
    settings: dict[str, Any]
    secret: str
    is_test: bool
    state: str
    door_number: str = ""
    is_exterior: bool = False
    holder: UUID | None = None

    def __repr__(self) -> str:
        return f"EquipmentFacts({self.kind} {self.name!r} at {self.gateway}/{self.device})"


@dataclass(frozen=True)
class StateCount:
    """How much equipment of one kind is in which state."""

    kind: str
    name: str
    trouble: int
    silent: int
    unknown: int
    online: int

    @property
    def total(self) -> int:
        return self.trouble + self.silent + self.unknown + self.online

    @property
    def failing(self) -> int:
        return self.trouble + self.silent


@dataclass(frozen=True)
class Heard:
    """What was last heard of a piece of equipment."""

    state: str
    at: datetime
    because: str = ""
    contact: str = ""
    lock: str = ""
    is_tampered: bool = False
