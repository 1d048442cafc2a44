"""What telephone systems say of calls, read: dialog-info, records, notices; whatever bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.pbx.codec import (
    CallEvent,
    build_dialog_info,
    judge_dialed,
    number_of,
    parse_dialog_info,
    parse_json,
    parse_moment,
    read_body,
)
from watchbell.wire.base import Malformed

#: RFC 4235 §6.2, the second NOTIFY, with the identities a 911 call has.
EARLY = b"""<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="partial" entity="sip:4312@example.com">
  <dialog id="as7d900as8" call-id="a84b4c76e66710" local-tag="1928301774" remote-tag="456887766" direction="initiator">
    <state>early</state>
    <local><identity display="Room 12">sip:4312@example.com;user=phone</identity>
      <target uri="sip:4312@pc33.example.com"><param pname="+sip.rendering" pval="no"/></target></local>
    <remote><identity>sip:911@example.com</identity><target uri="sip:psap@bcf.example.net"/></remote>
  </dialog>
</dialog-info>"""


def test_a_dialog_names_caller_and_called() -> None:
    assert parse_dialog_info(EARLY) == [
        CallEvent(dialed="911", extension="4312", id="a84b4c76e66710", name="Room 12", state="early")
    ]


def test_a_call_to_our_telephone_is_not_one_from_it() -> None:
    assert parse_dialog_info(EARLY.replace(b'"initiator"', b'"recipient"')) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"<dialog-info/>", EARLY.replace(b"early", b"happy"), EARLY[:200],
        EARLY.replace(b'entity="sip:4312@example.com"', b""),
        b'<!DOCTYPE x [<!ENTITY e "911">]>' + EARLY[39:], EARLY.replace(b'id="as7d900as8"', b""),
    ],
)  # fmt: skip
def test_broken_documents_are_refused(raw: bytes) -> None:
    assert isinstance(parse_dialog_info(raw), Malformed)


@pytest.mark.parametrize(
    ("body", "fields", "wanted"),
    [
        (b'{"call_id": "c1", "dialed": "911", "extension": "4312", "callback": "+1 573-555-4312", "room": "12"}', {},
         ("911", "4312", "c1", "+15735554312", "12")),
        (b'{"uniqueid": "1700.5", "dst": "9911", "src": 4312, "calldate": "2026-11-26 12:00:00"}', {},
         ("9911", "4312", "1700.5", "", "")),
        (b'[{"a": {"to": "sip:911@pbx;user=phone", "from": "<ignored>"}, "n": "sip:4312@pbx"}]',
         {"dialed": "a.to", "extension": "n"}, ("911", "4312", "", "", "")),
        (b'{"cdr": [{"dst": "urn:service:sos", "src": "tel:+15735554312;ext=1"}]}', {},
         ("911", "+15735554312", "", "", "")),
    ],
)  # fmt: skip
def test_records_of_many_makers_are_read(body: bytes, fields: dict[str, str], wanted: tuple[str, ...]) -> None:
    found = parse_json(body, fields)
    assert isinstance(found, list) and len(found) == 1
    one = found[0]
    assert (one.dialed, one.extension, one.id, one.callback, one.place) == wanted
    assert judge_dialed(one.dialed) == "real"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b"null", b'{"dialed": "911"}', b'{"dialed": {}, "src": []}', b"[" * 9000]
)
def test_records_that_name_no_call_are_refused(body: bytes) -> None:
    assert isinstance(parse_json(body), Malformed)


def test_a_form_and_a_notice_say_the_same() -> None:
    form = read_body("application/x-www-form-urlencoded", b"dialed=911&extension=4312&call_id=7")
    notice = read_body("text/plain", b"CRISIS ALERT\r\nDialed: 911\r\nExtension: 4312\r\nCall-ID: 7\r\n")
    assert form == notice == [CallEvent(dialed="911", extension="4312", id="7")]
    assert isinstance(read_body("image/png", b"x"), Malformed)


@pytest.mark.parametrize(
    ("number", "mode"), [("911", "real"), ("+911", "real"), ("sip:+911@sbc.example", "real"), ("+9115551234", ""),
                         ("urn:emergency:service:sos", "real"), ("urn:emergency:service:test.sos", "test"),
                         ("9911", "real"), ("urn:service:sos.police", "real"), ("933", "test"),
                         ("urn:service:test.sos", "test"), ("9115551234", ""), ("4312", ""), ("", "")],
)  # fmt: skip
def test_only_emergency_numbers_count(number: str, mode: str) -> None:
    assert judge_dialed(number) == mode


def test_moments() -> None:
    assert parse_moment("1764158400") == 1764158400.0 and parse_moment("1764158400123") == 1764158400.123
    assert parse_moment("2026-11-26T12:00:00Z") is not None and parse_moment("yesterday") is None
    assert parse_moment("2026-11-26 12:00:00") is None, "a moment without its offset is no moment"


def test_a_name_that_nobody_can_keep_does_not_cost_the_call() -> None:
    raw = b'{"dst": "911", "src": "4312", "name": "An\\ud83d \\u0000a"}'
    (event,) = read_body("application/json", raw)  # type: ignore[misc]
    assert event.extension == "4312" and "\0" not in event.name and event.name.encode()
    (event,) = read_body("application/x-www-form-urlencoded", b"dst=911&src=43%0012&name=%ED%A0%80")  # type: ignore[misc]
    assert "\0" not in event.extension


def test_one_dialog_that_makes_no_sense_costs_no_other() -> None:
    bad = b'<dialog id="b"><state>happy</state></dialog>'
    (event,) = parse_dialog_info(EARLY.replace(b"</dialog-info>", bad + b"</dialog-info>"))  # type: ignore[misc]
    assert (event.dialed, event.extension) == ("911", "4312")


@pytest.mark.parametrize("name", [b"Pe\xf1a", b"a\x01b", b"\xed\xa0\x80"])
def test_a_name_in_another_encoding_does_not_cost_the_call(name: bytes) -> None:
    (event,) = parse_dialog_info(EARLY.replace(b"Room 12", name))  # type: ignore[misc]
    assert (event.dialed, event.extension) == ("911", "4312")
    (event,) = parse_json(b'{"dst": "911", "src": "4312", "name": "%s"}' % name)  # type: ignore[misc]
    assert (event.dialed, event.extension) == ("911", "4312")
    event.name.encode()


@pytest.mark.parametrize(
    ("body", "extension"),
    [(b'{"dst": "911", "callback": "+1 573 555 4312"}', "+15735554312"), (b'{"dst": "911", "room": "12"}', "unknown"),
     (b'{"dst": "911", "caller_name": "Ana"}', "unknown")],
)  # fmt: skip
def test_a_call_that_names_no_extension_but_who_or_where_is_one(body: bytes, extension: str) -> None:
    (event,) = parse_json(body)  # type: ignore[misc]
    assert (event.dialed, event.extension) == ("911", extension)


@given(st.binary(max_size=500), st.text(max_size=100))
def test_whatever_comes(raw: bytes, text: str) -> None:
    for kind in ("application/dialog-info+xml", "application/json", "application/x-www-form-urlencoded", "text/plain"):
        assert isinstance(read_body(kind, raw), list | Malformed)
    number_of(text)
    parse_moment(text)
    entity = f"sip:{''.join(sign for sign in text if sign.isalnum())}@x"
    assert isinstance(parse_dialog_info(build_dialog_info(entity, entity, "sip:911@x", "c", "early")), list)
