"""Signatures, TwiML and callbacks: the carrier's example, round trips, any input."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.twilio import is_number, is_signed, sign_request
from watchbell.gateways.voicecall.codec import (
    STATUSES,
    CallStatus,
    Script,
    build_goodbye,
    build_twiml,
    judge_call,
    parse_callback,
    parse_created,
    parse_twiml,
)
from watchbell.wire.base import Malformed

PAIRS = st.lists(st.tuples(st.text(max_size=12), st.text(max_size=20)), max_size=6)


def test_the_carriers_own_example_is_signed_alike(vectors: Path) -> None:
    case = json.loads((vectors / "messaging" / "push_and_twilio.json").read_text())["twilio_request_signature"]
    form = list(case["post"].items())
    assert sign_request(case["url"], form, case["auth_token"]) == case["X-Twilio-Signature"]
    with_port = case["url"].replace("mycompany.com", "mycompany.com:443")
    assert is_signed(with_port, form, case["auth_token"], case["X-Twilio-Signature"])
    assert not is_signed(case["url"], [*form, ("x", "")], case["auth_token"], case["X-Twilio-Signature"])
    assert not is_signed(case["url"], form, "54321", case["X-Twilio-Signature"])


def test_a_signature_over_the_address_with_its_port_is_taken_too() -> None:
    signed = sign_request("https://a.example:443/x?y=1", [], "t")
    assert is_signed("https://a.example/x?y=1", [], "t", signed)
    assert not is_signed("http://a.example/x?y=1", [], "t", signed)
    assert not is_signed("https://a.example/x", [], "", sign_request("https://a.example/x", [], "")), (
        "a token is needed"
    )


@given(st.text(max_size=50), PAIRS, st.text(max_size=20), st.text(max_size=40))
def test_any_signature_is_answered(url: str, form: list[tuple[str, str]], token: str, signature: str) -> None:
    assert is_signed(url, form, token, sign_request(url, form, token)) == bool(token)
    assert not is_signed(url, form, token, signature)


@given(st.text(max_size=200), st.sampled_from(["en", "es", "xx"]))
def test_twiml_says_whatever_is_to_be_said(say: str, language: str) -> None:
    found = parse_twiml(build_twiml(say, "https://a/b?c=1&d=\"2'", language))
    assert isinstance(found, Script) and found.action == "https://a/b?c=1&d=\"2'" and found.digits == 1
    assert len(found.words) == 2
    assert isinstance(parse_twiml(build_goodbye(True, language)), Script)


@given(st.text(max_size=200))
def test_any_text_is_answered_as_twiml(text: str) -> None:
    assert isinstance(parse_twiml(text), Malformed | Script)
    assert isinstance(parse_twiml(f"<Response>{text}</Response>"), Malformed | Script)


@given(st.binary(max_size=100), PAIRS)
def test_any_answer_and_callback_is_answered(raw: bytes, form: list[tuple[str, str]]) -> None:
    assert isinstance(parse_created(raw), Malformed | str)
    assert isinstance(parse_callback(form), Malformed)
    for status in STATUSES:
        known = [*form, ("CallSid", "CA12345678"), ("CallStatus", status)]
        assert isinstance(parse_callback(known), CallStatus)


def test_answers_of_the_carrier_are_read() -> None:
    assert parse_created(b'{"sid": "CA1234567890ABCDE", "status": "queued"}') == "CA1234567890ABCDE"
    refused = parse_created(b'{"code": 21211, "message": "Invalid To", "status": 400}')
    assert isinstance(refused, Malformed) and refused.because == "Invalid To"
    assert isinstance(parse_created(b"[" * 9999), Malformed) and isinstance(parse_created(b"[1]"), Malformed)


@pytest.mark.parametrize(
    ("text", "known"),
    [("+15555550100", True), ("5555550100", False), ("+0123456789", False), ("+1 555", False), ("", False)],
)
def test_numbers_are_e164(text: str, known: bool) -> None:
    assert is_number(text) is known


@pytest.mark.parametrize(
    ("by", "seconds", "state"),
    [("human", 20, "answered"), ("", 20, "answered"), ("unknown", 20, "machine"), ("unknown", 1, "no_answer"),
     ("human", 2, "no_answer"), ("machine_end_beep", 20, "machine"), ("machine_start", 1, "no_answer")],
)  # fmt: skip
def test_who_has_not_heard_it_has_not_answered(by: str, seconds: int, state: str) -> None:
    heard = CallStatus(sid="CA0123456789", status="completed", answered_by=by, seconds=seconds)
    assert judge_call(heard, False)[0] == state
    assert judge_call(heard, True) == ("answered", "", False), "whoever pressed a key was there"


def test_a_fax_tone_in_an_emergency_closes_no_number_for_good() -> None:
    heard = CallStatus(sid="CA0123456789", status="completed", answered_by="fax", seconds=9)
    assert judge_call(heard, False) == ("failed", "A fax machine answered.", True)
    assert judge_call(heard, False, is_urgent=True) == ("failed", "A fax machine answered.", False)
