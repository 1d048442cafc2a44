"""Requests of a conformance suite and of RFC 5985, read; broken ones refused with the right code; whatever bytes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.held.codec import (
    HELD,
    LocationRequest,
    build_error,
    build_request,
    build_response,
    code_of,
    parse_answer,
    parse_request,
    plain,
)
from watchbell.line.pidflo import Location, parse_pidf_lo
from watchbell.wire.base import Malformed


def request(inner: str = "", attributes: str = "") -> bytes:
    return f'<locationRequest xmlns="{HELD}" {attributes}>{inner}</locationRequest>'.encode()


def device(inner: str) -> bytes:
    return request(f'<device xmlns="urn:ietf:params:xml:ns:geopriv:held:id">{inner}</device>')


def test_the_requests_of_the_suite_are_read(vectors: Path) -> None:
    folder = vectors / "ng911" / "http" / "HTTP_HELD"
    plain = parse_request((folder / "Location_request").read_bytes())
    assert plain == LocationRequest(response_time="emergencyRouting")
    for name in ("Location_request_for_locationURI", "Location_request_with_device_URI"):
        raw = (folder / name).read_bytes()
        assert code_of(parse_request(raw)) == "badIdentifier", "DEVICE_URI is a word to be filled in"
        found = parse_request(raw.replace(b"DEVICE_URI", b"sip:4312@pbx.example.com"))
        assert found == LocationRequest(types=("locationURI",), identities=(("uri", "sip:4312@pbx.example.com"),))
    answer = parse_answer((folder / "Location_response").read_bytes())
    assert not isinstance(answer, Malformed)
    place = parse_pidf_lo(answer.pidf)
    assert isinstance(place, Location) and place.latitude == pytest.approx(40.716683)
    default = parse_pidf_lo((folder / "Default_location").read_text())
    assert isinstance(default, Location) and default.latitude == pytest.approx(-63.1846946)


def test_every_other_message_of_the_suite_is_no_request_of_ours(vectors: Path) -> None:
    count = 0
    for kind in ("HTTP_LoST", "HTTP_ADR"):
        for path in sorted((vectors / "ng911" / "http" / kind).iterdir()):
            found = parse_request(path.read_bytes())
            assert isinstance(found, Malformed) and code_of(found) in ("requestError", "xmlError"), path.name
            count += 1
    assert count > 20


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "xmlError"), (b"<a>", "xmlError"), (b"{}", "xmlError"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + request("&e;"), "xmlError"),
        (b"<locationRequest/>", "requestError"),
        (f'<locationResponse xmlns="{HELD}"/>'.encode(), "unsupportedMessage"),
        (request("<locationType>civic anywhere</locationType>"), "requestError"),
        (request("<locationType>any civic</locationType>"), "requestError"),
        (request("<locationType/>"), "requestError"),
        (request('<locationType exact="perhaps">civic</locationType>'), "requestError"),
        (request(attributes='responseTime="soon"'), "requestError"),
        (device("<mac>12-34</mac>"), "badIdentifier"), (device("<uri>room 12</uri>"), "badIdentifier"),
        (device("<unknown>1</unknown>"), "badIdentifier"), (device(""), "badIdentifier"),
        (request("<x/>" * 20_000), "requestError"),
    ],
)  # fmt: skip
def test_broken_requests_are_refused_with_their_code(raw: bytes, code: str) -> None:
    found = parse_request(raw)
    assert isinstance(found, Malformed) and code_of(found) == code


def test_identities_are_read() -> None:
    found = parse_request(device("<ip v='4'>10.1.2.3</ip><mac>00-1B-44-11-3A-B7</mac><extension>4312</extension>"))
    assert isinstance(found, LocationRequest)
    assert found.identities == (("ip", "10.1.2.3"), ("mac", "001b44113ab7"), ("extension", "4312"))
    assert parse_request(build_request(found)) == found


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<ip v='6'>2001:DB8:0:0::1</ip>", ("ip", "2001:db8::1")),
        ("<uri>h323:4312@pbx.example.com</uri>", ("uri", "h323:4312@pbx.example.com")),
        ("<uri>urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6</uri>",
         ("uri", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
        ("<mdn>15555550123</mdn><min>5555550123</min>", ("number", "15555550123")),
    ],
)  # fmt: skip
def test_identities_in_every_form_are_read(inner: str, expected: tuple[str, str]) -> None:
    found = parse_request(device(inner))
    assert isinstance(found, LocationRequest) and found.identities == (expected,)


@pytest.mark.parametrize("inner", ["<ip>...</ip>", "<ip>1.2.3</ip>", "<ip>:::::</ip>", "<ip>300.1.1.1</ip>"])
def test_what_is_no_address_is_refused(inner: str) -> None:
    found = parse_request(device(inner))
    assert isinstance(found, Malformed) and code_of(found) == "badIdentifier"


def test_requests_in_other_encodings_and_odd_numbers_are_read() -> None:
    text = f'<?xml version="1.0" encoding="utf-16"?>\n<locationRequest xmlns="{HELD}" responseTime="+0008"/>\n'
    for encoding in ("utf-16", "utf-16-be", "utf-16-le"):
        raw = (
            b"\xfe\xff" if encoding == "utf-16-be" else b"\xff\xfe" if encoding == "utf-16-le" else b""
        ) + text.encode(encoding)
        found = parse_request(raw)
        assert isinstance(found, LocationRequest) and found.response_time == "+0008", encoding


def test_answers_are_read_back() -> None:
    location = Location(civic={"HNO": "1200", "ROOM": "12 <b> & c"}, latitude=38.9, longitude=-92.3)
    text = build_response(location, "pres:1@x", "2026-11-26T12:00:00+00:00", "2026-11-27T12:00:00+00:00",
                          "https://a/b?c&d", "2026-11-26T12:30:00+00:00")  # fmt: skip
    answer = parse_answer(text.encode())
    assert not isinstance(answer, Malformed) and answer.uris == ("https://a/b?c&d",)
    assert parse_pidf_lo(answer.pidf) == location
    assert parse_answer(build_error("locationUnknown").encode()).error == "locationUnknown"


@given(st.binary(max_size=400))
def test_whatever_bytes_come(raw: bytes) -> None:
    for one in (raw, request(raw.decode("latin-1")), device(raw.decode("latin-1"))):
        assert isinstance(parse_request(one), LocationRequest | Malformed)
        parse_answer(one)


def test_an_ipv4_address_is_the_same_however_a_socket_shows_it() -> None:
    assert plain("ip", "::ffff:10.0.4.20") == plain("ip", " 10.0.4.20 ") == "10.0.4.20"
    assert plain("ip", "2001:DB8::0:1") == "2001:db8::1"
