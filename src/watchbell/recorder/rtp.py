"""RTP packets (RFC 3550 §5.1) and the sender reports beside them (§6.4.1)."""

import struct

import msgspec

from watchbell.wire.base import Malformed

#: Seconds between 1900, where NTP counts from, and 1970.
NTP_BEGINS = 2_208_988_800
_HEAD = struct.Struct(">BBHII").unpack_from
_REPORT = struct.Struct(">BBHIIII").unpack_from


class Packet(msgspec.Struct, frozen=True):
    """One RTP packet. is_last: the marker, the last of its frame. stamp: RTP time, 32 bits."""

    payload_type: int
    sequence: int
    stamp: int
    is_last: bool
    body: bytes


class Report(msgspec.Struct, frozen=True):
    """A sender report: at Unix time `at`, by the camera's clock, its RTP time was `stamp`."""

    at: float
    stamp: int


def read_packet(raw: bytes) -> Packet | Malformed:
    """One RTP packet."""
    if len(raw) < 12 or raw[0] >> 6 != 2:
        return Malformed(because="No RTP packet.", raw=raw[:64])
    first, second, sequence, stamp, _ = _HEAD(raw)
    at, end = 12 + 4 * (first & 15), len(raw)
    if first & 0x10:
        if end < at + 4:
            return Malformed(because="An RTP packet that ends in its extension.", raw=raw[:64])
        at += 4 + 4 * int.from_bytes(raw[at + 2 : at + 4], "big")
    if first & 0x20:
        end -= raw[-1]
    if at > end:
        return Malformed(because="An RTP packet shorter than its header says.", raw=raw[:64])
    return Packet(second & 0x7F, sequence, stamp, bool(second & 0x80), raw[at:end])


def read_report(raw: bytes) -> Report | Malformed | None:
    """The sender report in a compound RTCP packet; None where it has none, or the camera has no clock."""
    at = 0
    while at + 8 <= len(raw):
        if raw[at] >> 6 != 2:
            return Malformed(because="No RTCP packet.", raw=raw[:64])
        size = 4 * (1 + int.from_bytes(raw[at + 2 : at + 4], "big"))
        if raw[at + 1] == 200 and size >= 28 and at + 28 <= len(raw):
            _, _, _, _, seconds, fraction, stamp = _REPORT(raw, at)
            if seconds <= NTP_BEGINS:
                return None
            return Report(seconds - NTP_BEGINS + fraction / 2**32, stamp)
        at += size
    return None if at else Malformed(because="No RTCP packet.", raw=raw[:64])


def build_report(at: float, stamp: int, source: int) -> bytes:
    """A sender report, for whoever plays a camera; `at` in Unix seconds."""
    seconds = at + NTP_BEGINS
    return struct.pack(
        ">BBHIIIIII", 0x80, 200, 6, source, int(seconds), int(seconds % 1 * 2**32) & 0xFFFFFFFF, stamp, 0, 0
    )
