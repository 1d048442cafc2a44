"""A door on an incident's plan says the same as the board: its answer counts until its own state is newer."""

from datetime import timedelta

import msgspec
import pytest

from watchbell.district.equipment.inbox import take_receipts
from watchbell.district.equipment.models import Equipment
from watchbell.district.sites.models import Door
from watchbell.kernel.changes import recorded_batch
from watchbell.line import clock
from watchbell.response.incidents import queries
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.tests.builders import DOOR, build_incident, order, receipt
from watchbell.wire.base import encode


@pytest.fixture
def incident(committed_db, district, actor):
    return Incident.objects.get(id=build_incident(actor))


def _heard(lock, seconds_ago, contact="closed", state="online"):
    with recorded_batch("a door's state"):
        Equipment.objects.filter(id=DOOR).update(
            door=Door.objects.first(), lock=lock, contact=contact, state=state, is_tampered=True,
            state_at=clock.now() - timedelta(seconds=seconds_ago),
        )  # fmt: skip


def _answered(lock, contact="closed", action="lock_door", seconds_ago=0.0, state="done"):
    told = receipt(order(DOOR, action), state)
    take_receipts([encode(msgspec.structs.replace(
        told, at=told.at - seconds_ago, detail={"lock": lock, "contact": contact}))])  # fmt: skip


def _drawn(incident):
    doors = [door for floor in queries.floors_of(incident, [], [])[0] for door in floor["doors"]]
    return {door["state"] for door in doors if door["state"]}


@pytest.mark.parametrize("state", ["online", "silent"])
def test_what_a_door_has_answered_is_drawn_before_its_own_state_comes(incident, state):
    _heard("unlocked", 60, state=state)
    _answered("locked")
    assert _drawn(incident) == {"locked"}
    row = Equipment.objects.get(id=DOOR)
    assert row.is_tampered and row.state == "online", "an answer says nothing of its housing, and is a sign of life"


def test_a_lock_that_did_not_obey_is_drawn_as_it_is(incident):
    _heard("locked", 60)
    _answered("unlocked", state="failed")
    assert _drawn(incident) == {"unlocked"}


def test_what_was_heard_since_counts_more(incident):
    _heard("locked", 0, "open")
    _answered("unlocked", seconds_ago=5)
    assert _drawn(incident) == {"forced"}


def test_of_two_answers_the_later_counts_whatever_order_they_come_in(incident):
    _heard("unlocked", 60)
    _answered("locked", seconds_ago=1)
    _answered("unlocked", action="release_door", seconds_ago=3)
    assert _drawn(incident) == {"locked"}


@pytest.mark.parametrize("lock", ["", "ajar", 7, None, ["locked"]])
def test_an_answer_without_a_lock_tells_nothing(incident, lock):
    _heard("unlocked", 60)
    _answered(lock)
    assert _drawn(incident) == {"unlocked"}, "an answer that says nothing of the lock is no lock"


def test_who_is_no_door_has_no_lock(incident):
    with recorded_batch("another kind"):
        Equipment.objects.filter(id=DOOR).update(kind="speaker", lock="")
    _answered("locked")
    assert Equipment.objects.get(id=DOOR).lock == ""
