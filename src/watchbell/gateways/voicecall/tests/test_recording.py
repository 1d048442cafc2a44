"""Calls to record through a played carrier: spoken, fetched, played back, kept; forged, killed and late ones."""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from watchbell.gateways.twilio import sign_request
from watchbell.gateways.voicecall import recording, takes
from watchbell.gateways.voicecall.codec import Script, build_wav, parse_twiml
from watchbell.gateways.voicecall.service import VoiceCall
from watchbell.gateways.voicecall.tests.test_batches import DISTRICT, TOKEN, Office
from watchbell.line import clock, signing
from watchbell.line.ids import new_id
from watchbell.line.sound import SILENCE, decode_mulaw, encode_mulaw
from watchbell.wire.base import Malformed, encode
from watchbell.wire.order import Endpoint
from watchbell.wire.recording import ENDS, CallToRecord, Recorded
from watchbell.wire.subjects import subject

SPEECH = encode_mulaw([round(9000 * math.sin(2 * math.pi * 330 * n / 8000)) for n in range(8000)])


@pytest.fixture
async def office(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_VOICECALL_PORT", "0")
    monkeypatch.setattr(recording, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(recording, "FETCH_AGAIN_SECONDS", 0.05)
    found = Office(installation)
    found.carrier.sound = bytes([SILENCE]) * 4000 + SPEECH + bytes([SILENCE]) * 4000
    await found.start()
    yield found
    await found.carrier.stop()


def call(to: str, **more: Any) -> CallToRecord:
    carrier = Endpoint(id=more.pop("endpoint", "c1"), name="Calls", gateway="voicecall", device="c1")
    wanted = {"id": new_id().hex, "district": DISTRICT, "language": "en", "seconds": 20, "made_at": clock.unix(),
              "expires_at": clock.unix() + 60}  # fmt: skip
    return CallToRecord(endpoint=carrier, to=to, **(wanted | more))


async def put(office: Office, wanted: CallToRecord) -> None:
    where = subject(DISTRICT, None, "tell", "voicecall", "c1")
    await office.place.bus.js.publish(where, encode(signing.Signer().signed(wanted)))


def told(office: Office, wanted: CallToRecord) -> list[Recorded]:
    return [one for one in office.place.messages(Recorded, "told") if one.id == wanted.id]


async def end_of(office: Office, wanted: CallToRecord, seconds: float = 15.0) -> Recorded:
    await office.until(lambda: any(one.state in ENDS for one in told(office, wanted)), seconds)
    return told(office, wanted)[-1]


async def test_what_is_spoken_comes_back_and_each_end_is_told(office: Office) -> None:
    ends = {"00": "recorded", "12": "recorded", "13": "failed", "14": "no_answer", "16": "busy", "18": "failed",
            "20": "dropped", "26": "recorded", "27": "silent", "28": "recorded"}  # fmt: skip
    calls = {end: call(f"+1573555{'00'}{end}") for end in ends}
    await asyncio.gather(*(put(office, one) for one in calls.values()))
    found = {end: await end_of(office, one) for end, one in calls.items()}
    assert {end: one.state for end, one in found.items()} == ends
    assert {end for end, one in found.items() if one.is_kept} == {"00", "26"}, "who hangs up has kept nothing by a key"
    assert [one.state for one in told(office, calls["00"])] == ["calling", "answered", "heard", "recorded"]
    assert SPEECH in found["00"].sound and len(found["00"].sound) < len(office.carrier.sound) - 4000, "the quiet is cut"
    assert found["28"].sound not in (b"", found["00"].sound)
    bodies = {one["to"]: one["body"] for one in office.heard}
    said = bodies["+15735550000"]["said"][0]
    assert said.startswith("Watchbell: record your message after the tone") and "20 seconds" in said
    assert bodies["+15735550000"]["played"] == len(found["00"].sound) + 58, "exactly what is kept was played back"
    assert office.carrier.problems == [] and "It is kept. Goodbye." in office.carrier.goodbyes
    await office.until(lambda: len(office.carrier.dropped) == 5 and not office.carrier.media)
    left = [one.name for one in (office.gateway.folder / "takes" / "recordings").iterdir()]
    assert left == [], "nothing of what was spoken stays at the carrier or here"


async def test_a_recording_that_can_be_fetched_late_only_is_not_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "FETCH_SECONDS", 0.1)
    office.carrier.media_late = 0.8
    wanted = call("+15735550000", language="es")
    await put(office, wanted)
    found = await end_of(office, wanted)
    assert (found.state, found.is_kept) == ("recorded", True) and SPEECH in found.sound
    assert "Watchbell: grabe" in office.heard[0]["body"]["said"][0]


async def test_a_gateway_that_is_killed_in_mid_call_goes_on_and_does_not_call_again(office: Office) -> None:
    office.carrier.speak_seconds = 1.0
    wanted = call("+15735550000")
    await put(office, wanted)
    await office.until(lambda: any(one.state == "answered" for one in told(office, wanted)))
    port = office.gateway.address.rpartition(":")[2]
    await office.place.halt()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHBELL_GATEWAY_VOICECALL_PORT", port)
        office.gateway = await office.place.run(VoiceCall())
    await put(office, wanted)  # JetStream gives it again, after half a minute
    found = await end_of(office, wanted)
    assert (found.state, found.is_kept) == ("recorded", True) and SPEECH in found.sound
    assert office.carrier.placed == 1


async def test_what_was_spoken_while_the_gateway_was_away_is_found_at_the_carrier(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.carrier, "speak_seconds", 0.3)
    wanted = call("+15735550000")
    await put(office, wanted)
    await office.until(lambda: any(one.state == "answered" for one in told(office, wanted)))
    await office.place.halt()
    await office.until(lambda: "completed" in office.carrier.states.values())
    assert office.carrier.problems, "the carrier has found nobody to tell"
    office.gateway = await office.place.run(VoiceCall())
    await put(office, wanted)
    found = await end_of(office, wanted)
    assert (found.state, found.is_kept) == ("recorded", False) and SPEECH in found.sound
    assert office.carrier.placed == 1


async def test_forged_callbacks_do_nothing_and_no_other_host_is_asked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "FETCH_SECONDS", 0.1)
    office.carrier.people["+15735550000"] = "never"
    wanted = call("+15735550000")
    await put(office, wanted)
    await office.until(lambda: any(one.state == "calling" for one in told(office, wanted)))
    base = f"http://{office.gateway.address}"
    sid = next(iter(office.carrier.states))
    form = {"CallSid": sid, "CallStatus": "in-progress", "RecordingSid": "RE" + "a" * 32,
            "RecordingUrl": f"{base}/voice/take/{'0' * 64}.wav", "Digits": "#"}  # fmt: skip
    url = f"{base}/voice/record/take/c1/{wanted.id}"
    async with aiohttp.ClientSession() as http:
        for token, status in (("another", 403), (TOKEN, 200)):
            headers = {"X-Twilio-Signature": sign_request(url, form.items(), token)}
            async with http.post(url, data=form, headers=headers) as answer:
                assert answer.status == status
                said = parse_twiml(await answer.text()) if status == 200 else None
        assert isinstance(said, Script) and said.sounds == (), "a recording the account does not have is not played"
        for bad in ({"CallSid": sid, "RecordingSid": "../../Accounts"}, form | {"CallSid": "CA" + "0" * 32}):
            headers = {"X-Twilio-Signature": sign_request(url, bad.items(), TOKEN)}
            async with http.post(url, data=bad, headers=headers) as answer:
                assert answer.status == 400
    assert not any(one.state in ENDS for one in told(office, wanted))


async def test_a_recording_is_fetched_by_https_only_and_never_one_that_is_larger(office: Office) -> None:
    office.carrier.media["RE" + "b" * 32] = (0.0, SPEECH)
    async with aiohttp.ClientSession() as http:
        entry = {"url": office.carrier.url, "account_sid": "ACtest"}
        account = recording.Account(http, entry, TOKEN)
        assert isinstance(await account.fetch("RE" + "b" * 32, 20_000, 0), bytes)
        assert isinstance(await account.fetch("RE" + "b" * 32, 10_000, 0), Malformed)
        away = recording.Account(http, {**entry, "url": "http://carrier.example"}, TOKEN)
        found = await away.fetch("RE" + "b" * 32, 20_000, 0)
        assert isinstance(found, Malformed) and "https" in found.because


def test_documents_say_what_is_to_be_recorded_and_read_back() -> None:
    found = parse_twiml(takes.build_record("Speak <now>", "es", 90, "http://a/t?x=1&y=2", "http://a/m", "http://a/n"))
    assert isinstance(found, Script) and found.record is not None
    assert (found.words, found.redirect) == (("Speak <now>",), "http://a/n")
    assert (found.record.action, found.record.callback, found.record.seconds, found.record.ends_by) == (
        "http://a/t?x=1&y=2", "http://a/m", 90, "#")  # fmt: skip
    asked = parse_twiml(takes.build_question("1 or 2?", "Bye", "en", "http://a/k", "http://a/s.wav"))
    assert isinstance(asked, Script) and (asked.action, asked.digits) == ("http://a/k", 1)
    assert asked.sounds == ("http://a/s.wav",) and asked.words[-1] == "Bye"
    listed = (
        b'{"recordings": [{"sid": "REaaaaaaaa1"}, 7, {"sid": "REbbbbbbbb2", "status": "absent"}, {"sid": "../.."}]}'
    )
    assert takes.parse_recordings(listed) == ["REaaaaaaaa1"] and takes.parse_recordings(b"[]") != []
    assert takes.parse_media([("CallSid", "CA" + "0" * 32)]) == Malformed(because="RecordingSid or CallSid is missing.")


def test_a_carriers_file_is_read_whatever_length_it_says() -> None:
    assert takes.read_sound(build_wav(SPEECH)) == SPEECH
    pcm = takes.build_pcm(SPEECH)
    assert decode_mulaw(takes.read_sound(pcm)) == decode_mulaw(SPEECH)  # type: ignore[arg-type]
    assert takes.read_sound(pcm[:40] + b"\xff\xff\xff\xff" + pcm[44:]) == takes.read_sound(pcm)
    for bad in (b"", b"RIFF", pcm[:20], pcm[:12] + pcm[36:], pcm.replace(b"WAVE", b"MP3 "), build_wav(SPEECH)[:30]):
        assert isinstance(takes.read_sound(bad), Malformed), bad[:40]
