"""Names and frozen facts of people."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from watchbell.district.sites.facts import Fault

PERSON_KINDS = {"staff": "Staff", "student": "Student", "guardian": "Guardian", "other": "Other"}
#: What staff can be trained for, as a responder is looked for.
SKILLS = {"cpr": "CPR", "first_aid": "First aid", "aed": "AED", "stop_the_bleed": "Stop the bleed",
          "calming": "De-escalation"}  # fmt: skip
STATUSES = {"active": "Active", "withdrawn": "Withdrawn"}
GRADES = ("PK", "KG", *(f"{grade:02}" for grade in range(1, 13)))
RELATIONS = {
    "parent": "Parent",
    "guardian": "Guardian",
    "relative": "Relative",
    "contact": "Contact",
}
ENROLMENT_ROLES = {"student": "Student", "teacher": "Teacher", "aide": "Aide", "proctor": "Proctor",
                   "administrator": "Administrator"}  # fmt: skip

#: The two one-way trips of a bus on a school day; "both" stands for the two wherever a ride is written down.
RUNS = {"morning": "Morning", "afternoon": "Afternoon"}
RUN_CHOICES = {"both": "Morning and afternoon", **RUNS}
#: Whoever rides any bus at all, where buses are named.
ALL_BUSES = "*"
MOST_BUS, MOST_STOP = 40, 120
_NUMBERED = re.compile(r"(?:bus)?[\s_#.\-]*0*([0-9]{1,9})[\s\-]*([a-z]?)", re.ASCII | re.IGNORECASE)


def spell_bus(text: str) -> str:
    """A bus as the district calls it: "bus-014", "BUS 14" and "14" are "Bus 14"; other names keep their words. Total.

    "Route 14" stays "Route 14": a route need not be run by the bus of the same number.
    """
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    found = _NUMBERED.fullmatch(words)
    return f"Bus {found[1]}{found[2].upper()}" if found else words


def bus_order(bus: str) -> tuple[tuple[int, str], ...]:
    """Sorts "Bus 2" before "Bus 14"."""
    # In a split by a group every other piece is the group's; "²" alone is a digit to Python and no number.
    pieces = enumerate(re.split(r"([0-9]{1,9})", bus.casefold()))
    return tuple((int(piece), "") if at % 2 else (0, piece) for at, piece in pieces)


@dataclass(frozen=True)
class BusCount:
    """A bus with how many active students ride it: at all, and on each run."""

    bus: str
    students: int
    morning: int
    afternoon: int


@dataclass(frozen=True)
class RideFacts:
    """A student rides a bus. run: "morning", "afternoon" or "both". stop: where they get on or off, "" unknown."""

    student: UUID
    bus: str
    run: str
    stop: str = ""


def merge_rides(rides: Iterable[RideFacts]) -> list[RideFacts]:
    """The same with morning and afternoon as one ride where bus and stop are the same; by run, then bus."""
    runs: dict[tuple[UUID, str, str], set[str]] = {}
    for one in rides:
        runs.setdefault((one.student, one.bus, one.stop), set()).add(one.run)
    order = list(RUN_CHOICES)
    merged = [
        RideFacts(student, bus, "both" if set(RUNS) <= found else next(iter(found)), stop)
        for (student, bus, stop), found in runs.items()
    ]
    return sorted(merged, key=lambda one: (order.index(one.run), bus_order(one.bus), one.stop))


@dataclass(frozen=True)
class RideLine:
    """One line of a file of riders. student: what stands in `column` ("number", "sourced_id" or "student": either)."""

    line: int
    student: str
    column: str
    bus: str
    runs: tuple[str, ...]
    stop: str


@dataclass(frozen=True)
class KnownStudent:
    """A student as a file of riders may name them."""

    id: UUID
    name: str
    number: str
    sourced_id: str
    is_active: bool


@dataclass(frozen=True)
class KnownRide:
    """A ride as it is kept. is_sourced: a file said so; what a person wrote down by hand ends by hand."""

    id: UUID
    student: UUID
    bus: str
    run: str
    stop: str
    is_sourced: bool
    is_active: bool


@dataclass(frozen=True)
class RidesChange:
    """What a file of riders changes: rows to add, (id, fields) to change, ids to end; or its faults.

    words: at most 200 lines for people to read. lines: of the file. passed_over: lines of students who have left.
    by_hand: rides that only a person wrote down and that stay.
    """

    added: tuple[dict[str, Any], ...] = ()
    changed: tuple[tuple[UUID, dict[str, Any]], ...] = ()
    ended: tuple[UUID, ...] = ()
    words: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    lines: int = 0
    passed_over: int = 0
    by_hand: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.ended)

    @property
    def counts(self) -> str:
        """The difference in three numbers, to be compared: "12 added, 3 changed, 4 ended"."""
        return f"{len(self.added)} added, {len(self.changed)} changed, {len(self.ended)} ended"


@dataclass(frozen=True)
class RoomCount:
    """How many belong in a room by homeroom."""

    site: UUID
    place: UUID
    number: str
    name: str
    students: int
    staff: int


@dataclass(frozen=True)
class PersonFacts:
    """A person as others need to know them. language: BCP 47. skills: SKILLS words."""

    id: UUID
    name: str
    kind: str
    title: str
    email: str
    phones: tuple[str, ...]
    site: UUID | None
    place: UUID | None
    user_id: UUID | None
    language: str = "en"
    grade: str = ""
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassFacts:
    """A class that meets. periods: as the student information system calls them. place: its room, where known."""

    id: UUID
    title: str
    type: str
    periods: tuple[str, ...]
    site: UUID | None
    place: UUID | None


@dataclass(frozen=True)
class RosterDifference:
    """What an import would change, counted by table, and the first changes in words.

    added, changed, withdrawn: {"people": n, …}. changes: at most 200 lines for people to read.
    """

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    changes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (any(self.added.values()) or any(self.changed.values()) or any(self.withdrawn.values()))


@dataclass(frozen=True)
class RosterFault:
    """What is wrong in a roster. code: as the OneRoster community's validators name it; line: 1-based, 0 for a file."""

    code: str
    because: str
    file: str = ""
    line: int = 0
    field: str = ""

    def __str__(self) -> str:
        where = f"{self.file or 'package'}{f' line {self.line}' if self.line else ''}"
        return f"{where}{f', {self.field}' if self.field else ''}: {self.because} [{self.code}]"


#: One row of a OneRoster table: its fields by name, with "line" (int), "is_delta" and "is_gone" (bool).
Record = dict[str, Any]


@dataclass(frozen=True)
class RosterFiles:
    """Files of a package by name, or the faults that kept it from being opened."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: tuple[RosterFault, ...] = ()


@dataclass(frozen=True)
class Roster:
    """A package read and checked. modes: table → "absent", "bulk" or "delta"; with faults there are no tables."""

    modes: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[Record]] = field(default_factory=dict)
    faults: tuple[RosterFault, ...] = ()
    source: str = ""


#: What is known of one of our tables: rows by sourcedId (guardianships by the pair of them).
KnownRows = dict[Any, dict[str, Any]]


@dataclass(frozen=True)
class RosterState:
    """What the district knows already. sites: id by code or sourcedId. rooms: id by (site, number)."""

    tables: dict[str, KnownRows] = field(default_factory=dict)
    sites: dict[str, UUID] = field(default_factory=dict)
    rooms: dict[tuple[UUID, str], UUID] = field(default_factory=dict)


@dataclass
class TableChange:
    """What an import does to one of our tables: rows to add, (id, fields) to change, ids to withdraw."""

    added: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[UUID, dict[str, Any]]] = field(default_factory=list)
    withdrawn: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class RosterChange:
    """The whole difference: by table of ours, in writing order; or the faults found while comparing."""

    tables: dict[str, TableChange] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    faults: tuple[RosterFault, ...] = ()

    @property
    def difference(self) -> RosterDifference:
        """The same in numbers."""

        def count(part: str) -> dict[str, int]:
            found = {name: len(getattr(change, part)) for name, change in self.tables.items()}
            return {name: number for name, number in found.items() if number}

        return RosterDifference(count("added"), count("changed"), count("withdrawn"), self.words)


@dataclass(frozen=True)
class Reachable:
    """Somebody who can be told, about whom. about: (student, name) of their children; empty for staff.

    household: the one they live in, for a family that counts once. order by person.
    """

    person: UUID
    name: str
    language: str
    email: str
    phones: tuple[str, ...]
    household: UUID | None
    site: UUID | None
    user_id: UUID | None
    about: tuple[tuple[UUID, str], ...] = ()


@dataclass(frozen=True)
class Asked:
    """Which people an audience means; an empty tuple does not narrow. kinds: "family", "staff", "student".

    people: these very people (a student stands for their family). buses: whose students ride one of these, on `run`
    ("": on any); ALL_BUSES among them: whoever rides.
    """

    kinds: tuple[str, ...] = ()
    sites: tuple[UUID, ...] = ()
    grades: tuple[str, ...] = ()
    classes: tuple[UUID, ...] = ()
    rooms: tuple[UUID, ...] = ()
    people: tuple[UUID, ...] = ()
    users: tuple[UUID, ...] = ()
    buses: tuple[str, ...] = ()
    run: str = ""


@dataclass(frozen=True)
class BusesMeant:
    """The students of an audience that names buses. known: which of the buses anybody rides. sites: their schools."""

    known: tuple[str, ...]
    students: int
    sites: tuple[UUID, ...]
