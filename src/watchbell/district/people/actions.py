"""Writing people: roster imports, who rides which bus, links to accounts, and bulk loads."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, models

from watchbell.district.people.events import RosterImported, StaffChanged
from watchbell.district.people.facts import (
    ALL_BUSES,
    MOST_BUS,
    MOST_STOP,
    RUN_CHOICES,
    RUNS,
    SKILLS,
    RidesChange,
    Roster,
    RosterChange,
    spell_bus,
)
from watchbell.district.people.models import (
    AcademicSession,
    Course,
    Enrolment,
    Guardianship,
    Household,
    Membership,
    Org,
    Person,
    Ride,
    SchoolClass,
)
from watchbell.district.people.queries import rides_state, roster_state, spelling_of_bus
from watchbell.district.people.rules.difference import compare_roster
from watchbell.district.people.rules.package import read_roster
from watchbell.district.people.rules.rides import compare_rides, read_riders
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch, recorded_change, take_turns
from watchbell.kernel.permissions import Actor, require, sites_with
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import same_uuid

BATCH = 500
TABLES: dict[str, type[models.Model]] = {
    "org": Org, "session": AcademicSession, "course": Course, "household": Household, "person": Person,
    "class": SchoolClass, "membership": Membership, "guardianship": Guardianship, "enrolment": Enrolment,
    "ride": Ride,
}  # fmt: skip


def import_roster(actor: Actor, files: dict[str, bytes], *, dry_run: bool = False) -> RosterChange:
    """Takes over a OneRoster package (files by name), all or nothing; what it changes, or its faults.

    With faults, on a dry run, and when nothing differs, nothing is written. Raises Refused.
    """
    require(actor, "people.import")
    roster = read_roster(files)
    if roster.faults:
        return RosterChange(faults=roster.faults)
    with acting_in(actor.district):
        change = compare_roster(roster, roster_state(), partial(same_uuid, actor.district, "roster"),
                                clock.now().date())  # fmt: skip
        if not (change.faults or dry_run or change.difference.is_empty):
            _write_roster(actor, roster, change)
    return change


def _write_roster(actor: Actor, roster: Roster, change: RosterChange) -> None:
    found = change.difference
    with recorded_change(actor, "people.import_roster", target=roster.source or "OneRoster") as recorded:
        for name, table in TABLES.items():
            part = change.tables.get(name)
            if part is None:
                continue
            _insert_many(table, part.added)
            _change_many(table, part.changed)
            table._default_manager.filter(pk__in=part.withdrawn).update(status="withdrawn")
        recorded.note(added=found.added, changed=found.changed, withdrawn=found.withdrawn)
        recorded.announce(RosterImported(roster.source, found.added, found.changed, found.withdrawn, clock.now()))
        recorded.touch("people")


def _change_many(table: type[models.Model], changed: list[tuple[UUID, dict[str, Any]]]) -> None:
    """Writes changed fields, rows with the same fields together."""
    alike: dict[tuple[str, ...], list[models.Model]] = {}
    for row_id, fields in changed:
        alike.setdefault(tuple(sorted(fields)), []).append(table(pk=row_id, **fields))
    for names, rows in alike.items():
        table._default_manager.bulk_update(rows, names, batch_size=BATCH)


def load_people(rows: dict[str, list[dict[str, Any]]]) -> int:
    """Writes many people at once, as part of a larger recorded change; the number of rows.

    rows: by table ("person", "household", "membership", …), each a dict of its fields.
    """
    with recorded_batch("load people"):
        return sum(_insert_many(table, rows.get(name, [])) for name, table in TABLES.items())


def _insert_many(table: type[models.Model], rows: list[dict[str, Any]]) -> int:
    """One statement for all rows: a district's 70,000 took 7 s through bulk_create and a quarter of that so."""
    if not rows:
        return 0
    fields = table._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    defaults = {field.column: field.get_default() for field in fields if not field.primary_key}
    name = connection.ops.quote_name(table._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {name} ({columns}) select {columns} from json_populate_recordset(null::{name}, %s)",  # noqa: S608 - names of our own tables
            [msgspec.json.encode([{**defaults, **row} for row in rows]).decode()],
        )
    return len(rows)


def link_users(users: Mapping[str, UUID]) -> int:
    """Ties accounts to people by e-mail address, as part of a larger recorded change; how many were tied."""
    count = 0
    with recorded_batch("link accounts"):
        for email, user in users.items():
            count += Person.objects.filter(email__iexact=email, status="active").update(user_id=user)
    return count


def record_skills(actor: Actor, person_id: UUID, skills: Iterable[str]) -> None:
    """Says what a member of staff is trained for: who is looked for when somebody needs help. Words nobody knows fall.

    Raises NotFound for who is no member of staff here.
    """
    with recorded_change(actor, "people.record_skills") as change:
        person = Person.objects.select_for_update().filter(pk=person_id, kind="staff", status="active").first()
        if person is None:
            raise NotFound("There is no such member of staff.")
        require(actor, "people.edit", person.site_id)
        person.skills = [skill for skill in SKILLS if skill in set(skills)]
        person.save(update_fields=["skills"])
        change.about(person)
        change.note(skills=person.skills)
        change.announce(StaffChanged(str(person.pk), str(person.site_id or "")))


# -- who rides which bus ----------------------------------------------------------------------------------------------


def import_rides(
    actor: Actor, raw: bytes, *, is_whole: bool = True, dry_run: bool = False, seen: str | None = None
) -> RidesChange:
    """Takes over a file of riders (CSV), all or nothing; what it changes, or its faults.

    is_whole False: whoever is not in it keeps their buses. seen: the counts of the difference somebody has looked at;
    Conflict when it is another by now. With faults, on a dry run, and when nothing differs, nothing is written.
    """
    require(actor, "people.import")
    lines, faults = read_riders(raw)
    if not lines:
        return RidesChange(faults=tuple(faults))
    compare = partial(compare_rides, make_id=partial(same_uuid, actor.district, "ride"), is_whole=is_whole)
    with acting_in(actor.district):
        change = compare(lines, *rides_state(actor))
        if faults:
            return RidesChange(faults=tuple(sorted((*faults, *change.faults), key=lambda one: one.line)))
        if change.faults or dry_run or change.is_empty:
            return change
        with recorded_change(actor, "people.import_rides", target=f"{change.lines:,} lines") as recorded:
            take_turns("people:rides")
            change = compare(lines, *rides_state(actor))
            if seen is not None and seen != change.counts:
                raise Conflict(f"Somebody has changed riders meanwhile: it would be {change.counts} by now.")
            _insert_many(Ride, list(change.added))
            _change_many(Ride, list(change.changed))
            Ride.objects.filter(pk__in=change.ended).update(status="withdrawn")
            recorded.note(added=len(change.added), changed=len(change.changed), ended=len(change.ended),
                          is_whole=is_whole)  # fmt: skip
            recorded.touch("people")
    return change


def record_ride(actor: Actor, student_id: UUID, bus: str, run: str, stop: str = "") -> None:
    """Writes down by hand that a student rides a bus. run: a key of RUN_CHOICES. Raises Refused, Conflict, NotFound."""
    bus, stop = spell_bus(bus), " ".join(stop.replace("\0", "").split())
    if bus in ("", ALL_BUSES) or len(bus) > MOST_BUS:
        raise Refused(f"Name the bus, in at most {MOST_BUS} characters, as the district calls it: Bus 14.")
    if run not in RUN_CHOICES:
        raise Refused("The run is morning, afternoon or both.")
    if len(stop) > MOST_STOP:
        raise Refused(f"The stop has at most {MOST_STOP} characters.")
    with recorded_change(actor, "people.record_ride") as change:
        take_turns("people:rides")
        student = _student_of_theirs(actor, student_id)
        bus = spelling_of_bus(bus)
        known = {ride.run: ride for ride in Ride.objects.filter(student=student, bus=bus)}
        asked = [one for one in RUNS if run in (one, "both")]
        if all(one in known and (known[one].status, known[one].stop) == ("active", stop) for one in asked):
            raise Conflict(f"{student} rides {bus} so already.")
        for one in asked:
            ride = known.get(one) or Ride(student=student, bus=bus, run=one)
            ride.stop, ride.status = stop, "active"
            ride.save()
        change.about(student)
        change.note(bus=bus, run=run, stop=stop)
        change.touch("people")


def end_ride(actor: Actor, student_id: UUID, ride_id: UUID, *, put_back: bool = False) -> str:
    """A student rides this bus no more, or (put_back) again; the ride in words. Raises NotFound, Refused."""
    with recorded_change(actor, "people.put_ride_back" if put_back else "people.end_ride") as change:
        take_turns("people:rides")
        student = _student_of_theirs(actor, student_id)
        ride = Ride.objects.filter(pk=ride_id, student=student).first()
        if ride is None:
            raise NotFound("There is no such ride.")
        ride.status = "active" if put_back else "withdrawn"
        ride.save(update_fields=["status"])
        change.about(student)
        change.note(bus=ride.bus, run=ride.run, stop=ride.stop)
        change.touch("people")
    return f"{ride.bus}, {ride.get_run_display().lower()}"


def _student_of_theirs(actor: Actor, student_id: UUID) -> Person:
    student = Person.objects.filter(pk=student_id, kind="student", status="active").first()
    if student is None:
        raise NotFound("There is no such student, or they have left.")
    require(actor, "people.rides", student.site_id)
    if student.site_id is None and sites_with(actor, "people.rides") is not None:
        raise Refused("This student belongs to no school yet: the district's own people say which bus they ride.")
    return student
