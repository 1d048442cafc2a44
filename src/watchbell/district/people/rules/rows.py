"""Reads one row of a OneRoster table into typed values, and says what is wrong with each cell."""

import math
import re
from datetime import date, datetime
from typing import Any

from watchbell.district.people.facts import Record, RosterFault
from watchbell.district.people.rules.schema import LIFECYCLE, TABLES, Column

GUID = re.compile(r"[0-9A-Za-z./@_-]{1,255}", re.ASCII)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)
YEAR = re.compile(r"\d{4}", re.ASCII)
INTEGER = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
FLOAT = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
USER_ID = re.compile(r"\{[^:{}]+:[^{}]+\}")  # an identifier may be a URN or an address
LARGEST_INTEGER = 2**53 - 1
STATUSES = ("active", "tobedeleted")
#: kind → (code, what the standard wants there)
WANTED = {
    "guid": ("row.invalid_guid", "1 to 255 characters of 0-9 A-Z a-z . - _ / @"),
    "date": ("row.invalid_date", "a date as YYYY-MM-DD"),
    "datetime": ("row.invalid_datetime", "a moment as YYYY-MM-DDTHH:MM:SS.sssZ"),
    "year": ("row.invalid_year", "a year as YYYY"),
    "boolean": ("row.invalid_boolean", "true or false"),
    "integer": ("row.invalid_integer", "a whole number"),
    "float": ("row.invalid_float", "a number"),
    "enum": ("row.invalid_enum", "a word of the standard's list"),
}


class _Bad:
    """A cell that could not be read."""


BAD = _Bad()


def read_row(table: str, cells: list[str], line: int, *, is_delta: bool) -> tuple[Record, list[RosterFault]]:
    """A record of `table`: values by column name, with line, is_delta, is_gone; and the faults of its cells."""
    file = f"{table}.csv"
    faults: list[RosterFault] = []
    record: Record = {"line": line, "is_delta": is_delta, "is_gone": False}
    record["sourcedId"] = _read_cell(Column("sourcedId", "guid", True), cells[0], file, line, faults)
    record["is_gone"] = _read_lifecycle(record, cells, file, line, faults)
    for column, cell in zip(TABLES[table], cells[len(LIFECYCLE) :], strict=False):
        record[column.name] = _read_cell(column, cell, file, line, faults)
    subjects, codes = record.get("subjects"), record.get("subjectCodes")
    if subjects is not None and codes is not None and len(subjects) != len(codes):
        because = "There is not one subject code for each subject."
        faults.append(RosterFault("row.invalid_list", because, file, line, "subjectCodes"))
    return record, faults


def _read_lifecycle(record: Record, cells: list[str], file: str, line: int, faults: list[RosterFault]) -> bool:
    status, modified = cells[1], cells[2]
    record["dateLastModified"] = None
    if not record["is_delta"]:
        faults += [
            RosterFault("row.field_forbidden_in_bulk", "In a bulk file this stays blank.", file, line, name)
            for name, value in (("status", status), ("dateLastModified", modified))
            if value
        ]
        return False
    faults += [
        RosterFault("row.field_required_in_delta", "In a delta file this is needed.", file, line, name)
        for name, value in (("status", status), ("dateLastModified", modified))
        if not value
    ]
    if status and status not in STATUSES:
        faults.append(RosterFault("row.invalid_enum", "The status is active or tobedeleted.", file, line, "status"))
    if modified:
        record["dateLastModified"] = _read_cell(Column("dateLastModified", "datetime"), modified, file, line, faults)
    return status == "tobedeleted"


def _read_cell(column: Column, cell: str, file: str, line: int, faults: list[RosterFault]) -> Any:
    """The value of a cell; None (or an empty list) when it is blank or wrong."""
    is_list = column.kind in ("texts", "guids", "enums", "user_ids")
    if not cell:
        if column.is_required:
            faults.append(RosterFault("row.missing_required_value", "This is needed.", file, line, column.name))
        return [] if is_list else None
    if is_list:
        return _read_list(column, cell, file, line, faults)
    value = read_value(column, column.kind, cell)
    if isinstance(value, _Bad):
        code, wanted = WANTED[column.kind]
        faults.append(RosterFault(code, f"Here stands {wanted}.", file, line, column.name))
        return None
    return value


def _read_list(column: Column, cell: str, file: str, line: int, faults: list[RosterFault]) -> list[str]:
    items = cell.split(",")
    if "" in items:
        faults.append(RosterFault("row.invalid_list", "An item of the list is empty.", file, line, column.name))
        return []
    if column.kind == "user_ids":
        if not all(USER_ID.fullmatch(item) for item in items):
            because = "Each item is written {type:id}."
            faults.append(RosterFault("row.invalid_list", because, file, line, column.name))
        return items
    kind = {"guids": "guid", "enums": "enum", "texts": "text"}[column.kind]
    bad = [item for item in items if isinstance(read_value(column, kind, item), _Bad)]
    if bad:
        code, wanted = WANTED[kind]
        faults.append(RosterFault(code, f"Each item is {wanted}.", file, line, column.name))
    return items


def read_value(column: Column, kind: str, text: str) -> Any:
    """`text` read as `kind`, or BAD."""
    match kind:
        case "guid":
            return text if GUID.fullmatch(text) else BAD
        case "boolean":
            return {"true": True, "false": False}.get(text, BAD)
        case "enum":
            is_extension = column.is_open and text.startswith("ext:") and len(text) > 4
            return text if text in column.values or is_extension else BAD
        case "date":
            return _read_date(text)
        case "datetime":
            return _read_datetime(text)
        case "year":
            return text if YEAR.fullmatch(text) else BAD
        case "integer" | "float":
            return _read_number(kind, text)
    return text


def _read_date(text: str) -> Any:
    if not DATE.fullmatch(text):
        return BAD
    try:
        return date.fromisoformat(text)
    except ValueError:
        return BAD


def _read_datetime(text: str) -> Any:
    if not DATETIME.fullmatch(text):
        return BAD
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return BAD


def _read_number(kind: str, text: str) -> Any:
    if len(text) > 400 or not (INTEGER if kind == "integer" else FLOAT).fullmatch(text):
        return BAD
    if kind == "integer":
        whole = int(text)
        return whole if abs(whole) <= LARGEST_INTEGER else BAD
    value = float(text)
    return value if math.isfinite(value) else BAD
