"""OSDP v2.2 packets (IEC 60839-11-5), read for diagnostics and demultiplexing; `libosdp` speaks the protocol itself."""

import binascii
import json

import msgspec

from watchbell.wire.base import Malformed

MARK, SOM = 0xFF, 0x53
MAX_PACKET_BYTES = 1440
REPLY_BIT, BROADCAST = 0x80, 0x7F
SCBK_DEFAULT = bytes(range(0x30, 0x40))
COMMANDS = {
    0x60: "POLL", 0x61: "ID", 0x62: "CAP", 0x64: "LSTAT", 0x65: "ISTAT", 0x66: "OSTAT", 0x67: "RSTAT", 0x68: "OUT",
    0x69: "LED", 0x6A: "BUZ", 0x6B: "TEXT", 0x6E: "COMSET", 0x73: "BIOREAD", 0x74: "BIOMATCH", 0x75: "KEYSET",
    0x76: "CHLNG", 0x77: "SCRYPT", 0x7B: "ACURXSIZE", 0x7C: "FILETRANSFER", 0x80: "MFG", 0xA1: "XWR", 0xA2: "ABORT",
    0xA3: "PIVDATA", 0xA4: "GENAUTH", 0xA5: "CRAUTH", 0xA7: "KEEPACTIVE",
}  # fmt: skip
REPLIES = {
    0x40: "ACK", 0x41: "NAK", 0x45: "PDID", 0x46: "PDCAP", 0x48: "LSTATR", 0x49: "ISTATR", 0x4A: "OSTATR",
    0x4B: "RSTATR", 0x50: "RAW", 0x51: "FMT", 0x53: "KEYPAD", 0x54: "COM", 0x57: "BIOREADR", 0x58: "BIOMATCHR",
    0x76: "CCRYPT", 0x78: "RMAC_I", 0x79: "BUSY", 0x7A: "FTSTAT", 0x80: "PIVDATAR", 0x81: "GENAUTHR", 0x82: "CRAUTHR",
    0x83: "MFGSTATR", 0x84: "MFGERRR", 0x90: "MFGREP", 0xB1: "XRD",
}  # fmt: skip
NAK_REASONS = {
    1: "bad check character", 2: "wrong command length", 3: "unknown command", 4: "unexpected sequence number",
    5: "secure block not supported", 6: "secure channel required", 7: "biometric type not supported",
    8: "biometric format not supported", 9: "record cannot be processed",
}  # fmt: skip


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """A packet whose length and check are right. address: 0 to 126, 127 = all. name: "POLL", "ACK"… or "" if unknown.

    security: the security control block with its length byte, b"" without one; scs_type: its second byte, or None.
    mac: the four bytes a secured packet ends with. data: the payload, still enciphered under SCS_17 and SCS_18.
    """

    address: int
    is_reply: bool
    sequence: int
    has_crc: bool
    code: int
    name: str
    data: bytes
    security: bytes = b""
    scs_type: int | None = None
    mac: bytes = b""
    length: int = 0


def compute_crc(raw: bytes) -> int:
    """CRC-16 of §5.9: CCITT polynomial, initial value 0x1D0F."""
    return binascii.crc_hqx(raw, 0x1D0F)


def compute_checksum(raw: bytes) -> int:
    """The two's complement of the sum of all bytes."""
    return -sum(raw) & 0xFF


def read_packet(raw: bytes) -> Packet | Malformed:
    """One whole packet, with or without its mark byte."""
    body = raw[1:] if raw[:1] == b"\xff" else raw
    if len(body) < 7 or body[0] != SOM:
        return Malformed("no start of message, or too short", raw[:MAX_PACKET_BYTES])
    length = int.from_bytes(body[2:4], "little")
    if length != len(body) or length > MAX_PACKET_BYTES:
        return Malformed(f"length says {length}, there are {len(body)} bytes", raw[:MAX_PACKET_BYTES])
    control = body[4]
    has_crc, check_bytes = bool(control & 4), 2 if control & 4 else 1
    content, check = body[:-check_bytes], int.from_bytes(body[-check_bytes:], "little")
    right = compute_crc(content) if has_crc else compute_checksum(content)
    if check != right:
        return Malformed(f"check is {check:X}, should be {right:X}", raw)
    at, security = 5, b""
    if control & 8:
        size = content[5] if len(content) > 5 else 0
        security, at = content[5 : 5 + size], 5 + size
        if size < 2 or len(security) < size:
            return Malformed("the security block is cut off", raw)
    scs_type = security[1] if security else None
    mac = content[-4:] if scs_type in (0x15, 0x16, 0x17, 0x18) else b""
    inner = content[at : len(content) - len(mac)]
    if not inner or len(content) < at + len(mac):
        return Malformed("no command or reply code", raw)
    names = REPLIES if body[1] & REPLY_BIT else COMMANDS
    return Packet(
        address=body[1] & 0x7F, is_reply=bool(body[1] & REPLY_BIT), sequence=control & 3, has_crc=has_crc,
        code=inner[0], name=names.get(inner[0], ""), data=inner[1:], security=security, scs_type=scs_type, mac=mac,
        length=length,
    )  # fmt: skip


def judge_packet(packet: Packet, is_secure: bool) -> Malformed | None:
    """Why a packet that is whole may still not be taken: `is_secure` says that a secure channel is up."""
    if packet.scs_type is not None and not 0x11 <= packet.scs_type <= 0x18:
        return Malformed(f"security block type {packet.scs_type:02X} does not exist")
    if is_secure and (packet.scs_type is None or packet.scs_type < 0x15):
        return Malformed("not secured while a secure channel is up")
    return None


class Deframer:
    """Cuts a byte stream into raw packets (mark included where sent); junk comes out as Malformed."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, received: bytes) -> list[bytes | Malformed]:
        """Whole packets and pieces of junk that `received` completes, in order; checks are left to `read_packet`."""
        self._held += received
        found: list[bytes | Malformed] = []
        while self._held:
            start = self._held.find(SOM)
            if start < 0:
                if self._held.strip(b"\xff"):
                    found.append(Malformed("bytes between packets", bytes(self._held)))
                    self._held.clear()
                del self._held[:-1]
                break
            marked = start > 0 and self._held[start - 1] == MARK
            junk = bytes(self._held[: start - marked])
            if junk.strip(b"\xff"):
                found.append(Malformed("bytes between packets", junk))
            del self._held[: len(junk)]
            if len(self._held) < 5 + marked:
                break
            length = int.from_bytes(self._held[2 + marked : 4 + marked], "little")
            if not 7 <= length <= MAX_PACKET_BYTES:
                found.append(Malformed(f"impossible length {length}", bytes(self._held[: 5 + marked])))
                del self._held[: 1 + marked]
                continue
            if len(self._held) < length + marked:
                break
            found.append(bytes(self._held[: length + marked]))
            del self._held[: length + marked]
        return found


def read_capture(text: bytes) -> list[bytes | Malformed]:
    """The packets of an `.osdpcap` file: one JSON object a line, bytes as hex in "data"."""
    found: list[bytes | Malformed] = []
    for line in filter(bytes.strip, text.splitlines()):
        try:
            found.append(bytes.fromhex(json.loads(line)["data"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            found.append(Malformed(f"not a capture record: {error}", line[:200]))
    return found


def pad_block(data: bytes) -> bytes:
    """`data` filled to whole AES blocks: 0x80, then zeros (Annex D)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


def read_key(text: str) -> bytes | Malformed:
    """A secure channel base key: 32 hex digits, and not the default key everybody knows."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return Malformed("the key is not hex")
    if len(key) != 16:
        return Malformed("the key is not 16 bytes")
    if key == SCBK_DEFAULT:
        return Malformed("the key is SCBK-D, the default everybody knows")
    return key
