"""Commands, texts and confirmations."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.mqttsign.codec import (
    LINE_LENGTH,
    MOST_LINES,
    Confirmation,
    read_confirmation,
    read_state,
    sign_lines,
    write_command,
)
from watchbell.wire.base import Malformed
from watchbell.wire.order import Endpoint, Order

ORDER = Order(
    id="o", attempt=1, press="p", district="d", site="s", step="t", action="show_sign", mode="real", kind="lockdown",
    endpoint=Endpoint(id="e", name="Sign", gateway="mqttsign", device="n-sign-1"), made_at=0, expires_at=9,
    deadline_seconds=5, 
    params={"title": "Lockdown", "directive": "Locks, lights, out of sight", "place_name": "Room 1"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, ["LOCKDOWN", "Locks, lights, out of sight"]),
        ({"mode": "drill"}, ["DRILL: LOCKDOWN", "Locks, lights, out of sight"]),
        ({"mode": "test"}, ["TEST: LOCKDOWN", "Locks, lights, out of sight"]),
        ({"params": {}, "kind": "staff_assist"}, ["STAFF ASSIST"]),
        ({"params": {"lines": ["Come  in", "", "now"]}}, ["Come in", "now"]),
    ],
)
def test_what_a_sign_shows(change, lines):
    assert sign_lines(msgspec.structs.replace(ORDER, **change)) == lines


def test_the_room_of_a_press_is_not_told_in_halls():
    assert b"Room 1" not in write_command(ORDER, "c", 1.0)


@pytest.mark.parametrize(
    ("action", "found"),
    [("show_sign", ("show", "red")), ("clear_sign", ("clear", None)), ("start_strobe", ("flash", "red")),
     ("stop_strobe", ("stop", None))],
)  # fmt: skip
def test_commands(action, found):
    body = json.loads(write_command(msgspec.structs.replace(ORDER, action=action), "c", 1.0))
    assert (body["do"], body.get("colour")) == found and (body["id"], body["mode"]) == ("c", "real")


@given(st.lists(st.text()))
def test_any_text_fits_a_sign(lines):
    found = sign_lines(msgspec.structs.replace(ORDER, params={"lines": lines}))
    assert len(found) <= MOST_LINES and all(len(line) <= LINE_LENGTH for line in found)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_confirmation_or_malformed(raw):
    assert isinstance(read_confirmation(raw), Confirmation | Malformed)
    assert read_state(raw) in ("online", "offline", "")


@pytest.mark.parametrize(
    ("raw", "state"),
    [(b"online", "online"), (b'"offline"', "offline"), (b'{"state": "Online"}', "online"), (b"{", ""), (b"[]", ""),
     (b"lit", ""), (b"x" * 9999, "")],
)  # fmt: skip
def test_states(raw, state):
    assert read_state(raw) == state
