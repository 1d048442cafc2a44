"""Compares a roster with what is known: what to add, change and withdraw. Nothing is ever deleted."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from watchbell.district.people.facts import (
    KnownRows,
    Record,
    Roster,
    RosterChange,
    RosterFault,
    RosterState,
    TableChange,
)
from watchbell.district.people.rules.mapping import Mapping

MakeId = Callable[..., UUID]
MAX_WORDS = 200
CONTACT_FIELDS = ("relation", "priority", "status")
#: our table → the OneRoster file it follows, in writing order
FOLLOWS = {
    "org": "orgs", "session": "academicSessions", "course": "courses", "person": "users", "class": "classes",
    "enrolment": "enrollments",
}  # fmt: skip


def compare_roster(roster: Roster, state: RosterState, make_id: MakeId, today: date) -> RosterChange:
    """The difference a checked roster makes.

    make_id(table, sourcedId) gives the id of a new row. A bulk file withdraws what the same source had sent before
    and no longer sends; a delta withdraws what it marks as deleted. References of delta rows that lead neither into
    the package nor to a known row are faults. today: by which of several enrolments a student's room is chosen.
    """
    mapping = Mapping(roster, state, make_id, today)
    tables: dict[str, TableChange] = {}
    words: list[str] = []
    for table, file in FOLLOWS.items():
        records = roster.tables.get(file, [])
        known = state.tables.get(table, {})
        wanted = {record["sourcedId"]: mapping.row_of(table, record) for record in records if not record["is_gone"]}
        gone = {record["sourcedId"] for record in records if record["is_gone"]}
        if roster.modes.get(file) == "bulk":
            gone |= {name for name, row in known.items() if row["source"] == roster.source and name not in wanted}
        if table == "person":
            mapping.place_students(wanted)
        tables[table] = _compare(table, wanted, known, gone, make_id)
        if table == "person":
            others = {name: row for name, row in mapping.rows_of_others(wanted).items() if name not in gone}
            tables[table].changed += _change_others(others, known)
        words += _describe(table, tables[table], wanted, known)
    tables["guardianship"] = _compare_contacts(mapping, state.tables.get("guardianship", {}), make_id)
    faults = mapping.faults + _judge_times(roster)
    return RosterChange(tables, tuple(words[:MAX_WORDS]), tuple(faults))


def _compare(
    table: str, wanted: dict[str, dict[str, Any]], known: KnownRows, gone: set[str], make_id: MakeId
) -> TableChange:
    change = TableChange()
    for name, row in wanted.items():
        old = known.get(name)
        if old is None:
            change.added.append({"id": make_id(table, name), "sourced_id": name, **row})
            continue
        if _is_stale(row.get("source_modified_at"), old.get("source_modified_at")):
            continue
        fields = {key: value for key, value in row.items() if key in old and old[key] != value}
        if fields:
            change.changed.append((old["id"], fields))
    change.withdrawn = [known[name]["id"] for name in gone if name in known and known[name]["status"] == "active"]
    return change


def _change_others(rows: dict[str, dict[str, Any]], known: KnownRows) -> Iterable[tuple[UUID, dict[str, Any]]]:
    for name, row in rows.items():
        fields = {key: value for key, value in row.items() if known[name][key] != value}
        if fields and known[name]["status"] == "active":
            yield known[name]["id"], fields


def _is_stale(new: datetime | None, old: datetime | None) -> bool:
    """True when a delta row is older than what was taken over already."""
    return new is not None and old is not None and new < old


def _compare_contacts(mapping: Mapping, known: KnownRows, make_id: MakeId) -> TableChange:
    """Named contacts of the students in the package. Custody and collection are never concluded from them."""
    change = TableChange()
    wanted = mapping.contacts
    students = {student for student, _ in wanted} | mapping.students_without_contacts
    for key, row in wanted.items():
        old = known.get(key)
        if old is None:
            change.added.append({"id": make_id("guardianship", *key), **row, "relation": row["relation"] or "contact"})
        elif fields := {name: row[name] for name in CONTACT_FIELDS if row[name] not in (None, old[name])}:
            change.changed.append((old["id"], fields))
    change.withdrawn = [
        old["id"]
        for key, old in known.items()
        if key[0] in students and key not in wanted and old["is_sourced"] and old["status"] == "active"
    ]
    return change


def _describe(table: str, change: TableChange, wanted: dict[str, dict[str, Any]], known: KnownRows) -> Iterable[str]:
    names = {row["id"]: name for name, row in known.items()}
    for row in change.added[:MAX_WORDS]:
        yield f"add {table} {row['sourced_id']}: {_name_of(row)}"
    for row_id, fields in change.changed[:MAX_WORDS]:
        what = ", ".join(sorted(fields))
        yield f"change {table} {names[row_id]}: {_name_of(wanted.get(names[row_id]) or known[names[row_id]])} ({what})"
    for row_id in change.withdrawn[:MAX_WORDS]:
        yield f"withdraw {table} {names[row_id]}: {_name_of(known[names[row_id]])}"


def _name_of(row: dict[str, Any]) -> str:
    if "family" in row:
        return f"{row['given']} {row['family']}"
    return str(row.get("name") or row.get("title") or row.get("role") or "")


def _judge_times(roster: Roster) -> list[RosterFault]:
    """Spans that end before they begin."""
    pairs = {"academicSessions": ("startDate", "endDate"), "enrollments": ("beginDate", "endDate")}
    return [
        RosterFault("semantic.ends_before_start", "It ends before it begins.", f"{file}.csv", record["line"], last)
        for file, (first, last) in pairs.items()
        for record in roster.tables.get(file, [])
        if _is_backwards(record, first, last)
    ]


def _is_backwards(record: Record, first: str, last: str) -> bool:
    return bool(record[first] and record[last] and record[last] < record[first])
