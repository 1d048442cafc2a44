"""RTP packets (RFC 3550 §5.1) and Poly/Spectralink group paging packets, both ways; every input is answered."""

import struct

import msgspec

from watchbell.wire.base import Malformed

PCMU = 0
G722 = 9
FRAME_SAMPLES = 160
FRAME_MILLISECONDS = 20
MAX_DATAGRAM = 1500

_RTP = struct.Struct(">BBHII")
_POLY = struct.Struct(">BBIB13s")
_POLY_AUDIO = struct.Struct(">BBI")

ALERT, TRANSMIT, END = 0x0F, 0x10, 0xFF
POLY_CODECS = {0x00: "PCMU", 0x08: "PCMA", 0x09: "G.722"}
POLY_GROUP, POLY_PORT = "224.0.1.116", 5001
POLY_ALERT_PACKETS, POLY_END_PACKETS = 31, 12
POLY_CALLER_BYTES = 13
POLY_CHANNELS = range(1, 51)  # 1-25 push-to-talk, 26-50 paging, 49 priority, 50 emergency


class RtpPacket(msgspec.Struct, frozen=True, kw_only=True):
    """One RTP packet. timestamp counts samples (8,000 a second for PCMU and, by RFC 3551, for G.722 too)."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


def build_rtp(packet: RtpPacket) -> bytes:
    """The packet's bytes; numbers wrap at their field's width."""
    second = (0x80 if packet.marker else 0) | (packet.payload_type & 0x7F)
    head = _RTP.pack(0x80, second, packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, packet.ssrc & 0xFFFFFFFF)
    return head + packet.payload


def parse_rtp(raw: bytes) -> RtpPacket | Malformed:
    """The packet in `raw` without its CSRC list, header extension and padding, or `Malformed`."""
    if not _RTP.size <= len(raw) <= MAX_DATAGRAM:
        return Malformed(because=f"An RTP packet has 12 to {MAX_DATAGRAM} bytes, this has {len(raw)}.", raw=raw[:64])
    first, second, sequence, timestamp, ssrc = _RTP.unpack_from(raw)
    if first >> 6 != 2:
        return Malformed(because=f"RTP version {first >> 6}, not 2.", raw=raw[:64])
    start = _RTP.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(raw) < start + 4:
            return Malformed(because="The header extension is cut off.", raw=raw[:64])
        start += 4 + 4 * int.from_bytes(raw[start + 2 : start + 4], "big")
    end = len(raw)
    if first & 0x20:
        if not 1 <= raw[-1] <= len(raw) - min(start, len(raw)):
            return Malformed(because="The padding is longer than the payload.", raw=raw[:64])
        end -= raw[-1]
    if start > end:
        return Malformed(because="The header is longer than the packet.", raw=raw[:64])
    return RtpPacket(
        payload_type=second & 0x7F, sequence=sequence, timestamp=timestamp, ssrc=ssrc, payload=bytes(raw[start:end]),
        marker=bool(second & 0x80),
    )  # fmt: skip


class PolyPacket(msgspec.Struct, frozen=True, kw_only=True):
    """One group paging packet: `operation` is ALERT, TRANSMIT or END.

    serial: the last four bytes of the sender's MAC. timestamp: samples since the page began.
    frames: 20 ms of sound each, only with TRANSMIT: the previous one (none in the first packet) and the current one.
    caller_length: the length byte as sent; 13 or the caller's own length, implementations differ.
    """

    operation: int
    channel: int
    serial: int
    caller: str = ""
    caller_length: int = POLY_CALLER_BYTES
    codec: int = 0
    flags: int = 0
    timestamp: int = 0
    frames: tuple[bytes, ...] = ()


def build_poly(packet: PolyPacket) -> bytes:
    """The packet's bytes; a caller longer than 13 characters is cut."""
    caller = packet.caller.encode("latin-1", "replace")[:POLY_CALLER_BYTES]
    head = _POLY.pack(
        packet.operation & 0xFF, packet.channel & 0xFF, packet.serial & 0xFFFFFFFF, packet.caller_length & 0xFF, caller
    )
    if packet.operation != TRANSMIT:
        return head
    audio = _POLY_AUDIO.pack(packet.codec & 0xFF, packet.flags & 0xFF, packet.timestamp & 0xFFFFFFFF)
    return head + audio + b"".join(packet.frames)


def parse_poly(raw: bytes) -> PolyPacket | Malformed:
    """The group paging packet in `raw`, or `Malformed` with the reason."""
    if len(raw) < _POLY.size:
        return Malformed(because=f"A group paging packet has at least {_POLY.size} bytes.", raw=raw)
    operation, channel, serial, length, padded = _POLY.unpack_from(raw)
    if operation not in (ALERT, TRANSMIT, END):
        return Malformed(because=f"Unknown operation {operation:#04x}.", raw=raw[:64])
    if channel not in POLY_CHANNELS:
        return Malformed(because=f"Channel {channel} is not one of 1 to 50.", raw=raw[:64])
    if length > POLY_CALLER_BYTES:
        return Malformed(because=f"The caller's length is {length}, more than 13.", raw=raw[:64])
    caller = padded[:length].split(b"\0")[0].decode("latin-1")
    rest = raw[_POLY.size :]
    known = PolyPacket(operation=operation, channel=channel, serial=serial, caller=caller, caller_length=length)
    if operation == TRANSMIT:
        return _parse_poly_sound(rest, known)
    if rest:
        return Malformed(because=f"{len(rest)} bytes after a packet without sound.", raw=raw[:64])
    return known


def _parse_poly_sound(rest: bytes, known: PolyPacket) -> PolyPacket | Malformed:
    if len(rest) < _POLY_AUDIO.size:
        return Malformed(because="The sound's header is cut off.", raw=rest)
    codec, flags, timestamp = _POLY_AUDIO.unpack_from(rest)
    sound = rest[_POLY_AUDIO.size :]
    if codec not in POLY_CODECS:
        return Malformed(because=f"Unknown codec {codec:#04x}.", raw=rest[:64])
    if len(sound) not in (FRAME_SAMPLES, 2 * FRAME_SAMPLES):
        return Malformed(because=f"{len(sound)} bytes of sound are not one or two frames of 20 ms.", raw=rest[:64])
    frames = tuple(sound[at : at + FRAME_SAMPLES] for at in range(0, len(sound), FRAME_SAMPLES))
    return msgspec.structs.replace(known, codec=codec, flags=flags, timestamp=timestamp, frames=frames)


def poly_page(channel: int, serial: int, caller: str, frames: list[bytes], codec: int = 0) -> list[bytes]:
    """A whole group page in sending order: 31 alerts, the sound with its redundancy, 12 ends.

    The sender spaces alerts and ends by 30 ms, waits 50 ms before the ends, and sends sound every 20 ms.
    """
    alert = PolyPacket(operation=ALERT, channel=channel, serial=serial, caller=caller)
    packets = [alert] * POLY_ALERT_PACKETS
    for number, frame in enumerate(frames):
        pair = (frame,) if number == 0 else (frames[number - 1], frame)
        packets.append(
            msgspec.structs.replace(
                alert, operation=TRANSMIT, codec=codec, timestamp=number * FRAME_SAMPLES, frames=pair
            )
        )
    packets += [msgspec.structs.replace(alert, operation=END)] * POLY_END_PACKETS
    return [build_poly(packet) for packet in packets]
