"""WAV files (RIFF, Microsoft's formats 1, 3, 6, 7) read into µ-law at 8 kHz and written; every input is answered."""

import array
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from watchbell.line.sound import RATE, decode_mulaw, encode_mulaw, loudness, make_loud, resample

PCM, FLOAT, ALAW, MULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
MOST_CHANNELS = 8
RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192_000})
_ALAW_CLIP = 0x55
LEAST_LOUDNESS = 60.0


class NotSound(Exception):
    """The file is no recording that can be played; the words say why."""


@dataclass(frozen=True)
class _Shape:
    kind: int
    channels: int
    rate: int
    bits: int


def read_wav(raw: bytes, most_seconds: float) -> bytes:
    """The sound of a WAV file as µ-law at 8 kHz, mono, evenly loud. Raises NotSound, and nothing else."""
    shape, sound = _find_parts(raw)
    frame = shape.channels * shape.bits // 8
    seconds = len(sound) / frame / shape.rate
    if seconds > most_seconds:
        raise NotSound(f"The recording lasts {seconds:.0f} s; at most {most_seconds:.0f} s can be announced.")
    samples = _read_samples(shape, sound[: len(sound) - len(sound) % frame])
    if shape.channels > 1:
        samples = [sum(samples[at : at + shape.channels]) // shape.channels
                   for at in range(0, len(samples), shape.channels)]  # fmt: skip
    if not samples or loudness(encode_mulaw(samples[:: max(1, len(samples) // 20_000)])) < LEAST_LOUDNESS:
        raise NotSound("The recording is silent. Check the microphone and record it again.")
    return encode_mulaw(make_loud(resample(samples, shape.rate)))


def _find_parts(raw: bytes) -> tuple[_Shape, bytes]:
    if len(raw) < 12 or raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise NotSound("This is no WAV file. The console turns other files into one; by the API send WAV.")
    shape: _Shape | None = None
    at = 12
    while at + 8 <= len(raw):
        name, length = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        body = raw[at + 8 : at + 8 + length]
        if name == b"fmt ":
            shape = _read_shape(body)
        if name == b"data":
            if shape is None:
                raise NotSound("The file's format is not said before its sound.")
            return shape, body
        at += 8 + length + length % 2
    raise NotSound("The file holds no sound.")


def _read_shape(body: bytes) -> _Shape:
    if len(body) < 16:
        raise NotSound("The file's format is cut off.")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if kind == EXTENSIBLE and len(body) >= 26:
        kind = int.from_bytes(body[24:26], "little")
    known = {PCM: (8, 16, 24, 32), FLOAT: (32,), ALAW: (8,), MULAW: (8,)}
    if bits not in known.get(kind, ()) or not 1 <= channels <= MOST_CHANNELS or rate not in RATES:
        raise NotSound(f"Format {kind} with {bits} bits at {rate} Hz cannot be read; save it as 16-bit PCM.")
    return _Shape(kind, channels, rate, bits)


def _read_samples(shape: _Shape, sound: bytes) -> Sequence[int]:
    if shape.kind == MULAW:
        return decode_mulaw(sound)
    if shape.kind == ALAW:
        return [_decode_alaw(code) for code in sound]
    if shape.kind == FLOAT:
        floats = array.array("f", sound)
        if sys.byteorder == "big":
            floats.byteswap()
        return [round(32767 * max(-1.0, min(1.0, one))) if one == one else 0 for one in floats]
    if shape.bits == 8:
        return [(one - 128) << 8 for one in sound]
    if shape.bits == 16:
        words = array.array("h", sound)
        if sys.byteorder == "big":
            words.byteswap()
        return words
    width = shape.bits // 8
    return [int.from_bytes(sound[at + width - 2 : at + width], "little", signed=True)
            for at in range(0, len(sound), width)]  # fmt: skip


def _decode_alaw(code: int) -> int:
    code ^= _ALAW_CLIP
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    value = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return value if code & 0x80 else -value


def write_wav(mulaw: bytes) -> bytes:
    """A 16-bit PCM file of the sound, which every browser plays."""
    samples = decode_mulaw(mulaw)
    if sys.byteorder == "big":
        samples.byteswap()
    sound = samples.tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16, PCM, 1, RATE, 2 * RATE, 2,
                       16, b"data", len(sound))  # fmt: skip
    return head + sound
