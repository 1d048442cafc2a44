"""Fragmented MP4 (ISO/IEC 14496-12 and -15): the first piece of a stream, and one fragment for each frame."""

import struct
from collections.abc import Sequence

from watchbell.recorder.h264 import Frame, Size
from watchbell.recorder.rtp import NTP_BEGINS

TIMESCALE = 90_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
#: Sample flags (14496-12 §8.8.3.1): depends on nothing; depends on others and is no sync sample.
_KEY, _DELTA = 0x02000000, 0x01010000
_PRFT = struct.Struct(">I4sIIQQ")
_FRAGMENT = struct.Struct(">I4sI4sIII4sI4sIII4sIQI4sIIi3II4s")


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def _full(name: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(name, struct.pack(">I", version << 24 | flags), *parts)


def build_init(sps: bytes, pps: bytes, size: Size) -> bytes:
    """ftyp and moov of a stream with one H.264 track."""
    config = _box(
        b"avcC", b"\x01" + sps[1:4] + b"\xff\xe1", struct.pack(">H", len(sps)), sps, b"\x01",
        struct.pack(">H", len(pps)), pps,
    )  # fmt: skip
    entry = _box(
        b"avc1", bytes(6), struct.pack(">H", 1), bytes(16),
        struct.pack(">HHIIIH", size.width, size.height, 0x480000, 0x480000, 0, 1), bytes(32),
        struct.pack(">Hh", 24, -1), config,
    )  # fmt: skip
    tables = _box(
        b"stbl", _full(b"stsd", 0, 0, struct.pack(">I", 1), entry), _full(b"stts", 0, 0, bytes(4)),
        _full(b"stsc", 0, 0, bytes(4)), _full(b"stsz", 0, 0, bytes(8)), _full(b"stco", 0, 0, bytes(4)),
    )  # fmt: skip
    reference = _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1))
    media = _box(
        b"mdia", _full(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, TIMESCALE, 0, 0x55C4, 0)),
        _full(b"hdlr", 0, 0, bytes(4) + b"vide" + bytes(12) + b"video\0"),
        _box(b"minf", _full(b"vmhd", 0, 1, bytes(8)), _box(b"dinf", reference), tables),
    )  # fmt: skip
    head = _full(
        b"tkhd", 0, 3, struct.pack(">IIIIIQHHHH", 0, 0, 1, 0, 0, 0, 0, 0, 0, 0), _MATRIX,
        struct.pack(">II", size.width << 16, size.height << 16),
    )  # fmt: skip
    movie = _full(
        b"mvhd", 0, 0, struct.pack(">IIIIIH", 0, 0, TIMESCALE, 0, 0x10000, 0x100), bytes(10), _MATRIX, bytes(24),
        struct.pack(">I", 2),
    )  # fmt: skip
    extends = _box(b"mvex", _full(b"trex", 0, 0, struct.pack(">IIIII", 1, 1, 0, 0, 0)))
    return _box(b"ftyp", b"iso6\0\0\0\1iso6isommp41") + _box(b"moov", movie, _box(b"trak", head, media), extends)


def sample_of(units: Sequence[bytes]) -> bytes:
    """NAL units as a sample: each behind its length in four bytes."""
    return b"".join(part for unit in units for part in (len(unit).to_bytes(4, "big"), unit))


def build_fragment(number: int, at: int, duration: int, frame: Frame, wall: float) -> bytes:
    """prft, moof and mdat of one frame. at: its time in TIMESCALE. wall: Unix seconds it was taken at."""
    sample = sample_of(frame.units)
    ntp = int((wall + NTP_BEGINS) * 2**32) & 0xFFFFFFFFFFFFFFFF
    told = _PRFT.pack(_PRFT.size, b"prft", 0x01000000, 1, ntp, at)
    moof = _FRAGMENT.size - 8
    head = _FRAGMENT.pack(
        moof, b"moof", 16, b"mfhd", 0, number, moof - 24, b"traf", 16, b"tfhd", 0x020000, 1, 20, b"tfdt", 0x01000000,
        at, 32, b"trun", 0x000701, 1, moof + 8, duration, len(sample), _KEY if frame.is_key else _DELTA,
        8 + len(sample), b"mdat",
    )  # fmt: skip
    return told + head + sample
