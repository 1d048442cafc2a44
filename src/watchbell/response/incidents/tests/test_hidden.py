"""A duress alarm is for the few: nobody else changes it, whose id they may hold, nor does the one it is about."""

from dataclasses import replace
from uuid import uuid4 as new_uuid

import pytest

from watchbell.district.sites.tests.builders import SITE, room_of
from watchbell.field.panic.queries import presses_seen_by
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import Held, system_actor
from watchbell.line.clock import now
from watchbell.line.errors import NotFound
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.models import BoardEntry, Incident, IncidentStep, RoomCheckIn, TimelineEntry
from watchbell.response.incidents.tests.builders import STEPS, order, raised, receipt
from watchbell.response.plans.actions import write_plan
from watchbell.response.plans.tests.builders import CENTRE, build_endpoints

#: What a person does to an incident: (its id, a step that waits, an order that failed).
DONE = {
    "all-clear": lambda who, it, step, entry: actions.give_all_clear(who, it),
    "cancel": lambda who, it, step, entry: actions.cancel_incident(who, it, "cancel"),
    "outcome": lambda who, it, step, entry: actions.set_outcome(who, it, "real"),
    "note": lambda who, it, step, entry: actions.add_note(who, it, "I know"),
    "check-in": lambda who, it, step, entry: actions.check_in_room(who, it, room_of(), "safe", accounted=1),
    "approve": lambda who, it, step, entry: actions.approve_step(who, it, step),
    "refuse": lambda who, it, step, entry: actions.refuse_step(who, it, step),
    "retry": lambda who, it, step, entry: actions.retry_endpoint(who, it, entry),
    "close": lambda who, it, step, entry: actions.close_endpoint(who, it, entry, "Went there"),
}


@pytest.fixture
def duress(committed_db, district, actor, actor_as, monkeypatch):
    """A duress alarm about the officer, whose plan leaves the all-clear to whoever has the right to it."""
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    build_endpoints()
    write_plan(actor, SITE, "duress", STEPS)
    forced = str(actor_as("officer").user_id)
    made = actions.open_or_join(system_actor(district.id), raised(kind="duress", by=forced, device=f"console/{forced}"))
    asked = order(CENTRE, "tell_dispatch")
    actions.take_orders([asked])
    actions.take_receipts([receipt(asked, "failed", "No answer.")])
    return made, IncidentStep.objects.get().id, BoardEntry.objects.get().id


def rows_of():
    return (
        list(Incident.objects.values()), list(IncidentStep.objects.values()), list(BoardEntry.objects.values()),
        TimelineEntry.objects.count(), RoomCheckIn.objects.count(), AuditRow.objects.count(),
    )  # fmt: skip


@pytest.mark.parametrize("role", ["principal", "officer", "nurse"])
@pytest.mark.parametrize("what", DONE)
def test_whom_it_is_hidden_from_changes_nothing_of_it(duress, actor_as, role, what):
    who = actor_as(role)
    before = rows_of()
    with pytest.raises(NotFound, match="no such incident"):
        DONE[what](who, *duress)
    assert rows_of() == before


def _in_two_schools(who, here, elsewhere):
    """`who` with a role at SITE and another, which they act in, at a school that is not in this."""
    rights = who.permissions
    held = (Held(elsewhere, rights, frozenset({new_uuid()})), Held(here, rights, frozenset({SITE})))
    return replace(who, role=elsewhere, sites=frozenset().union(*(one.sites for one in held)), held=held)


def test_duress_is_hidden_from_who_is_an_officer_at_another_school_only(duress, actor):
    assert queries.incident_seen_by(_in_two_schools(actor, "officer", "teacher"), duress[0]).id == duress[0]
    teacher = _in_two_schools(actor, "teacher", "officer")
    with pytest.raises(NotFound):
        queries.incident_seen_by(teacher, duress[0])
    assert not queries.incidents_seen_by(teacher).exists()
    assert not presses_seen_by(teacher).filter(kind="duress").exists()


@pytest.mark.parametrize("what", ["note", "approve", "retry", "close", "all-clear"])
def test_the_few_do_what_their_role_may(duress, actor, what):
    DONE[what](actor, *duress)


def test_what_a_telephone_brings_later_joins_no_alarm_that_is_hidden_from_it(duress, actor, actor_as, district):
    assert queries.incident_on_at(actor_as("teacher"), SITE, now()) is None
    assert queries.incident_on_at(actor, SITE, now()) == duress[0]
    write_plan(actor, SITE, "lockdown", STEPS)
    lockdown = actions.open_or_join(system_actor(district.id), raised("p2"))
    assert queries.incident_on_at(actor_as("teacher"), SITE, now()) == lockdown
