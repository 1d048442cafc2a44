"""Keys by telephone-event and INFO; the judging of calls that were not answered; whose turn it is; shared frames."""

import asyncio
import itertools
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.rtppaging.codec import RtpPacket, build_rtp
from watchbell.gateways.sip import sdp
from watchbell.gateways.sip.calls import CallFailed
from watchbell.gateways.siptrunk.codec import (
    KEYS,
    RELAY_TYPES,
    KeyEvent,
    build_events,
    build_relay,
    read_event,
    read_relay,
)
from watchbell.gateways.siptrunk.ear import Ear
from watchbell.gateways.siptrunk.judging import judge_failure
from watchbell.gateways.siptrunk.media import Voice, join_frames, make_frames
from watchbell.gateways.siptrunk.trunk import Slots
from watchbell.wire.base import Malformed


@given(st.sampled_from(KEYS), st.integers(1, 100))
def test_events_come_back_as_they_were_built(key: str, ticks: int) -> None:
    read = [read_event(one) for one in build_events(key, ticks)]
    assert all(isinstance(one, KeyEvent) and one.key == key for one in read)
    assert [one.is_end for one in read if isinstance(one, KeyEvent)] == [False] * ticks + [True] * 3


@given(st.binary(max_size=300))
def test_everything_is_read_or_malformed(raw: bytes) -> None:
    assert isinstance(read_event(raw), KeyEvent | Malformed)
    for kind in (*RELAY_TYPES, "text/plain"):
        found = read_relay(kind, raw)
        assert isinstance(found, Malformed) or found in KEYS
    ear = Ear(lambda verdict: None)
    ear.hear(raw, "PCMU")
    ear.hear(raw, "PCMA")


@pytest.mark.parametrize(
    ("body", "key"),
    [(b"Signal=1\r\nDuration=160\r\n", "1"), (b"Signal= 5\r\n", "5"), (b"signal=*\nduration=250", "*"),
     (b"Duration=100\r\nSignal=11", "#"), (build_relay("9"), "9"), (b"7", "7"), (b" # ", "#")],
)  # fmt: skip
def test_keys_by_info(body: bytes, key: str) -> None:
    assert read_relay("application/dtmf-relay" if b"=" in body else "application/dtmf", body) == key


def test_what_is_no_key() -> None:
    assert isinstance(read_event(struct.pack(">BBH", 16, 10, 160)), Malformed), "a flash is no key"
    for body in (b"", b"Signal=\r\n", b"Signal=12", b"\xff\xfe", b"E"):
        assert isinstance(read_relay("application/dtmf-relay", body), Malformed)


@pytest.mark.parametrize(
    ("status", "state", "is_bad", "trouble"),
    [(486, "busy", False, ""), (600, "busy", False, ""), (408, "no_answer", False, ""), (480, "no_answer", False, ""),
     (603, "no_answer", False, ""), (404, "failed", True, ""), (410, "failed", True, ""), (484, "failed", True, ""),
     (604, "failed", True, ""), (403, "failed", False, "refuses"), (407, "later", False, "refuses"),
     (500, "later", False, "down"), (503, "later", False, "down"), (608, "failed", False, ""),
     (302, "failed", False, "")],
)  # fmt: skip
def test_what_a_refused_call_is_worth(status: int, state: str, is_bad: bool, trouble: str) -> None:
    found = judge_failure(CallFailed("", status))
    assert (found.state, found.is_bad_address, found.trouble, found.code) == (state, is_bad, trouble, str(status))


def test_silence_is_the_trunks_fault_at_once() -> None:
    found = judge_failure(CallFailed("", 408, is_silent=True))
    assert (found.state, found.trouble, found.is_sure) == ("later", "down", True)


def test_keys_are_offered_and_taken_where_they_are_wanted_only() -> None:
    offer = sdp.parse_sdp(sdp.build_offer("192.0.2.1", 4000, 1, events=101))
    assert isinstance(offer, sdp.Session) and offer.audio is not None and offer.audio.events == 101
    assert sdp.choose_codec(offer.audio) == (0, "PCMU"), "keys are no codec"
    for takes in (False, True):
        answer = sdp.parse_sdp(sdp.build_answer(offer, "192.0.2.2", 4002, 1, takes_events=takes))
        assert isinstance(answer, sdp.Session) and answer.audio is not None
        assert answer.audio.events == (101 if takes else 0)
    assert b"telephone-event" not in sdp.build_offer("192.0.2.1", 4000, 1)
    odd = sdp.build_offer("192.0.2.1", 4000, 1, events=96).replace(b"event/8000", b"event/48000")
    read = sdp.parse_sdp(odd)
    assert isinstance(read, sdp.Session) and read.audio is not None and read.audio.events == 0


async def test_places_go_to_the_most_urgent_and_none_is_lost() -> None:
    slots = Slots(1)
    await slots.take(2)
    order: list[str] = []

    async def want(name: str, urgency: int) -> None:
        await slots.take(urgency)
        order.append(name)
        slots.give()

    wants = [asyncio.create_task(want(*one)) for one in (("newsletter", 3), ("routine", 2), ("emergency", 0))]
    given_up = asyncio.create_task(want("gone", 1))
    await asyncio.sleep(0)
    given_up.cancel()
    slots.give()
    await asyncio.gather(*wants)
    assert order == ["emergency", "routine", "newsletter"]
    await asyncio.wait_for(slots.take(3), 1)
    late = asyncio.create_task(want("late", 1))
    await asyncio.sleep(0)
    assert "late" not in order
    slots.resize(2)
    await asyncio.wait_for(late, 1)
    slots.resize(1)
    third = asyncio.create_task(want("third", 1))
    await asyncio.sleep(0)
    assert "third" not in order, "the one place is taken"
    slots.give()
    await asyncio.wait_for(third, 1)


async def test_a_call_sends_shared_frames_then_quiet_and_hears_each_key_once() -> None:
    keys: list[str] = []
    over = asyncio.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(2)
        voice = Voice()
        await voice.open("127.0.0.1")
        voice.on_key = keys.append
        voice.remote = other.getsockname()
        voice.codec, voice.payload_type = "PCMA", 8
        once = make_frames(bytes(range(256)) * 5)
        twice = join_frames(once, once)
        assert twice.alaw[0] is once.alaw[0] and twice.seconds == pytest.approx(2 * once.seconds)
        voice.play(once, over.set)
        for tick in range(len(once.alaw) + 2):
            voice.send(tick)
        packets = [other.recv(500) for _ in range(len(once.alaw) + 2)]
        assert [one[12:] for one in packets[: len(once.alaw)]] == list(once.alaw) and over.is_set()
        assert [one[1] for one in packets[:2]] == [0x88, 8], "the first is marked"
        stamps = [int.from_bytes(one[4:8]) for one in packets]
        assert {(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(stamps)} == {160}
        for stamp, key in ((1000, "1"), (9000, "1"), (17000, "#")):
            for at, payload in enumerate(build_events(key)):
                packet = RtpPacket(payload_type=101, sequence=at, timestamp=stamp, ssrc=7, payload=payload)
                other.sendto(build_rtp(packet), ("127.0.0.1", voice.port))
        other.sendto(b"\x80\x65", ("127.0.0.1", voice.port))
        async with asyncio.timeout(3):
            while len(keys) < 3:
                await asyncio.sleep(0.01)
        voice.close()
        voice.close()
    assert keys == ["1", "1", "#"]
