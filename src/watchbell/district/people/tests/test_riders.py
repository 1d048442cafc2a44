"""Who rides which bus: names of buses, files of riders, what is written down by hand, who is counted."""

import argparse
from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.district.people import actions, commands, queries
from watchbell.district.people.facts import (
    Asked,
    BusCount,
    KnownRide,
    KnownStudent,
    RideFacts,
    bus_order,
    merge_rides,
    spell_bus,
)
from watchbell.district.people.models import Person, Ride
from watchbell.district.people.rules.rides import compare_rides, read_riders
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.models import AuditRow
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import same_uuid

ANA, BEN, CAL = (UUID(int=number) for number in (1, 2, 3))
STUDENTS = [KnownStudent(ANA, "Ana Lopez", "1001", "s-1", True), KnownStudent(BEN, "Ben Otto", "1002", "1001", True),
            KnownStudent(CAL, "Cal Voss", "1003", "s-3", False)]  # fmt: skip
make_id = partial(same_uuid, "district")
HEAD = "student_number,bus,run,stop\n"


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("bus-014", "Bus 14"), ("BUS 14", "Bus 14"), ("14", "Bus 14"), ("Bus #7a", "Bus 7A"), ("bus_000", "Bus 0"),
        (" Route  14 ", "Route 14"), ("Cedar Express", "Cedar Express"), ("", ""), ("\0\n", ""), ("*", "*"),
        ("bus", "bus"), ("14 and 15", "14 and 15"), ("١٤", "١٤"),
    ],
)  # fmt: skip
def test_a_bus_is_one_however_it_is_written(written, spelled):
    assert spell_bus(written) == spelled and spell_bus(spelled) == spelled


def test_buses_stand_in_the_order_of_their_numbers():
    assert sorted(["Bus 14", "Bus 2", "Annex", "Bus 2A"], key=bus_order) == ["Annex", "Bus 2", "Bus 2A", "Bus 14"]


def test_two_runs_on_one_bus_from_one_stop_are_one_ride():
    rides = [RideFacts(ANA, "Bus 2", "afternoon", "Elm"), RideFacts(ANA, "Bus 2", "morning", "Elm"),
             RideFacts(ANA, "Bus 3", "afternoon", "Oak")]  # fmt: skip
    assert merge_rides(rides) == [RideFacts(ANA, "Bus 2", "both", "Elm"), RideFacts(ANA, "Bus 3", "afternoon", "Oak")]


def compare(text, rides=(), *, is_whole=True):
    lines, faults = read_riders((HEAD + text).encode())
    assert not faults
    return compare_rides(lines, STUDENTS, rides, make_id, is_whole=is_whole)


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"", 1, "names the columns"), (b"a,b\n1,2", 1, "names the columns"), (HEAD.encode(), 0, "no rider"),
        (HEAD.encode() + b",Bus 2,,", 2, "no student"), (HEAD.encode() + b"\n1001,,am", 3, "no bus"),
        (HEAD.encode() + b"1001,*,am", 2, "no bus"), (HEAD.encode() + b"1001,2,noon", 2, "no such run"),
        (HEAD.encode() + b"1001," + b"x" * 41, 2, "more than 40"), (b"\xff\xfe", 1, "not UTF-8"),
        (HEAD.encode() + b"1001,2,am," + b"x" * 121, 2, "more than 120"), (b"PK\x03\x04", 0, "workbook"),
        (b"1" * 2_000_001, 0, "larger than 2 MB"), (HEAD.encode() + b"1\n" * 50_001, 0, "more than 50,000 lines"),
        (HEAD.encode() + b'1001,"Bus 2', 2, "no CSV"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_riders_says_line_and_reason(raw, line, said):
    lines, faults = read_riders(raw)
    assert not lines and faults[0].line == line and said in faults[0].because


@pytest.mark.parametrize(
    "head", ["Student Number;Bus;Run", "sourcedId;Route name;AM/PM", "Student ID;bus;run", "id\tBus"]
)
def test_columns_are_known_by_the_names_other_systems_give_them(head):
    sign = "\t" if "\t" in head else ";"
    lines, faults = read_riders(f"{head}\r\ns-1{sign}bus-002\r\n".encode("utf-8-sig"))
    assert not faults and (lines[0].student, lines[0].bus, lines[0].runs) == ("s-1", "Bus 2", ("morning", "afternoon"))


@given(st.binary(max_size=300))
def test_any_bytes_are_riders_or_faults(raw):
    lines, faults = read_riders(HEAD.encode() + raw)
    assert lines or faults


def test_a_student_rides_other_buses_in_the_afternoon():
    change = compare("1001,bus-002,am,Elm\n1001,Bus 3,pm,Oak\n")
    assert [(row["bus"], row["run"], row["stop"]) for row in change.added] == [
        ("Bus 2", "morning", "Elm"), ("Bus 3", "afternoon", "Oak")]  # fmt: skip
    assert change.words == ("add Ana Lopez (1001): Bus 2, morning, stop Elm", "add Ana Lopez (1001): Bus 3, afternoon, "
                            "stop Oak")  # fmt: skip


def test_what_becomes_of_one_student_stands_together():
    rides = [KnownRide(UUID(int=11), ANA, "Bus 1", "morning", "Elm", True, True),
             KnownRide(UUID(int=12), BEN, "Bus 1", "morning", "Elm", True, True)]  # fmt: skip
    assert compare("1001,2,am,\n1002,1,am,\n", rides).words == (
        "end Ana Lopez (1001): Bus 1, morning, stop Elm", "add Ana Lopez (1001): Bus 2, morning",
        "change Ben Otto (1002): Bus 1, morning, no stop")  # fmt: skip


def test_faults_of_lines_name_nobody():
    change = compare("99999,2,am,\n1001,2,am,Elm\n1001,2,both,Oak\n")
    assert [(one.line, one.because) for one in change.faults] == [
        (2, "Belongs to no student."), (4, "Line 3 names another stop for the same student, bus and run.")]  # fmt: skip
    assert not change.added
    lines, _ = read_riders(b"student,bus\n1001,2")
    (fault,) = compare_rides(lines, STUDENTS, [], make_id).faults
    assert fault.because == "Belongs to 2 students." and "sourced_id" in fault.advice


def test_who_has_left_is_passed_over_and_what_is_gone_ends():
    rides = [KnownRide(UUID(int=11), ANA, "Cedar Express", "morning", "", True, True),
             KnownRide(UUID(int=12), BEN, "Bus 2", "morning", "", True, True),
             KnownRide(UUID(int=13), BEN, "Bus 9", "afternoon", "", False, True)]  # fmt: skip
    change = compare("1001,CEDAR EXPRESS,am,\n1003,2,am,\n", rides)
    assert (change.passed_over, change.by_hand, change.ended) == (1, 1, (UUID(int=12),)) and not change.added
    assert not compare("1001,Cedar express,am,\n", rides, is_whole=False).ended
    part = compare("1002,Bus 4,am,\n", rides, is_whole=False)
    assert part.ended == (UUID(int=12),) and len(part.added) == 1, "whoever is in the file rides what it says"


# -- in the database --------------------------------------------------------------------------------------------------


@pytest.fixture
def school(actor):
    """A school with Ana and Ben; Cal has left; Dee is of another school."""
    here, there = build_site(), build_site("OAK", same_uuid("oak"))
    people = (("ana", here, "active"), ("ben", here, "active"), ("cal", here, "withdrawn"), ("dee", there, "active"))
    actions.load_people({"person": [
        {"id": same_uuid(name), "kind": "student", "given": name.title(), "family": "Voss", "site_id": site,
         "number": str(1000 + number), "sourced_id": f"s-{number}", "status": status, "grade": "04"}
        for number, (name, site, status) in enumerate(people, 1)
    ]})  # fmt: skip
    return here


FILE = (HEAD + "1001,14,both,Elm\n1002,bus-014,pm,\n1003,14,am,\n1004,2,am,\n").encode()


def test_a_file_is_taken_over_and_a_second_time_changes_nothing(actor, school):
    assert actions.import_rides(actor, FILE, dry_run=True).counts == "4 added, 0 changed, 0 ended"
    assert not Ride.objects.exists() and not AuditRow.objects.filter(action="people.import_rides").exists()
    change = actions.import_rides(actor, FILE, seen="4 added, 0 changed, 0 ended")
    assert change.passed_over == 1 and Ride.objects.count() == 4
    assert AuditRow.objects.get(action="people.import_rides").details["added"] == 4
    assert actions.import_rides(actor, FILE).is_empty
    assert AuditRow.objects.filter(action="people.import_rides").count() == 1


def test_one_fault_keeps_every_line_out(actor, school):
    change = actions.import_rides(actor, FILE + b"7777,3,am,\n1001,3,noon,\n8888,3,am,\n")
    assert [(fault.line, fault.given) for fault in change.faults] == [
        (6, "7777"),
        (7, "noon"),
        (8, "8888"),
    ] and not Ride.objects.exists()


def test_what_was_looked_at_is_what_is_taken_over(actor, school):
    with pytest.raises(Conflict, match="4 added"):
        actions.import_rides(actor, FILE, seen="5 added, 0 changed, 0 ended")
    assert not Ride.objects.exists()


def test_a_school_s_own_importer_reaches_the_school_s_students_only(actor, school):
    actions.import_rides(actor, FILE)
    own = replace(actor, sites=frozenset({school}))
    assert [one.line for one in actions.import_rides(own, FILE).faults] == [5], "Dee is of another school"
    actions.import_rides(own, (HEAD + "1001,14,both,Elm\n").encode())
    assert set(Ride.objects.filter(status="active").values_list("student__given", "bus")) == {
        ("Ana", "Bus 14"), ("Dee", "Bus 2")}  # fmt: skip


def test_buses_count_who_is_here(actor, school):
    actions.import_rides(actor, FILE)
    assert queries.buses_ridden() == [BusCount("Bus 2", 1, 1, 0), BusCount("Bus 14", 2, 1, 2)]
    assert [one.bus for one in queries.buses_ridden(search="bus-014")] == ["Bus 14"]
    assert [one.bus for one in queries.buses_ridden([school])] == ["Bus 14"]
    Person.objects.filter(given="Ben").update(status="withdrawn")
    assert queries.buses_ridden([school]) == [BusCount("Bus 14", 1, 1, 1)], "who has left counts no more"
    assert [one.given for one in queries.riders_seen_by(actor, bus="14")] == ["Ana"]


def test_an_audience_is_the_students_of_its_buses(actor, school):
    actions.import_rides(actor, FILE)
    meant = queries.buses_meant(Asked(("family",), buses=("Bus 14", "Bus 99"), run="morning"))
    assert (meant.known, meant.students, meant.sites) == (("Bus 14",), 1, (school,))
    assert queries.buses_meant(Asked(("family",), buses=("*",))).students == 3
    assert queries.buses_meant(Asked(("family",), sites=(school,), buses=("Bus 2",))).students == 0
    told = queries.reachable(Asked(("student", "staff"), buses=("Bus 14",)))
    assert {one.name for one in told} == {"Ana Voss", "Ben Voss"}, "nobody on the staff rides"


def test_a_ride_is_written_down_ended_and_put_back(actor, school):
    ana = same_uuid("ana")
    actions.record_ride(actor, ana, "bus-7", "both", " Elm  Street ")
    assert set(Ride.objects.values_list("bus", "run", "stop", "is_sourced")) == {
        ("Bus 7", "morning", "Elm Street", False), ("Bus 7", "afternoon", "Elm Street", False)}  # fmt: skip
    with pytest.raises(Conflict, match="rides Bus 7 so already"):
        actions.record_ride(actor, ana, "7", "morning", "Elm Street")
    actions.record_ride(actor, ana, "7", "morning", "Oak Street")
    ride = Ride.objects.get(run="morning")
    assert ride.stop == "Oak Street" and actions.end_ride(actor, ana, ride.pk) == "Bus 7, morning"
    assert queries.buses_ridden() == [BusCount("Bus 7", 1, 0, 1)]
    actions.end_ride(actor, ana, ride.pk, put_back=True)
    assert queries.buses_ridden() == [BusCount("Bus 7", 1, 1, 1)]
    assert [row.action for row in AuditRow.objects.order_by("at")] == [
        "people.record_ride", "people.record_ride", "people.end_ride", "people.put_ride_back"]  # fmt: skip
    actions.import_rides(actor, (HEAD + "1002,9,am,\n").encode())
    assert Ride.objects.filter(bus="Bus 7", status="active").count() == 2, "what was written down by hand stays"


@pytest.mark.parametrize(
    ("words", "error"),
    [(("", "both"), "Name the bus"), (("*", "both"), "Name the bus"), (("x" * 41, "both"), "Name the bus"),
     (("7", "noon"), "The run is"), (("7", "both", "x" * 121), "at most 120")],
)  # fmt: skip
def test_what_is_no_ride_is_refused_with_what_to_write(actor, school, words, error):
    with pytest.raises(Refused, match=error):
        actions.record_ride(actor, same_uuid("ana"), *words)


def test_nobody_writes_down_a_ride_where_they_may_not(actor, school):
    ana, dee = same_uuid("ana"), same_uuid("dee")
    own = replace(actor, sites=frozenset({school}))
    with pytest.raises(Refused):
        actions.record_ride(own, dee, "7", "both")
    with pytest.raises(Refused):
        actions.record_ride(replace(actor, permissions=frozenset({"people.view"})), ana, "7", "both")
    with pytest.raises(NotFound):
        actions.record_ride(actor, same_uuid("cal"), "7", "both")
    actions.record_ride(actor, dee, "7", "both")
    with pytest.raises(NotFound):
        actions.end_ride(actor, ana, Ride.objects.first().pk)


def run(path, *more):
    parser = argparse.ArgumentParser()
    commands.add_commands(parser.add_subparsers())
    args = parser.parse_args(["riders", "import", str(path), *more])
    return args.run(args)


def test_the_command_shows_takes_over_and_says_each_fault(actor, school, district, tmp_path, capsys):
    path = tmp_path / "riders.csv"
    path.write_bytes(FILE)
    assert run(path, "--dry-run") == 0 and not Ride.objects.exists()
    out = capsys.readouterr().out
    assert "4 added, 0 changed, 0 ended" in out and "add Ana Voss (1001): Bus 14, morning and afternoon" in out
    assert run(path, "--district", district.code) == 0 and Ride.objects.count() == 4
    assert run(path) == 0 and "Nothing differs" in capsys.readouterr().out
    path.write_bytes(FILE + b"7777,3,noon,\n")
    assert run(path) == 1
    assert "riders.csv line 6, noon: There is no such run. Write morning" in capsys.readouterr().err
    assert run(tmp_path / "nowhere.csv") == 1 and run(path, "--district", "nowhere") == 1
    path.write_bytes((HEAD + "1001,15,am,\n").encode())
    assert run(path, "--only-these") == 0
    assert set(Ride.objects.filter(status="active").values_list("bus", flat=True)) == {"Bus 15", "Bus 14", "Bus 2"}


def test_buses_are_sorted_by_their_numbers_whatever_signs_they_hold():
    names = ["Bus 14", "Bus 2", "Bus ²", "Bus ٣", "", "9" * 40, "Bus"]
    ordered = sorted(names, key=bus_order)
    assert ordered.index("Bus 2") < ordered.index("Bus 14")
