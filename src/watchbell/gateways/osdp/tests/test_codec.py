"""Packets of other implementations, a capture, and anything at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.osdp import codec
from watchbell.gateways.osdp.codec import Deframer, Packet, judge_packet, read_packet
from watchbell.wire.base import Malformed


@pytest.fixture(scope="module")
def recorded(vectors):
    return json.loads((vectors / "osdp" / "osdp.json").read_text())


def test_every_recorded_packet_gets_its_verdict_and_fields(recorded):
    for case in recorded["packets"]:
        fields = case["fields"]
        found = read_packet(bytes.fromhex(case["packet"]))
        is_right = fields["som_ok"] and fields["length_ok"] and fields["check_ok"]
        assert isinstance(found, Packet) == is_right, (case["name"], found)
        if not isinstance(found, Packet):
            continue
        assert (found.address, found.is_reply, found.length) == (
            fields["address"], fields["is_reply"], fields["length"],
        )  # fmt: skip
        assert (found.sequence, found.has_crc) == (fields["sequence"], fields["check"] == "crc16")
        assert (found.code, found.security.hex()) == (int(fields["code"], 16), fields.get("security_block", ""))
        assert bool(found.security) == fields["has_security_block"]
        expect = case.get("expect", {})
        if "payload" in expect:
            assert found.data.hex() == expect["payload"]
        for name in ("command", "reply"):
            if name in expect:
                assert found.name == expect[name].removeprefix("osdp_")


def test_what_a_secure_channel_refuses(recorded):
    by_name = {case["name"]: read_packet(bytes.fromhex(case["packet"])) for case in recorded["packets"]}
    for name, packet in by_name.items():
        if "invalid_type_reject" in name:
            assert isinstance(judge_packet(packet, False), Malformed)
        elif "plaintext_when_sc_active_reject" in name:
            assert isinstance(judge_packet(packet, True), Malformed)
            assert judge_packet(packet, False) is None
        elif isinstance(packet, Packet) and packet.scs_type in (0x17, 0x18):
            assert judge_packet(packet, True) is None


def test_checks_of_the_standards_annex(recorded):
    for case in recorded["annex_e"]["crc16"]:
        assert codec.compute_crc(bytes.fromhex(case["message"])).to_bytes(2, "little").hex() == case["crc_le"]
    for case in recorded["annex_e"]["checksum"]:
        assert codec.compute_checksum(bytes.fromhex(case["message"])) == int(case["checksum"], 16)
    assert bytes.fromhex(recorded["annex_e"]["secure_channel"]["scbk_d"]) == codec.SCBK_DEFAULT


def test_padding(recorded):
    for case in recorded["padding"]:
        assert codec.pad_block(bytes.fromhex(case["in"])).hex() == case["out"]


def test_a_capture_of_a_poll_cycle(vectors):
    packets = codec.read_capture((vectors / "osdp" / "1-poll-cycle.osdpcap").read_bytes())
    names = [read_packet(raw).name for raw in packets]
    assert len(names) == 10 and set(names) == {"POLL", "LSTATR", "ACK"}


def test_a_secure_trace_is_read_from_a_stream_however_cut(vectors):
    trace = json.loads((vectors / "osdp" / "libosdp_sc_trace.json").read_text())
    for way, is_reply in (("cp_to_pd", False), ("pd_to_cp", True)):
        stream = b"".join(bytes.fromhex(line) for line in trace[way])
        deframer, found = Deframer(), []
        for at in range(0, len(stream), 5):
            found += deframer.feed(stream[at : at + 5])
        packets = [read_packet(raw) for raw in found]
        assert len(packets) == len(trace[way])
        assert all(packet.address == 101 and packet.is_reply == is_reply for packet in packets)
        assert {packet.name for packet in packets} >= ({"POLL", "OUT"} if not is_reply else {"ACK", "PDID"})


@given(st.binary(max_size=200))
def test_any_bytes_give_a_packet_or_malformed(raw):
    assert isinstance(read_packet(raw), Packet | Malformed)
    body = b"\x53" + raw[:1] + (len(raw) + 5).to_bytes(2, "little") + raw[1:]
    body = b"\x53\x00" + (len(raw) + 6).to_bytes(2, "little") + raw
    whole = body + codec.compute_crc(body).to_bytes(2, "little")
    assert isinstance(read_packet(whole), Packet | Malformed)
    for piece in codec.read_capture(raw):
        assert isinstance(piece, bytes | Malformed)


@given(st.binary(max_size=400), st.integers(1, 9))
def test_any_stream_is_cut_without_losing_its_place(raw, size):
    deframer = Deframer()
    for at in range(0, len(raw), size):
        assert all(isinstance(piece, bytes | Malformed) for piece in deframer.feed(raw[at : at + size]))
    poll = bytes.fromhex("53000800046000")[:6]
    poll += codec.compute_crc(poll).to_bytes(2, "little")
    found = []
    for _ in range(1 + codec.MAX_PACKET_BYTES // 8):  # a false length swallows at most one packet's worth
        found += deframer.feed(b"\xff" + poll)
    assert any(isinstance(read_packet(piece), Packet) for piece in found if isinstance(piece, bytes))


@pytest.mark.parametrize("text", ["", "zz" * 16, "00" * 15, codec.SCBK_DEFAULT.hex()])
def test_keys_that_are_refused(text):
    assert isinstance(codec.read_key(text), Malformed)
