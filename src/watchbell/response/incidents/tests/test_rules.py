"""Incidents judged: where a press belongs, what is late, what is reset, when it is over, who may end it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from watchbell.response.incidents import rules
from watchbell.response.incidents.facts import OpenIncident
from watchbell.response.incidents.tests.builders import order

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HERE, THERE, OPEN = UUID(int=1), UUID(int=2), UUID(int=3)


def _open(site=HERE, kind="lockdown", mode="real", state="open", minutes_ago=5):
    return OpenIncident(OPEN, site, kind, mode, state, NOW - timedelta(minutes=minutes_ago))


@pytest.mark.parametrize(
    ("known", "mode", "joins", "ends"),
    [
        ([], "real", None, ()),
        ([_open()], "real", OPEN, ()),
        ([_open(minutes_ago=30)], "real", OPEN, ()),
        ([_open(minutes_ago=31)], "real", None, ()),
        ([_open(site=THERE)], "real", None, ()),
        ([_open(kind="medical")], "real", None, ()),
        ([_open(state="clearing")], "real", None, ()),
        ([_open(mode="drill")], "real", None, (OPEN,)),
        ([_open(mode="drill")], "drill", OPEN, ()),
        ([_open(mode="test")], "real", None, ()),
        ([_open(mode="test")], "test", OPEN, ()),
    ],
)
def test_a_press_joins_what_is_close_in_time_and_place_and_of_its_kind_and_mode(known, mode, joins, ends):
    verdict = rules.judge_press(HERE, "lockdown", mode, NOW, known)
    assert (verdict.joins, verdict.ends) == (joins, ends) and verdict.because


def test_a_911_call_joins_whatever_is_on_at_its_site():
    lockdown = _open(minutes_ago=90)
    own = OpenIncident(UUID(int=4), HERE, "call_911", "real", "open", NOW)
    for known, joins in (
        ([lockdown], OPEN), ([own, lockdown], OPEN), ([own], own.id), ([], None), ([_open(site=THERE)], None),
        ([_open(state="clearing")], None), ([_open(mode="drill")], None),
    ):  # fmt: skip
        assert rules.judge_press(HERE, "call_911", "real", NOW, known).joins == joins
    assert rules.judge_press(HERE, "call_911", "test", NOW, [lockdown]).joins is None
    assert rules.judge_press(HERE, "call_911", "real", NOW, [_open(kind="duress")]).joins is None, (
        "hidden from those told"
    )
    assert rules.judge_press(HERE, "call_911", "real", NOW, [_open(mode="drill")]).ends == (OPEN,)


@pytest.mark.parametrize(
    ("kind", "mode", "device", "words"),
    [
        ("lockdown", "real", "siadc09/1/2", "Panic alarm, Room 12"),
        ("call_911", "real", "pbx/4312", "911 was called from Room 12 (ext. 4312)"),
        ("call_911", "real", "console/7", "911 was called from Room 12"),
        ("call_911", "test", "pbx/4312", "A test call to 911 was made from Room 12 (ext. 4312)"),
    ],
)
def test_the_timeline_says_what_was_pressed(kind, mode, device, words):
    assert rules.describe_press(kind, mode, "Room 12", device) == words


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [("asked", "done", True), ("asked", "failed", True), ("failed", "done", True), ("expired", "failed", True),
     ("done", "failed", False), ("done", "done", False)],
)  # fmt: skip
def test_done_stays_done(old, new, replaces):
    assert rules.receipt_replaces(old, new) is replaces


@pytest.mark.parametrize(
    ("state", "seconds", "shown"),
    [("asked", 4, "asked"), ("asked", 6, "late"), ("done", 99, "done"), ("failed", 99, "failed")],
)
def test_an_order_past_its_deadline_is_late(state, seconds, shown):
    assert rules.state_shown(state, NOW, 5.0, NOW + timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("action", "undone_by"),
    [("lock_door", "release_door"), ("unlock_door", "release_door"), ("start_page", "stop_page"),
     ("tell_dispatch", "clear_dispatch"), ("push_staff", "clear_push"), ("place_call", None)],
)  # fmt: skip
def test_what_can_be_undone_is_undone(action, undone_by):
    found = rules.release_of(order(action=action), 9.0)
    assert (found and found.action) == undone_by


def test_an_endpoint_is_reset_once_and_not_while_another_alarm_needs_it():
    first, again, other = order(press="p1"), order(press="p2"), order(UUID(int=9))
    send, kept = rules.orders_to_reset([first, again, other], {(other.endpoint.id, "lock_door")}, 9.0)
    assert [one.endpoint.id for one in send] == [first.endpoint.id]
    assert [one.endpoint.id for one in kept] == [other.endpoint.id]


def test_every_press_s_page_is_ended_also_where_another_alarm_pages_the_same_zone():
    first, again = order(press="p1", action="start_page"), order(press="p2", action="start_page")
    send, kept = rules.orders_to_reset([first, again], {(first.endpoint.id, "start_page")}, 9.0)
    assert [(one.press, one.action) for one in send] == [("p1", "stop_page"), ("p2", "stop_page")] and not kept


@pytest.mark.parametrize(
    ("mode", "action", "is_test", "state", "never"),
    [("drill", "tell_dispatch", False, "failed", True), ("test", "place_call", False, "failed", True),
     ("drill", "tell_dispatch", True, "failed", False), ("drill", "tell_dispatch", False, "done", False),
     ("real", "tell_dispatch", False, "failed", False), ("drill", "lock_door", False, "failed", False)],
)  # fmt: skip
def test_whom_a_drill_never_told_has_nothing_to_take_back(mode, action, is_test, state, never):
    made = order(action=action, mode=mode)
    made = msgspec.structs.replace(made, endpoint=msgspec.structs.replace(made.endpoint, test=is_test))
    assert rules.was_never_told(made, state) is never


@pytest.mark.parametrize(
    ("resets", "over"),
    [([], True), ([("done", False)], True), ([("done", False), ("asked", False)], False), ([("failed", True)], True),
     ([("failed", False)], False)],
)  # fmt: skip
def test_an_incident_is_over_when_every_endpoint_is(resets, over):
    assert rules.is_over(resets) is over


@pytest.mark.parametrize(
    ("role", "named", "permitted", "may"),
    [("director", [], True, True), ("director", [], False, False), ("principal", ["director"], True, False),
     ("police", ["director", "police"], True, True), ("police", ["police"], False, False)],
)  # fmt: skip
def test_the_plan_names_who_gives_the_all_clear(role, named, permitted, may):
    assert rules.may_clear(role, named, permitted) is may


@pytest.mark.parametrize(
    ("attempts", "seconds", "verdict"),
    [(1, 10, "wait"), (1, 12, "ask"), (3, 12, "ask"), (4, 12, "expire")],
)
def test_silence_is_asked_again_then_expires(attempts, seconds, verdict):
    assert rules.needs_audit(attempts, NOW, 5.0, NOW + timedelta(seconds=seconds)) == verdict


def test_what_an_alarm_asked_is_not_asked_again_after_its_all_clear():
    assert rules.needs_audit(1, NOW, 5.0, NOW + timedelta(seconds=12), is_over=True) == "expire"
    assert rules.needs_audit(1, NOW, 5.0, NOW + timedelta(seconds=10), is_over=True) == "wait"
