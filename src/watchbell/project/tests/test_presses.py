"""A press by the API: whatever its words hold, it is one that can be passed on and kept."""

import json
from typing import Any

import pytest

from watchbell.line import clock
from watchbell.project.presses import Wrong, read_press
from watchbell.wire.base import decode, encode
from watchbell.wire.press import PanicPressed

SITE = "0190d1f0-0000-7000-8000-000000000001"
CLAIMS = {"user": "u1", "name": "Ana", "district": "d1", "modes": ["real"]}


def press(**more: Any) -> PanicPressed:
    return read_press(json.dumps({"site": SITE, "kind": "lockdown", **more}).encode(), CLAIMS, "")


@pytest.mark.parametrize("note", ["Man at the door \ud83d", "a\u0000b", "\x1b[0m"])
def test_words_that_nobody_can_keep_do_not_cost_the_alarm(note: str) -> None:
    found = press(note=note, place_name=note)
    again = decode(encode(found), PanicPressed)
    assert isinstance(again, PanicPressed) and again == found
    assert "\0" not in again.note + again.place_name and again.note[:1] == again.place_name[:1]


def test_words_are_kept_as_they_are() -> None:
    assert press(note="Línea 1\nlínea 2 \U0001f600").note == "Línea 1\nlínea 2 \U0001f600"


@pytest.mark.parametrize("raw", [b"{", b"[" * 100_000, b"[]", b"\xff"])
def test_what_is_no_press_is_said(raw: bytes) -> None:
    with pytest.raises(Wrong):
        read_press(raw, CLAIMS, "")


def _id(key: str, **more: Any) -> str:
    return read_press(json.dumps({"site": SITE, "kind": "lockdown", **more}).encode(), CLAIMS, key).id


def test_a_press_sent_again_is_the_same_and_another_with_its_key_is_not_lost() -> None:
    key = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    try:
        clock.shift(0)
        first = _id(key)
        clock.shift(6 * 3600)
        assert _id(key) == first, "a telephone without a network sends it hours later"
        assert len({first, _id(key, kind="medical"), _id(key, place=SITE), _id("")}) == 4
    finally:
        clock.shift(0)


def test_a_bridge_s_serial_number_for_a_key_raises_more_than_once() -> None:
    try:
        begins = 600 - clock.unix() % 600  # of a window
        clock.shift(begins + 1)
        first = _id("BRIDGE-0042")
        clock.shift(begins + 300)
        assert _id("BRIDGE-0042") == first
        clock.shift(begins + 1200)
        assert _id("BRIDGE-0042") != first
    finally:
        clock.shift(0)
