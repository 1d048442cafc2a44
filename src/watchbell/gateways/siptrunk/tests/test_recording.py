"""Calls to record through a played trunk, over real sockets and a real bus: spoken, played back, kept or not."""

import asyncio
import math
from typing import Any

import pytest

from watchbell.gateways import recording as shared
from watchbell.gateways.siptrunk import peer, recording
from watchbell.gateways.siptrunk.peer import Handset
from watchbell.gateways.siptrunk.recording import Take
from watchbell.gateways.siptrunk.tests.office import DISTRICT, Office, batch
from watchbell.line import clock, signing
from watchbell.line.ids import new_id
from watchbell.line.sound import SILENCE, decode_mulaw, encode_mulaw, loudness
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint
from watchbell.wire.recording import ENDS, CallToRecord, Recorded
from watchbell.wire.subjects import subject

#: 0.8 seconds of a pitch no prompt has.
SPEECH = encode_mulaw([round(9000 * math.sin(2 * math.pi * 330 * n / 8000)) for n in range(6400)])


def call(to: str, **more: Any) -> CallToRecord:
    carrier = Endpoint(id=more.pop("endpoint", "t1"), name="Trunk", gateway="siptrunk", device="t1")
    wanted = {"id": new_id().hex, "district": DISTRICT, "language": "en", "seconds": 20, "made_at": clock.unix(),
              "expires_at": clock.unix() + 60}  # fmt: skip
    return CallToRecord(endpoint=carrier, to=to, **(wanted | more))


async def put(office: Office, wanted: CallToRecord) -> None:
    where = subject(DISTRICT, None, "tell", "siptrunk", "t1")
    await office.place.bus.js.publish(where, encode(signing.Signer().signed(wanted)))


def told(office: Office, wanted: CallToRecord) -> list[Recorded]:
    return [one for one in office.place.messages(Recorded, "told") if one.id == wanted.id]


async def end_of(office: Office, wanted: CallToRecord, seconds: float = 30.0) -> Recorded:
    await office.until(lambda: any(one.state in ENDS for one in told(office, wanted)), seconds)
    return told(office, wanted)[-1]


@pytest.fixture
async def speaker(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose people speak after the tone, and where nobody explains for long."""
    monkeypatch.setattr(shared, "WORDS", {"en": shared.Words("{seconds}.", "Nothing.", "One or two?", "Kept.", "Bye.")})
    monkeypatch.setattr(recording, "KEY_SECONDS", 0.6)
    monkeypatch.setattr(peer, "PAUSE_SECONDS", 0.3)
    monkeypatch.setattr(recording, "QUIET_SECONDS", 1)
    office.trunk._speech = recording.make_frames(bytes([SILENCE]) * 1600 + SPEECH)
    return office


async def test_what_is_spoken_is_played_back_and_kept(speaker: Office) -> None:
    kept_call, busy = call("+15735550000"), call("+15735550016")
    await asyncio.gather(put(speaker, kept_call), put(speaker, busy))
    found = await end_of(speaker, kept_call)
    assert [one.state for one in told(speaker, kept_call)] == ["calling", "answered", "heard", "recorded"]
    assert found.is_kept and 0.75 < len(found.sound) / 8000 < 1.4
    assert loudness(found.sound[2000:4000]) == pytest.approx(loudness(SPEECH), rel=0.02)
    heard_back = bytes(speaker.trunk.handsets["+15735550000"].sound)
    assert found.sound[2000:2800] in heard_back, "exactly what is kept was played back"
    assert (await end_of(speaker, busy)).state == "busy" and speaker.trunk.counts["+15735550000"] == 1


@pytest.mark.long
async def test_each_end_of_a_call_is_told(speaker: Office) -> None:
    ends = {"12": "recorded", "14": "no_answer", "18": "failed", "20": "dropped", "26": "recorded", "27": "silent",
            "28": "recorded"}  # fmt: skip
    calls = {end: call(f"+1573555{'00'}{end}") for end in ends}
    await asyncio.gather(*(put(speaker, one) for one in calls.values()))
    found = {end: await end_of(speaker, one) for end, one in calls.items()}
    assert {end: one.state for end, one in found.items()} == ends
    assert {end for end, one in found.items() if one.is_kept} == {"26"}, "who hangs up has kept nothing by a key"
    assert speaker.trunk.handsets["+15735550026"].tones > 1.5 * speaker.trunk.handsets["+15735550012"].tones
    assert found["28"].sound != b"" and len(found["28"].sound) < len(found["12"].sound), "cut off in the middle"
    assert "not in service" in found["18"].because or "not known" in found["18"].because


async def test_nobody_is_called_twice_nor_by_what_is_not_genuine(speaker: Office) -> None:
    wanted = call("+15735550016")
    await put(speaker, wanted)
    await put(speaker, wanted)  # the hub has asked again
    await end_of(speaker, wanted)
    await put(speaker, wanted)
    for bad, why in [
        (call("5735550100"), "number"), (call("+15735550016", expires_at=1.0), "expired"),
        (call("+15735550016", seconds=500), "seconds"), (call("+15735550016", endpoint="t9"), "configured"),
    ]:  # fmt: skip
        await put(speaker, bad)
        found = await end_of(speaker, bad)
        assert found.state == "failed" and why in found.because
    forged = call("+15735550077")
    where = subject(DISTRICT, None, "tell", "siptrunk", "t1")
    await speaker.place.bus.js.publish(where, encode(forged))
    await put(speaker, call("+15735550077", id="../../etc/passwd"))
    assert (await speaker.give(batch(["573555"]))).carrier == "ok", "batches go on"
    assert speaker.trunk.counts["+15735550077"] == 0
    assert speaker.trunk.counts["+15735550016"] == 1


async def test_a_gateway_that_ends_in_mid_call_says_so_and_does_not_call_again(speaker: Office) -> None:
    wanted = call("+15735550027")
    await put(speaker, wanted)
    await speaker.until(lambda: any(one.state == "answered" for one in told(speaker, wanted)))
    await speaker.place.halt()
    assert not any(one.state in ENDS for one in told(speaker, wanted))
    await speaker.run()
    await put(speaker, wanted)  # JetStream gives it again, after half a minute
    found = await end_of(speaker, wanted)
    assert found.state == "failed" and "restarted" in found.because
    assert speaker.trunk.counts["+15735550027"] == 1


def test_a_take_ends_after_quiet_and_when_it_is_full_whatever_the_coding() -> None:
    over: list[str] = []
    take = Take(2.0, lambda: over.append("over"))
    for _ in range(101):
        take.hear(SPEECH[:160], "PCMU")
    assert over == ["over"] and len(take.sound) == 16000
    take = Take(60.0, lambda: over.append("quiet"))
    take.hear(SPEECH, "PCMU")
    for _ in range(249):
        take.hear_nothing()
    assert over == ["over"]
    take.hear_nothing()
    assert over == ["over", "quiet"]
    take = Take(60.0, lambda: None)
    alaw = b"".join(recording.make_frames(SPEECH).alaw)
    take.hear(alaw, "PCMA")
    loud = [abs(a - b) for a, b in zip(decode_mulaw(bytes(take.sound)), decode_mulaw(SPEECH), strict=True)]
    assert max(loud) < 700


async def test_the_played_handset_knows_a_tone_from_words() -> None:
    handset = Handset()
    for frame in recording.make_frames(recording.tone((recording.BEEP_HERTZ,), 0.4)).mulaw:
        handset.hear_sound(frame, "PCMU")
    assert handset.tones > 10 and handset.words < 4
    for frame in recording.make_frames(SPEECH).mulaw:
        handset.hear_sound(frame, "PCMU")
    assert handset.words > 30
