"""A press by the API: whatever its words hold, it is one that can be passed on and kept."""

import json
from typing import Any

import pytest

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
