"""States of people in the roll call, reports of them, and what the reports together say."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.response.incidents.facts import LATE_DAYS as LATE_DAYS

STATES = {
    "safe": "Here",
    "injured": "Injured",
    "missing": "Missing",
    "absent": "Absent today",
    "released": "Released",
}
#: Somebody has seen the person; the others say that the person is not here.
SEEN = frozenset({"safe", "injured"})
#: Nobody has to look for them.
ACCOUNTED = frozenset({"safe", "injured", "absent", "released"})
#: What counts while a question is open: the state that asks for most.
GRAVEST = ("injured", "missing", "safe", "released", "absent")
WAYS = {"room": "by room", "class": "by class list", "name": "by name"}
KINDS = {"student": "Student", "staff": "Staff", "substitute": "Substitute", "guest": "Guest or visitor"}
MOST_REPORTS = 500
MOST_GUESTS = 500
#: A list of names shown twice to the same person within this time is one look.
LOOK_SECONDS = 300
#: How far a device's clock may run ahead of ours before its word is taken as of now.
AHEAD_SECONDS = 5
LISTS_HOURS = 12


@dataclass(frozen=True)
class Report:
    """What one reporter said of one person. subject: who it is about (see rules.subject_of). by: the reporter's key.

    made_at: by the device, set right where it ran ahead; received_at: here.
    """

    id: UUID
    subject: str
    name: str
    kind: str
    person: UUID | None
    state: str
    place: UUID | None
    place_name: str
    by: str
    by_name: str
    made_at: datetime
    received_at: datetime
    note: str = ""
    count: int = 1
    way: str = "name"

    @property
    def is_seen(self) -> bool:
        return self.state in SEEN


@dataclass(frozen=True)
class Answer:
    """A person's answer to a question: `report` holds, or (None) all are right: they are different people."""

    subject: str
    report: UUID | None
    by_name: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """What is known of one person. report: what counts. rivals: every reporter's newest word, where they differ.

    because: said to people.
    """

    report: Report
    rivals: tuple[Report, ...] = ()
    because: str = ""

    @property
    def is_question(self) -> bool:
        return len(self.rivals) > 1


@dataclass(frozen=True)
class Expected:
    """Somebody who should be in a room now. kind: student or staff."""

    person: UUID
    name: str
    kind: str
    place: UUID | None


@dataclass(frozen=True)
class RoomCount:
    """One room: how many should be there, are accounted for, are missing, are there besides.

    accounted: of those expected, wherever they were seen. here: seen in this room, guests too.
    state: "" while it is silent, else safe, help, missing, injured. at, by: its newest word.
    """

    place: UUID
    name: str
    expected: int
    accounted: int
    missing: int
    injured: int
    extra: int
    here: int
    questions: int
    state: str
    at: datetime | None
    by: str
    note: str = ""

    @property
    def is_silent(self) -> bool:
        return not self.state


@dataclass(frozen=True)
class Totals:
    """The whole site in numbers. people: expected. guests: counted besides."""

    people: int
    accounted: int
    seen: int
    injured: int
    missing: int
    absent: int
    released: int
    unknown: int
    guests: int
    questions: int
    rooms: int
    silent: int


@dataclass(frozen=True)
class Step:
    """One point of the progress: seconds since the incident opened, rooms and people accounted for by then."""

    seconds: float
    rooms: int
    people: int


@dataclass(frozen=True)
class Verdict:
    """What became of one report of a batch: kept, repeated or refused."""

    id: str
    verdict: str
    because: str = ""


@dataclass(frozen=True)
class Picture:
    """The whole roll of an incident. standings: by subject. expected: by person."""

    rooms: tuple[RoomCount, ...]
    totals: Totals
    standings: dict[str, Standing]
    expected: dict[UUID, Expected]
    reports: tuple[Report, ...]
    places: dict[UUID, str]

    @property
    def questions(self) -> list[Standing]:
        return [one for one in self.standings.values() if one.is_question]


#: A report as a device sends it, read and checked.
Told = dict[str, Any]
