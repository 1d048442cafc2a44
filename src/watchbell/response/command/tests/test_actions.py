"""Command is taken, handed over and signed; rooms are released by whoever has it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from watchbell.district.sites.tests.builders import room_of
from watchbell.kernel.acting import acting_in
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.response.command import actions, queries
from watchbell.response.command.models import Assignment, CareRecord, HandOver, RoomRelease
from watchbell.response.incidents import actions as incidents
from watchbell.response.incidents.models import Incident, TimelineEntry
from watchbell.response.incidents.tests.builders import build_incident


@pytest.fixture
def incident(committed_db, district, actor, monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    return build_incident(actor)


def row():
    return Incident.objects.select_related("site").get()


def test_command_is_taken_once_and_911_is_told_who_has_it(incident, actor, actor_as):
    actions.take_command(actor, incident)
    with pytest.raises(Refused, match="handed over"):
        actions.take_command(actor_as("officer"), incident)
    assert queries.commander_of(row()).name == actor.name
    words = f"To 911 and police: {actor.name} (School) is the Incident Commander."
    assert TimelineEntry.objects.filter(because=words).count() == 1


def test_of_two_who_take_command_at_once_one_has_it(incident, actor, actor_as, district):
    def take(who):
        try:
            with acting_in(district.id):
                actions.take_command(who, incident)
            return "taken"
        except Refused as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(take, (actor, actor_as("officer"))))
    assert sorted(word == "taken" for word in told) == [False, True], told
    assert Assignment.objects.filter(position="commander").count() == 1


def test_command_moves_only_by_a_signature_that_is_another_s(incident, actor, actor_as):
    police = actor_as("police")
    with pytest.raises(Refused, match="take command first"):
        actions.offer_command(actor, incident, "Cedar Valley Police", "")
    actions.take_command(actor, incident)
    offer = actions.offer_command(actor, incident, "Cedar Valley Police", "Shots heard in the gym.")
    with pytest.raises(Conflict):
        actions.offer_command(actor, incident, "Another", "")
    with pytest.raises(Refused, match="offered command yourself"):
        actions.sign_hand_over(actor, offer)
    with pytest.raises(Refused, match="one of their people"):
        actions.sign_hand_over(actor_as("principal"), offer)
    assert queries.commander_of(row()).name == actor.name
    actions.sign_hand_over(police, offer)
    commander = queries.commander_of(row())
    assert (commander.name, commander.agency) == (police.name, "Cedar Valley Police")
    with pytest.raises(NotFound):
        actions.sign_hand_over(police, offer)
    assert Assignment.objects.filter(position="commander").count() == 2
    assert AuditRow.objects.filter(action="command.sign_hand_over").count() == 1
    with pytest.raises(Refused, match="only they"):
        actions.offer_command(actor, incident, "", "")


def test_an_officer_without_an_account_signs_on_the_device_with_a_badge(incident, actor):
    actions.take_command(actor, incident)
    offer = actions.offer_command(actor, incident, "Highway Patrol", "")
    with pytest.raises(Refused, match="badge"):
        actions.sign_hand_over(actor, offer, "Lt. Ames", "", is_witnessed=True)
    actions.sign_hand_over(actor, offer, "Lt. Ames", "4711", is_witnessed=True)
    signed = HandOver.objects.get()
    assert (signed.signed_name, signed.badge, signed.is_witnessed, signed.signed_by) == ("Lt. Ames", "4711", True, None)
    assert queries.commander_of(row()).agency == "Highway Patrol"


def test_a_withdrawn_offer_is_signed_by_nobody(incident, actor, actor_as):
    actions.take_command(actor, incident)
    offer = actions.offer_command(actor, incident, "", "")
    assert actions.withdraw_offer(actor, offer) == incident
    with pytest.raises(NotFound):
        actions.sign_hand_over(actor_as("principal"), offer)
    assert actions.offer_command(actor, incident, "", "") != offer


def test_positions_post_and_objectives(incident, actor):
    actions.assign(actor, incident, "guide", "Bo Lane", "Channel 3")
    actions.assign(actor, incident, "guide", "Cy Dale")
    with pytest.raises(Refused, match="handed over"):
        actions.assign(actor, incident, "commander", "Cy Dale")
    with pytest.raises(Refused, match="no such position"):
        actions.assign(actor, incident, "king", "Cy Dale")
    assert queries.holders_of(row())["guide"].name == "Cy Dale"
    assert TimelineEntry.objects.filter(because="Guide: Cy Dale (School)").exists()
    actions.relieve(actor, incident, "guide")
    with pytest.raises(NotFound):
        actions.relieve(actor, incident, "guide")
    with pytest.raises(Refused, match="Choose a room"):
        actions.choose_post(actor, incident, None, " ")
    actions.choose_post(actor, incident, room_of(), "by the window")
    assert queries.post_of(row()).words == "Room 101, by the window"
    actions.add_objective(actor, incident, "Account for every room")
    (objective,) = queries.objectives_of(row())
    actions.finish_objective(actor, objective.pk)
    actions.finish_objective(actor, objective.pk)
    assert TimelineEntry.objects.filter(because="Done: Account for every room").count() == 1


def test_rooms_are_released_once_by_whoever_is_in_command(incident, actor, actor_as):
    with pytest.raises(Refused, match="takes command first"):
        actions.release_rooms(actor, incident, [room_of()])
    actions.take_command(actor, incident)
    assert actions.release_rooms(actor, incident, [room_of()], "The buses") == 1
    with pytest.raises(Refused, match="not been released"):
        actions.release_rooms(actor, incident, [room_of()])
    assert RoomRelease.objects.get().goes_to == "The buses"
    assert TimelineEntry.objects.filter(because="Released to The buses: Room 101").exists()
    actions.sign_hand_over(actor_as("police"), actions.offer_command(actor, incident, "Police", ""))
    with pytest.raises(Refused, match="releases the rooms"):
        actions.release_rooms(actor, incident, [room_of()])


def test_teachers_lead_nothing_and_read_no_care(incident, actor_as):
    for act in (lambda who: actions.take_command(who, incident), lambda who: queries.care_of(who, row())):
        with pytest.raises(Refused):
            act(actor_as("teacher"))


def test_care_is_read_by_few_and_every_look_is_written_down(incident, actor_as):
    nurse = actor_as("nurse")
    with pytest.raises(Refused, match="what was found"):
        actions.keep_care(nurse, incident, "Kim", " ")
    actions.keep_care(nurse, incident, "Kim Poe", "Asthma, wheezing", "Inhaler, two puffs", "ems", "Mother, 10:12")
    assert [one.name for one in queries.care_of(nurse, row())] == ["Kim Poe"]
    assert AuditRow.objects.filter(action="command.see_care").count() == 1
    assert "Kim" not in str(AuditRow.objects.filter(action="command.keep_care").values("details", "target", "why"))
    with pytest.raises(Refused):
        queries.care_of(actor_as("office"), row())
    assert CareRecord.objects.count() == 1


def test_what_is_over_stays_as_it_is(incident, actor):
    actions.take_command(actor, incident)
    incidents.give_all_clear(actor, incident)
    with recorded_batch("test"):
        Incident.objects.update(state="closed")
    with pytest.raises(Conflict, match="is over"):
        actions.add_objective(actor, incident, "More")
