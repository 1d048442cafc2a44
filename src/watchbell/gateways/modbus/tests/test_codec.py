"""Readings, loops, requests and buttons: tables, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.modbus.codec import (
    CUT,
    MEANINGS,
    NORMAL,
    PRESSED,
    SHORT,
    Input,
    Output,
    read_contact,
    read_loop,
    read_modules,
    spans,
)
from watchbell.gateways.modbus.inputs import Kept, Watched, judge_input

BUTTON = Input(endpoint="b", input=0)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(0, SHORT), (200, SHORT), (201, PRESSED), (1400, PRESSED), (1401, NORMAL), (3000, NORMAL), (3001, CUT),
     (65535, CUT)],
)  # fmt: skip
def test_a_loop_tells_four_things(value, meaning):
    assert read_loop(BUTTON, value) == meaning


def test_a_contact_that_opens_when_pressed():
    opening = Input(endpoint="b", input=0, closed_is_pressed=False)
    assert [read_contact(one, closed) for one in (BUTTON, opening) for closed in (True, False)] == [
        PRESSED, NORMAL, NORMAL, PRESSED,
    ]  # fmt: skip


@given(st.integers(0, 65535))
def test_every_value_means_something(value):
    assert read_loop(BUTTON, value) in MEANINGS


@given(st.sets(st.integers(0, 65535), max_size=40), st.sampled_from([125, 2000]))
def test_requests_cover_every_address_and_ask_for_no_more_than_allowed(addresses, most):
    found = spans(addresses, most)
    covered = {address for first, count in found for address in range(first, first + count)}
    assert addresses <= covered and all(0 < count <= most for _, count in found)


def judge(readings, watched=None, one=BUTTON):
    """(presses, last trouble, watched) of (moment, reading)."""
    watched, presses, trouble = watched or Watched(kept=Kept()), 0, ""
    for now, reading in readings:
        verdict = judge_input(one, watched, reading, now)
        watched, trouble = verdict.watched, verdict.trouble
        presses += verdict.is_raised
    return presses, trouble, watched


@pytest.mark.parametrize(
    ("readings", "presses", "trouble"),
    [
        ([(0, NORMAL), (1, PRESSED), (2, PRESSED), (3, NORMAL)], 1, ""),
        ([(0, NORMAL), (1, PRESSED), (2, NORMAL), (3, PRESSED)], 2, ""),
        ([(0, NORMAL), (1, CUT)], 0, "cut"),
        ([(0, NORMAL), (1, SHORT)], 0, "shorted"),
        ([(0, NORMAL), (1, CUT), (2, PRESSED)], 1, ""),
        ([(0, PRESSED), (1, CUT), (2, PRESSED)], 1, ""),
        ([(0, PRESSED), (700, PRESSED)], 1, "10 minutes"),
        ([(n / 4, (PRESSED, NORMAL)[n % 2]) for n in range(30)], 6, "chatters"),
    ],
)
def test_buttons(readings, presses, trouble):
    found = judge(readings)
    assert found[0] == presses and trouble in found[1]


def test_a_button_pressed_at_its_very_first_reading_is_trouble_and_works_after_a_release():
    presses, trouble, watched = judge([(0, PRESSED)], Watched())
    assert presses == 0 and "first time" in trouble
    assert judge([(1, NORMAL), (2, PRESSED)], watched)[:2] == (1, "")


def test_a_press_made_while_nobody_polled_is_raised_and_one_from_before_is_not():
    assert judge([(0, PRESSED)], Watched(kept=Kept(number=3)))[0] == 1
    assert judge([(0, PRESSED)], Watched(kept=Kept(number=3, is_pressed=True)))[0] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [({"outputs": [{"endpoint": "a", "coils": [1]}, {"endpoint": "b", "coils": [1]}]}, "exactly one"),
     ({"outputs": [{"endpoint": "a", "coils": [1, 3]}]}, "in a row"),
     ({"outputs": [{"endpoint": "a", "coils": []}]}, "one"),
     ({"inputs": [{"endpoint": "a", "input": 1, "kind": "lunch"}]}, "kind"), ({"host": 7}, "str"),
     ({"inputs": [{"endpoint": "a", "input": 1, "levels": [[5, "warm"]]}]}, "level"),
     ({"inputs": [{"endpoint": "a", "input": 1, "levels": [[900, "normal"], [500, "pressed"]]}]}, "level"),
     ({"outputs": [{"endpoint": "a", "coils": [-1]}]}, "65535"),
     ({"outputs": [{"endpoint": "a", "coils": [65536]}]}, "65535"),
     ({"outputs": [{"endpoint": "a", "coils": list(range(1969))}]}, "1968"), ({"unit": 256}, "255"),
     ({"port": 0}, "port"), ({"timeout_seconds": 0}, "seconds")],
)  # fmt: skip
def test_a_module_that_would_not_work_is_told_and_costs_only_itself(change, words):
    good = {"module": "m", "endpoint": "e", "district": "d", "site": "s", "host": "h", "place": None}
    modules, problems = read_modules([{**good, **change}, good])
    assert len(modules) == 1 and words in problems[0]


def test_patterns():
    output = Output(endpoint="a", coils=(2, 3), patterns={"lockdown": (True, False), "fire": (True,)})
    assert [output.pattern_of(kind) for kind in ("lockdown", "fire", "hold")] == [
        (True, False),
        (True, True),
        (True, True),
    ]
