"""Reads a OneRoster package: manifest first, then every file it promises, header and rows; total on any bytes."""

from watchbell.district.people.facts import Record, Roster, RosterFault
from watchbell.district.people.rules.references import find_duplicates, find_reference_faults
from watchbell.district.people.rules.rows import read_row
from watchbell.district.people.rules.schema import TABLES, header_of
from watchbell.district.people.rules.semantics import find_semantic_faults
from watchbell.district.people.rules.text import Rows, split_csv

MANIFEST = "manifest.csv"
MODES = ("absent", "bulk", "delta")
VERSIONS = {"manifest.version": ("1.0", "manifest.invalid_manifest_version"),
            "oneroster.version": ("1.2", "manifest.invalid_oneroster_version")}  # fmt: skip
OPTIONAL = ("source.systemName", "source.systemCode")
MAX_FAULTS = 1000


def read_roster(files: dict[str, bytes]) -> Roster:
    """The roster in `files` (name → bytes), or every fault found at the first stage that has any."""
    faults = [
        RosterFault("package.unknown_file", "OneRoster 1.2 knows no such file.", name)
        for name in files
        if name != MANIFEST and name.removesuffix(".csv") not in TABLES
    ]
    if MANIFEST not in files:
        faults.append(RosterFault("package.missing_manifest", "The package has no manifest.csv.", MANIFEST))
        return Roster(faults=tuple(faults))
    modes, source, manifest_faults = _read_manifest(files[MANIFEST])
    faults += manifest_faults
    if manifest_faults:
        return Roster(faults=tuple(faults))
    raw, table_faults = _read_tables(files, modes)
    faults += table_faults
    if faults:
        return Roster(modes, faults=tuple(faults[:MAX_FAULTS]))
    return _check_content(modes, raw, source)


def _check_content(modes: dict[str, str], raw: dict[str, Rows], source: str) -> Roster:
    faults: list[RosterFault] = []
    for table, rows in raw.items():
        faults += _judge_header(table, rows[0])
    tables: dict[str, list[Record]] = {}
    for table, rows in raw.items():
        if rows[0][: len(header_of(table))] == header_of(table):
            tables[table], row_faults = _read_records(table, rows, modes[table])
            faults += row_faults
    faults = faults or find_duplicates(tables)
    faults = faults or [*find_reference_faults(modes, tables), *find_semantic_faults(modes, tables)]
    if faults:
        return Roster(modes, faults=tuple(faults[:MAX_FAULTS]))
    return Roster(modes, tables, source=source)


def _read_records(table: str, rows: Rows, mode: str) -> tuple[list[Record], list[RosterFault]]:
    records: list[Record] = []
    faults: list[RosterFault] = []
    for number, cells in enumerate(rows[1:], 2):
        record, row_faults = read_row(table, cells, number, is_delta=mode == "delta")
        records.append(record)
        faults += row_faults
        if len(faults) >= MAX_FAULTS:
            break
    return records, faults


# -- the manifest -----------------------------------------------------------------------------------------------


def _read_manifest(raw: bytes) -> tuple[dict[str, str], str, list[RosterFault]]:
    rows, fault = split_csv(raw, MANIFEST)
    if fault is not None:
        return {}, "", [fault]
    if not rows:
        return {}, "", [RosterFault("manifest.missing_header", "manifest.csv is empty.", MANIFEST, 1)]
    faults = []
    if rows[0] != ["propertyName", "value"]:
        because = "The header of manifest.csv is propertyName,value."
        faults.append(RosterFault("manifest.invalid_header", because, MANIFEST, 1))
    values, row_faults = _read_properties(rows)
    faults += row_faults
    for name, (wanted, code) in VERSIONS.items():
        if name not in values:
            faults.append(_missing_property(name))
        elif values[name][0] != wanted:
            faults.append(RosterFault(code, f"{name} must be {wanted}.", MANIFEST, values[name][1], name))
    source = next((values[name][0] for name in reversed(OPTIONAL) if name in values), "")
    return _read_modes(values, faults), source[:100], faults


def _read_properties(rows: Rows) -> tuple[dict[str, tuple[str, int]], list[RosterFault]]:
    values: dict[str, tuple[str, int]] = {}
    faults = []
    for line, row in enumerate(rows[1:], 2):
        if len(row) != 2:
            because = f"This line has {len(row)} cells, the header has 2."
            faults.append(RosterFault("manifest.row_width_mismatch", because, MANIFEST, line))
            continue
        name, value = row
        if name in values:
            faults.append(RosterFault("manifest.duplicate_property", f"{name} stands twice.", MANIFEST, line, name))
            continue
        if name not in VERSIONS and name not in OPTIONAL and name.removeprefix("file.") not in TABLES:
            because = f"OneRoster 1.2 knows no property “{name}”."
            faults.append(RosterFault("manifest.unknown_property", because, MANIFEST, line, name))
        values[name] = (value, line)
    return values, faults


def _read_modes(values: dict[str, tuple[str, int]], faults: list[RosterFault]) -> dict[str, str]:
    modes = dict.fromkeys(TABLES, "absent")
    for table in TABLES:
        name = f"file.{table}"
        if name not in values:
            faults.append(_missing_property(name))
            continue
        mode, line = values[name]
        if mode not in MODES:
            because = "A file is absent, bulk or delta."
            faults.append(RosterFault("manifest.invalid_file_mode", because, MANIFEST, line, name))
            continue
        modes[table] = mode
    return modes


def _missing_property(name: str) -> RosterFault:
    return RosterFault("manifest.missing_property", f"manifest.csv does not say {name}.", MANIFEST, 0, name)


# -- the files it promises --------------------------------------------------------------------------------------


def _read_tables(files: dict[str, bytes], modes: dict[str, str]) -> tuple[dict[str, Rows], list[RosterFault]]:
    found: dict[str, Rows] = {}
    faults: list[RosterFault] = []
    for table, mode in modes.items():
        file = f"{table}.csv"
        if mode == "absent" and file in files:
            because = "The manifest says this file is absent, but it is there."
            faults.append(RosterFault("manifest.file_unexpected", because, file))
        if mode != "absent" and file not in files:
            because = f"The manifest promises this file ({mode}), but it is missing."
            faults.append(RosterFault("manifest.file_missing", because, file))
        if mode == "absent" or file not in files:
            continue
        rows, fault = split_csv(files[file], file)
        table_faults = [fault] if fault is not None else _judge_table(file, rows)
        faults += table_faults
        if not table_faults:
            found[table] = rows
    return found, faults


def _judge_table(file: str, rows: Rows) -> list[RosterFault]:
    if not rows:
        return [RosterFault("table.missing_header", "The file is empty.", file, 1)]
    header = rows[0]
    faults = []
    for index, name in enumerate(header):
        if not name:
            faults.append(RosterFault("table.empty_header_name", f"Column {index + 1} has no name.", file, 1))
        elif name in header[:index]:
            faults.append(RosterFault("table.duplicate_header", f"The column {name} stands twice.", file, 1, name))
    if len(rows) == 1:
        faults.append(RosterFault("table.missing_data_rows", "The file has a header but no rows.", file))
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            because = f"This line has {len(row)} cells, the header has {len(header)}."
            faults.append(RosterFault("table.row_width_mismatch", because, file, line))
    return faults


def _judge_header(table: str, header: list[str]) -> list[RosterFault]:
    file, wanted = f"{table}.csv", header_of(table)
    faults = []
    for name, given in zip(wanted, header, strict=False):
        if given == name:
            continue
        if is_metadata(given):
            because = "Metadata columns come after all columns of the standard."
            faults.append(RosterFault("schema.metadata_column_position", because, file, 1, given))
        else:
            because = f"Here the standard wants the column {name}, not {given}."
            faults.append(RosterFault("schema.header_order_mismatch", because, file, 1, name))
    faults += [
        RosterFault("schema.missing_header", f"The column {name} is missing.", file, 1, name)
        for name in wanted
        if name not in header
    ]
    faults += [
        RosterFault("schema.invalid_metadata_header", "Further columns are named metadata.….", file, 1, name)
        for name in header[len(wanted) :]
        if not is_metadata(name)
    ]
    return faults


def is_metadata(name: str) -> bool:
    """True for the name of an extension column."""
    return name.startswith("metadata.") and len(name) > len("metadata.")
