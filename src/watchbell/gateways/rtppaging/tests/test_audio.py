"""Mu-law, resampling and the prompts that ship with the project."""

import itertools
import math
from pathlib import Path

import pytest

from watchbell.gateways.rtppaging import audio, words
from watchbell.gateways.rtppaging.speech import render_speech

KINDS = ("hold", "secure", "lockdown", "evacuate", "shelter", "medical", "staff_assist", "fire", "all_clear", "test")


def test_mulaw_gives_the_values_of_g711() -> None:
    assert audio.encode_mulaw([0, -1, 32767, -32768]) == bytes([0xFF, 0x7F, 0x80, 0x00])
    assert audio.decode_mulaw(bytes([0x80, 0x00, 0xFF, 0xF0]))[:].tolist() == [32124, -32124, 0, 120]
    codes = bytes(code for code in range(256) if code != 0x7F)
    assert audio.encode_mulaw(audio.decode_mulaw(codes)) == codes


def test_resampling_keeps_speech_and_drops_what_would_fold_over() -> None:
    def loud(pitch: float) -> float:
        samples = [round(10000 * math.sin(2 * math.pi * pitch * n / 22050)) for n in range(22050)]
        out = audio.resample(samples, 22050)[400:-400]
        return math.sqrt(sum(x * x for x in out) / len(out)) / (10000 / math.sqrt(2))

    assert 0.97 < loud(1000) < 1.03 and 0.93 < loud(3000) < 1.05
    assert loud(5000) < 0.02 and loud(7000) < 0.02


@pytest.mark.parametrize(("kind", "language"), list(itertools.product((*KINDS, "drill"), words.LANGUAGES)))
def test_every_shipped_prompt_is_loud_enough_and_small(kind: str, language: str) -> None:
    sound = words.shipped_prompt(kind, language)
    assert 0.8 * audio.RATE < len(sound) < 150_000
    assert audio.loudness(sound) > 2500
    shares = [audio.loudness(sound[at : at + 800]) for at in range(0, len(sound) - 800, 800)]
    assert sum(share < 300 for share in shares) < 0.35 * len(shares), "too much quiet for speech"


def test_no_other_prompts_are_found() -> None:
    for kind in ("../service", "words.toml", "", "lockdown\0"):
        assert words.shipped_prompt(kind, "en") == b""


def test_a_drill_says_so_before_and_after_the_words() -> None:
    cycle = b"".join(words.cut_cycle("lockdown", b"", "en", "drill", 12.0))
    note = words.shipped_prompt("drill", "en")
    spoken = words.shipped_prompt("lockdown", "en")
    assert cycle.count(note) == 2 and cycle.index(note) < cycle.index(spoken) < cycle.rindex(note)
    assert note not in b"".join(words.cut_cycle("lockdown", b"", "en", "real", 12.0))


def test_a_round_lasts_as_long_as_asked_and_is_never_cut_short() -> None:
    assert len(words.cut_cycle("lockdown", b"", "en", "real", 12.0)) == 600
    both = words.cut_cycle("medical", b"", "en+es", "real", 1.0)
    assert len(both) * 160 > len(words.shipped_prompt("medical", "en") + words.shipped_prompt("medical", "es"))


def test_the_speech_engine_says_more_for_more_words() -> None:
    short, long = render_speech("Go.", "en"), render_speech("Leave by the north door and go to the field.", "en")
    assert len(long) > 2 * len(short) and audio.loudness(long) > 2500


async def test_a_new_text_is_spoken_once_and_kept(tmp_path: Path) -> None:
    speaker = words.Speaker(tmp_path / "speech")
    assert speaker.recall("Hello.", "en") == b""
    sound = await speaker.speak("Hello.", "en")
    assert len(sound) > 2000 and speaker.recall("Hello.", "en") == sound
    assert [path.suffix for path in (tmp_path / "speech").iterdir()] == [".ulaw"]
    await speaker.stop()


async def test_a_text_without_words_gives_nothing(tmp_path: Path) -> None:
    assert await words.Speaker(tmp_path / "speech").speak(" ", "en") == b""
