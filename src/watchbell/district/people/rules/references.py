"""Finds rows named twice and references that lead nowhere inside a bulk package."""

from collections.abc import Iterator

from watchbell.district.people.facts import Record, RosterFault
from watchbell.district.people.rules.schema import TABLES, Column

Tables = dict[str, list[Record]]


def find_duplicates(tables: Tables) -> list[RosterFault]:
    """Rows of one file with the same sourcedId."""
    faults: list[RosterFault] = []
    for table, records in tables.items():
        seen: set[str] = set()
        for record in records:
            name = record["sourcedId"]
            if name in seen:
                where = (f"{table}.csv", record["line"], "sourcedId")
                faults.append(RosterFault("reference.duplicate_sourced_id", f"{name} stands twice.", *where))
            seen.add(name)
    return faults


def find_reference_faults(modes: dict[str, str], tables: Tables) -> list[RosterFault]:
    """Dead references of bulk rows; a delta's references may lie in what is known already."""
    known = {table: {record["sourcedId"] for record in records} for table, records in tables.items()}
    return [
        fault
        for table, records in tables.items()
        if modes[table] == "bulk"
        for record in records
        for fault in _judge_references(table, record, modes, known)
    ]


def pointing_columns(table: str) -> list[Column]:
    """The columns of `table` that point to a table."""
    own = [Column("sourcedId", "guid", True, "users")] if table == "demographics" else []
    return own + [column for column in TABLES[table] if column.to]


def _judge_references(
    table: str, record: Record, modes: dict[str, str], known: dict[str, set[str]]
) -> Iterator[RosterFault]:
    for column in pointing_columns(table):
        values = targets_of(record, column)
        if not values:
            continue
        where = (f"{table}.csv", record["line"], column.name)
        if modes[column.to] == "absent":
            yield RosterFault(
                "reference.missing_target_file", f"It points to {column.to}.csv, which is absent.", *where
            )
            continue
        for value in values:
            # a delta file beside it holds only what changed: the target may be known from before
            if value not in known[column.to] and modes[column.to] == "bulk":
                because = f"{column.to}.csv has no {value}."
                yield RosterFault("reference.missing_target_record", because, *where)


def targets_of(record: Record, column: Column) -> list[str]:
    """The sourcedIds a record's column names."""
    value = record.get(column.name)
    if not value:
        return []
    return list(value) if isinstance(value, list) else [value]
