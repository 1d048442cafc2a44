"""H.264 in RTP (RFC 6184): packets in, whole frames out; and what its parameter sets say (ITU-T H.264 §7.3.2.1)."""

import re
from typing import NamedTuple

import msgspec

from watchbell.recorder.rtp import Packet
from watchbell.wire.base import Malformed

SPS, PPS, DELIMITER, KEY = 7, 8, 9, 5
#: A frame of more is no frame of a camera's sub stream: it is dropped, like one with a gap.
MOST_FRAME = 2_000_000
MOST_UNITS = 512


class Frame(NamedTuple):
    """A whole frame. stamp: RTP time. units: NAL units without parameter sets and delimiters."""

    stamp: int
    is_key: bool
    units: tuple[bytes, ...]


class Depacketiser:
    """Packets of one track in their order; gives frames. After a gap nothing comes until the next key frame.

    sps, pps: the newest parameter sets, from the description or the stream. lost, dropped: counts of packets, frames.
    """

    def __init__(self, sps: bytes = b"", pps: bytes = b"") -> None:
        self.sps, self.pps = sps, pps
        self.lost = self.dropped = 0
        self._sequence: int | None = None
        self._stamp: int | None = None
        self._units: list[bytes] = []
        self._size = 0
        self._fragments: list[bytes] | None = None
        self._is_bad = self._has_no_head = False
        self._waits = True

    def push(self, packet: Packet) -> list[Frame]:
        """The frames that are whole with this packet: none, one, or two where a marker was lost."""
        found: list[Frame] = []
        if self._sequence is not None and packet.sequence != self._sequence:
            gap = (packet.sequence - self._sequence) & 0xFFFF
            if gap > 0x8000:
                return found  # an old one once more
            self.lost += gap
            self._note_gap(packet.stamp != self._stamp)
        self._sequence = (packet.sequence + 1) & 0xFFFF
        if self._stamp is not None and packet.stamp != self._stamp:
            has_no_head = self._has_no_head
            found += self._finish()
            self._has_no_head = has_no_head
        self._stamp = packet.stamp
        self._take(packet.body)
        if packet.is_last:
            found += self._finish()
        return found

    def _note_gap(self, is_new: bool) -> None:
        """Packets are missing before one that begins another frame (is_new) or goes on with the one under way.

        What is missing at a frame's beginning may have been a parameter set sent once more, or its first slice, which
        `_finish` sees; whole frames may be missing, too, so that only a key frame can be shown next.
        """
        if self._units or self._fragments is not None:
            self._break()
        if is_new:
            self._waits = self._has_no_head = True
        elif not self._is_bad:
            self._has_no_head = True

    def _break(self) -> None:
        self._is_bad = True
        self._fragments = None

    def _take(self, body: bytes) -> None:
        if len(body) < 2:
            return
        kind = body[0] & 31
        if kind == 28:
            self._take_fragment(body)
        elif kind == 24:
            at = 1
            while at + 2 < len(body):
                size = int.from_bytes(body[at : at + 2], "big")
                self._add(body[at + 2 : at + 2 + size], is_whole=at + 2 + size <= len(body))
                at += 2 + size
        elif 1 <= kind <= 23:
            self._add(body)
        else:
            self._break()  # STAP-B, MTAP, FU-B: packetisation mode 2, which no camera uses

    def _take_fragment(self, body: bytes) -> None:
        head = body[1]
        if head & 0x80:
            self._fragments = [bytes([(body[0] & 0xE0) | (head & 31)])]
        if self._fragments is None or self._size > MOST_FRAME:
            self._is_bad = True
            return
        self._fragments.append(body[2:])
        self._size += len(body)
        if head & 0x40:
            unit, self._fragments = b"".join(self._fragments), None
            self._size -= len(unit)  # counted while it grew
            self._add(unit)

    def _add(self, unit: bytes, is_whole: bool = True) -> None:
        if not unit:
            return
        kind = unit[0] & 31
        if kind == SPS:
            self.sps = unit
        elif kind == PPS:
            self.pps = unit
        elif kind != DELIMITER:
            self._units.append(unit)
            self._size += len(unit)
        if not is_whole or self._size > MOST_FRAME or len(self._units) > MOST_UNITS:
            self._is_bad = True

    def _finish(self) -> list[Frame]:
        """The frame under way, if it is whole and something it can be shown with has come before."""
        units, is_bad, stamp = self._units, self._is_bad or self._fragments is not None, self._stamp or 0
        is_bad = is_bad or (self._has_no_head and bool(units) and not _has_first_slice(units))
        self._units, self._size, self._is_bad, self._fragments, self._has_no_head = [], 0, False, None, False
        if is_bad:
            self.dropped += 1
            self._waits = True
            return []
        if not units:
            return []
        is_key = any(unit[0] & 31 == KEY for unit in units)
        if self._waits and not (is_key and self.sps and self.pps):
            self.dropped += 1
            return []
        self._waits = False
        return [Frame(stamp, is_key, tuple(units))]


def _has_first_slice(units: list[bytes]) -> bool:
    """Whether the first slice begins with the picture's first macroblock (first_mb_in_slice 0, §7.3.3)."""
    slices = [unit for unit in units if unit[0] & 31 in (1, 2, KEY)]
    return bool(slices) and len(slices[0]) > 1 and bool(slices[0][1] & 0x80)


class Size(msgspec.Struct, frozen=True):
    """How large a picture is, in pixels."""

    width: int
    height: int


class _Bits:
    """Reads bits, most significant first; raises IndexError behind the end."""

    def __init__(self, unit: bytes) -> None:
        body = re.sub(rb"\x00\x00\x03", b"\x00\x00", unit)
        self._value, self._left = int.from_bytes(body, "big"), len(body) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise IndexError
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def number(self) -> int:
        """ue(v), §9.1."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise IndexError
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        number = self.number()
        return (number + 1) // 2 if number & 1 else -(number // 2)


_HIGH = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


def read_sps(unit: bytes) -> Size | Malformed:
    """The picture's size as a sequence parameter set says it."""
    if not 4 <= len(unit) <= 1000 or unit[0] & 31 != SPS:
        return Malformed(because="No sequence parameter set.", raw=unit[:64])
    try:
        return _read_size(_Bits(unit[1:]))
    except IndexError:
        return Malformed(because="A sequence parameter set that ends too early.", raw=unit[:64])


def _read_size(bits: _Bits) -> Size | Malformed:
    profile = bits.take(8)
    bits.take(16)
    bits.number()
    chroma, is_split = _read_chroma(bits) if profile in _HIGH else (1, 0)
    bits.number()
    _skip_order(bits)
    bits.number()
    bits.take(1)
    width, height = 16 * (bits.number() + 1), bits.number() + 1
    is_whole = bits.take(1)
    height *= 16 * (2 - is_whole)
    if not is_whole:
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        left, right, top, bottom = (bits.number() for _ in range(4))
        unit_x = 1 if chroma in (0, 3) or is_split else 2
        unit_y = (2 if chroma == 1 and not is_split else 1) * (2 - is_whole)
        width, height = width - unit_x * (left + right), height - unit_y * (top + bottom)
    if not (16 <= width <= 16_384 and 16 <= height <= 16_384):
        return Malformed(because="A picture of no possible size.")
    return Size(width, height)


def _read_chroma(bits: _Bits) -> tuple[int, int]:
    """(chroma_format_idc, separate_colour_plane_flag) of the high profiles, past their scaling lists."""
    chroma = bits.number()
    is_split = bits.take(1) if chroma == 3 else 0
    bits.number()
    bits.number()
    bits.take(1)
    if bits.take(1):
        for number in range(8 if chroma != 3 else 12):
            if bits.take(1):
                _skip_list(bits, 16 if number < 6 else 64)
    return chroma, is_split


def _skip_order(bits: _Bits) -> None:
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.number(), 255)):
            bits.signed()


def _skip_list(bits: _Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def codec_name(sps: bytes) -> str:
    """As browsers are asked for it (RFC 6381): "avc1.640016"."""
    return f"avc1.{sps[1:4].hex()}"
