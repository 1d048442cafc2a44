"""Speech as G.711 mu-law at 8 kHz: the code table, resampling, loudness. No other sound travels inside Watchbell."""

import array
import math
import operator
from collections.abc import Sequence

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


def loudness(codes: bytes) -> float:
    """Root mean square of the sound, 0 to 32,767."""
    samples = decode_mulaw(codes)
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0
