"""Tones, quiet and frames of 20 ms for speakers; the code itself is line.sound's."""

import math
import operator
from collections.abc import Sequence

from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES
from watchbell.line.sound import RATE, SILENCE, decode_mulaw, encode_mulaw, loudness, make_loud, resample

__all__ = [
    "RATE", "SILENCE", "chirp", "cut_frames", "decode_mulaw", "encode_mulaw", "loudness", "make_loud", "quieter",
    "resample", "silence", "strength", "tone",
]  # fmt: skip

#: Places of a sound that are looked at together in `strength`.
BLOCK = 4096


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


def quieter(percent: float) -> bytes | None:
    """A table for bytes.translate that gives mu-law at this share of its amplitude; None for all of it."""
    if percent >= 100:
        return None
    return encode_mulaw([round(sample * percent / 100) for sample in decode_mulaw(bytes(range(256)))])


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
    """How surely `wanted` is in `heard`: normalized correlation, 0 to 1, where the signs of both agree best.

    Comparing signs only (the polarity-coincidence correlator) finds the place a hundred times faster than the
    correlation itself, which is then taken there.
    """
    length = min(len(heard), len(wanted))
    if not length:
        return 0.0
    signs, mask, last = _signs(wanted[:length]), (1 << length) - 1, len(heard) - length
    worst, at = length + 1, 0
    for block in range(0, last + 1, BLOCK):  # shifting all of a long sound for every place would take its square
        here = _signs(heard[block : block + BLOCK + length])
        for offset in range(min(BLOCK, last + 1 - block)):
            odd = ((here & mask) ^ signs).bit_count()
            odd = min(odd, length - odd)  # a loudspeaker may be wired the other way round
            if odd < worst:
                worst, at = odd, block + offset
            here >>= 1
    window = heard[at : at + length]
    loud, energy = (math.sqrt(sum(map(operator.mul, part, part))) for part in (window, wanted[:length]))
    return min(1.0, abs(sum(map(operator.mul, window, wanted))) / (loud * energy)) if loud and energy else 0.0


def _signs(samples: Sequence[int]) -> int:
    """One bit a sample, the first in the lowest: is it below zero?"""
    return int("".join("1" if sample < 0 else "0" for sample in reversed(samples)) or "0", 2)
