"""What is asked again, and what never is: failed orders, the end of a drill by a real alarm, an approved unlocking."""

from datetime import timedelta

import pytest

from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import Conflict
from watchbell.response.incidents import actions, jobs, queries, rules
from watchbell.response.incidents.models import BoardEntry, Incident
from watchbell.response.incidents.tests.builders import build_incident, order, raised, receipt
from watchbell.response.plans.tests.builders import CENTRE, DOOR, INNER


@pytest.fixture
def incident(committed_db, district, actor, sent):
    return build_incident(actor)


def _asked(sent, action):
    return [one for message in sent for one in message.orders if one.action == action]


def _long_ago(**which):
    with recorded_batch("long ago"):
        BoardEntry.objects.filter(**which).update(last_asked_at=clock.now() - timedelta(seconds=16))


def test_a_door_that_was_away_is_locked_when_it_is_back(incident, sent):
    failed = BoardEntry.objects.get(state="failed")
    jobs.audit_incidents()
    assert not _asked(sent, "lock_door"), "not at once"
    _long_ago(id=failed.id)
    jobs.audit_incidents()
    (again,) = _asked(sent, "lock_door")
    assert again.endpoint.id == str(INNER) and again.attempt == 2 and again.id == failed.order
    failed.refresh_from_db()
    assert failed.state == "failed", "the board says so until it has succeeded"
    actions.take_receipts([receipt(again)])
    failed.refresh_from_db()
    assert failed.state == "done"


def test_after_the_all_clear_only_failed_resets_are_asked_again(incident, sent, actor):
    failed = BoardEntry.objects.get(state="failed")
    actions.give_all_clear(actor, incident)
    with pytest.raises(Conflict, match="all-clear has been given"):
        actions.retry_endpoint(actor, incident, failed.id)
    reset = next(one for one in _asked(sent, "release_door") if one.endpoint.id == str(DOOR))
    actions.take_receipts([receipt(reset, "failed", "Door 1 is offline.")])
    sent.clear()
    _long_ago(state="failed")
    jobs.audit_incidents()
    assert not _asked(sent, "lock_door") and [one.id for one in _asked(sent, "release_door")] == [reset.id]
    actions.retry_endpoint(actor, incident, BoardEntry.objects.get(order=reset.id).id)


@pytest.mark.parametrize(
    ("action", "because", "attempts", "seconds", "state", "is_reset", "again"),
    [
        ("lock_door", "Door 1 is offline.", 1, 16, "open", False, True),
        ("lock_door", "Door 1 is offline.", 1, 14, "open", False, False),
        ("lock_door", "Door 1 is offline.", 20, 16, "open", False, False),
        ("lock_door", "Door 1 is offline.", 20, 61, "open", False, True),
        ("lock_door", "Door 1 is offline.", 1, 16, "clearing", False, False),
        ("release_door", "Door 1 is offline.", 1, 16, "clearing", True, True),
        ("release_door", "Door 1 is offline.", 1, 16, "open", True, False),
        ("place_call", "Nobody answered.", 1, 16, "open", False, False),
        ("unlock_door", "Door 1 is offline.", 1, 16, "open", False, False),
        ("tell_dispatch", "Refused: a drill never reaches County 911.", 1, 16, "open", False, False),
    ],
)
def test_what_failed_is_asked_again(action, because, attempts, seconds, state, is_reset, again):
    last = clock.now()
    now = last + timedelta(seconds=seconds)
    assert rules.is_asked_again(action, because, attempts, last, state, is_reset, now) == again


def test_a_real_alarm_that_ends_a_drill_keeps_the_doors_its_orders_are_only_on_their_way_to(
    committed_db, district, actor, sent
):
    system = system_actor(district.id)
    drill = build_incident(actor, press="d1", mode="drill")
    asked = [order(DOOR, press="d1", mode="drill"), order(INNER, press="d1", mode="drill")]
    actions.take_receipts([receipt(one) for one in asked])
    sent.clear()
    real = actions.open_or_join(system, raised("r1"))
    jobs.end_drill(str(drill), "A real alarm ended this drill.")
    assert Incident.objects.get(id=drill).state == "clearing" and Incident.objects.get(id=real).state == "open"
    assert not _asked(sent, "release_door"), "the real lockdown's doors would stand unlocked"
    actions.take_receipts([receipt(order(DOOR, press="r1")), receipt(order(INNER, press="r1"))])
    actions.give_all_clear(actor, real)
    assert {one.endpoint.id for one in _asked(sent, "release_door")} == {str(DOOR), str(INNER)}


def test_an_approved_unlocking_is_taken_back_and_never_holds_the_end_up(incident, sent, actor):
    unlock = order(DOOR, "unlock_door")
    actions.take_receipts([receipt(unlock, "failed", "Door 1 refused.")])
    row = BoardEntry.objects.get(order=unlock.id)
    assert not row.is_reset
    actions.give_all_clear(actor, incident)
    resets = {one.id for message in sent for one in message.orders}
    assert any(one.id.startswith(unlock.id[:20]) for one in _asked(sent, "release_door"))
    everything = [one for message in sent for one in message.orders if one.id in resets]
    actions.take_receipts([receipt(one) for one in everything])
    assert actions.finish_if_over(actor, incident) and Incident.objects.get(id=incident).state == "closed"


def test_a_clear_ends_the_alerts_of_its_own_incident_only(incident, sent, actor, district):
    system = system_actor(district.id)
    actions.open_or_join(system, raised("p2"))
    shown = order(CENTRE, "tell_screens")
    actions.take_receipts([receipt(shown)])
    actions.give_all_clear(actor, incident)
    (clear,) = _asked(sent, "clear_screens")
    assert set(clear.params["presses"]) == {"p1", "p2"}, "and of no other incident there"


def test_the_page_offers_no_further_try_after_the_all_clear(incident, actor):
    from watchbell.response.incidents.pages.one import rows_with_urls

    class Asking:
        """Who may do both."""

    asking = Asking()
    asking.actor = actor
    for state, offered in (("open", True), ("clearing", False), ("closed", False)):
        found = queries.incident_seen_by(actor, incident)
        found.state = state
        bad = [row for row in rows_with_urls(asking, found, queries.board_of(found)) if row["state"] == "failed"]
        assert bool(bad[0]["again_url"]) == offered
