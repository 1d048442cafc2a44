"""Names and frozen facts of equipment."""

from dataclasses import dataclass, field
from datetime import date, datetime
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
    "pbx": "Telephone system",
    "call_feed": "911 call feed",
    "location_server": "Location server",
    "cap_endpoint": "Public alert feed",
    "social_account": "Social account",
    "screen_group": "Staff screens",
    "push_group": "Staff phones",
    "voice_line": "Voice line",
    "push_service": "Push to families",
    "mail_relay": "Mail relay",
    "text_carrier": "Carrier of text messages",
    "call_carrier": "Carrier of calls",
    "sip_trunk": "SIP trunk for calls",
    "aed": "AED",
    "kit": "Emergency kit",
}


def kind_choices() -> list[tuple[str, str]]:
    """The kinds as a field's choices; a function, so that a new kind is no migration."""
    return list(KINDS.items())


#: kind → seconds without proof of life after which a thing that was heard before is silent; others are not watched:
#: badges and buses go home, pads and kits do not speak, a panel's supervision is its own setting. One piece may have
#: another limit: settings "silence_seconds", 0 for never. Gateways repeat a state at latest every 30 s. A 911 call
#: feed has none: calls are rare, and its gateway itself says when the telephone system ends the subscription. Nor have
#: a location server, which is a gateway of ours, and an MQTT broker: what speaks through it falls silent.
SILENCE_SECONDS = {
    kind: 45
    for kind in (
        "door_controller", "controlled_door", "paging_zone", "speaker", "dispatch_endpoint", "badge_gateway",
        "io_module", "strobe", "sign", "sip_speaker", "sip_group", "pbx", "cap_endpoint", "screen_group",
        "push_group", "push_service", "voice_line", "mail_relay", "text_carrier", "call_carrier",
        "sip_trunk", "social_account",
    )
}  # fmt: skip
#: Each camera is asked every half minute; the recorder says at once when one falls silent or is back, and repeats what
#: has not changed only every four minutes, for there are a thousand.
SILENCE_SECONDS["camera"] = 600
#: The step of an order that pushes to who answers for equipment: no alarm's, so it stands on no board.
OWNER_STEP = "owner of silent equipment"
#: What falls silent within so long is told together; an owner is pushed to once in so long, and hears the rest then.
GATHER_SECONDS, TELL_AGAIN_SECONDS = 10.0, 600.0
SELF_TESTS = {"": "Not tested", "passed": "Passed", "failed": "Failed"}

#: How the watch over silence begins to say since when a thing was not heard; a gateway's own word begins otherwise.
NOT_HEARD = "not heard since"
STATES = {"trouble": "Trouble", "silent": "Silent", "unknown": "Not heard yet", "online": "Online"}
#: Failures first: the order lists are shown in.
STATE_ORDER = ("trouble", "silent", "unknown", "online")
STATE_TONES = {"trouble": "bad", "silent": "warn", "unknown": "info", "online": "good"}
CONTACTS = ("", "open", "closed")
LOCKS = ("", "locked", "unlocked")


@dataclass(frozen=True)
class EquipmentFacts:
    """A piece of equipment. settings: its gateway entry. secret: plain text, for the gateway's sealed half only.

    detail: what its last status told beside its state. building: only where a query says so.
    """

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
    state_because: str = ""
    heard_at: datetime | None = None
    contact: str = ""
    lock: str = ""
    battery: int | None = None
    self_test: str = ""
    self_test_at: datetime | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    building: UUID | None = None

    @property
    def is_unheard(self) -> bool:
        """Its gateway has fallen silent: nobody says how it is."""
        return self.state == "silent" and self.state_because.startswith(NOT_HEARD)

    def __repr__(self) -> str:
        return f"EquipmentFacts({self.kind} {self.name!r} at {self.gateway}/{self.device})"


#: What helps a person until the ambulance is there.
AID_KINDS = ("aed", "kit")


@dataclass(frozen=True)
class AidFacts:
    """An AED or a kit where it hangs; x, y in plan units on `floor`. It works, as far as anybody knows."""

    id: UUID
    kind: str
    name: str
    place_name: str
    floor: UUID | None
    x: float | None
    y: float | None
    expires_on: date | None


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


@dataclass(frozen=True)
class SelfTest:
    """What a device or its gateway found when it tested itself. state: "passed" or "failed"."""

    state: str
    at: datetime
    because: str = ""


@dataclass(frozen=True)
class Told:
    """One word of a gateway on a piece of equipment. battery: percent. detail None: nothing said of it."""

    heard: Heard
    battery: int | None = None
    self_test: SelfTest | None = None
    detail: dict[str, Any] | None = None


@dataclass(frozen=True)
class Watched:
    """A piece of equipment as the silence rule sees it. told_at: when its silence was announced, if it was."""

    id: UUID
    kind: str
    settings: dict[str, Any]
    state: str
    heard_at: datetime | None
    told_at: datetime | None = None


@dataclass(frozen=True)
class OwnerRule:
    """Who answers for what has no owner of its own. kind "" and site None mean any."""

    kind: str
    site: UUID | None
    person: UUID
    person_name: str = ""


#: What can be wrong with a telephone's dispatchable location → (in words, what to do about it). The gravest first.
TELEPHONE_PROBLEMS = {
    "no_room": ("Without a room", "911 would not learn the room. Give it one."),
    "room_gone": ("Room is closed", "Its room is no longer in use. Find out where it is now."),
    "no_address": ("Site has no address", "Its site has no street and number. Complete the site."),
    "never_confirmed": ("Never confirmed", "Nobody has seen it in its room yet. Confirm it on a walk-round."),
    "stale": ("Not confirmed for a year", "Confirm it again on the next walk-round."),
}
#: Problems that keep a responder from the room; the others wait for the next walk-round.
GRAVE_PROBLEMS = ("no_room", "room_gone", "no_address")
CONFIRMED_DAYS = 365
#: Parts of a civic address (RFC 5139) in words, in the order a person reads them.
CIVIC_WORDS = {
    "NAM": "Site", "BLD": "Building", "FLR": "Floor", "ROOM": "Room", "LOC": "Where exactly", "HNO": "House number",
    "RD": "Street", "STS": "Street suffix", "A3": "City", "A2": "County", "A1": "State", "PC": "Postal code",
    "country": "Country", "PLC": "Kind of place",
}  # fmt: skip


@dataclass(frozen=True)
class TelephoneFacts:
    """A telephone and its dispatchable location. civic: RFC 5139 parts, {} while its room is not known.

    elin: the number 911 sees and can call back. latitude, longitude: WGS 84 degrees of its room.
    """

    id: UUID
    name: str
    extension: str
    site: UUID | None
    site_name: str
    place: UUID | None
    place_name: str
    civic: dict[str, str]
    elin: str = ""
    callback: str = ""
    mac: str = ""
    ip: str = ""
    latitude: float | None = None
    longitude: float | None = None
    is_place_closed: bool = False
    has_address: bool = True
    confirmed_on: date | None = None
    confirmed_by: str = ""


@dataclass(frozen=True)
class TelephoneLine:
    """One line of a telephones file, read. place: None for "no room"."""

    line: int
    extension: str
    name: str
    site: UUID
    place: UUID | None
    settings: dict[str, str]


# -- tickets: what is done about a fault -------------------------------------------------------------------------------

#: Without these a lockdown or a call for help does not do what it is for: a fault of one is mended first.
LIFE_SAFETY_KINDS = (
    "panic_button", "badge", "alarm_panel", "badge_gateway", "io_module", "door_controller", "controlled_door",
    "paging_zone", "speaker", "sip_speaker", "sip_group", "strobe", "dispatch_endpoint", "aed",
)  # fmt: skip
#: What goes home, or is switched off by night: that it is silent is no fault.
GO_HOME = ("badge", "bus")
SEVERITIES = {"life_safety": "Life safety", "ordinary": "Ordinary"}
#: Hours until a fault is to be mended; then the site's principal and the safety director are told.
DUE_HOURS = {"life_safety": 24, "ordinary": 72}
TICKET_STATES = {"open": "Open", "doing": "In work", "done": "Repaired", "closed": "Closed"}
TICKET_STATE_TONES = {"open": "warn", "doing": "info", "done": "info", "closed": "good"}
#: How it came to be. "site": a whole site fell silent, and is one ticket.
TICKET_ORIGINS = {"state": "By itself", "test": "By a failed test", "site": "By itself", "person": "Reported"}
#: A fault that is over sooner opens nothing; one that comes back within so long opens its old ticket again.
TICKET_GRACE_SECONDS, TICKET_AGAIN_HOURS = 300.0, 24
#: So many pieces of a site silent at once, and so large a share of those that are heard there, are the site's network
#: or power and not that many faults. It is over when less than the smaller share is silent.
OUTAGE_LEAST, OUTAGE_SHARE, OUTAGE_OVER_SHARE = 12, 0.5, 0.25
#: Who learns that a ticket is overdue: at a site, and of what serves the whole district.
ESCALATE_ROLES, DISTRICT_ROLES = ("principal", "director"), ("director",)
#: A closed ticket is kept for so long, with its photos.
TICKET_DAYS = 3 * 365
MOST_PHOTO_BYTES, MOST_PHOTO_PIXELS, PHOTO_SIDE, MOST_PHOTOS = 12_000_000, 60_000_000, 1600, 20
MOST_TICKET_WORDS = 2000
#: Weeks in the chart over the list.
TICKET_WEEKS = 12


@dataclass(frozen=True)
class Failing:
    """Equipment that fails, or did at the last look. since: when the watch first saw it, None when it has not yet."""

    id: UUID
    kind: str
    name: str
    site: UUID | None
    place: UUID | None
    owner: UUID | None
    state: str
    because: str
    self_test: str
    self_test_because: str
    since: datetime | None

    @property
    def is_failing(self) -> bool:
        is_bad = self.state == "trouble" or (self.state == "silent" and self.kind not in GO_HOME)
        return is_bad or self.self_test == "failed"

    @property
    def is_by_test(self) -> bool:
        """Whether its failed test says most: what failed a test is in trouble by that, but a silent one is gone."""
        return self.self_test == "failed" and self.state != "silent"


@dataclass(frozen=True)
class Standing:
    """A ticket that is not closed. has_report: a person wrote something there that equipment cannot prove mended."""

    id: UUID
    number: int
    origin: str
    equipment: UUID | None
    site: UUID | None
    has_report: bool
    pieces: int


@dataclass(frozen=True)
class TicketNews:
    """What one look of the watch asks for. outages: {site: pieces silent}. proved, outages_over: [(ticket, why)].

    noted: tickets whose equipment is well again while a person's report still waits. grown: {ticket: pieces}.
    """

    begun: tuple[UUID, ...] = ()
    over: tuple[UUID, ...] = ()
    single: tuple[Failing, ...] = ()
    outages: dict[UUID, int] = field(default_factory=dict)
    proved: tuple[tuple[UUID, str], ...] = ()
    noted: tuple[UUID, ...] = ()
    grown: dict[UUID, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.begun or self.over or self.single or self.outages or self.proved or self.noted or self.grown)


@dataclass(frozen=True)
class Photo:
    """A photo written anew, without what a camera notes in it."""

    media_type: str
    content: bytes


@dataclass(frozen=True)
class TicketWeek:
    """A week's figures. begins_on: its Monday. hours: median from opening to closing of those closed, None for none."""

    begins_on: date
    opened: int
    closed: int
    hours: float | None
    overdue: int


@dataclass(frozen=True)
class LockAnswer:
    """What a controlled door answered to an order: its lock, its leaf ("" when it did not say), and when."""

    lock: str
    contact: str
    at: datetime
