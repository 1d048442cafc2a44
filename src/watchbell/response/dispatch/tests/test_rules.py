"""Decided without a database: the clock, units, when a centre hears again, what a link opens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.response.dispatch import rules
from watchbell.response.dispatch.facts import LastUpdate, LinkFacts, Situation
from watchbell.response.incidents.facts import Answer, OutsideOrder

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
PLAN = {
    "steps": [
        {
            "action": "tell_dispatch", "timing": "immediate", "escalations": [
                {"after_seconds": 60, "action": "tell_dispatch", "waits_for": ["dispatch_acknowledged"],
                 "endpoints": ["n"]},
                {"after_seconds": 30, "action": "place_call", "waits_for": ["dispatch_acknowledged"],
                 "endpoints": ["v"]},
                {"after_seconds": 15, "action": "push_staff", "waits_for": ["on_my_way"], "endpoints": []},
            ],
        },
        {"action": "tell_dispatch", "timing": "approval", "escalations": [
            {"after_seconds": 5, "action": "place_call", "waits_for": ["dispatch_acknowledged"], "endpoints": []}]},
    ]
}  # fmt: skip


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def told(endpoint: str = "County 911", state: str = "done", action: str = "tell_dispatch", at: float = 1.0, **more):
    words = {"order": f"{endpoint}-{at}", "press": "p", "step": "s", "endpoint": endpoint, "endpoint_id": endpoint,
             "because": "", "asked_at": later(at), "done_at": later(at) if state == "done" else None,
             "is_reset": False, "wire": {}}  # fmt: skip
    return OutsideOrder(**{**words, "state": state, "action": action, **more})


def said(
    what: str = "dispatch_acknowledged", at: float = 20, because: str = "Acknowledged by Dana at County", **detail
):
    return Answer(what, "e", "Dana", "o", later(at), because, detail)


def read(orders, answers=(), at=12.0):
    return rules.read_clock(NOW, PLAN, orders, list(answers), {"n": "Second centre", "v": "Line"}, later(at))


def test_while_nobody_acknowledges_the_clock_says_what_comes_and_when():
    clock = read([told()])
    assert clock.told == ("County 911",) and clock.told_at == later(1) and clock.is_waiting
    assert [(one.text, one.due_at) for one in clock.coming] == [
        ("voice call", later(30)), ("tell Second centre", later(60))]  # fmt: skip
    assert [one.text for one in read([told()], at=31).passed] == ["voice call"]


def test_an_acknowledgement_stops_the_clock_and_says_who_and_how_fast():
    clock = read([told()], [said()], at=100)
    assert clock.acknowledged_by == "Dana at County" and clock.took_seconds == 19
    assert clock.coming == () and clock.passed == () and not clock.is_waiting


def test_a_centre_that_was_not_reached_is_named_and_a_plan_without_centres_has_no_clock():
    clock = read([told(), told("Police", "failed")])
    assert clock.failed == ("Police",) and read([]).coming == ()
    again = read([told("Police", "failed"), told("Police", at=4)])
    assert again.failed == () and again.told == ("Police",)


@pytest.mark.parametrize(
    ("states", "key", "word"),
    [
        (["Assigned", "EnRoute"], "en_route", "En route"),
        (["OnScene"], "on_scene", "On scene"),
        (["Arrived"], "on_scene", "On scene"),
        (["AtHospital"], "", "At hospital"),
        ([], "", "Assigned"),
    ],
)
def test_states_of_a_centre_become_words(states, key, word):
    assert rules.read_state(states) == (key, word)


def test_a_unit_has_its_newest_state_whoever_wrote_its_name_how():
    first = said("dispatch_status", 5, "County: …", units=[{"name": "Adam 12", "states": ["Assigned"]}, {"name": "M4"}])
    second = said("dispatch_status", 9, "County: …", units=[{"name": "ADAM 12", "states": ["OnScene"]}])
    units = rules.units_of([second, first])
    assert [(u.name, u.state) for u in units] == [("ADAM 12", "on_scene"), ("M4", "")]


@given(st.lists(st.dictionaries(st.sampled_from(["units", "states"]), st.none() | st.integers() | st.text(max_size=3))))
def test_whatever_a_centre_sends_units_are_read(details):
    assert rules.units_of([said("dispatch_status", 1, "x", **detail) for detail in details]) == []


QUIET = Situation(kind="lockdown", callers=1, presses=({"place_name": "Room 1"},))
NEWS = replace(QUIET, rooms=({"name": "Room 2", "state": "help"},))


def update(situation: Situation = NEWS, at: float = 0, state: str = "done") -> LastUpdate:
    return LastUpdate(1, rules.digest_of(situation), later(at), state)


@pytest.mark.parametrize(
    ("situation", "last", "at", "verdict"),
    [
        (QUIET, None, 1, "nothing"),
        (NEWS, None, 1, "send"),
        (replace(QUIET, presses=({}, {})), None, 1, "send"),
        (NEWS, update(), 1, "nothing"),
        (QUIET, update(), 1, "wait"),
        (QUIET, update(), 3, "send"),
        (NEWS, update(state="failed"), 5, "wait"),
        (NEWS, update(state="expired"), 15, "send"),
        (NEWS, update(state=""), 60, "nothing"),
    ],
)
def test_a_centre_hears_what_is_new_not_too_often_and_again_when_it_was_lost(situation, last, at, verdict):
    assert rules.judge_update(situation, last, later(at)) == verdict


def test_each_centre_is_updated_about_the_press_it_was_told_of_first():
    orders = [told(at=9, press="p2"), told(at=1), told("Police", "failed"), told("Second", at=60),
              told(at=2, action="update_dispatch")]  # fmt: skip
    assert [(one.endpoint, one.press) for one in rules.first_tellings(orders)] == [
        ("County 911", "p"), ("Second", "p")]  # fmt: skip


LINK = LinkFacts("", later(3600), False, None)


@pytest.mark.parametrize(
    ("link", "mark", "at", "words"),
    [
        (LINK, "me", 0, ""),
        (replace(LINK, mark="me"), "me", 0, ""),
        (replace(LINK, mark="me"), "you", 0, "opens once"),
        (replace(LINK, is_revoked=True, mark="me"), "me", 0, "withdrawn"),
        (LINK, "me", 3600, "has ended"),
        (replace(LINK, mark="me", closed_at=later(-3700)), "me", 0, "is over"),
        (replace(LINK, mark="me", closed_at=later(-60)), "me", 0, ""),
    ],
)
def test_a_link_opens_once_in_one_session_until_it_ends(link, mark, at, words):
    because = rules.judge_link(link, mark, later(at))
    assert (words in because) if words else not because
