"""SIA DC-09-2026 frames: bytes to messages and back, total. CRC, cipher and code tables come from `siadc09`."""

import contextlib
import logging
import re
from datetime import UTC, datetime

import msgspec
from siadc09.util import crc, decrypt, encrypt, genpad

from watchbell.wire.base import Malformed

# The library logs whole frames at debug level whatever the root logger says; frames hold people's whereabouts.
logging.getLogger("siadc09").propagate = False

LF, CR = 0x0A, 0x0D
MAX_BODY_BYTES = 0x0FFF  # 0LLL, §5.5.1.3
MAX_FRAME_BYTES = MAX_BODY_BYTES + 10
#: §5.5.1.9: a frame's clock may be this far ahead of, or behind, the receiver's.
MAX_AHEAD_SECONDS, MAX_BEHIND_SECONDS = 20.0, 40.0
ANSWERS = ("ACK", "NAK", "DUH", "RSP")
SUPERVISION = ("NULL", "XNM")

_HEAD = re.compile(
    rb'"(?P<star>\*?)(?P<ident>[A-Z0-9][A-Z0-9-]{1,9})"(?P<sequence>\d{4})(?:R(?P<receiver>[0-9A-Fa-f]{1,6}))?'
    rb"(?:L(?P<line>[0-9A-Fa-f]{1,6}))?(?:#(?P<account>[0-9A-Fa-f]{0,16})|A0)?\[(?P<rest>[^\n\r]*)\Z"
)
_STAMP = re.compile(rb"_(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{4})\Z")
_HEX4 = re.compile(rb"[0-9A-Fa-f]{4}\Z")
#: DC-09-2007 panels send the CRC as two bytes, high one first, where later editions have four hex digits.
_BINARY_HEAD_BYTES, _QUOTE = 7, 0x22


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame whose envelope, length and CRC are right; its body may still be enciphered.

    ident: "SIA-DCS", "ADM-CID", "NULL", "ACK"… sequence: 0 to 9999. receiver, line, account: hex text as sent
    (leading zeros kept, None where absent). rest: everything after the first "[". raw: the whole frame.
    is_binary: its CRC is two bytes instead of four hex digits, and so must be the answer's.
    """

    ident: str
    sequence: int
    receiver: str | None
    line: str | None
    account: str
    is_encrypted: bool
    rest: bytes
    raw: bytes
    is_binary: bool = False


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What stands inside the brackets. xdata: (letter, text) pairs. sent_at: Unix seconds, None without a timestamp.

    is_stamp_bad: True when a plain frame carries something in the timestamp's place that is none.
    """

    data: bytes
    xdata: tuple[tuple[str, str], ...] = ()
    sent_at: float | None = None
    is_stamp_bad: bool = False


def read_frame(raw: bytes) -> Frame | Malformed:
    """One frame from LF to CR, both included (§5.5.1). `Malformed.because` says what is wrong."""
    if len(raw) < 10 or raw[0] != LF or raw[-1] != CR:
        return Malformed("not framed by LF and CR", raw[:MAX_FRAME_BYTES])
    if len(raw) > MAX_FRAME_BYTES:
        return Malformed("longer than a frame can be", raw[:MAX_FRAME_BYTES])
    is_binary = raw[_BINARY_HEAD_BYTES] == _QUOTE
    checked, length, body = (
        (raw[1:3].hex().encode(), raw[3:7], raw[7:-1]) if is_binary else (raw[1:5], raw[5:9], raw[9:-1])
    )
    if not _HEX4.match(checked) or not _HEX4.match(length):
        return Malformed("CRC or length is not four hex digits", raw)
    if crc(body) != int(checked, 16):
        return Malformed(f"CRC is {checked.decode().upper()}, should be {crc(body):04X}", raw)
    if len(body) != int(length, 16):
        return Malformed(f"length is {length.decode()}, should be {len(body):04X}", raw)
    found = _HEAD.match(body)
    if found is None:
        return Malformed("the header is not one of DC-09", raw)
    receiver, line, account = found["receiver"], found["line"], found["account"]
    return Frame(
        ident=found["ident"].decode(), sequence=int(found["sequence"]), is_encrypted=bool(found["star"]),
        receiver=receiver.decode() if receiver else None, line=line.decode() if line else None,
        account=account.decode() if account else "", rest=found["rest"], raw=bytes(raw),
        is_binary=is_binary,
    )  # fmt: skip


def read_body(frame: Frame, key: bytes | None = None) -> Body | Malformed:
    """The frame's content, deciphered with `key` (16, 24 or 32 bytes) where it is enciphered (§5.4).

    A wrong key shows as a body without its closing bracket or timestamp: Malformed.
    """
    if not frame.is_encrypted:
        return _split_body(frame.rest, frame.raw)
    if key is None:
        return Malformed("enciphered, and no key is known", frame.raw)
    try:
        cipher = bytes.fromhex(frame.rest.decode("ascii"))
    except ValueError:
        return Malformed("the enciphered part is not hex", frame.raw)
    if not cipher or len(cipher) % 16:
        return Malformed("the enciphered part is not whole AES blocks", frame.raw)
    clear = decrypt(key, cipher)
    close, bar = clear.find(b"]"), clear.find(b"|")
    if close < 0:
        return Malformed("cannot be deciphered: wrong key", frame.raw)
    body = _split_body(clear[close:] if bar < 0 or bar > close else clear[bar + 1 :], frame.raw)
    if isinstance(body, Malformed) or body.sent_at is None:
        return Malformed("cannot be deciphered: wrong key", frame.raw)
    return body


def _split_body(text: bytes, raw: bytes) -> Body | Malformed:
    data, closed, rest = text.partition(b"]")
    if not closed:
        return Malformed("the data has no closing bracket", raw)
    xdata: list[tuple[str, str]] = []
    while rest.startswith(b"["):
        part, closed, rest = rest[1:].partition(b"]")
        if not closed:
            return Malformed("extended data has no closing bracket", raw)
        xdata.append((part[:1].decode("latin-1"), part[1:].decode("utf-8", "replace")))
    sent_at = _read_stamp(rest)
    return Body(data=data, xdata=tuple(xdata), sent_at=sent_at, is_stamp_bad=bool(rest) and sent_at is None)


def _read_stamp(text: bytes) -> float | None:
    found = _STAMP.match(text)
    if found is None:
        return None
    hour, minute, second, month, day, year = (int(part) for part in found.groups())
    is_leap = second == 60  # as Unix counts, it is the first second of the next minute
    try:
        return datetime(year, month, day, hour, minute, second - is_leap, tzinfo=UTC).timestamp() + is_leap
    except ValueError:
        return None


def write_stamp(unix_seconds: float) -> bytes:
    """`_HH:MM:SS,MM-DD-YYYY` in UTC (§5.5.1.9)."""
    return datetime.fromtimestamp(unix_seconds, tz=UTC).strftime("_%H:%M:%S,%m-%d-%Y").encode()


def write_frame(
    ident: str, sequence: int, account: str, data: bytes = b"", *, receiver: str | None = None, line: str | None = "0",
    xdata: bytes = b"", sent_at: float | None = None, key: bytes | None = None, is_binary: bool = False,
) -> bytes:  # fmt: skip
    """A frame from LF to CR. A `key` enciphers the body and needs `sent_at`. Account "" is written A0, as in a NAK.

    is_binary: the CRC as two bytes, for a panel of the 2007 edition.

    xdata: the bracketed blocks as they stand on the wire, e.g. b"[R101]".
    """
    parts = [b'"*' if key else b'"', ident.encode(), b'"%04d' % (sequence % 10000)]
    if receiver is not None:
        parts.append(b"R" + receiver.encode())
    if line is not None:
        parts.append(b"L" + line.encode())
    parts.append((b"#" + account.encode() if account else b"A0") + b"[")
    stamp = b"" if sent_at is None else write_stamp(sent_at)
    if key is None:
        parts += [data, b"]", xdata, stamp]
    else:
        clear = (b"|" + data if data else b"") + b"]" + xdata + stamp
        pad = bytes(genpad(16 + -len(clear) % 16))
        parts.append(encrypt(key, pad + clear).hex().upper().encode())
    body = b"".join(parts)
    checked = crc(body).to_bytes(2, "big") if is_binary else b"%04X" % crc(body)
    return b"\n%s%04X%s\r" % (checked, len(body), body)


def write_answer(ident: str, to: Frame, now: float, key: bytes | None = None) -> bytes:
    """What a receiver answers to frame `to` (§5.5.3): ACK (enciphered with `key`), DUH, NAK with its time."""
    if ident == "NAK":
        return write_frame("NAK", 0, "", receiver="0", line="0", sent_at=now, is_binary=to.is_binary)
    return write_frame(
        ident, to.sequence, to.account, receiver=to.receiver, line=to.line or "0",
        sent_at=now if key else None, key=key if ident == "ACK" else None, is_binary=to.is_binary,
    )  # fmt: skip


def read_key(text: str) -> bytes | None:
    """An AES key as people write it: 32, 48 or 64 hex digits, or 16, 24 or 32 ASCII characters; else None."""
    text = text.strip()
    if len(text) in (32, 48, 64):
        with contextlib.suppress(ValueError):
            return bytes.fromhex(text)
    raw = text.encode("utf-8", "replace")
    return raw if len(raw) in (16, 24, 32) and text.isascii() else None


class Framer:
    """Cuts a byte stream into frames; junk and overlong pieces come out as Malformed, once each, in order."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_skipping = False

    def feed(self, received: bytes) -> list[bytes | Malformed]:
        """Whole frames (LF to CR) and Malformed pieces that `received` completes."""
        found: list[bytes | Malformed] = []
        self._held += received
        while self._held:
            if self._held[0] != LF:
                self._drop_to_start(found)
                continue
            if (size := _measure_binary(self._held)) is None:
                break
            if size:
                self._is_skipping = False
                found.append(bytes(self._held[:size]))
                del self._held[:size]
                continue
            again, end = self._held.find(LF, 1), self._held.find(CR)
            if again > 0 and (end < 0 or again < end):
                if again > 1:  # a line feed alone is an empty line, not a frame
                    found.append(Malformed("a frame broke off", bytes(self._held[:again])[:MAX_FRAME_BYTES]))
                del self._held[:again]
            elif end >= 0:
                self._is_skipping = False
                found.append(bytes(self._held[: end + 1]))
                del self._held[: end + 1]
            elif len(self._held) > MAX_FRAME_BYTES:
                found.append(Malformed("longer than a frame can be", bytes(self._held[:MAX_FRAME_BYTES])))
                self._held.clear()
                self._is_skipping = True
            else:
                break
        return found

    def _drop_to_start(self, found: list[bytes | Malformed]) -> None:
        start = self._held.find(LF)
        junk = bytes(self._held if start < 0 else self._held[:start])
        del self._held[: len(junk)]
        if junk.strip(b"\r\x00 ") and not self._is_skipping:
            found.append(Malformed("bytes between frames", junk[:MAX_FRAME_BYTES]))
        # Until the next LF this is still the same junk, however many pieces it comes in.
        self._is_skipping = start < 0


def _measure_binary(held: bytearray) -> int | None:
    """Bytes of the frame with a binary CRC at the start of `held`, 0 when there is none, None while more must come.

    Such a CRC may hold an LF or a CR; what follows it holds neither before the frame's end.
    """
    if len(held) <= _BINARY_HEAD_BYTES:
        return None if LF in held[1:3] or CR in held[1:3] else 0
    if held[_BINARY_HEAD_BYTES] != _QUOTE or not _HEX4.match(held[3:7]):
        return 0
    end, again = held.find(CR, _BINARY_HEAD_BYTES), held.find(LF, _BINARY_HEAD_BYTES)
    if end >= 0 and (again < 0 or end < again):
        return end + 1
    return None if again < 0 and len(held) <= MAX_FRAME_BYTES else 0
