"""Rosters taken over: all or nothing, repeatable, and never a deletion."""

import argparse
from dataclasses import replace

import pytest

from watchbell.district.people import actions, commands, queries
from watchbell.district.people.models import Enrolment, Guardianship, Person
from watchbell.district.people.tests.builders import BULK, package, zipped
from watchbell.district.sites.tests.builders import build_site, room_of
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line.errors import NotFound, Refused

LATER = {"dateLastModified": "2026-09-02T00:00:00.000Z"}


def delta(table, *rows):
    return package({table: list(rows)}, "delta")


def test_a_roster_becomes_people_in_their_rooms(actor):
    site = build_site()
    actions.import_roster(actor, package(BULK))
    assert queries.people_count_by_room(site) == {room_of(site): {"students": 1, "staff": 0}}
    (student,) = queries.people_of_site(site)
    (contact,) = queries.contacts_of_student(student.id)
    assert contact["person"].name == "Pat Voss" and contact["may_collect"] is None
    assert AuditRow.objects.get().details["added"]["person"] == 2
    assert Announcement.objects.get().name == "RosterImported"


def test_the_same_roster_twice_changes_nothing(actor):
    build_site()
    actions.import_roster(actor, package(BULK))
    assert actions.import_roster(actor, package(BULK)).difference.is_empty
    assert AuditRow.objects.count() == 1


def test_a_dry_run_shows_and_writes_nothing(actor):
    change = actions.import_roster(actor, package(BULK), dry_run=True)
    assert "add person u1: Amy Voss" in change.words
    assert not Person.objects.exists() and not AuditRow.objects.exists()


def test_one_fault_keeps_everything_out(actor):
    users = [*BULK["users"], {**BULK["users"][0], "sourcedId": "u2", "enabledUser": "maybe"}]
    change = actions.import_roster(actor, package({**BULK, "users": users}))
    assert [(fault.code, fault.file, fault.line) for fault in change.faults] == [
        ("row.invalid_boolean", "users.csv", 4)
    ]
    assert not Person.objects.exists()


def test_who_leaves_the_bulk_file_is_withdrawn_and_comes_back(actor):
    build_site()
    actions.import_roster(actor, package(BULK))
    without = {**BULK, "users": [{**BULK["users"][0], "agentSourcedIds": ""}], "roles": BULK["roles"][:1]}
    change = actions.import_roster(actor, package(without))
    assert change.difference.withdrawn == {"person": 1, "guardianship": 1}
    assert Person.objects.get(sourced_id="g1").status == "withdrawn"
    assert Guardianship.objects.get().status == "withdrawn"
    actions.import_roster(actor, package(BULK))
    assert Person.objects.filter(status="active").count() == 2
    assert Guardianship.objects.get().status == "active"


def test_a_bulk_file_leaves_what_another_system_said_alone(actor):
    actions.load_people({"person": [{"id": actor.district, "kind": "student", "given": "B", "family": "B",
                                     "sourced_id": "other", "source": "elsewhere"}]})  # fmt: skip
    actions.import_roster(actor, package(BULK))
    assert Person.objects.get(sourced_id="other").status == "active"


def test_a_delta_changes_one_and_withdraws_another(actor):
    build_site()
    actions.import_roster(actor, package(BULK))
    renamed = {**BULK["users"][0], **LATER, "status": "active", "familyName": "Weber"}
    gone = {**BULK["users"][1], **LATER, "status": "tobedeleted"}
    change = actions.import_roster(actor, delta("users", renamed, gone))
    assert change.difference.changed["person"] == 1 and change.difference.withdrawn["person"] == 1
    assert Person.objects.get(sourced_id="u1").family == "Weber"
    assert Enrolment.objects.get().status == "active"


def test_a_delta_that_brings_a_class_or_a_role_without_the_person_changes_the_person(actor):
    site = build_site()
    actions.import_roster(actor, package({**BULK, "enrollments": [{**BULK["enrollments"][0], "role": "teacher"}]}))
    assert Person.objects.get(sourced_id="u1").homeroom_id is None
    now = {"status": "active", **LATER}
    change = actions.import_roster(actor, delta("enrollments", {**BULK["enrollments"][0], **now}))
    assert change.difference.changed == {"person": 1, "enrolment": 1}
    assert "change person u1: Amy Voss (homeroom_id)" in change.words
    assert Person.objects.get(sourced_id="u1").homeroom_id == room_of(site)
    role = {**BULK["roles"][1], **now, "role": "teacher"}
    assert actions.import_roster(actor, delta("roles", role)).difference.changed == {"person": 1}
    assert Person.objects.get(sourced_id="g1").kind == "staff"
    secondary = {**role, "sourcedId": "r9", "roleType": "secondary", "role": "student"}
    assert actions.import_roster(actor, delta("roles", secondary)).difference.is_empty


def test_an_older_delta_changes_nothing(actor):
    actions.import_roster(actor, package(BULK))
    row = {**BULK["orgs"][0], "status": "active", "name": "New", **LATER}
    actions.import_roster(actor, delta("orgs", row))
    old = {**row, "name": "Old", "dateLastModified": "2026-09-01T00:00:00.000Z"}
    assert actions.import_roster(actor, delta("orgs", old)).difference.is_empty


def test_who_may_not_import_is_refused(actor):
    with pytest.raises(Refused):
        actions.import_roster(replace(actor, permissions=frozenset({"people.view"})), package(BULK))


def test_a_site_sees_its_own_students_and_their_contacts_only(actor):
    site = build_site()
    actions.import_roster(actor, package(BULK))
    here = replace(actor, sites=frozenset({site}))
    assert {person.given for person in queries.people_seen_by(here)} == {"Amy", "Pat"}
    elsewhere = replace(actor, sites=frozenset())
    assert not queries.people_seen_by(elsewhere).exists()
    with pytest.raises(NotFound):
        queries.person_seen_by(elsewhere, Person.objects.get(given="Amy").pk)


def test_people_are_found_by_the_beginning_of_a_name_or_a_room(actor):
    build_site()
    actions.import_roster(actor, package(BULK))
    for words, count in (("vos am", 1), ("101", 1), ("zz", 0), ("\0", 2)):
        assert queries.people_seen_by(actor, search=words).count() == count, words


def run(path, *more):
    parser = argparse.ArgumentParser()
    commands.add_commands(parser.add_subparsers())
    args = parser.parse_args(["roster", "import", str(path), *more])
    return args.run(args)


def test_the_command_says_line_and_reason_and_exits_1(district, tmp_path, capsys):
    users = [{**BULK["users"][0], "givenName": ""}]
    path = tmp_path / "roster.zip"
    path.write_bytes(zipped(package({**BULK, "users": users, "roles": BULK["roles"][:1]})))
    assert run(path, "--district", district.code) == 1
    told = capsys.readouterr().err
    assert "users.csv line 2, givenName: This is needed. [row.missing_required_value]" in told
    assert run(tmp_path / "nowhere.zip") == 1


def test_the_command_reads_a_folder_and_shows_the_difference_first(district, tmp_path, capsys):
    for name, raw in package(BULK).items():
        (tmp_path / name).write_bytes(raw)
    assert run(tmp_path, "--district", district.code, "--dry-run") == 0
    assert "add person u1: Amy Voss" in capsys.readouterr().out
    assert not Person.objects.exists()
    assert run(tmp_path, "--district", district.code) == 0
    assert Person.objects.count() == 2
