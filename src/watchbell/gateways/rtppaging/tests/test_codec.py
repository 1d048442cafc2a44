"""RTP and group paging packets against recordings, their own round trip, and any bytes."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.rtppaging.codec import (
    ALERT,
    END,
    TRANSMIT,
    PolyPacket,
    RtpPacket,
    build_poly,
    build_rtp,
    parse_poly,
    parse_rtp,
    poly_page,
)
from watchbell.wire.base import Malformed

SERIAL = 0x12345678


def test_group_paging_packets_are_those_two_implementations_agree_on(vectors: Path) -> None:
    recorded = json.loads((vectors / "paging" / "poly_group_paging.json").read_text())
    built = [build_poly(PolyPacket(operation=op, channel=26, serial=SERIAL, caller="MPS-IP")) for op in (ALERT, END)]
    built += poly_page(26, SERIAL, "MPS-IP", [b"\xaa" * 160, b"\xbb" * 160])[31:33]
    assert [raw.hex() for raw in built] == [packet["hex"] for packet in recorded["packets"]]
    for packet in recorded["packets"]:
        found = parse_poly(bytes.fromhex(packet["hex"]))
        assert isinstance(found, PolyPacket) and build_poly(found).hex() == packet["hex"]
        assert (found.channel, found.serial, found.caller) == (26, SERIAL, "MPS-IP")


def test_the_constants_are_those_of_the_recordings(vectors: Path) -> None:
    recorded = json.loads((vectors / "paging" / "poly_group_paging.json").read_text())
    assert {"alert": f"{ALERT:02x}", "transmit": f"{TRANSMIT:02x}", "end": f"{END:02x}"} == recorded["opcodes"]
    page = poly_page(50, SERIAL, "office", [b"\xff" * 160] * 3)
    assert len(page) == recorded["alert_packets"] + 3 + recorded["end_packets"]


def test_a_callers_length_byte_may_be_the_names_own_length() -> None:
    raw = bytes.fromhex("0f1a12345678064d50532d495000000000000000")
    found = parse_poly(raw)
    assert isinstance(found, PolyPacket) and found.caller == "MPS-IP" and build_poly(found) == raw


def test_wrong_group_paging_packets_are_malformed() -> None:
    alert = bytes.fromhex("0f1a123456780d4d50532d495000000000000000")
    wrong = [alert[:19], b"\x0e" + alert[1:], alert[:1] + b"\x00" + alert[2:], alert[:1] + b"\x33" + alert[2:]]
    wrong += [
        alert + b"x",
        b"\x10" + alert[1:],
        b"\x10" + alert[1:] + bytes(6) + bytes(100),
        alert[:6] + b"\x0e" + alert[7:],
    ]
    wrong.append(b"\x10" + alert[1:] + b"\x07" + bytes(5) + bytes(160))
    assert all(isinstance(parse_poly(raw), Malformed) for raw in wrong)


def test_rtp_options_are_taken_off() -> None:
    head = bytes([0xB1, 0x80]) + (7).to_bytes(2, "big") + bytes(8)
    raw = head + bytes(4) + b"\xbe\xde\x00\x01" + bytes(4) + b"sound" + b"\x00\x00\x03"
    found = parse_rtp(raw)
    assert isinstance(found, RtpPacket) and found.payload == b"sound" and found.marker and found.sequence == 7


@given(
    st.integers(0, 127), st.integers(0, 65535), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1),
    st.binary(max_size=1000), st.booleans(),
)  # fmt: skip
def test_rtp_comes_back_as_it_was(kind: int, sequence: int, stamp: int, ssrc: int, payload: bytes, mark: bool) -> None:
    packet = RtpPacket(payload_type=kind, sequence=sequence, timestamp=stamp, ssrc=ssrc, payload=payload, marker=mark)
    assert parse_rtp(build_rtp(packet)) == packet


@given(st.one_of(st.binary(max_size=400), st.binary(min_size=20, max_size=20).map(lambda b: b"\x90" + b)))
def test_any_bytes_are_answered(raw: bytes) -> None:
    assert isinstance(parse_rtp(raw), RtpPacket | Malformed)
    assert isinstance(parse_poly(raw), PolyPacket | Malformed)
    assert isinstance(parse_poly(b"\x10\x1a" + raw), PolyPacket | Malformed)
