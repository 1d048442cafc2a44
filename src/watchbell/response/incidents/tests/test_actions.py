"""Incidents written: opened once, joined, receipts kept, rooms, steps, all-clear, closed by hand."""

from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest

from watchbell.district.accounts.actions import add_user
from watchbell.district.accounts.models import User
from watchbell.district.accounts.queries import actor_of
from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.kernel.permissions import Held, may, system_actor
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.response.incidents import actions, jobs, queries, rules
from watchbell.response.incidents.models import (
    BoardEntry,
    Incident,
    IncidentPress,
    IncidentStep,
    RoomCheckIn,
    TimelineEntry,
)
from watchbell.response.incidents.tests.builders import STEPS, build_incident, order, raised, receipt
from watchbell.response.plans.actions import write_plan
from watchbell.response.plans.tests.builders import DOOR, INNER, build_endpoints
from watchbell.wire.order import Acknowledged, Order


@pytest.fixture
def incident(committed_db, district, actor, sent):
    return build_incident(actor)


def test_forty_presses_are_one_incident_and_a_press_twice_is_one(incident, district):
    system = system_actor(district.id)
    for number in range(40):
        assert actions.open_or_join(system, raised(f"p{number}")) == incident
    assert actions.open_or_join(system, raised("p7")) == incident
    assert Incident.objects.get().presses.count() == 41 - 1
    assert Announcement.objects.filter(name="IncidentOpened").count() == 1


def test_the_plan_is_frozen_into_the_incident(incident, actor):
    write_plan(actor, SITE, "lockdown", STEPS[:1], name="Another")
    kept = Incident.objects.get()
    assert kept.name == "Lockdown" and kept.plan_version == 1 and len(kept.plan["steps"]) == 3


def test_a_drill_beside_a_real_press_is_ended_and_says_so(incident, district):
    system = system_actor(district.id)
    drill = actions.open_or_join(system, raised("d1", mode="drill", kind="fire"))
    actions.open_or_join(system, raised("p2", kind="medical"))
    assert TimelineEntry.objects.filter(incident=drill, what="Drill ended").exists()
    assert not actions.finish_if_over(system, drill), "its orders may still be on their way to the board"
    clock.shift(4)
    assert actions.finish_if_over(system, drill)
    assert Incident.objects.get(id=drill).state == "closed", "nothing had been asked of anybody"


@pytest.mark.parametrize("is_closed", [False, True])
def test_what_was_asked_just_before_the_all_clear_is_reset_though_it_was_written_down_after(
    committed_db, actor, district, sent, is_closed
):
    build_endpoints()
    system = system_actor(district.id)
    incident = actions.open_or_join(system, raised())
    actions.give_all_clear(actor, incident)
    if is_closed:
        clock.shift(4)
        assert actions.finish_if_over(system, incident)
    actions.take_orders([order(), order(INNER, "start_page")])
    jobs.audit_incidents()
    row = Incident.objects.get(id=incident)
    assert row.state == "clearing" and row.closed_at is None
    asked = {(one.action, one.endpoint.id) for told in sent for one in told.orders}
    assert asked == {("release_door", str(DOOR)), ("stop_page", str(INNER))}
    jobs.audit_incidents()
    assert BoardEntry.objects.filter(incident=incident, is_reset=True).count() == 2, "each once"
    actions.take_receipts([receipt(one) for told in sent for one in told.orders])
    jobs.audit_incidents()
    assert Incident.objects.get(id=incident).state == "closed"
    assert TimelineEntry.objects.filter(incident=incident, what__contains="reset after the others").count() == 1


def test_the_board_shows_failures_first_and_done_stays_done(incident):
    actions.take_receipts([receipt(order(DOOR), "failed", "Late word.")])
    board = queries.board_of(Incident.objects.get())
    assert [row.state for row in board] == ["failed", "asked", "done", "done"]
    assert board[0].because == "No answer."


def test_an_order_that_came_before_its_press_finds_its_incident(incident, district):
    actions.take_orders([order(DOOR, press="early")])
    assert BoardEntry.objects.get(press="early").incident is None
    actions.open_or_join(system_actor(district.id), raised("early"))
    assert BoardEntry.objects.get(press="early").incident_id == incident


def test_a_place_named_by_its_id_alone_is_told_by_its_name(committed_db, actor):
    incident = build_incident(actor, place_name="")
    found = Incident.objects.get(id=incident)
    assert found.place_name == "Room 101" and IncidentPress.objects.get().place_name == "Room 101"
    assert TimelineEntry.objects.filter(kind="press", what__contains="Room 101").count() == 1


def test_a_room_is_checked_in_once_a_report_and_the_newest_counts(incident, actor):
    room = room_of()
    assert actions.check_in_room(actor, incident, room, "help", accounted=20, report="r1")
    assert not actions.check_in_room(actor, incident, room, "help", accounted=20, report="r1")
    actions.check_in_room(actor, incident, room, "safe", accounted=21)
    (row,) = queries.roll_of(Incident.objects.get())
    assert (row.state, row.accounted, row.by) == ("safe", 21, actor.name) and RoomCheckIn.objects.count() == 2


def test_a_room_that_cannot_be_is_refused(incident, actor, actor_as):
    with pytest.raises(Refused):
        actions.check_in_room(actor, incident, room_of(), "fine")
    with pytest.raises(Refused):
        actions.check_in_room(actor, incident, room_of(), "safe", accounted=-1)
    with pytest.raises(NotFound):
        actions.check_in_room(actor, incident, DOOR, "safe")
    with pytest.raises(Refused):
        actions.check_in_room(actor_as("driver"), incident, room_of(), "safe")


def test_the_all_clear_needs_the_authority_of_the_plan(incident, actor_as):
    with pytest.raises(Refused):
        actions.give_all_clear(actor_as("principal"), incident)
    actions.give_all_clear(actor_as("police"), incident, "House searched")
    found = Incident.objects.get()
    assert found.state == "clearing" and found.cleared_by == "Police Cedar"
    with pytest.raises(Conflict):
        actions.give_all_clear(actor_as("police"), incident)
    assert AuditRow.objects.get(action="incidents.give_all_clear").why == "House searched"


def test_a_role_that_a_plan_names_clears_at_its_own_site_alone(incident, actor, actor_as, district):
    elsewhere = build_site("ELM", uuid4())
    user = User.objects.get(id=actor_as("principal", SITE).user_id)
    add_user(actor, user.email, user.name, "police", elsewhere)
    both = actor_of(user, district.id)
    assert may(both, "incidents.all_clear", SITE), "as a principal, whom this plan does not name"
    with pytest.raises(Refused, match="the plan names who may"):
        actions.give_all_clear(both, incident)
    add_user(actor, user.email, user.name, "police", SITE)
    actions.give_all_clear(actor_of(user, district.id), incident)
    assert Incident.objects.get().state == "clearing", "whichever of their roles is the oldest"


def test_it_closes_only_when_every_endpoint_has_confirmed_or_a_person_has_checked_it(incident, actor, district):
    actions.give_all_clear(actor, incident)
    resets = list(BoardEntry.objects.filter(is_reset=True))
    assert len(resets) == 4
    for entry in resets[1:]:
        actions.take_receipts([receipt(_wire(entry))])
    assert not actions.finish_if_over(system_actor(district.id), incident)
    with pytest.raises(Refused, match="Say how"):
        actions.close_endpoint(actor, incident, resets[0].id, "  ")
    actions.close_endpoint(actor, incident, resets[0].id, "Went there, it is open")
    found = Incident.objects.get()
    assert found.state == "closed" and found.closed_at
    assert "Went there" in BoardEntry.objects.get(id=resets[0].id).because
    assert Announcement.objects.filter(name="IncidentClosed").count() == 1
    with pytest.raises(Refused, match="closed"):
        actions.check_in_room(actor, incident, room_of(), "safe")


def _wire(entry):
    return msgspec.convert(entry.wire_order, Order)


def test_a_failed_endpoint_is_asked_again_as_the_same_order(incident, actor, sent):
    entry = BoardEntry.objects.get(state="failed")
    actions.retry_endpoint(actor, incident, entry.id)
    entry.refresh_from_db()
    assert (entry.state, entry.attempts, entry.endpoint["id"]) == ("asked", 2, str(INNER))
    assert [(one.id, one.attempt) for one in sent[-1].orders] == [(entry.order, 2)]
    done = BoardEntry.objects.filter(state="done").first()
    with pytest.raises(Conflict):
        actions.retry_endpoint(actor, incident, done.id)


def test_a_step_waits_for_one_person_once(incident, actor, actor_as, sent):
    step = IncidentStep.objects.get()
    with pytest.raises(Refused):
        actions.approve_step(actor_as("teacher"), incident, step.id)
    actions.approve_step(actor, incident, step.id)
    with pytest.raises(Conflict):
        actions.refuse_step(actor, incident, step.id)
    assert [one.action for one in sent[-1].orders] == ["unlock_door", "unlock_door"]


def test_a_note_needs_words(incident, actor):
    actions.add_note(actor, incident, "Parents at the gate")
    with pytest.raises(Refused):
        actions.add_note(actor, incident, " ")
    assert TimelineEntry.objects.get(kind="note").because == "Parents at the gate"


def test_another_district_sees_nothing(incident, other_district, make_actor, act_in):
    stranger = make_actor(other_district, "director")
    with act_in(other_district), pytest.raises(NotFound):
        actions.give_all_clear(stranger, incident)


def _two(actor, **more):
    incident = build_incident(actor)
    kept = Incident.objects.get()
    kept.plan |= {"clear_people": 2, "clear_roles": [], **more}
    with recorded_batch("a test's plan"):
        kept.save()
    return incident


def _arrived(press="p1"):
    states = [{"name": "Adam 12", "states": ["Assigned", "OnScene"]}]
    actions.take_acknowledgements([
        Acknowledged(id="a1", district="d", site=str(SITE), press=press, order="o", what="dispatch_status", at=1.0,
                     by="e", detail={"units": states})
    ])  # fmt: skip


def test_two_people_give_the_all_clear_where_the_plan_says_so(committed_db, district, actor, actor_as, sent):
    incident = _two(actor)
    assert "A second person confirms it" in str(queries.band_of(actor, Incident.objects.get(), [])["actions"])
    actions.give_all_clear(actor, incident, "Searched")
    assert Incident.objects.get().state == "open" and sent == []
    assert queries.incident_in_full(actor, incident)["clear_proposed_by"] == actor.name
    with pytest.raises(Refused, match="a second person"):
        actions.give_all_clear(actor, incident)
    assert "all clear" not in str(queries.band_of(actor, Incident.objects.get(), [])["actions"])
    second = actor_as("officer")
    assert "Confirm all clear" in str(queries.band_of(second, Incident.objects.get(), []))
    actions.give_all_clear(second, incident)
    kept = Incident.objects.get()
    assert kept.state == "clearing" and kept.cleared_by == f"{actor.name} and {second.name}"


def test_once_police_have_arrived_one_of_the_two_is_of_the_police(committed_db, district, actor, actor_as, sent):
    incident = _two(actor, clear_with_police=True)
    actions.give_all_clear(actor, incident)
    _arrived()
    with pytest.raises(Refused, match="must be of the police"):
        actions.give_all_clear(actor_as("officer"), incident)
    elsewhere = actor_as("police")
    held = (Held("police", elsewhere.permissions, frozenset()), Held("officer", elsewhere.permissions))
    with pytest.raises(Refused, match="must be of the police"):
        actions.give_all_clear(replace(elsewhere, held=held), incident)
    actions.give_all_clear(actor_as("police"), incident)
    assert Incident.objects.get().state == "clearing"


@pytest.mark.parametrize(
    ("plan", "proposed", "user", "role", "arrived", "verdict"),
    [
        ({}, {}, "u", "director", True, "clear"),
        ({"clear_people": 1, "clear_with_police": True}, {}, "u", "director", False, "clear"),
        ({"clear_people": 1, "clear_with_police": True}, {}, "u", "director", True, "refuse"),
        ({"clear_people": 1, "clear_with_police": True}, {}, "u", "police", True, "clear"),
        ({"clear_people": 2}, {}, "u", "director", False, "propose"),
        ({"clear_people": 2}, {"user": "u"}, "u", "director", False, "refuse"),
        ({"clear_people": 2}, {"user": "u", "role": "director"}, "v", "officer", True, "clear"),
        (
            {"clear_people": 2, "clear_with_police": True},
            {"user": "u", "role": "police"},
            "v",
            "officer",
            True,
            "clear",
        ),
        ({"clear_people": 2, "clear_with_police": True}, {"user": "u", "role": "x"}, "v", "officer", False, "clear"),
        ({"clear_people": 2, "clear_with_police": True}, {"user": "u", "role": "x"}, "v", "officer", True, "refuse"),
    ],
)
def test_who_ends_it_and_with_whom(plan, proposed, user, role, arrived, verdict):
    assert rules.judge_clearing(plan, proposed, user, (role,), arrived)[0] == verdict


@pytest.mark.parametrize("detail", [{}, {"units": []}, {"units": [{"name": "A", "states": ["EnRoute"]}]}])
def test_nobody_has_arrived_until_a_unit_is_on_scene(detail):
    assert not rules.has_police_arrived([("dispatch_status", detail), ("dispatch_acknowledged", {})])


def test_nothing_is_asked_again_while_receipts_wait_to_be_taken_down(committed_db, actor, monkeypatch):
    asked = []
    monkeypatch.setattr(actions, "audit_orders", lambda: asked.append(1) or ([], 0))
    jobs.audit_incidents(is_behind=True)
    assert asked == []
    jobs.audit_incidents()
    assert asked == [1]
