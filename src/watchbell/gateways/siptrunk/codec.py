"""Pressed keys on their way: telephone-event payloads (RFC 4733 §2), and the bodies of INFO that some send; total."""

import re
import struct

import msgspec

from watchbell.wire.base import Malformed

KEYS = "0123456789*#ABCD"
RELAY_TYPES = ("application/dtmf-relay", "application/dtmf")
_EVENT = struct.Struct(">BBH")
_SIGNAL = re.compile(r"^\s*signal\s*=\s*(\S{1,2})\s*$", re.IGNORECASE | re.MULTILINE)
MAX_RELAY_BYTES = 500
TICK_SAMPLES = 160
VOLUME = 10


class KeyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One packet about a key. samples: how long it has been held, at 8 kHz. is_end: it has been let go."""

    key: str
    samples: int
    is_end: bool


def read_event(payload: bytes) -> KeyEvent | Malformed:
    """The first event of a telephone-event payload; Malformed for what is no key (fax tones, flash)."""
    if len(payload) < _EVENT.size:
        return Malformed(because="An event has four bytes.", raw=payload[:64])
    number, second, samples = _EVENT.unpack_from(payload)
    if number >= len(KEYS):
        return Malformed(because=f"Event {number} is no key.", raw=payload[:64])
    return KeyEvent(key=KEYS[number], samples=samples, is_end=bool(second & 0x80))


def build_events(key: str, ticks: int = 5) -> list[bytes]:
    """The payloads of one pressed key: one every 20 ms while it is held, the last three times (§2.5.1.4)."""
    number = KEYS.index(key)
    held = [_EVENT.pack(number, VOLUME, TICK_SAMPLES * tick) for tick in range(1, ticks + 1)]
    return [*held, *[_EVENT.pack(number, 0x80 | VOLUME, TICK_SAMPLES * (ticks + 1))] * 3]


def read_relay(content_type: str, body: bytes) -> str | Malformed:
    """The key that an INFO says: "Signal=1" of application/dtmf-relay, or the bare key of application/dtmf."""
    if content_type not in RELAY_TYPES or len(body) > MAX_RELAY_BYTES:
        return Malformed(because="An INFO that says no key.", raw=body[:64])
    text = body.decode("ascii", "replace")
    found = _SIGNAL.search(text)
    said = (found[1] if found else text.strip()).upper()
    said = {"10": "*", "11": "#"}.get(said, said)  # some write events' numbers
    if len(said) != 1 or said not in KEYS:
        return Malformed(because=f"No key: {said[:10]!r}.", raw=body[:64])
    return said


def build_relay(key: str, milliseconds: int = 160) -> bytes:
    """The body of an INFO for one pressed key."""
    return f"Signal={key}\r\nDuration={milliseconds}\r\n".encode()
