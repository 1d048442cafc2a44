"""SMPP: the vectors, an independent implementation in both directions, any octets."""

import json
from pathlib import Path

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.sms.codec import (
    COMMANDS,
    DATA_SM,
    DELIVER_SM,
    MESSAGE_PAYLOAD,
    SUBMIT_SM,
    Bind,
    Framer,
    Message,
    Pdu,
    build_bind,
    build_message,
    build_pdu,
    build_tlvs,
    read_bind,
    read_message,
    read_name,
    read_part,
    read_pdu,
    read_text,
    udh_elements,
)
from watchbell.gateways.sms.smpp import Link, Terms, _Session
from watchbell.line.sms import join_parts
from watchbell.wire.base import Malformed

OCTET = st.integers(0, 255)
WORD = st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=255), max_size=15)
MESSAGES = st.builds(
    Message, service_type=WORD, source_addr_ton=OCTET, source_addr_npi=OCTET, source_addr=WORD, dest_addr_ton=OCTET,
    dest_addr_npi=OCTET, destination_addr=WORD, esm_class=OCTET, protocol_id=OCTET, priority_flag=OCTET,
    schedule_delivery_time=WORD, validity_period=WORD, registered_delivery=OCTET, replace_if_present_flag=OCTET,
    data_coding=OCTET, sm_default_msg_id=OCTET, short_message=st.binary(max_size=254),
    tlvs=st.dictionaries(st.integers(0, 65535), st.binary(max_size=40), max_size=4),
)  # fmt: skip


def test_the_recorded_pdus_are_read_and_written_alike(vectors: Path) -> None:
    cases = json.loads((vectors / "smpp" / "pdu.json").read_text())
    raw, expect = bytes.fromhex(cases["submit_sm"]["hex"]), cases["submit_sm"]["expect"]
    pdu = read_pdu(raw)
    assert isinstance(pdu, Pdu)
    assert (pdu.name, pdu.command, pdu.status, pdu.sequence) == (
        expect["command"], expect["command_id"], expect["status"], expect["sequence"],
    )  # fmt: skip
    message = read_message(pdu)
    assert isinstance(message, Message)
    for name in expect.keys() & set(Message.__struct_fields__):
        assert getattr(message, name) == expect[name], name
    assert message.udh.hex() == expect["udh"] and message.payload.hex() == "03240103747b7374"
    assert udh_elements(message.udh) == {0x24: b"\x03"} and message.text == "täst"
    assert build_pdu(pdu.command, pdu.status, pdu.sequence, build_message(message)) == raw
    longer = cases["with_tlv_message_payload"]
    body = pdu.body + bytes.fromhex(longer["append_hex"])
    extended = build_pdu(pdu.command, pdu.status, pdu.sequence, body)
    assert len(extended) == longer["command_length"]
    found = read_message(read_pdu(extended))
    assert isinstance(found, Message) and found.tlvs[MESSAGE_PAYLOAD].decode() == longer["expect"]["message_payload"]


@given(MESSAGES, st.sampled_from([SUBMIT_SM, DELIVER_SM]), st.integers(1, 0x7FFFFFFF))
def test_messages_are_written_and_read_back(message: Message, command: int, sequence: int) -> None:
    pdu = read_pdu(build_pdu(command, 0, sequence, build_message(message)))
    assert isinstance(pdu, Pdu) and read_message(pdu) == message
    assert isinstance(message.text, str) and isinstance(message.udh, bytes)


def test_an_independent_implementation_reads_and_writes_the_same() -> None:
    """The octets of smpp34 and ours are the same, optional parameters included."""
    words = {
        "source_addr": "12345", "destination_addr": "15735550100", "source_addr_ton": 1, "source_addr_npi": 1,
        "dest_addr_ton": 1, "dest_addr_npi": 1, "esm_class": 0x40, "registered_delivery": 1, "data_coding": 8,
        "validity_period": "000001000000000R", "service_type": "CMT", "priority_flag": 1, "protocol_id": 0,
    }  # fmt: skip
    said = b"\x05\x00\x03\x2a\x02\x01" + "Unfall – alles gut".encode("utf-16-be")
    theirs = smpp34.SubmitSm(short_message=said, tlvs=[smpp34.Tlv(0x0204, b"\0\x07")], sequence_number=77, **words)
    message = Message(short_message=said, tlvs={0x0204: b"\0\x07"}, **words)
    ours = build_pdu(SUBMIT_SM, 0, 77, build_message(message))
    assert ours == theirs.encode()
    found = smpp34.decode(build_pdu(DELIVER_SM, 0, 78, build_message(message)))
    assert found.short_message == said and found.destination_addr == "15735550100" and found.tlvs[0].tag == 0x0204
    read = read_message(read_pdu(theirs.encode()))
    assert read == message and isinstance(read, Message)
    assert read.text == "Unfall – alles gut" and read_part(read) == (0x2A, 2, 1)


@given(st.binary(max_size=120), st.sampled_from(sorted(COMMANDS)))
def test_any_body_is_answered(raw: bytes, command: int) -> None:
    found = read_message(Pdu(command, 0, 1, raw))
    assert isinstance(found, Message | Malformed)
    if isinstance(found, Message):
        assert isinstance(found.text, str) and (read_part(found) is None or read_part(found)[1] > 1)
    assert isinstance(read_bind(raw), Bind | Malformed)
    assert isinstance(read_name(raw), str) and isinstance(udh_elements(raw), dict)
    assert isinstance(read_pdu(raw), Pdu | Malformed)


@given(st.lists(st.binary(max_size=40), max_size=6), st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_a_stream_is_cut_however_it_arrives(bodies: list[bytes], steps: list[int]) -> None:
    raw = b"".join(build_pdu(SUBMIT_SM, 0, number, body) for number, body in enumerate(bodies))
    framer, found, at = Framer(), [], 0
    for number in range(len(raw)):
        step = steps[number % len(steps)]
        found += framer.feed(raw[at : at + step])
        at += step
    assert [one.body for one in found if isinstance(one, Pdu)] == bodies


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_stream_is_answered(pieces: list[bytes]) -> None:
    framer = Framer()
    found = [one for piece in pieces for one in framer.feed(piece)]
    lost = [at for at, one in enumerate(found) if isinstance(one, Malformed)]
    assert lost in ([], [len(found) - 1])  # nothing after what is out of step


@pytest.mark.parametrize("torn", [b"\x04\x24\x00\x09ab", b"\x04\x24", b"\x04"])
def test_a_torn_parameter_is_malformed(torn: bytes) -> None:
    body = build_message(Message(destination_addr="1", short_message=b"a"))
    assert isinstance(read_message(Pdu(SUBMIT_SM, 0, 1, body)), Message)
    assert isinstance(read_message(Pdu(SUBMIT_SM, 0, 1, body + torn)), Malformed)


@given(st.builds(Bind, system_id=WORD, password=WORD, system_type=WORD, addr_ton=OCTET, address_range=WORD))
def test_binds_are_written_and_read_back(bind: Bind) -> None:
    assert read_bind(build_bind(bind)) == bind


def test_long_words_go_into_the_payload_and_data_sm_is_read() -> None:
    said = b"x" * 300
    message = read_message(Pdu(DELIVER_SM, 0, 1, build_message(Message(short_message=said))))
    assert isinstance(message, Message) and message.payload == said and message.short_message == b""
    body = b"\0\x01\x011\0\x01\x012\0\x00\x01\x00" + build_tlvs({MESSAGE_PAYLOAD: b"Hi"})
    found = read_message(Pdu(DATA_SM, 0, 1, body))
    assert isinstance(found, Message) and (found.source_addr, found.text) == ("1", "Hi")


@pytest.mark.parametrize(
    ("coding", "said", "text"),
    [(0, b"\x00\x1be", "@€"), (1, b"a@", "a@"), (3, b"\xe9", "é"), (8, b"\x00a", "a"), (6, b"\xb4", "Д"),
     (0xF0, b"\x00", "@"), (0xF4, b"@", "@"), (4, b"\xff", "ÿ"), (14, b"\xb0\xa1", "가"), (0x19, b"\x00a", "a"),
     (0x10, b"\x00\x1be", "@€"), (0x13, b"\x00", "@"), (0x14, b"\xe9", "é"), (0x1A, b"\x04\x14", "Д"),
     (0xC0, b"\x00", "@"), (0xD9, b"\x00", "@"), (0xE0, b"\x00a", "a"), (0xFB, b"\x00", "@"), (0xF5, b"\xe9", "é")],
)  # fmt: skip
def test_what_is_said_is_read_by_its_coding(coding: int, said: bytes, text: str) -> None:
    assert Message(data_coding=coding, short_message=said).text == text


@pytest.mark.parametrize(
    ("udh", "said", "text"),
    [(b"\x03\x24\x01\x01", b"\x1bG\x1bi\x1be\x1bs", "Ğı€ş"),
     (b"\x03\x25\x01\x01", b"\x04\x07\x0b\x0c\x1c\x1d\x40\x60", "€ıĞğŞşİç"),
     (b"\x06\x24\x01\x01\x25\x01\x01", b"\x1bc\x40", "çİ"), (b"\x03\x24\x01\x02", b"\x1ba\x1b\x09", "áç"),
     (b"\x03\x24\x01\x63", b"\x1bea", "€a")],
)  # fmt: skip
def test_national_letters_are_read_by_their_tables(udh: bytes, said: bytes, text: str) -> None:
    assert Message(esm_class=0x40, short_message=udh + said).text == text


def test_a_pair_that_is_torn_between_parts_is_whole_again() -> None:
    parts = ["ab".encode("utf-16-be") + b"\xd8\x3d", b"\xde\x00" + "c".encode("utf-16-be")]
    said = [Message(data_coding=8, esm_class=0x40, short_message=bytes((5, 0, 3, 7, 2, number)) + part)
            for number, part in enumerate(parts, 1)]  # fmt: skip
    assert join_parts(read_text(one, is_part=True) for one in said) == "ab😀c"
    assert join_parts(read_text(one, is_part=True) for one in said[:1]) == "ab\ufffd" and said[0].text == "ab\ufffd"
    odd = Message(data_coding=8, short_message=b"\x00a\xd8")
    assert join_parts([read_text(odd, is_part=True)]) == "a\ufffd"


@pytest.mark.parametrize("rest", [b"\0", b"\0\0", b"\0\0\0"])
def test_filling_behind_the_body_does_not_cost_the_message(rest: bytes) -> None:
    body = build_message(Message(source_addr="1", short_message=b"STOP", tlvs={0x0204: b"\0\x07"}))
    found = read_message(Pdu(DELIVER_SM, 0, 1, body + rest))
    assert isinstance(found, Message) and (found.text, found.tlvs) == ("STOP", {0x0204: b"\0\x07"})
    assert isinstance(read_message(Pdu(DELIVER_SM, 0, 1, body + b"\x04")), Malformed)


async def test_what_a_carrier_sends_is_answered_as_the_specification_says() -> None:
    class Wire:
        said = b""

        def is_closing(self) -> bool:
            return False

        def write(self, raw: bytes) -> None:
            self.said += raw

        def abort(self) -> None:
            pass

    async def take(message: Message) -> bool:
        return True

    session = _Session(Link("carrier", Terms(host="h", port=1, system_id="s"), take))
    wire = session.transport = Wire()  # type: ignore[assignment]
    for command, answer in (
        (0x15, build_pdu(0x80000015, 0, 7)),  # enquire_link
        (0x102, b""),  # alert_notification, which has no answer
        (0x99, build_pdu(0x80000000, 3, 7)),  # unknown: generic_nack, ESME_RINVCMDID
        (0x80000099, b""),  # an answer to nothing
        (0x06, build_pdu(0x80000006, 0, 7)),  # unbind
    ):
        wire.said = b""
        session.data_received(build_pdu(command, 0, 7))
        assert wire.said == answer, hex(command)
    assert session.lost.done()
