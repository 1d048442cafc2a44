"""Frames of other implementations, and anything at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from my_dc09_spt.msg.dc09_msg import dc09_msg
from pysiaalarm import SIAAccount
from pysiaalarm.event import SIAEvent
from siadc09.message import parse_frame

from watchbell.gateways.siadc09 import codec
from watchbell.gateways.siadc09.codec import Body, Frame, Framer, read_body, read_frame, write_answer, write_frame
from watchbell.gateways.siadc09.codes import describe_xdata, plain_zone, read_events
from watchbell.wire.base import Malformed

KEY = b"0123456789ABCDEF"
NOON = 1_790_000_000.0


@pytest.fixture(scope="module")
def recorded(vectors):
    return json.loads((vectors / "sia_dc09" / "dc09.json").read_text())


def read_all(raw: bytes, key: bytes | None = None):
    frame = read_frame(raw)
    assert isinstance(frame, Frame), frame
    body = read_body(frame, key)
    assert isinstance(body, Body), body
    return frame, body


def test_strict_verdicts_on_lines_that_are_mostly_wrong(recorded):
    for case in recorded["pysiaalarm_lines"]:
        found = read_frame(b"\n" + case["line"].encode() + b"\r")
        strict = case.get("strict", {})
        is_right = bool(strict.get("crc_ok") and strict.get("length_ok"))
        assert isinstance(found, Frame) == is_right, (case["name"], found)
        if isinstance(found, Frame):
            assert found.account == case["expect"]["account"]
            assert found.is_encrypted == case["expect"]["encrypted"]


def test_reports_in_lines_whose_envelope_is_wrong_are_read_once_it_is_right(recorded):
    for case in recorded["pysiaalarm_lines"]:
        code = case["expect"].get("code")
        if '"' not in case["line"] or not code:
            continue
        text = case["line"][case["line"].index('"') :].encode()
        frame, body = read_all(b"\n%04X%04X%s\r" % (codec.crc(text), len(text), text))
        events = read_events(frame, body)
        assert not isinstance(events, Malformed), case["name"]
        words = {"Fire Alarm": "fire"}.get(case["expect"]["type"])
        assert events and (events[0].code == code or events[0].kind == words), (case["name"], events)


def test_fioletoven_frames(recorded):
    for case in recorded["fioletoven"]:
        found = read_frame(case["frame"].encode())
        assert isinstance(found, Frame), (case["name"], found)
        expect = case["expect"]
        assert (found.ident, found.sequence) == (expect["id"], expect["seq"])
        for name in ("receiver", "line", "account"):
            if name in expect:
                assert getattr(found, name) == expect[name]
        body = read_body(found)
        assert isinstance(body, Body)
        if "data" in expect:
            assert body.data.decode() == (expect["data"] or "")


def test_frames_of_the_independent_dialler(recorded):
    for case in recorded["cross_implementation"]:
        key = bytes.fromhex(case["key_hex"]) if case["key_hex"] else None
        frame, body = read_all(bytes.fromhex(case["frame_hex"]), key)
        other = case["decoded_by_siadc09"]
        assert (frame.ident, frame.sequence, frame.account) == (other["id"], other["seq"], other["account"])
        if frame.ident == "NULL":
            continue
        events = read_events(frame, body)
        assert not isinstance(events, Malformed) and len(events) == 1
        event, params = events[0], case["params"]
        assert event.code == params["code"]
        wanted = {"PA": "panic", "HA": "panic", "FA": "fire", "MA": "medical", "100": "medical", "110": "fire"}
        wanted |= dict.fromkeys(("120", "121", "122", "123"), "panic")
        assert event.kind == ("" if params.get("q") == "3" else wanted.get(params["code"], "")), case["name"]
        if "zone" in params:
            assert event.zone == plain_zone(params["zone"])
        if key:
            assert body.sent_at is not None
            assert isinstance(read_body(frame, bytes(16)), Malformed)
            assert isinstance(read_body(frame), Malformed)


def test_answers_of_another_receiver_are_read(recorded):
    for case in recorded["receiver_answers"]:
        key = bytes.fromhex(case["key_hex"]) if case["key_hex"] else None
        frame, body = read_all(bytes.fromhex(case["frame_hex"]), key)
        assert frame.ident == case["dc09_spt_says"]
        assert not body.data


@pytest.mark.parametrize("key", [None, KEY, KEY + KEY[:8], KEY + KEY])
def test_our_answers_are_understood_by_an_independent_dialler(key):
    asked = read_frame(write_frame("SIA-DCS", 17, "0012", b"#0012|NPA5", line="0", sent_at=NOON, key=key))
    assert isinstance(asked, Frame) and asked.account == "0012"
    dialler = dc09_msg("0012", key=key if key and len(key) != 24 else None, line=0)
    for token in ("ACK", "DUH", "NAK"):
        answer = write_answer(token, asked, NOON, key)
        parse_frame(answer.replace(b"A0[", b"A0["), {None: key} if key else None) if token != "NAK" else None
        if key and len(key) == 24 and token == "ACK":
            continue  # that dialler knows 128 and 256 bits only
        said, _ = dialler.dc09answer(17, answer.decode("latin-1"))
        assert said == token


@pytest.mark.parametrize("key", [None, KEY, KEY + KEY])
def test_our_frames_are_understood_by_two_independent_receivers(key):
    raw = write_frame("SIA-DCS", 17, "1234", b"#1234|Nri1/PA12", sent_at=NOON, key=key)
    assert "Panic Alarm Zone 0x12" in str(parse_frame(raw, {None: key} if key else None))
    if key is None or len(key) == 16:
        account = SIAAccount("1234", key.decode() if key else None, allowed_timeband=None)
        event = SIAEvent.from_line(raw.decode().strip(), {"1234": account})
        assert (event.code, event.message, event.account) == ("PA", "12", "1234")


def test_a_contact_id_duress_code_counts_users_not_zones():
    frame, body = read_all(write_frame("ADM-CID", 1, "1234", b"#1234|1121 01 012"))
    (event,) = read_events(frame, body)
    assert (event.zone, event.kind) == ("U12", "panic")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"#1234|Nri1/PA12/HA13", [("PA", "12"), ("HA", "13")]),
        (b"#1234|NPA005", [("PA", "5")]),
        (b"#1234|OPA5", [("PA", "5")]),
        (b"|Nri1/PA501", [("PA", "501")]),
        (b"#1234|NPA5*what is this|", [("PA", "5")]),
        (b"#1234|NZZ5^COPACABANA^", []),
        (b"#1234|NZZ5/PA6^Room^", [("PA", "6")]),
        (b"#1234|Nzz9/PA7", [("PA", "7")]),
        (b"#1234|Nri1/PR12", []),
        (b"#1234|NRP0", []),
        (b"#1234|NBA3", []),
        (b"", []),
        (b"#1234|Nri1/PA5^Sala ni\xc3\xb1os^", [("PA", "5")]),
        (b"#1234|NPA5^a/b^/FA3 ", [("PA", "5"), ("FA", "3")]),
        (b"#1234|NPA5^never ends/HA6", [("PA", "5"), ("HA", "6")]),
        (b"#1234|NPA5^a/b^|NHA6|Nzz9/QA7|NMA8", [("PA", "5"), ("HA", "6"), ("QA", "7"), ("MA", "8")]),
        (b"#1234|NKA5/SA6/FM7", [("KA", "5"), ("SA", "6"), ("FM", "7")]),
    ],
)
def test_sia_presses(data, expected):
    frame, body = read_all(write_frame("SIA-DCS", 1, "1234", data))
    events = read_events(frame, body)
    assert not isinstance(events, Malformed)
    assert [(event.code, event.zone) for event in events if event.kind] == expected


def test_content_nobody_understands_is_malformed():
    for ident, data in (("SIA-DCS", b"#1|Nhello"), ("ADM-CID", b"#1|hello"), ("ADM-41E", b"1")):
        frame, body = read_all(write_frame(ident, 1, "1234", data))
        assert isinstance(read_events(frame, body), Malformed)


def test_extended_data_becomes_words():
    raw = write_frame("SIA-DCS", 1, "1", b"|NPA1", xdata=b"[R101][OGym][X006E07.7][Y49N06.6]", key=KEY, sent_at=NOON)
    _, body = read_all(raw, KEY)
    assert describe_xdata(body) == "Room: 101; Building: Gym; Position: 49N06.6 006E07.7"
    assert body.sent_at == NOON


def test_extended_data_that_nobody_can_keep_is_made_readable():
    _, body = read_all(write_frame("SIA-DCS", 1, "1", b"|NPA1", xdata=b"[R1\x0001][IGas\x1b\xff]"))
    assert describe_xdata(body) == "Room: 1 01; Text: Gas \ufffd"


def test_keys_are_taken_as_hex_and_as_text():
    assert codec.read_key(KEY.decode()) == KEY
    assert codec.read_key(KEY.hex()) == KEY
    assert codec.read_key("ab" * 32) == b"\xab" * 32
    assert codec.read_key("short") is None
    assert codec.read_key("z" * 32) == b"z" * 32


@given(st.binary(max_size=300))
def test_any_bytes_give_a_message_or_malformed(raw):
    for candidate in (raw, b"\n" + raw + b"\r", b"\n%04X%04X%s\r" % (codec.crc(raw), len(raw), raw)):
        found = read_frame(candidate)
        assert isinstance(found, Frame | Malformed)
        if isinstance(found, Frame):
            assert isinstance(read_body(found, KEY), Body | Malformed)


@given(
    st.binary(max_size=120).filter(lambda raw: b"\n" not in raw and b"\r" not in raw),
    st.sampled_from(["SIA-DCS", "ADM-CID"]),
)
def test_any_content_gives_events_or_malformed(data, ident):
    frame = read_frame(write_frame(ident, 1, "1", data))
    assert isinstance(frame, Frame)
    body = read_body(frame)
    if isinstance(body, Body):
        assert isinstance(read_events(frame, body), list | Malformed)
        assert isinstance(describe_xdata(body), str)


@given(st.binary(min_size=16, max_size=160))
def test_any_cipher_text_gives_a_body_or_malformed(clear):
    raw = write_frame("SIA-DCS", 1, "1", codec.encrypt(KEY, clear[: len(clear) // 16 * 16]).hex().encode())
    frame = read_frame(raw.replace(b'"SIA', b'"*SI'))
    text = b'"*SIA-DCS"0001L0#1[' + codec.encrypt(KEY, clear[: len(clear) // 16 * 16]).hex().encode()
    frame = read_frame(b"\n%04X%04X%s\r" % (codec.crc(text), len(text), text))
    assert isinstance(frame, Frame)
    assert isinstance(read_body(frame, KEY), Body | Malformed)


@given(
    st.integers(0, 9999), st.text("0123456789ABCDEF", min_size=1, max_size=16),
    st.text("ABCNP#|/^0123456789 ", max_size=60), st.sampled_from([None, KEY, KEY + KEY]), st.integers(0, 2**32),
)  # fmt: skip
def test_what_is_written_is_read(sequence, account, data, key, sent_at):
    raw = write_frame("SIA-DCS", sequence, account, data.encode(), receiver="1F", sent_at=sent_at, key=key)
    frame, body = read_all(raw, key)
    assert (frame.sequence, frame.account, frame.receiver) == (sequence, account, "1F")
    assert (body.data, body.sent_at) == (data.encode(), sent_at)


@given(st.lists(st.one_of(st.just(b""), st.binary(max_size=20)), min_size=1, max_size=5), st.data())
def test_a_stream_gives_its_frames_however_it_is_cut(junks, data):
    frames = [write_frame("NULL", 0, f"{number:03}") for number in range(len(junks))]
    clean = [junk.replace(b"\n", b"").replace(b"\r", b"") for junk in junks]
    stream = b"".join(junk + frame for junk, frame in zip(clean, frames, strict=True))
    framer, found = Framer(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += framer.feed(stream[:size])
        stream = stream[size:]
    assert [piece for piece in found if isinstance(piece, bytes)] == frames


def test_overlong_and_broken_off_pieces_are_dropped_once_and_the_next_frame_is_read():
    framer, good = Framer(), write_frame("NULL", 0, "1234")
    found = []
    for piece in (b"\n" + b"x" * 3000, b"x" * 3000, b"x" * 3000, b"\n0123", good):
        found += framer.feed(piece)
    assert [type(piece) for piece in found] == [Malformed, Malformed, bytes]
    assert found[-1] == good


def test_a_leap_second_is_a_time_and_no_wrong_key():
    text = b'"SIA-DCS"0001L0#1234[#1234|NPA5]_23:59:60,12-31-2026'
    _, body = read_all(b"\n%04X%04X%s\r" % (codec.crc(text), len(text), text))
    assert (body.sent_at, body.is_stamp_bad) == (1_798_761_600.0, False)
    clear = bytes(16) + b"|#1234|NPA5]_23:59:60,12-31-2026"
    cipher = codec.encrypt(KEY, b"x" * (-len(clear) % 16) + clear).hex().upper().encode()
    text = b'"*SIA-DCS"0001L0#1234[' + cipher
    _, body = read_all(b"\n%04X%04X%s\r" % (codec.crc(text), len(text), text), KEY)
    assert (body.data, body.sent_at) == (b"#1234|NPA5", 1_798_761_600.0)


def test_empty_lines_between_frames_are_no_broken_frames():
    good = write_frame("NULL", 0, "1234")
    framer = Framer()
    found = [piece for _ in range(60) for piece in framer.feed(good + b"\n\n")]
    assert found == [good] * 60


def test_what_people_write_in_a_description_does_not_hide_what_the_code_means():
    for text in ("niños", "east/west"):
        frame, body = read_all(write_frame("SIA-DCS", 1, "1234", f"#1234|Nri2/PR5^{text}^/RP0^{text}^".encode()))
        restored, tested = read_events(frame, body)
        assert (restored.state, restored.zone, restored.area, restored.is_doubtful) == ("restore", "5", "2", False)
        assert tested.is_test and not tested.is_doubtful


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"#1234|1120 1 5", ("120", "5", "panic")),
        (b"#1234|1120 01  0005 ", ("120", "5", "panic")),
        (b"|1116 01 002|", ("116", "2", "fire")),
    ],
)
def test_contact_id_with_other_widths_is_read(data, found):
    frame, body = read_all(write_frame("ADM-CID", 1, "1234", data))
    (event,) = read_events(frame, body)
    assert (event.code, event.zone, event.kind) == found


def with_crc_of(first: int) -> bytes:
    """A frame whose binary CRC begins with the byte `first`."""
    for number in range(10_000):
        raw = write_frame("SIA-DCS", number, "1234", b"#1234|NPA5", is_binary=True)
        if raw[1] == first:
            return raw
    raise AssertionError(first)


@pytest.mark.parametrize("first", [0x0A, 0x0D, 0x30, 0x22, 0xFF])
def test_a_crc_of_two_bytes_is_taken_and_answered_alike(first):
    raw = with_crc_of(first)
    frame, body = read_all(raw)
    assert frame.is_binary and body.data == b"#1234|NPA5"
    for token, key in (("ACK", None), ("ACK", KEY), ("DUH", None), ("NAK", None)):
        answer = read_frame(write_answer(token, frame, NOON, key))
        assert isinstance(answer, Frame) and answer.is_binary and answer.ident == token
    assert isinstance(read_frame(raw[:1] + bytes([raw[1] ^ 1]) + raw[2:]), Malformed)
    plain = write_frame("SIA-DCS", 1, "1234", b"#1234|NPA5")
    assert [read_frame(plain).is_binary, write_answer("ACK", read_frame(plain), NOON)[9:10]] == [False, b'"']
    stream = plain + raw + b"\n\n" + raw + plain + b"\r\n" + raw
    for size in range(1, len(stream)):
        framer = Framer()
        pieces = [piece for at in range(0, len(stream), size) for piece in framer.feed(stream[at : at + size])]
        assert pieces == [plain, raw, raw, plain, raw], size


def test_a_garbled_frame_with_a_binary_crc_does_not_swallow_the_next():
    good = with_crc_of(0x41)
    found = Framer().feed(good[:3] + b"0FFF" + good[7:] + good)
    assert found[-1] == good
    found = Framer().feed(good[:-1] + good)
    assert found[-1] == good and isinstance(found[0], Malformed)


@pytest.mark.parametrize("head", [b"L0[", b"L0#[", b"L0A0[", b"["])
def test_a_report_that_names_no_account_is_one_of_the_account_that_stands_in(head):
    text = b'"SIA-DCS"0007' + head + b"|NPA5]"
    frame, body = read_all(b"\n%04X%04X%s\r" % (codec.crc(text), len(text), text))
    assert frame.account == "" and body.data == b"|NPA5"
    answer = read_frame(write_answer("ACK", frame, NOON))
    assert isinstance(answer, Frame) and (answer.sequence, answer.account) == (7, "")
