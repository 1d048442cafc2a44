"""Rosters read and compared: decided without a database."""

import json
from datetime import date
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.district.people.facts import Roster, RosterFiles, RosterState
from watchbell.district.people.rules.archive import open_archive
from watchbell.district.people.rules.difference import compare_roster
from watchbell.district.people.rules.package import read_roster
from watchbell.district.people.rules.schema import TABLES, header_of
from watchbell.district.people.rules.text import split_csv
from watchbell.district.people.tests.builders import BULK, package, zipped
from watchbell.line.ids import same_uuid

make_id = partial(same_uuid, "district")


def codes(files: dict[str, bytes]) -> set[str]:
    return {fault.code for fault in read_roster(files).faults}


def with_cell(table: str, column: str, value: str) -> dict[str, list[dict[str, str]]]:
    rows = [dict(row) for row in BULK[table]]
    rows[0][column] = value
    return {**BULK, table: rows}


@pytest.mark.parametrize("kind", ["valid", "negative"])
def test_every_real_package_is_judged_as_others_judge_it(kind, vectors):
    folder = vectors / "oneroster"
    entries = json.loads((folder / "manifest.json").read_text())[kind]
    found = [entry for entry in entries if (folder / entry["file"]).exists()]
    assert found
    for entry in found:
        opened = open_archive((folder / entry["file"]).read_bytes())
        faults = opened.faults or read_roster(opened.files).faults
        assert {fault.code for fault in faults} == set(entry.get("expectedCodes", ())), entry["name"]


def test_a_whole_package_is_read():
    roster = read_roster(package(BULK))
    assert not roster.faults
    assert roster.modes["users"] == "bulk" and roster.modes["results"] == "absent"
    assert roster.tables["users"][0]["agentSourcedIds"] == ["g1"]


@pytest.mark.parametrize(
    ("table", "column", "value", "code"),
    [
        ("users", "sourcedId", "has blank", "row.invalid_guid"),
        ("users", "givenName", "", "row.missing_required_value"),
        ("users", "enabledUser", "yes", "row.invalid_boolean"),
        ("users", "agentSourcedIds", '"g1,,g1"', "row.invalid_list"),
        ("users", "userIds", '"{fed:1},x"', "row.invalid_list"),
        ("users", "status", "active", "row.field_forbidden_in_bulk"),
        ("academicSessions", "startDate", "2026-02-30", "row.invalid_date"),
        ("academicSessions", "schoolYear", "27", "row.invalid_year"),
        ("academicSessions", "type", "fortnight", "row.invalid_enum"),
        ("classes", "subjects", "Math", "row.invalid_list"),
        ("enrollments", "userSourcedId", "nobody", "reference.missing_target_record"),
        ("orgs", "type", "district", "semantic.org_type_mismatch"),
        ("users", "familyName", 'Vo"ss', "csv.unescaped_quote"),
        ("users", "familyName", '"Voss', "csv.line_break_in_quoted_field"),
        ("users", "familyName", '"Voss"x', "csv.unexpected_character_after_quote"),
        ("users", "familyName", "Vo\0ss", "csv.invalid_character"),
    ],
)
def test_a_wrong_cell_is_named(table, column, value, code):
    roster = read_roster(package(with_cell(table, column, value)))
    assert code in {fault.code for fault in roster.faults}
    assert not roster.tables
    fault = next(fault for fault in roster.faults if fault.code == code)
    assert (fault.file and fault.line >= 2) or code == "semantic.org_type_mismatch"


@pytest.mark.parametrize("value", ["{Fed:1}", '"{Fed:1},{LDAP:urn:uuid:5}"', "{SIS:https://sis.example/7}"])
def test_user_ids_of_other_systems_are_taken(value):
    assert not codes(package(with_cell("users", "userIds", value)))


def test_an_extension_word_and_a_metadata_column_are_taken():
    files = package(with_cell("orgs", "type", "ext:campus"))
    files["orgs.csv"] = files["orgs.csv"].replace(b"parentSourcedId", b"parentSourcedId,metadata.mascot")
    files["orgs.csv"] += b",owl"
    assert not codes(files)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda files: files.pop("manifest.csv"), "package.missing_manifest"),
        (lambda files: files.pop("users.csv"), "manifest.file_missing"),
        (lambda files: files.update({"results.csv": b"x"}), "manifest.file_unexpected"),
        (lambda files: files.update({"notes.csv": b"x"}), "package.unknown_file"),
        (lambda files: files.update({"users.csv": b""}), "table.missing_header"),
        (lambda files: files.update({"users.csv": ",".join(header_of("users")).encode()}), "table.missing_data_rows"),
        (lambda files: files.update({"users.csv": files["users.csv"] + b"\nx,y"}), "table.row_width_mismatch"),
        (lambda files: files.update({"users.csv": b"\xff\xfe"}), "csv.invalid_utf8"),
        (lambda files: files.update({"manifest.csv": b"a,b"}), "manifest.invalid_header"),
        (lambda files: files.update({"manifest.csv": b""}), "manifest.missing_header"),
        (lambda files: files.update({"manifest.csv": files["manifest.csv"].replace(b",1.2", b",1.1")}),
         "manifest.invalid_oneroster_version"),
    ],
)  # fmt: skip
def test_a_broken_package_is_refused(change, code):
    files = package(BULK)
    change(files)
    assert code in codes(files)


def test_a_delta_row_needs_its_status_and_moment():
    delta = package({"users": BULK["users"]}, "delta")
    assert "row.field_required_in_delta" in codes(delta)


def test_quotes_are_undone():
    rows, fault = split_csv(b'\xef\xbb\xbfa,"b ""c"", d",\r\n"",e,f', "x.csv")
    assert fault is None and rows == [["a", 'b "c", d', ""], ["", "e", "f"]]


@given(st.binary(max_size=500))
def test_any_bytes_are_an_archive_or_a_fault(raw):
    opened = open_archive(raw)
    assert isinstance(opened, RosterFiles) and (opened.faults or opened.files == {})


@given(st.binary(max_size=60), st.integers(0, 400))
def test_a_damaged_archive_never_breaks_the_reader(junk, at):
    raw = zipped(package(BULK))
    at = at * len(raw) // 400
    opened = open_archive(raw[:at] + junk + raw[at + len(junk) :])
    assert isinstance(read_roster(opened.files), Roster)


CELLS = st.text(alphabet='abcé,"\r\n0-9{}:TZ.', max_size=12)


@given(
    st.sampled_from(sorted(TABLES)),
    st.lists(st.lists(CELLS, max_size=25), max_size=4),
    st.sampled_from(["bulk", "delta"]),
)
def test_any_rows_are_a_roster_or_faults(table, rows, mode):
    body = "\n".join([",".join(header_of(table)), *(",".join(row) for row in rows)])
    files = package({table: []}, mode) | {f"{table}.csv": body.encode()}
    roster = read_roster(files)
    assert bool(roster.tables) != bool(roster.faults)


@given(st.dictionaries(st.sampled_from(["manifest.csv", "users.csv", "x"]), st.binary(max_size=200)))
def test_any_files_are_a_roster_or_faults(files):
    assert read_roster(files).faults or "manifest.csv" in files


def test_the_difference_names_rooms_sites_and_contacts():
    site, room = UUID(int=7), UUID(int=8)
    state = RosterState(sites={"TST": site}, rooms={(site, "101"): room})
    change = compare_roster(read_roster(package(BULK)), state, make_id, date(2026, 9, 10))
    student = next(row for row in change.tables["person"].added if row["sourced_id"] == "u1")
    assert (student["kind"], student["site_id"], student["homeroom_id"]) == ("student", site, room)
    (contact,) = change.tables["guardianship"].added
    assert contact["relation"] == "guardian"
    assert "may_collect" not in contact and "lives_with" not in contact
    assert change.difference.added == {
        "org": 1, "session": 1, "course": 1, "person": 2, "class": 1, "enrolment": 1, "guardianship": 1,
    }  # fmt: skip


def test_a_delta_that_points_to_nobody_known_is_a_fault():
    row = dict(BULK["enrollments"][0], status="active", dateLastModified="2026-09-01T00:00:00.000Z")
    change = compare_roster(
        read_roster(package({"enrollments": [row]}, "delta")), RosterState(), make_id, date(2026, 9, 10)
    )
    assert {fault.code for fault in change.faults} == {"reference.missing_target_record"}


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize(("today", "room"), [("2026-09-10", "101"), ("2026-12-01", "102"), ("2027-07-01", "102")])
def test_of_several_homerooms_it_is_todays(turn, today, room):
    rooms = {(UUID(int=7), "101"): UUID(int=101), (UUID(int=7), "102"): UUID(int=102)}
    second = {**BULK["classes"][0], "sourcedId": "k2", "title": "Homeroom 102", "location": "102"}
    spans = (("k1", "2026-08-20", "2026-11-13"), ("k2", "2026-11-16", "2027-06-01"))
    enrolments = [
        {
            **BULK["enrollments"][0],
            "sourcedId": f"e-{name}",
            "classSourcedId": name,
            "beginDate": first,
            "endDate": last,
        }
        for name, first, last in spans
    ]
    files = package({**BULK, "classes": [*BULK["classes"], second], "enrollments": enrolments[::turn]})
    state = RosterState(sites={"TST": UUID(int=7)}, rooms=rooms)
    change = compare_roster(read_roster(files), state, make_id, date.fromisoformat(today))
    student = next(row for row in change.tables["person"].added if row["sourced_id"] == "u1")
    assert student["homeroom_id"] == UUID(int=int(room))
