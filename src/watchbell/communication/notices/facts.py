"""Names and frozen facts of notices: texts, audiences, states, what the public sees."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from watchbell.district.people.facts import ALL_BUSES
from watchbell.line.languages import LANGUAGES as LANGUAGES

SEE, WRITE, APPROVE, SETTINGS = "notices.view", "notices.write", "notices.approve", "notices.settings"
STATES = {
    "draft": ("Draft", "mute"), "asked": ("Waits for approval", "warn"), "scheduled": ("Scheduled", "info"),
    "sending": ("Sending", "info"), "paused": ("Paused", "warn"), "sent": ("Sent", "good"),
    "stopped": ("Stopped", "bad"), "ended": ("Ended", "mute"),
}  # fmt: skip
#: Still on its way to be written; nobody has been told.
EDITABLE = ("draft", "asked", "scheduled")
#: People have been told.
OUT = ("sending", "paused", "sent", "stopped", "ended")
KINDS = {"family": "Families", "staff": "Staff", "student": "Students"}
CHANNELS = ("push", "text", "voice", "email")
SEVERITIES = {"emergency": "Severe", "attendance": "Minor", "routine": "Minor", "newsletter": "Minor"}
MOST_TITLE, MOST_SHORT, MOST_TEXT, MOST_SPOKEN = 120, 480, 10_000, 1500
MOST_OPTIONS, MOST_OPTION = 4, 30
MOST_ON_LIST = 20_000
MOST_ANSWER = 4_000
#: Of every hundred people of a kind: an audience of so many is nearly everybody. Fewer people in all are no public.
NEARLY_PERCENT, FEWEST_PEOPLE = 75, 2
SHARES = {"family": "families", "staff": "staff", "student": "students", "riders": "students who ride a bus"}
#: Among the names of what an audience means: how many students ride the buses it names.
RIDERS = "riders"
#: Among the same: there is no site that it does not name.
EVERY_SITE = "every site"
#: Who is not reached by the first way is tried by the next after this.
NEXT_AFTER_SECONDS = 30 * 60
EMERGENCY_HOURS, ROUTINE_HOURS = 6, 72
#: What a text may leave to each recipient, and what it stands for.
PLACEHOLDERS = {
    "name": "the recipient's name", "child": "their children's names", "school": "their school's name",
    "link": "their own page of this notice",
}  # fmt: skip
#: What an incident puts into a template.
INCIDENT_WORDS = {"site": "the school", "what": "what was called (Lockdown)", "time": "when it began"}
#: What a closed incident puts into the template of the letter about it, besides.
LETTER_WORDS = {
    "date": "the day of an incident", "until": "when its all-clear was given", "duration": "how long it lasted",
    "cause": "what it turned out to be", "done": "what was done, in order",
    "accounted": "that everybody was accounted for, where the roll says so",
}  # fmt: skip
#: The template that letters after incidents are made from, and when families have one, by law in some states.
LETTER_NAME = "Letter after an incident"
LETTER_WITHIN = timedelta(hours=24)
#: Its page can be read for so long.
LETTER_LASTS = timedelta(days=60)
MOST_CAUSE, MOST_REASON = 600, 200


@dataclass(frozen=True)
class Text:
    """A notice in one language. spoken "": the short text is read out. sound: SHA-256 of a recording, "" for none.

    options: the question's answers in this language, in the same order; empty: as they were written.
    """

    language: str
    title: str
    short: str
    text: str = ""
    spoken: str = ""
    sound: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audience:
    """Who is told. Empty sites: the whole district. people: by name. lists: ids of kept ones.

    buses: whoever rides one of these ("Bus 14"; ALL_BUSES: any), on `run` ("morning", "afternoon", "": on either).
    """

    kinds: tuple[str, ...] = ("family",)
    sites: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    buses: tuple[str, ...] = ()
    run: str = ""

    @property
    def is_district_wide(self) -> bool:
        """Nobody is left out by place or name."""
        named = self.sites or self.grades or self.classes or self.rooms or self.people or self.lists or self.buses
        return not named

    @property
    def is_every_bus(self) -> bool:
        """Whoever rides, in every school."""
        narrowed = self.sites or self.grades or self.classes or self.rooms or self.people or self.lists
        return ALL_BUSES in self.buses and not narrowed


@dataclass(frozen=True)
class Draft:
    """What a person has written. send_at None: as soon as it may. incident: it belongs to one.

    skips_digest: also who wants one mail a day gets it at once.
    """

    purpose: str
    texts: tuple[Text, ...]
    audience: Audience
    channels: tuple[str, ...]
    mode: str = "real"
    is_banner: bool = False
    is_public: bool = False
    posts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    desk: str = ""
    send_at: datetime | None = None
    expires_at: datetime | None = None
    incident: UUID | None = None
    at_once: bool = True
    tell_media: bool = False
    skips_digest: bool = False


@dataclass(frozen=True)
class Share:
    """How many people of a kind an audience reaches, of how many the district has. of: "family", "riders" or so."""

    of: str
    reached: int
    whole: int


@dataclass(frozen=True)
class Faults:
    """What keeps a draft from being sent, and what should be looked at; in words for people."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublicNotice:
    """A notice as everybody may see it. texts: language → (title, short, text). sites: names; empty: the district.

    ended_because: what whoever ended it wrote; "" also where its time was over.
    """

    id: UUID
    number: int
    purpose: str
    kind: str
    title: str
    short: str
    text: str
    language: str
    texts: dict[str, tuple[str, str, str]]
    sites: tuple[str, ...]
    sent_at: datetime
    changed_at: datetime
    correction: str
    replaces: UUID | None
    expires_at: datetime | None
    state: str
    is_banner: bool
    severity: str
    area: str
    contact: str
    detail: dict[str, Any] = field(default_factory=dict)
    corrected_at: datetime | None = None
    ended_because: str = ""


#: An incident's families hear first within this time of its opening, then again within this time of the last message.
FIRST_WITHIN = timedelta(minutes=5)
UPDATE_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Owed:
    """A message that the families of an open incident wait for. kind: "first" or "update". told_at: the last one."""

    kind: str
    due_at: datetime
    told_at: datetime | None


@dataclass(frozen=True)
class LetterFacts:
    """What the record of a closed incident gives to the letter about it; times are local.

    done: (when, key of rules.letters.DONE), in order. is_accounted: the roll had everybody.
    """

    kind: str
    what: str
    site: str
    began_at: datetime
    cleared_at: datetime
    outcome: str
    done: tuple[tuple[datetime, str], ...]
    is_accounted: bool


@dataclass(frozen=True)
class LetterDue:
    """Where the letter about an incident stands. state: "due", "drafted", "sent" or "dismissed"."""

    incident: UUID
    what: str
    site: str
    due_at: datetime
    state: str
    notice: UUID | None = None
    sent_at: datetime | None = None
    dismissed_at: datetime | None = None
    by: str = ""
    because: str = ""
    is_late: bool = False
    when: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in ("due", "drafted")
