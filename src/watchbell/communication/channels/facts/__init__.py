"""Names of purposes, ways and outcomes, and frozen facts of who is told how."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from watchbell.line.addresses import masked

#: Purpose → (name, what it is for). The first two come to everybody; the others only to who has not declined.
PURPOSES = {
    "emergency": ("Emergency", "Safety of people, now. It comes by every way, and nobody can decline it."),
    "attendance": ("Attendance", "Where a child is: absent, late, left early."),
    "routine": ("Routine", "Everything else that a family may want to know."),
    "newsletter": ("Newsletter", "Only for who has subscribed."),
}
URGENCY = {"emergency": 0, "attendance": 1, "routine": 2, "newsletter": 3}
#: What can be declined.
DECLINABLE = ("routine", "newsletter")
#: Way → (name, icon, its carriers' usual kind of equipment).
CHANNELS = {
    "push": ("Push", "bell", "push_service"),
    "text": ("Text", "message", "text_carrier"),
    "voice": ("Call", "phone", "call_carrier"),
    "email": ("E-mail", "mail", "mail_relay"),
    "post": ("Social post", "share", "social_account"),
}
#: Way → its messages, in a sentence.
PLURALS = {"push": "Pushes", "text": "Texts", "voice": "Calls", "email": "Mails", "post": "Posts"}
#: How a carrier is, in a sentence.
TROUBLES = {"refuses": "refuses", "down": "does not answer", "slow": "is too slow"}
#: Kind of equipment → the way it serves. Calls go out in two manners.
CARRIER_KINDS = {kind: channel for channel, (_, _, kind) in CHANNELS.items()} | {"sip_trunk": "voice"}

WAITING, SENT, DELIVERED, MACHINE, ANSWERED, OPENED, BUSY, FAILED, UNSURE, SKIPPED, STOPPED = range(11)
#: Outcome → (word, tone).
OUTCOMES = {
    WAITING: ("Waiting", "info"), SENT: ("Sent", "info"), DELIVERED: ("Delivered", "good"),
    MACHINE: ("Answering machine", "warn"), ANSWERED: ("Answered", "good"), OPENED: ("Opened", "good"),
    BUSY: ("No answer", "warn"), FAILED: ("Failed", "bad"), UNSURE: ("Unsure", "warn"), SKIPPED: ("Not asked", "mute"),
    STOPPED: ("Stopped", "mute"),
}  # fmt: skip
#: A gateway's word for it.
BY_WORD = {"sent": SENT, "delivered": DELIVERED, "answered": ANSWERED, "machine": MACHINE, "busy": BUSY,
           "no_answer": BUSY, "opened": OPENED, "failed": FAILED, "unsure": UNSURE}  # fmt: skip
#: A later word counts only when it says more: nothing that was delivered becomes sent, or fails. That nobody took a
#: call, or nobody knows, says more than that it was placed.
WEIGHTS = (0, 1, 4, 3, 5, 6, 2, 3, 2, 9, 9)
#: By which outcomes a person counts as reached; a call is delivered where it was typed to the end to a text telephone
#: that has not answered: without a key a spoken one would count as well. That a mail server or a push service has a
#: message reaches nobody yet.
REACHING = {
    "push": (DELIVERED, OPENED), "text": (DELIVERED, ANSWERED, OPENED), "voice": (DELIVERED, ANSWERED, OPENED),
    "email": (OPENED, ANSWERED), "post": (),
}  # fmt: skip
#: Nothing more comes by this way.
HOPELESS = (FAILED, UNSURE, SKIPPED, STOPPED)

#: Kind of address → the ways that use it, as wishes are told for it.
WAYS_OF = {"phone": ("text", "voice"), "email": ("email",)}
#: How a wish came to the office.
TOLD_BY = {"phone": "by telephone", "paper": "on paper", "person": "in person"}
#: So many days after it was sent a message's link still opens its reader's own contacts.
LINK_DAYS = 14
#: An address added by a message's link alone signs nobody in for so many days, unless the office takes it over.
TRUST_DAYS = 7
#: Each one's own next best way, where who was not reached is tried by hand.
NEXT_BEST = "next"
#: By what a guardian's own link can go, the dearest first: a call carries none.
LINK_CHANNELS = ("text", "email", "push")
#: How a row says that it went.
BY_WAY = {"text": "by text", "email": "by e-mail", "push": "by push"}
#: Why an address is right again, as offices usually know.
RIGHT_AGAIN = ("The family says it is right", "Corrected in the student information system",
               "Tried by hand: it arrived", "The carrier was at fault")  # fmt: skip
#: Whom a post is for: nobody by name.
POSTS = "Posts"
MAILING_STATES = {"preparing": "Preparing", "sending": "Sending", "paused": "Paused", "stopped": "Stopped",
                  "digest": "Waits for the digest", "done": "Done"}  # fmt: skip
#: A day's digest is tried for so long: then the next one is near.
DIGEST_HOURS = 20
BATCH_SIZE = 200
CALL_BATCH_SIZE = 60
#: A carrier whose contract has a pace holds so much more work than its lanes: what it has cannot be called back.
AHEAD_SECONDS = 10.0
MOST_CALLS = 3
CALL_AGAIN_SECONDS = 180.0
#: So long after it was placed a call may still ring or be listened to: its gateway asks the carrier after 240 s.
CALL_LASTS_SECONDS = 300.0
#: How many addresses of a person are tried by a way, in an emergency and otherwise.
MOST_ADDRESSES = {"text": (2, 1), "voice": (6, 1), "email": (2, 2), "push": (5, 5)}


@dataclass(frozen=True)
class Contact:
    """Somebody to be told. phones: E.164; subscriptions: JSON of their browsers. order: their ways, the dearest first.

    fields: what is put into the text for them, e.g. {"child": "Ana"}. household None: a family of one's own.
    is_daily: they want their routine mail once a day, together.
    """

    person: UUID | None
    household: UUID | None
    name: str
    language: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    about: tuple[UUID, ...] = ()
    is_daily: bool = False


@dataclass(frozen=True)
class Way:
    """One message of a person: by which way, where to, and in which wave; `because` when it is not asked at all.

    is_bad: nothing arrives there, by a carrier's word; without `because` it is asked all the same.
    waits: it goes in the day's digest.
    """

    channel: str
    to: str
    wave: int
    because: str = ""
    is_bad: bool = False
    waits: bool = False


@dataclass(frozen=True)
class WaitingMail:
    """A message that waits for its reader's digest. about: of its mailing. token: opens their page of it.

    children: the names of those it is about, "" for none. is_reached: they were reached by a dearer way, and would not
    have been mailed at all.
    """

    id: UUID
    person: UUID
    family: UUID
    name: str
    to: str
    token: str
    fields: dict[str, str]
    about: str
    children: str
    is_reached: bool


@dataclass(frozen=True)
class Digest:
    """One person's mail of a day. carries: (message that waited, address it goes to now). fields: see Contact."""

    contact: Contact
    family: UUID
    carries: tuple[tuple[UUID, str], ...]
    fields: dict[str, str]


@dataclass(frozen=True)
class LeftOut:
    """A message that goes in no digest, nor by itself. is_bad: nothing arrives there; is_over: it holds no more."""

    id: UUID
    because: str
    is_bad: bool = False
    is_over: bool = False


@dataclass(frozen=True)
class Wish:
    """Whether messages of a purpose come by a way to an address. key: names it in a form, "text:routine"."""

    channel: str
    purpose: str
    is_wanted: bool

    @property
    def key(self) -> str:
        return f"{self.channel}:{self.purpose}"


@dataclass(frozen=True)
class WishRow:
    """An address of a person with its wishes. key: names it in a form. kind: "phone" or "email".

    is_text_telephone: calls to it are typed.
    """

    key: str
    kind: str
    address: str
    is_bad: bool
    wishes: tuple[Wish, ...]
    is_text_telephone: bool = False

    @property
    def shown(self) -> str:
        return masked(self.address)

    @property
    def channels(self) -> tuple[str, ...]:
        return WAYS_OF[self.kind]

    def of(self, purpose: str) -> list[Wish]:
        return [one for one in self.wishes if one.purpose == purpose]

    @property
    def lines(self) -> list[tuple[str, list[Wish]]]:
        """(purpose, its wishes by way)."""
        return [(one, self.of(one)) for one in DECLINABLE]

    @property
    def wanted(self) -> bool:
        return all(one.is_wanted for one in self.wishes)

    @property
    def is_any(self) -> bool:
        return any(one.is_wanted for one in self.wishes)


@dataclass(frozen=True)
class QuietHours:
    """Between which times of the district's day routine messages wait; see rules.judge_quiet.

    digest: when the mails of those who want one a day go.
    """

    begins: time = time(21)
    ends: time = time(7)
    digest: time = time(17)

    def holds(self, at: time) -> bool:
        over_midnight = self.begins > self.ends
        return at >= self.begins or at < self.ends if over_midnight else self.begins <= at < self.ends

    def until(self, local: datetime) -> datetime | None:
        """When the quiet ends that holds at `local`, a moment in the district's time; None: it is not quiet then."""
        if not self.holds(local.time()):
            return None
        morning = local.replace(hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0)
        return morning if local < morning else morning + timedelta(days=1)


@dataclass(frozen=True)
class LinkWay:
    """A way by which a guardian's own link can go. key: names it in a form. name: who has the address.

    shown: the address as the office reads it. language: what they read.
    """

    key: str
    channel: str
    to: str
    shown: str
    name: str
    language: str
    is_own: bool


@dataclass(frozen=True)
class BodyText:
    """A mailing's text in one language; see wire.tell.Body."""

    language: str
    subject: str
    text: str
    short: str
    spoken: str
    html: str = ""
    sound: str = ""


@dataclass(frozen=True)
class Carrier:
    """A carrier as the choice sees it. out: batches it has now.

    is_silent: its gateway says that it does not answer. is_unheard: nothing is heard of its gateway itself.
    """

    id: UUID
    name: str
    gateway: str
    device: str
    channel: str
    is_test: bool
    priority: int
    lanes: int
    per_second: float
    state: str = "ok"
    bad_until: datetime | None = None
    bad_since: datetime | None = None
    out: int = 0
    is_silent: bool = False
    is_unheard: bool = False


@dataclass(frozen=True)
class ChannelCount:
    """What became of a mailing's messages by one way, by outcome."""

    channel: str
    name: str
    icon: str
    counts: dict[int, int]

    @property
    def total(self) -> int:
        return sum(count for state, count in self.counts.items() if state != SKIPPED)

    def of(self, *states: int) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def waiting(self) -> int:
        return self.of(WAITING)

    @property
    def sent(self) -> int:
        return self.of(SENT)

    @property
    def arrived(self) -> int:
        return self.of(DELIVERED, ANSWERED, OPENED, MACHINE)

    @property
    def failed(self) -> int:
        return self.of(FAILED, UNSURE, BUSY)

    @property
    def stopped(self) -> int:
        return self.of(STOPPED)


@dataclass(frozen=True)
class Progress:
    """How far a mailing is. families: households; people: recipients. why: what waits; next_at: till the next way."""

    channels: list[ChannelCount]
    people: int
    people_reached: int
    families: int
    families_reached: int
    no_way: int
    why: tuple[str, ...] = ()
    next_at: datetime | None = None

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.channels)

    @property
    def stopped(self) -> int:
        """Called back before they went out."""
        return sum(one.stopped for one in self.channels)

    @property
    def total(self) -> int:
        return sum(one.total for one in self.channels)

    @property
    def percent(self) -> int:
        return round(100 * (self.total - self.waiting - self.stopped) / self.total) if self.total else 0

    @property
    def families_missing(self) -> int:
        return self.families - self.families_reached

    @property
    def reached_percent(self) -> int:
        return round(100 * self.families_reached / self.families) if self.families else 0


@dataclass(frozen=True)
class Telling:
    """How a mailing went. seconds: until half, nine tenths and the last of all its families were reached; None: never.

    The last is that of the families that were reached at all.
    """

    at: datetime
    families: int
    reached: int
    half_seconds: float | None
    most_seconds: float | None
    last_seconds: float | None
    channels: list[ChannelCount]

    @property
    def percent(self) -> int:
        return round(100 * self.reached / self.families) if self.families else 0
