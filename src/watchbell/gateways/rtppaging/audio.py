"""Sound as G.711 mu-law at 8 kHz: the code table, tones, resampling, and frames of 20 ms."""

import array
import math
import operator
from collections.abc import Sequence

from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES

RATE = 8000
SILENCE = 0xFF
_BIAS, _CLIP = 0x84, 32635


def _encode_sample(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def _decode_sample(code: int) -> int:
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << (code >> 4 & 7)) - _BIAS
    return -magnitude if code & 0x80 else magnitude


_DECODED = tuple(_decode_sample(code) for code in range(256))


def encode_mulaw(samples: Sequence[int]) -> bytes:
    """16-bit linear samples as mu-law (ITU-T G.711); louder ones are clipped."""
    return bytes(_encode_sample(sample) for sample in samples)


def decode_mulaw(codes: bytes) -> "array.array[int]":
    """Mu-law as 16-bit linear samples."""
    return array.array("h", [_DECODED[code] for code in codes])


def resample(samples: Sequence[int], from_rate: int, to_rate: int = RATE) -> list[int]:
    """`samples` at `to_rate`, low-passed below half of the slower rate (windowed sinc, 48 taps)."""
    if from_rate == to_rate:
        return list(samples)
    common = math.gcd(from_rate, to_rate)
    up, down = to_rate // common, from_rate // common
    half = 24
    cutoff = 0.92 * min(1.0, to_rate / from_rate)
    phases = [_phase(number / up, half, cutoff) for number in range(up)]
    padded = [0] * half + list(samples) + [0] * half
    out = []
    for number in range(len(samples) * up // down):
        whole, phase = divmod(number * down, up)
        window = padded[whole + 1 : whole + 1 + 2 * half]
        out.append(round(sum(map(operator.mul, window, phases[phase]))))
    return out


def _phase(offset: float, half: int, cutoff: float) -> list[float]:
    taps = []
    for number in range(-half + 1, half + 1):
        x = number - offset
        window = 0.42 + 0.5 * math.cos(math.pi * x / half) + 0.08 * math.cos(2 * math.pi * x / half)
        sinc = cutoff if x == 0 else math.sin(math.pi * cutoff * x) / (math.pi * x)
        taps.append(sinc * max(window, 0.0))
    total = sum(taps)
    return [tap / total for tap in taps]


def make_loud(samples: Sequence[int], peak: int = 29000) -> list[int]:
    """Speech with its quiet parts lifted, for halls with noise: a soft limiter, then `peak` as the loudest sample."""
    loudest = max((abs(sample) for sample in samples), default=0)
    if loudest == 0:
        return list(samples)
    scale = 2.2 / loudest
    limit = math.tanh(2.2)
    return [round(peak * math.tanh(sample * scale) / limit) for sample in samples]


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


def loudness(codes: bytes) -> float:
    """Root mean square of the sound, 0 to 32,767."""
    samples = decode_mulaw(codes)
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0
