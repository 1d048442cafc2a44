"""Receipts in the forms carriers write them, words by which people leave, Twilio-shaped forms; any input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.sms.codec import MESSAGE_STATE, NETWORK_ERROR_CODE, RECEIPTED_MESSAGE_ID, Message
from watchbell.gateways.sms.receipts import DELIVERED, ENROUTE, FAILED, UNKNOWN, read_fields, read_receipt, spellings
from watchbell.gateways.sms.rest import (
    Incoming,
    Status,
    Taken,
    build_form,
    read_answer,
    read_incoming,
    read_status,
)
from watchbell.gateways.sms.words import read_word
from watchbell.gateways.twilio import Refusal, judge_answer
from watchbell.wire.base import Malformed

PAIRS = st.lists(st.tuples(st.text(max_size=12), st.text(max_size=20)), max_size=6)


@pytest.mark.parametrize(
    ("text", "id", "state", "err"),
    [
        ("id:0123456789 sub:001 dlvrd:001 submit date:2611270230 done date:2611270231 stat:DELIVRD err:000 "
         "text:Hello id:9",
         "0123456789", DELIVERED, "000"),
        ("id:7220bb6bd0be98fa sub:0 dlvrd:0 submit date:261127023000 done date:261127023101 stat:UNDELIV err:31 Text:",
         "7220bb6bd0be98fa", FAILED, "31"),
        ("ID: 42 SUB: 001 DLVRD: 000 SUBMIT DATE: 2611270230 DONE DATE: 2611270230 STAT: EXPIRED ERR: 0x1F",
         "42", FAILED, "0x1F"),
        ("id=abc-def stat=REJECTD err=004", "abc-def", FAILED, "004"),
        ("stat:ACCEPTD,id:5;err:0", "5", ENROUTE, "0"),
        ("id:1 submit_date:1 done_date:2 status:DELIVERED error:0", "1", DELIVERED, "0"),
        ("id:9 stat:BUFFRED", "9", ENROUTE, ""),
        ("id:9 stat:WONDER", "9", UNKNOWN, ""),
        ('id:"77" sub:001 dlvrd:001 stat:DELETED err:', "77", FAILED, ""),
    ],
)  # fmt: skip
def test_receipts_are_read_however_they_are_written(text: str, id: str, state: str, err: str) -> None:
    for esm_class in (0x04, 0x00):  # some carriers forget to say that it is one
        found = read_receipt(Message(esm_class=esm_class), text)
        assert found is not None and (found.id, found.state, found.err) == (id, state, err)
        assert bool(found.because) == (state == FAILED)


def test_parameters_go_before_the_text() -> None:
    tlvs = {RECEIPTED_MESSAGE_ID: b"77AB\0", MESSAGE_STATE: b"\x05", NETWORK_ERROR_CODE: b"\x03\x00\x1f"}
    found = read_receipt(Message(tlvs=tlvs), "")
    assert found is not None and (found.id, found.state, found.err) == ("77AB", FAILED, "31")
    assert "error 31" in found.because
    found = read_receipt(Message(esm_class=0x04, tlvs={MESSAGE_STATE: b"\x02"}), "id:5 stat:UNDELIV")
    assert found is not None and (found.id, found.state) == ("5", DELIVERED)
    halfway = read_receipt(Message(esm_class=0x20), "id:5 stat:DELIVRD")
    assert halfway is not None and halfway.state == ENROUTE


@pytest.mark.parametrize(
    "text",
    [
        "my id: 5 and what about the text: hi",
        "Stat?",
        "",
        "id:5",
        "my id: 5 and stat: ok",
        "id: 5, stat: fine",
        "Her id:7 is delivered, stat:DELIVRD?",
    ],
)
def test_what_people_write_is_no_receipt(text: str) -> None:
    assert read_receipt(Message(), text) is None


def test_ids_are_found_in_hex_and_in_decimal() -> None:
    assert "1234567890" in spellings("499602D2") and "499602d2" in spellings("1234567890")
    assert "5" in spellings("0005") and spellings("  ") == []
    assert spellings("a-b") == ["a-b"]


@given(st.text(max_size=200), st.integers(0, 255), st.binary(max_size=5))
def test_any_receipt_is_answered(text: str, esm_class: int, value: bytes) -> None:
    tlvs = {RECEIPTED_MESSAGE_ID: value, MESSAGE_STATE: value, NETWORK_ERROR_CODE: value}
    for message in (Message(esm_class=esm_class), Message(tlvs=tlvs)):
        found = read_receipt(message, text)
        assert found is None or (isinstance(found.because, str) and isinstance(spellings(found.id), list))
    assert isinstance(read_fields(text), dict) and isinstance(spellings(text), list)
    assert read_word(text) in ("opt_out", "opt_in", "help", "reply")


@pytest.mark.parametrize(
    ("text", "id", "state"),
    [("id:7 sub:001 dlvrd:001 stat:2 err:0 text:", "7", "delivered"), ("id:7 stat:08", "7", "failed"),
     ("messageId:77 status:DELIVERED", "77", "delivered"), ("Message-ID=7f stat=EXPIRED", "7f", "failed"),
     ("  ID:9 Stat:UNKNOWN", "9", "unknown"), ("id:9 stat:WONDER", "9", "unknown")],
)  # fmt: skip
def test_receipts_that_do_not_say_that_they_are(text: str, id: str, state: str) -> None:
    found = read_receipt(Message(), text)
    assert found is not None and (found.id, found.state) == (id, state)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("STOP", "opt_out"), (" Stop. ", "opt_out"), ("stop!", "opt_out"), ("ALTO", "opt_out"), ("Parar", "opt_out"),
     ("STOPALL", "opt_out"), ("Unsubscribe", "opt_out"), ("end", "opt_out"), ("QUIT", "opt_out"),
     ("opt-out", "opt_out"),
     ("“Stop”", "opt_out"), ("START", "opt_in"), ("unstop", "opt_in"), ("HELP", "help"), ("ayuda", "help"),
     ("Yes", "reply"), ("please stop by the office", "reply"), ("When does it end?", "reply"), ("", "reply"),
     ("STOP please", "opt_out"), ("Please stop", "opt_out"), ("stop texting me", "opt_out"),
     ("Please stop sending me these messages!", "opt_out"), ("Stop. Thank you.", "opt_out"),
     ("quit texting me", "opt_out"),
     ("cancel please", "opt_out"), ("end, thanks", "opt_out"), ("please revoke", "opt_out"), ("Opt out pls", "opt_out"),
     ("opt out of all texts", "opt_out"), ("unsubscribe me please", "opt_out"), ("remove me from this list", "opt_out"),
     ("no more texts please", "opt_out"), ("Alto por favor", "opt_out"), ("no más mensajes, gracias", "opt_out"),
     ("fin por favor", "opt_out"), ("fin", "reply"), ("Fin", "reply"), ("The end", "reply"),
     ("Please don't stop", "reply"),
     ("stop the bus", "reply"), ("Cancel my number 12 bus please", "reply"), ("end of list?", "reply"),
     ("please thank you", "reply"), ("start please", "reply"), ("Which bus stop please", "reply")],
)  # fmt: skip
def test_words_by_which_people_leave(text: str, kind: str) -> None:
    assert read_word(text) == kind


@pytest.mark.parametrize(
    ("status", "raw", "worth"),
    [(400, b'{"code": 21211, "message": "x"}', "bad_address"), (400, b'{"code": 21614}', "bad_address"),
     (400, b'{"code": 21610}', "opted_out"), (400, b'{"code": "21610"}', "opted_out"), (429, b"", "slow"),
     (429, b'{"code": 20429}', "slow"), (401, b'{"code": 20003}', "refuses"), (401, b"", "refuses"),
     (503, b"<html>", "down"), (500, b"{}", "down"), (302, b"", "down"), (400, b'{"code": 21606}', "refuses"),
     (400, b'{"code": 99999, "message": "New words"}', "failed"), (400, b"[]", "failed"), (404, b"", "refuses"),
     (201, b'{"sid": "nothing"}', "down"), (200, b"\xff", "down"), (201, b"[" * 9999, "down"),
     (201, b'{"sid": "SM0123456789", "status": "failed", "error_code": 30005}', "bad_address")],
)  # fmt: skip
def test_errors_of_the_carrier_are_read(status: int, raw: bytes, worth: str) -> None:
    found = read_answer(status, raw)
    assert isinstance(found, Refusal) and found.worth == worth and found.because


def test_what_the_carrier_takes_and_tells() -> None:
    assert read_answer(201, b'{"sid": "SM0123456789", "status": "queued", "num_segments": "2"}') == Taken(
        "SM0123456789", 2
    )
    told = read_status([("MessageSid", "SM0123456789"), ("MessageStatus", "undelivered"), ("ErrorCode", "30006")])
    assert isinstance(told, Status) and told.state == "failed" and told.refusal
    assert told.refusal.worth == "bad_address" and told.refusal.code == "30006"
    told = read_status([("MessageSid", "SM0123456789"), ("MessageStatus", "partially_delivered")])
    assert isinstance(told, Status) and told.state == ""
    told = read_status([("MessageSid", "SM0123456789"), ("MessageStatus", "delivered")])
    assert isinstance(told, Status) and told.state == "delivered" and told.refusal is None
    form = [("MessageSid", "SM0123456789"), ("From", "+15735550100"), ("Body", "Stop"), ("OptOutType", "stop"),
            ("NumMedia", "1"), ("MediaUrl0", "https://a/b")]  # fmt: skip
    found = read_incoming(form)
    assert isinstance(found, Incoming) and (found.text, found.opt_out_type, found.media) == (
        "Stop",
        "STOP",
        ("https://a/b",),
    )
    assert b"MessagingServiceSid=MG1" in build_form("+1", "MG1", "é&", "http://a") and b"Body=%C3%A9%26" in build_form(
        "+1", "+2", "é&", "http://a"
    )


@given(PAIRS, st.binary(max_size=60), st.integers(100, 599), st.text(max_size=30))
def test_any_form_and_answer_is_answered(form: list[tuple[str, str]], raw: bytes, status: int, text: str) -> None:
    assert isinstance(read_status(form), Malformed) and isinstance(read_incoming(form), Malformed)
    known = [*form, ("MessageSid", "SM12345678"), ("MessageStatus", "failed"), ("From", text or "1")]
    assert isinstance(read_status(known), Status) and isinstance(read_incoming(known), Incoming)
    assert isinstance(read_answer(status, raw), Refusal) and isinstance(judge_answer(status, raw), Refusal)
    assert isinstance(build_form(text, text, text, text), bytes)
