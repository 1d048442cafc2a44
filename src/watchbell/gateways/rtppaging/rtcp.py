"""What a speaker says back (RTCP, RFC 3550 §6): how much it received, who it is, and what its microphone heard.

Reports come to the address and port the sound was sent from (RFC 5761), so that each zone hears of its own speakers.
"""

import struct

import msgspec

from watchbell.wire.base import Malformed

SR, RR, SDES, BYE, APP = 200, 201, 202, 203, 204
_HEAD = struct.Struct(">BBH")
_BLOCK = struct.Struct(">IIIIII")
_WORD = struct.Struct(">I")
_CNAME = 1
#: An application packet of our own: two 16-bit numbers, how surely the sent sound was heard and how loud, per mille.
HEARD_NAME = b"HEAR"
MAX_CNAME = 255


class SpeakerReport(msgspec.Struct, frozen=True, kw_only=True):
    """One compound packet of one speaker. ssrc: the sender it reports on. lost: packets, since the page began.

    cname: the speaker's own name. heard_permille: how surely its microphone heard the sound; None without one.
    """

    reporter: int
    ssrc: int
    lost: int
    highest_sequence: int
    fraction_lost: int = 0
    jitter: int = 0
    cname: str = ""
    heard_permille: int | None = None
    loud_permille: int = 0


def build_report(report: SpeakerReport) -> bytes:
    """The compound packet: receiver report, CNAME, and the microphone's word when there is one."""
    lost = max(0, min(report.lost, 0x7FFFFF)) | (report.fraction_lost & 0xFF) << 24
    block = _BLOCK.pack(report.ssrc, lost, report.highest_sequence & 0xFFFFFFFF, report.jitter & 0xFFFFFFFF, 0, 0)
    packets = [_packet(RR, 1, _WORD.pack(report.reporter) + block)]
    name = report.cname.encode()[:MAX_CNAME]
    item = bytes([_CNAME, len(name)]) + name + b"\0"
    packets.append(_packet(SDES, 1, _WORD.pack(report.reporter) + item + b"\0" * (-len(item) % 4)))
    if report.heard_permille is not None:
        told = struct.pack(">HH", report.heard_permille & 0xFFFF, report.loud_permille & 0xFFFF)
        packets.append(_packet(APP, 0, _WORD.pack(report.reporter) + HEARD_NAME + told))
    return b"".join(packets)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def parse_report(raw: bytes) -> SpeakerReport | Malformed:
    """The report in a compound packet, its first block; what else is in it is passed over. Or `Malformed`."""
    found: SpeakerReport | None = None
    rest, cname, heard = raw, "", (None, 0)
    while rest:
        if len(rest) < _HEAD.size:
            return Malformed(because="An RTCP packet is cut off.", raw=raw[:64])
        first, kind, words = _HEAD.unpack_from(rest)
        if first >> 6 != 2 or not SR <= kind <= 223:
            return Malformed(because="This is no RTCP packet.", raw=raw[:64])
        length = 4 * (words + 1)
        if length > len(rest):
            return Malformed(because="An RTCP packet is longer than what came.", raw=raw[:64])
        body, rest = rest[_HEAD.size : length], rest[length:]
        if kind in (RR, SR) and found is None:
            found = _read_block(first & 0x1F, kind, body)
        elif kind == SDES:
            cname = cname or _read_cname(body)
        elif kind == APP and len(body) >= 12 and body[4:8] == HEARD_NAME:
            sure, loud = struct.unpack_from(">HH", body, 8)
            heard = (sure, loud)
    if found is None:
        return Malformed(because="No block reports on anybody.", raw=raw[:64])
    return msgspec.structs.replace(found, cname=cname, heard_permille=heard[0], loud_permille=heard[1])


def _read_block(count: int, kind: int, body: bytes) -> SpeakerReport | None:
    start = 4 + (20 if kind == SR else 0)
    if not count or len(body) < start + _BLOCK.size:
        return None
    (reporter,) = _WORD.unpack_from(body)
    ssrc, lost, highest, jitter, _, _ = _BLOCK.unpack_from(body, start)
    signed = lost & 0xFFFFFF
    signed -= 1 << 24 if signed & 0x800000 else 0
    return SpeakerReport(
        reporter=reporter, ssrc=ssrc, lost=max(0, signed), fraction_lost=lost >> 24, highest_sequence=highest,
        jitter=jitter,
    )  # fmt: skip


def _read_cname(body: bytes) -> str:
    at = 4
    while at + 2 <= len(body) and body[at]:
        item, length = body[at], body[at + 1]
        if item == _CNAME:
            return body[at + 2 : at + 2 + length].decode("utf-8", "replace")
        at += 2 + length
    return ""
