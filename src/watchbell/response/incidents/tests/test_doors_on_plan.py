"""A door on an incident's plan says the same as the board: its answer counts until its own state is newer."""

from datetime import timedelta

import msgspec
import pytest

from watchbell.district.equipment.models import Equipment
from watchbell.district.sites.models import Door
from watchbell.kernel.changes import recorded_batch
from watchbell.line import clock
from watchbell.response.incidents import actions, queries
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.tests.builders import DOOR, build_incident, order, receipt


@pytest.fixture
def incident(committed_db, district, actor):
    return Incident.objects.get(id=build_incident(actor))


def _heard(lock, seconds_ago, contact="closed"):
    with recorded_batch("a door's state"):
        Equipment.objects.filter(id=DOOR).update(
            door=Door.objects.first(), lock=lock, contact=contact, state="online",
            state_at=clock.now() - timedelta(seconds=seconds_ago),
        )  # fmt: skip


def _answered(lock, contact="closed", action="lock_door"):
    told = order(DOOR, action)
    actions.take_receipts([msgspec.structs.replace(receipt(told), detail={"lock": lock, "contact": contact})])


def _drawn(incident):
    doors = [door for floor in queries.floors_of(incident, [], [])[0] for door in floor["doors"]]
    return {door["state"] for door in doors if door["state"]}


def test_what_a_door_has_answered_is_drawn_before_its_own_state_comes(incident):
    _heard("unlocked", 60)
    assert _drawn(incident) == {"unlocked"}
    with recorded_batch("asked again"):
        incident.board.filter(action="lock_door").update(state="asked", done_at=None)
    _answered("locked")
    assert _drawn(incident) == {"locked"}


def test_what_was_heard_since_counts_more(incident):
    _answered("locked")
    with recorded_batch("with its lock"):
        incident.board.filter(action="lock_door", state="done").update(
            detail={"lock": "locked", "contact": "closed"}, done_at=clock.now() - timedelta(seconds=5)
        )
    _heard("locked", 0, "open")
    assert _drawn(incident) == {"forced"}


def test_an_answer_without_a_lock_tells_nothing(incident):
    _heard("unlocked", 60)
    assert _drawn(incident) == {"unlocked"}, "an answer that says nothing of the lock is no lock"
