"""Tones, quiet and frames of 20 ms for speakers; the code itself is line.sound's."""

import math
from collections.abc import Sequence

from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES
from watchbell.line.sound import RATE, SILENCE, decode_mulaw, encode_mulaw, loudness, make_loud, resample

__all__ = [
    "RATE", "SILENCE", "chirp", "cut_frames", "decode_mulaw", "encode_mulaw", "loudness", "make_loud", "resample",
    "silence", "strength", "tone",
]  # fmt: skip


def tone(pitches_hertz: Sequence[float], each_seconds: float, level: int = 12000) -> bytes:
    """Pitches one after the other as mu-law, each fading in and out over 8 ms so that speakers do not click."""
    count = round(each_seconds * RATE)
    fade = RATE // 125
    samples = []
    for pitch in pitches_hertz:
        for number in range(count):
            edge = min(1.0, number / fade, (count - number) / fade)
            samples.append(round(level * edge * math.sin(2 * math.pi * pitch * number / RATE)))
    return encode_mulaw(samples)


def silence(seconds: float) -> bytes:
    """`seconds` of quiet as mu-law."""
    return bytes([SILENCE]) * round(max(0.0, seconds) * RATE)


def cut_frames(codes: bytes) -> tuple[bytes, ...]:
    """Mu-law cut into frames of 20 ms; the last one is filled with quiet."""
    filled = codes + bytes([SILENCE]) * (-len(codes) % FRAME_SAMPLES)
    return tuple(filled[at : at + FRAME_SAMPLES] for at in range(0, len(filled), FRAME_SAMPLES))


def chirp(from_hertz: float, to_hertz: float, seconds: float, level: int) -> bytes:
    """A tone that rises evenly, as mu-law: a microphone tells it from whatever else a building hums."""
    count = round(seconds * RATE)
    fade = RATE // 50
    samples = []
    for number in range(count):
        at = number / RATE
        phase = 2 * math.pi * (from_hertz * at + (to_hertz - from_hertz) * at * at / (2 * seconds))
        samples.append(round(level * min(1.0, number / fade, (count - number) / fade) * math.sin(phase)))
    return encode_mulaw(samples)


def strength(heard: Sequence[int], wanted: Sequence[int]) -> float:
    """How surely `wanted` is in `heard`: normalized correlation, 0 to 1, sought in steps of 1 ms until sure."""
    energy = math.sqrt(sum(sample * sample for sample in wanted))
    best, step = 0.0, RATE // 1000
    for at in range(0, max(1, len(heard) - len(wanted) + 1), step):
        window = heard[at : at + len(wanted)]
        loud = math.sqrt(sum(sample * sample for sample in window))
        if loud and energy:
            best = max(best, abs(sum(a * b for a, b in zip(window, wanted, strict=False))) / (loud * energy))
        if best > 0.8:
            break
    return best
