"""What a plan is made of: kinds, timings, actions and who can be meant by them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.district.equipment.facts import EquipmentFacts

#: kind → (name, directive). Names and directives of the five SRP actions: The "I Love U Guys" Foundation.
KINDS = {
    "hold": ("Hold", "In your room or area, clear the halls"),
    "secure": ("Secure", "Get inside, lock outside doors"),
    "lockdown": ("Lockdown", "Locks, lights, out of sight"),
    "evacuate": ("Evacuate", "To the announced location"),
    "shelter": ("Shelter", "Hazard and safety strategy"),
    "medical": ("Medical", "Trained staff to the place named"),
    "staff_assist": ("Staff assist", "Help is wanted, calmly"),
    "fire": ("Fire", "Leave by the nearest exit"),
    "call_911": ("911 call", "Somebody here has called 911: go and see"),
    "duress": ("Duress", "Silent: do not call back, do not use the radio"),
}
TIMINGS = {"immediate": "at once", "follow": "afterwards", "approval": "after a person's approval"}
#: action → (what a reader is told, kinds of equipment it can be asked of)
ACTIONS = {
    "lock_door": ("Lock", ("controlled_door",)),
    "unlock_door": ("Unlock", ("controlled_door",)),
    "start_page": ("Speak on", ("paging_zone", "sip_speaker", "sip_group")),
    "start_strobe": ("Flash", ("strobe",)),
    "show_sign": ("Show on", ("sign",)),
    "tell_dispatch": ("Tell", ("dispatch_endpoint",)),
    "send_cap": ("Publish to", ("cap_endpoint",)),
    "place_call": ("Call", ("voice_line",)),
    "tell_screens": ("Show on", ("screen_group",)),
    "push_staff": ("Push to", ("push_group",)),
}
#: action → (verb, one, several) of the sentence that says in numbers what will happen
COUNTED = {
    "lock_door": ("locks", "door", "doors"),
    "unlock_door": ("unlocks", "door", "doors"),
    "start_page": ("speaks in", "zone", "zones"),
    "start_strobe": ("flashes", "strobe", "strobes"),
    "show_sign": ("writes on", "sign", "signs"),
    "tell_dispatch": ("tells", "centre", "centres"),
    "send_cap": ("publishes to", "alert feed", "alert feeds"),
    "place_call": ("calls by", "line", "lines"),
    "tell_screens": ("shows on", "group of screens", "groups of screens"),
    "push_staff": ("pushes to", "group of phones", "groups of phones"),
}
SELECTORS = {"all": "all", "exterior": "exterior", "named": "named"}


#: Kinds that can be taken back by PIN. A lockdown never: only the all-clear ends it.
CANCELLABLE = frozenset({"staff_assist", "medical"})
MOST_CANCEL_SECONDS = 600.0
#: answer a step's escalation waits for → in words
WAITS_FOR = {
    "dispatch_acknowledged": "a dispatcher has acknowledged",
    "on_my_way": "somebody is on the way",
    "arrived": "somebody is there",
    "screen_confirmed": "a member of staff has confirmed",
}


@dataclass(frozen=True)
class Escalation:
    """What follows `after_seconds` from the press unless one of `waits_for` has come. endpoints: none means all.

    params: as a step's, e.g. {"audience": {"roles": [...]}}.
    """

    after_seconds: float
    action: str
    waits_for: tuple[str, ...] = ("dispatch_acknowledged",)
    endpoints: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StepFacts:
    """A step as its author wrote it. select: "all", "exterior" or "named"; endpoints: ids where named.

    params of tell_screens and push_staff: "audience": {"roles": [...], "nearest": n,
    "each": whether the nearest of every role is among them} where not everybody is meant.
    """

    id: UUID
    number: int
    name: str
    timing: str
    action: str
    select: str
    endpoints: tuple[str, ...] = ()
    deadline_seconds: float = 5.0
    expires_seconds: float = 60.0
    delay_seconds: float = 0.0
    params: dict[str, Any] = field(default_factory=dict)
    fallback_action: str = ""
    fallback_endpoints: tuple[str, ...] = ()
    escalations: tuple[Escalation, ...] = ()


@dataclass(frozen=True)
class PlanFacts:
    """A plan with its steps, as it is now.

    cancel_seconds: how long who pressed may take it back by PIN. clear_people: how many people give the all-clear
    together. clear_with_police: one of them is of the police, once police have arrived.
    """

    id: UUID
    site: UUID
    kind: str
    name: str
    directive: str
    version: int
    has_check_in: bool
    clear_roles: tuple[str, ...]
    steps: tuple[StepFacts, ...]
    cancel_seconds: float = 0.0
    clear_people: int = 1
    clear_with_police: bool = False


@dataclass(frozen=True)
class Fault:
    """Something in a plan that would not work, in words for its author."""

    step: str
    because: str


@dataclass(frozen=True)
class Foreseen:
    """What one step would do now. unreachable: endpoints that are silent or in trouble, with the reason in words.

    escalations: what follows when people do not answer, as sentences.
    """

    step: str
    timing: str
    text: str
    count: int
    unreachable: tuple[str, ...]
    escalations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Foresight:
    """What a press would do now: `now` in one sentence of numbers, then every step; those with trouble first."""

    now: str
    later: str
    steps: tuple[Foreseen, ...]

    @property
    def escalations(self) -> tuple[str, ...]:
        return tuple(sentence for step in self.steps for sentence in step.escalations)

    @property
    def unreachable(self) -> int:
        return sum(len(step.unreachable) for step in self.steps)


@dataclass(frozen=True)
class Difference:
    """Something two versions of a plan do not share; before or after is empty where it was added or taken out."""

    where: str
    what: str
    before: str
    after: str


#: Would a lockdown work here right now? verdict → in words
VERDICTS = {"no": "No", "but": "Yes, but", "yes": "Yes"}
VERDICT_TONES = {"no": "bad", "but": "warn", "yes": "good"}
#: What a reason does to the verdict: it stops a lockdown, weakens it, or is only worth knowing.
REASON_LEVELS = ("stops", "weakens", "note")


@dataclass(frozen=True)
class Reason:
    """Why a lockdown would not work, or only in part. level: one of REASON_LEVELS. weight: what weighs more is first.

    mend: what to open to mend it, (kind of page, id or query). about: the equipment that fails, for its tickets.
    """

    level: str
    weight: int
    text: str
    mend: tuple[str, str] = ("", "")
    about: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class BuildingRooms:
    """A building with how many classrooms it has, and how many of them have a door with a lock that is known."""

    id: UUID
    site: UUID
    name: str
    classrooms: int
    with_lock: int


@dataclass(frozen=True)
class Running:
    """What runs, as the supervisor says. gateways: name → state. is_known False: nobody could be asked."""

    is_known: bool
    reflex: str = "unknown"
    reflex_because: str = ""
    snapshots: int = 0
    oldest_snapshot_at: float = 0.0
    gateways: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SiteNow:
    """Everything the readiness of one site is judged by. equipment: its own, and the district's.

    sessions: equipment id → (mode, end) of those in an open test session.
    """

    id: UUID
    name: str
    plan: PlanFacts | None
    equipment: tuple[EquipmentFacts, ...]
    buildings: tuple[BuildingRooms, ...]
    sessions: dict[UUID, tuple[str, datetime]]
    zone: str = "America/Chicago"


@dataclass(frozen=True)
class BuildingReadiness:
    """The answer for one building; `verdict` counts its site's reasons too, `reasons` are its own."""

    id: UUID | None
    name: str
    verdict: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class SiteReadiness:
    """The answer for a site, reasons ordered by weight; the verdict is that of its weakest building."""

    id: UUID
    name: str
    verdict: str
    reasons: tuple[Reason, ...]
    buildings: tuple[BuildingReadiness, ...]
