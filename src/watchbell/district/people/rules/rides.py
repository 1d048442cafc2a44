"""Reads a file of riders (CSV, a student a line) and compares it with who rides which bus; total on any bytes."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from watchbell.district.people.facts import (
    ALL_BUSES,
    MOST_BUS,
    MOST_STOP,
    RUN_CHOICES,
    RUNS,
    KnownRide,
    KnownStudent,
    RideFacts,
    RideLine,
    RidesChange,
    merge_rides,
    spell_bus,
)
from watchbell.district.sites.facts import Fault

#: What a file needs; `run` and `stop` may be missing. The export has more, which are passed over.
COLUMNS = ("student_number", "bus", "run", "stop")
MAX_LINES = 50_000
#: A page carries the file from the look at its difference to the taking over.
MAX_BYTES = 2_000_000
MAX_FAULTS = 5_000
MAX_WORDS = 200
#: Column names as other systems write them, letters only.
_NAMES = {
    "sourced_id": ("sourcedid", "studentsourcedid", "usersourcedid"),
    "number": ("studentnumber", "number", "studentnum", "localid"),
    "student": ("student", "studentid", "id"),
    "bus": ("bus", "busnumber", "busname", "route", "routename", "routenumber"),
    "run": ("run", "trip", "ampm"),
    "stop": ("stop", "stopname", "busstop", "stopdescription"),
}  # fmt: skip
_RUN_WORDS = {
    "morning": ("morning",), "am": ("morning",), "toschool": ("morning",),
    "afternoon": ("afternoon",), "pm": ("afternoon",), "fromschool": ("afternoon",), "home": ("afternoon",),
    "both": tuple(RUNS), "all": tuple(RUNS), "ampm": tuple(RUNS), "morningandafternoon": tuple(RUNS), "": tuple(RUNS),
}  # fmt: skip
MakeId = Callable[..., UUID]


def read_riders(raw: bytes) -> tuple[list[RideLine], list[Fault]]:
    """(lines, faults) of a CSV file whose first line names its columns; commas, semicolons or tabs between them.

    A line without a run, or with an empty one, counts for morning and afternoon. With any fault the file is to be
    taken as none; the other lines are there so that their faults can be told as well.
    """
    rows, fault = _split(raw)
    if fault is not None:
        return [], [fault]
    columns = _columns_of(rows[0][1]) if rows else {}
    if "bus" not in columns or not columns.keys() & {"sourced_id", "number", "student"}:
        advice = "“sourced_id” may stand for student_number; run and stop may be left out."
        told = f"The first line names the columns: {', '.join(COLUMNS)}."
        return [], [Fault(1, told, "riders.columns", advice=advice)]
    lines: list[RideLine] = []
    faults: list[Fault] = []
    for number, cells in rows[1:]:
        named = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
        found = _read_line(number, named)
        (faults if isinstance(found, Fault) else lines).append(found)  # type: ignore[arg-type]
    if not lines and not faults:
        faults.append(Fault(0, "There is no rider in the file.", "riders.empty"))
    return lines, faults[:MAX_FAULTS]


def _split(raw: bytes) -> tuple[list[tuple[int, list[str]]], Fault | None]:
    """(line, cells) of every row that holds something."""
    if len(raw) > MAX_BYTES:
        return [], Fault(0, f"The file is larger than {MAX_BYTES // 1_000_000} MB.", "riders.too_large")
    if raw.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return [], Fault(0, "This is a workbook, no text.", "riders.workbook",
                         advice="Save it as CSV in the spreadsheet program, then hand in that file.")  # fmt: skip
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], Fault(raw[: error.start].count(b"\n") + 1, "The file is not UTF-8 text.", "riders.invalid_utf8",
                         advice="Save it as “CSV UTF-8”.")  # fmt: skip
    head = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text.replace("\0", ""), newline=""), delimiter=max(",;\t", key=head.count), strict=True
    )
    rows = []
    try:
        for cells in reader:
            clean = [" ".join(cell.split()).removeprefix("'") for cell in cells]
            if any(clean):
                rows.append((reader.line_num, clean))
    except csv.Error as error:
        return [], Fault(reader.line_num, f"The file is no CSV: {error}.", "riders.no_csv")
    if len(rows) > MAX_LINES:
        return [], Fault(0, f"There are more than {MAX_LINES:,} lines.", "riders.too_many", advice="Split the file.")
    return rows, None


def _columns_of(head: Sequence[str]) -> dict[str, int]:
    words = [re.sub(r"[^a-z]", "", cell.lower()) for cell in head]
    return {
        name: words.index(next(word for word in known if word in words))
        for name, known in _NAMES.items() if set(known) & set(words)
    }  # fmt: skip


def _read_line(line: int, cells: Mapping[str, str]) -> RideLine | Fault:
    column = next((name for name in ("sourced_id", "number", "student") if cells.get(name)), "")
    if not column:
        return Fault(line, "There is no student on it.", "riders.no_student", advice="Write the student's number.")
    bus = spell_bus(cells["bus"])
    if bus in ("", ALL_BUSES):
        return Fault(line, "There is no bus on it.", "riders.no_bus",
                     advice="Leave out the lines of students who ride none.")  # fmt: skip
    runs = _RUN_WORDS.get(re.sub(r"[^a-z]", "", cells.get("run", "").lower()))
    if runs is None:
        return Fault(line, "There is no such run.", "riders.unknown_run", given=cells["run"][:40],
                     advice="Write morning, afternoon or both.")  # fmt: skip
    for name, words, most in (("bus", bus, MOST_BUS), ("stop", cells.get("stop", ""), MOST_STOP)):
        if len(words) > most:
            return Fault(line, f"The {name} has more than {most} characters.", "riders.too_long", given=words[:40],
                         advice="Shorten it.")  # fmt: skip
    return RideLine(line, cells[column][:255], column, bus, runs, cells.get("stop", ""))


def compare_rides(
    lines: Sequence[RideLine], students: Iterable[KnownStudent], rides: Iterable[KnownRide], make_id: MakeId, *,
    is_whole: bool = True,
) -> RidesChange:  # fmt: skip
    """What a file changes. is_whole False: whoever is not in it keeps their buses.

    Whoever is in the file rides what it says; what an earlier file said and this one does not ends; what a person
    wrote down by hand stays. Lines of students who have left are passed over. make_id(student, bus, run): of a new row.
    """
    known = {one.id: one for one in students}
    kept = list(rides)
    wanted, faults, passed_over = _place(lines, known.values(), _spellings(kept))
    if faults:
        return RidesChange(faults=tuple(faults[:MAX_FAULTS]))
    old = {(one.student, one.bus, one.run): one for one in kept}
    named = {student for student, _, _ in wanted}
    added = [
        {"id": make_id(*key), "student_id": key[0], "bus": key[1], "run": key[2], "stop": stop, "is_sourced": True}
        for key, stop in wanted.items() if key not in old
    ]  # fmt: skip
    changed = [(old[key].id, fields) for key, stop in wanted.items() if key in old
               and (fields := _fields_changed(old[key], stop))]  # fmt: skip
    left = [one for one in kept if one.is_active and (one.student, one.bus, one.run) not in wanted
            and (is_whole or one.student in named)]  # fmt: skip
    ended = [one for one in left if one.is_sourced]
    return RidesChange(
        tuple(added), tuple(changed), tuple(one.id for one in ended),
        tuple(_describe(known, added, changed, ended, {one.id: one for one in kept})[:MAX_WORDS]),
        lines=len(lines), passed_over=passed_over, by_hand=len(left) - len(ended),
    )  # fmt: skip


def _spellings(rides: Iterable[KnownRide]) -> dict[str, str]:
    """How each bus is written already, by its small letters."""
    return {one.bus.casefold(): one.bus for one in rides}


def _place(
    lines: Sequence[RideLine], students: Iterable[KnownStudent], spelled: dict[str, str]
) -> tuple[dict[tuple[UUID, str, str], str], list[Fault], int]:
    """({(student, bus, run): stop}, faults, lines passed over)."""
    named: dict[tuple[str, str], list[KnownStudent]] = {}
    for one in students:
        for column, word in (("number", one.number), ("sourced_id", one.sourced_id)):
            if word:
                named.setdefault((column, word.lower()), []).append(one)
    wanted: dict[tuple[UUID, str, str], str] = {}
    where: dict[tuple[UUID, str, str], int] = {}
    faults: list[Fault] = []
    passed_over = 0
    for line in lines:
        student, fault = _student_of(line, named)
        if fault is not None:
            faults.append(fault)
        elif student is None:
            passed_over += 1
        else:
            bus = spelled.setdefault(line.bus.casefold(), line.bus)
            for run in line.runs:
                key = (student.id, bus, run)
                if wanted.setdefault(key, line.stop) != line.stop:
                    faults.append(Fault(line.line, f"Line {where[key]} names another stop for the same student, bus "
                                        "and run.", "riders.twice", advice="Leave one of the two out."))  # fmt: skip
                    break
                where.setdefault(key, line.line)
    return wanted, faults, passed_over


def _student_of(
    line: RideLine, named: Mapping[tuple[str, str], Sequence[KnownStudent]]
) -> tuple[KnownStudent | None, Fault | None]:
    """(student, fault) of a line; (None, None) for one who has left. Names nobody."""
    columns = ("sourced_id", "number") if line.column == "student" else (line.column,)
    found = {one.id: one for column in columns for one in named.get((column, line.student.lower()), ())}
    active = [one for one in found.values() if one.is_active]
    if len(active) == 1:
        return active[0], None
    if active:
        return None, Fault(line.line, f"Belongs to {len(active)} students.", "riders.ambiguous", line.student,
                           "Name the student in a column “sourced_id”.")  # fmt: skip
    if found:
        return None, None
    return None, Fault(line.line, "Belongs to no student.", "riders.unknown_student", line.student,
                       "Look under People, or import the roster first.")  # fmt: skip


def _fields_changed(old: KnownRide, stop: str) -> dict[str, Any]:
    new = {"stop": stop, "is_sourced": True, "status": "active"}
    kept = {"stop": old.stop, "is_sourced": old.is_sourced, "status": "active" if old.is_active else "withdrawn"}
    return {name: value for name, value in new.items() if kept[name] != value}


def _describe(
    known: Mapping[UUID, KnownStudent], added: Sequence[Mapping[str, Any]],
    changed: Sequence[tuple[UUID, dict[str, Any]]], ended: Sequence[KnownRide], old: Mapping[UUID, KnownRide],
) -> list[str]:  # fmt: skip
    new = [RideFacts(row["student_id"], row["bus"], row["run"], row["stop"]) for row in added]
    back = [_as_changed(old[pk], fields) for pk, fields in changed if "status" in fields]
    moved = [_as_changed(old[pk], fields) for pk, fields in changed if "stop" in fields and "status" not in fields]
    gone = [RideFacts(one.student, one.bus, one.run, one.stop) for one in ended]
    words: list[tuple[str, str]] = []
    for verb, rides in (("end", gone), ("change", moved), ("add", [*new, *back])):
        for ride in merge_rides(rides[:MAX_WORDS]):
            one = known.get(ride.student)
            who = f"{one.name} ({one.number or one.sourced_id})" if one else "a student who has left"
            stop = f", stop {ride.stop}" if ride.stop else ", no stop" if verb == "change" else ""
            words.append((who, f"{verb} {who}: {ride.bus}, {RUN_CHOICES[ride.run].lower()}{stop}"))
    return [line for _, line in sorted(words, key=lambda one: one[0])]  # what becomes of one student stands together


def _as_changed(old: KnownRide, fields: Mapping[str, Any]) -> RideFacts:
    return RideFacts(old.student, old.bus, old.run, fields.get("stop", old.stop))
