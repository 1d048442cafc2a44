"""Person or machine, on spoken greetings and tones."""

import random

import pytest

from watchbell.gateways.rtppaging.audio import silence, tone
from watchbell.gateways.rtppaging.speech import render_speech
from watchbell.gateways.sip.media import to_alaw
from watchbell.gateways.siptrunk import ear as thresholds
from watchbell.gateways.siptrunk.ear import Ear
from watchbell.line.sound import decode_mulaw, encode_mulaw

HELLOS = [("en", "Hello?"), ("en", "Hello, Maria Miller speaking."), ("es", "¿Bueno?"), ("fr", "Allô, oui?")]
GREETINGS = [
    ("en", "You have reached the Miller family. We can't come to the phone right now. Please leave a message."),
    ("es", "Ha llamado a la familia García. No podemos contestar ahora. Deje su mensaje después de la señal."),
]


def judge(sound: bytes, law: str = "PCMU", pieces: int = 160) -> list[tuple[str, float]]:
    """What is told, each with the second it is told at."""
    told: list[tuple[str, float]] = []
    at = 0
    ear = Ear(lambda verdict: told.append((verdict, at / 8000)))
    while at < len(sound):
        piece = sound[at : at + pieces]
        at += len(piece)
        ear.hear(to_alaw(piece) if law == "PCMA" else piece, law)
    return told


def noise(seconds: float, level: float) -> bytes:
    made = random.Random(1)
    return encode_mulaw([int(made.gauss(0, level)) for _ in range(int(8000 * seconds))])


def mix(first: bytes, second: bytes) -> bytes:
    return encode_mulaw([a + b for a, b in zip(decode_mulaw(first), decode_mulaw(second), strict=True)])


@pytest.mark.parametrize(("language", "words"), HELLOS)
def test_a_short_greeting_and_quiet_is_a_person(language: str, words: str) -> None:
    said = silence(0.5) + render_speech(words, language)
    ((verdict, at),) = judge(said + silence(4))
    assert verdict == "person" and at - len(said) / 8000 < thresholds.PERSON_PAUSE_SECONDS + 0.3


@pytest.mark.parametrize("hertz", [440.0, 800.0, 1000.0, 1400.0, 2000.0])
@pytest.mark.parametrize(("language", "words"), GREETINGS)
def test_a_long_greeting_is_a_machine_and_its_beep_opens_it(language: str, words: str, hertz: float) -> None:
    said = silence(0.5) + render_speech(words, language) + silence(0.6)
    told = judge(said + tone((hertz,), 0.5) + silence(5))
    assert [verdict for verdict, _ in told] == ["machine", "ready"]
    assert told[0][1] < 0.5 + thresholds.GREETING_SECONDS + 0.5
    assert 0.4 < told[1][1] - len(said) / 8000 < 0.8, "right after the beep"


@pytest.mark.parametrize(("law", "pieces"), [("PCMA", 160), ("PCMU", 240), ("PCMU", 80)])
def test_codings_and_packets_of_other_lengths(law: str, pieces: int) -> None:
    said = silence(0.5) + render_speech(GREETINGS[0][1], "en") + tone((1000.0,), 0.5) + silence(3)
    assert [verdict for verdict, _ in judge(said, law, pieces)] == ["machine", "ready"]


def test_a_machine_without_a_beep_is_ready_when_it_is_quiet() -> None:
    said = silence(0.5) + render_speech(GREETINGS[0][1], "en")
    told = judge(said + silence(5))
    assert [verdict for verdict, _ in told] == ["machine", "ready"]
    assert told[1][1] - len(said) / 8000 == pytest.approx(thresholds.MACHINE_PAUSE_SECONDS, abs=0.3)


def test_quiet_is_a_person_who_waits_and_noise_is_quiet() -> None:
    for sound in (silence(6), noise(6, 60), noise(6, 150)):
        ((verdict, at),) = judge(sound)
        assert verdict == "person" and at == pytest.approx(thresholds.FIRST_WORD_SECONDS, abs=0.1)


def test_a_person_in_a_noisy_place() -> None:
    said = silence(0.5) + render_speech("Hello?", "en") + silence(5)
    assert [verdict for verdict, _ in judge(mix(said, noise(len(said) / 8000 + 1, 500)[: len(said)]))] == ["person"]


def test_a_machine_that_begins_like_a_person_is_known_by_its_beep() -> None:
    said = silence(0.5) + render_speech("Hi!", "en") + silence(1.5) + render_speech("Leave a message.", "en")
    told = judge(said + silence(0.3) + tone((1000.0,), 0.4) + silence(2))
    assert [verdict for verdict, _ in told] == ["person", "machine", "ready"]


def test_a_fax() -> None:
    assert [verdict for verdict, _ in judge(silence(0.5) + tone((2100.0,), 3.0) + silence(1))] == ["fax"]


def test_keys_and_spoken_words_are_no_beep() -> None:
    made = [1209, 1336, 1477, 697, 770, 852, 941]
    pair = mix(tone((float(made[0]),), 0.4, 6000), tone((float(made[3]),), 0.4, 6000))
    hello = silence(0.5) + render_speech("Hello?", "en") + silence(1.5)
    told = judge(hello + pair + silence(1) + render_speech(GREETINGS[0][1] + GREETINGS[1][1], "en") + silence(3))
    assert [verdict for verdict, _ in told] == ["person"]


def test_who_sends_nothing_at_all_is_waited_for_no_longer() -> None:
    told: list[str] = []
    ear = Ear(told.append)
    for _ in range(round(thresholds.FIRST_WORD_SECONDS * 50)):
        ear.hear_nothing()
    assert told == ["person"]


def test_a_beep_that_lost_packets_is_one_beep() -> None:
    said = silence(0.3) + render_speech(GREETINGS[0][1], "en")
    told: list[str] = []
    ear = Ear(told.append)
    ear.hear(said, "PCMU")
    beep = tone((1000.0,), 0.8)
    ear.hear(beep[:3200], "PCMU")
    for _ in range(5):
        ear.hear_nothing()
    assert told == ["machine"], "it goes on"
    ear.hear(beep[4000:], "PCMU")
    for _ in range(12):
        ear.hear_nothing()
    assert told == ["machine", "ready"], "who sends nothing after it has ended it"
