"""A call's sound when thousands are up: frames made once and shared by all, one socket a call, keys picked out."""

import asyncio
import ipaddress
import resource
import socket
import struct
from collections.abc import Callable
from typing import NamedTuple, Protocol

from watchbell.gateways.rtppaging.audio import cut_frames
from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES, parse_rtp
from watchbell.gateways.sip.calls import Call
from watchbell.gateways.sip.codec import Request
from watchbell.gateways.sip.media import Stream, to_alaw
from watchbell.gateways.sip.sdp import EVENTS
from watchbell.gateways.siptrunk.codec import read_event, read_relay
from watchbell.line.sound import SILENCE
from watchbell.wire.base import Malformed

_HEAD = struct.Struct(">BBHII")
LAWS = {0: "PCMU", 8: "PCMA"}
#: So many ticks without a packet are quiet, not lateness.
LATE_TICKS = 8
MOST_FILES = 65_536


class Frames(NamedTuple):
    """A sound in frames of 20 ms, in both codings."""

    mulaw: tuple[bytes, ...]
    alaw: tuple[bytes, ...]

    def of(self, codec: str) -> tuple[bytes, ...]:
        return self.mulaw if codec == "PCMU" else self.alaw

    @property
    def seconds(self) -> float:
        return len(self.mulaw) / 50


def make_frames(sound: bytes) -> Frames:
    """µ-law, cut once for all calls that play it."""
    mulaw = cut_frames(sound)
    return Frames(mulaw, tuple(to_alaw(frame) for frame in mulaw))


def join_frames(*parts: Frames) -> Frames:
    """One after the other; nothing is copied but places."""
    return Frames(sum((one.mulaw for one in parts), ()), sum((one.alaw for one in parts), ()))


QUIET = make_frames(bytes([SILENCE]) * FRAME_SAMPLES)


class Hearing(Protocol):
    """What hears a call: sound as it came in its coding, and each 20 ms in which nothing came."""

    def hear(self, sound: bytes, law: str) -> None: ...

    def hear_nothing(self) -> None: ...


class Voice(Stream):
    """One call's sound. It sends from the first tick on, quiet when there is nothing to play: a media gateway learns
    from it where we are. `ear` hears what comes; `on_key` gets each pressed key once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events = EVENTS
        self.ear: Hearing | None = None
        self.on_key: Callable[[str], None] | None = None
        self.played = 0
        self._frames, self._at = QUIET, 0
        self._is_quiet = True
        self._over: Callable[[], None] | None = None
        self._owed = 0
        self._last_event = -1
        self._socket: socket.socket | None = None

    async def open(self, host: str) -> None:
        """Takes a free port on `host`. Raises OSError."""
        found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            found.setblocking(False)
            found.bind((host, 0))
        except OSError:
            found.close()
            raise
        self._socket = found
        self.port = found.getsockname()[1]
        asyncio.get_running_loop().add_reader(found.fileno(), self._take)

    def close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    @property
    def is_on(self) -> bool:
        return self._socket is not None

    @property
    def can_send(self) -> bool:
        """Whether the other side wants sound, at an address that need not be looked up."""
        try:
            return self.remote is not None and bool(ipaddress.ip_address(self.remote[0]))
        except ValueError:
            return False

    # -- sending ------------------------------------------------------------------------------------------------------

    def play(self, frames: Frames, over: Callable[[], None] | None = None) -> None:
        """From the next tick on, instead of what is played; `over` is called once after the last frame."""
        self._frames, self._at, self._over, self._is_quiet = frames, 0, over, False

    def hush(self) -> None:
        """Quiet from the next tick on."""
        self._frames, self._at, self._over, self._is_quiet = QUIET, 0, None, True

    def send(self, tick: int) -> None:
        """Sends this tick's frame; without `ear` nothing is asked about what did not come."""
        if self._socket is None:
            return
        if self.ear is not None:
            self._owed += 1
            if self._owed > LATE_TICKS:
                self._owed -= 1
                self.ear.hear_nothing()
        if self._at >= len(self._frames.mulaw):
            over = self._over
            self.hush()
            if over is not None:
                over()
            if self._socket is None:
                return
        frame = self._frames.of(self.codec)[self._at]  # a re-INVITE may have changed it
        self._at += 1
        if self.remote is not None:
            self.played += not self._is_quiet
            self._send_packet(self.payload_type | (0x80 if self.sent == 0 else 0), self._stamp, frame)
            self.sent += 1
        self._stamp = (self._stamp + FRAME_SAMPLES) & 0xFFFFFFFF

    def _send_packet(self, second: int, stamp: int, payload: bytes) -> None:
        if self._socket is None or self.remote is None:
            return
        packet = _HEAD.pack(0x80, second, self._sequence, stamp, self._ssrc) + payload
        self._sequence = (self._sequence + 1) & 0xFFFF
        try:
            self._socket.sendto(packet, self.remote)
        except OSError as error:  # a full buffer, a network that is gone: the call itself tells
            self.error_received(error)

    # -- hearing ------------------------------------------------------------------------------------------------------

    def _take(self) -> None:
        for _ in range(8):
            if self._socket is None:
                return
            try:
                raw = self._socket.recv(2048)
            except BlockingIOError:
                return
            except OSError as error:
                self.error_received(error)
                return
            self.take(raw)

    def take(self, raw: bytes) -> None:
        """One RTP packet."""
        if len(raw) > 12 and raw[0] == 0x80:  # the usual one, without what parse_rtp takes care of
            kind, stamp, payload = raw[1] & 0x7F, int.from_bytes(raw[4:8]), raw[12:]
        else:
            packet = parse_rtp(raw)
            if isinstance(packet, Malformed):
                return
            kind, stamp, payload = packet.payload_type, packet.timestamp, packet.payload
        self.heard += 1
        law = LAWS.get(kind)
        if law is not None:
            self.hear_sound(payload, law)
        elif kind in (self.events, self.remote_events) and stamp != self._last_event:
            event = read_event(payload)
            if not isinstance(event, Malformed):
                self._last_event = stamp
                if self.on_key is not None:
                    self.on_key(event.key)

    def hear_sound(self, payload: bytes, law: str) -> None:
        """Sound of the other side."""
        if self.ear is not None and payload:
            self._owed = max(-50, self._owed - max(1, len(payload) // FRAME_SAMPLES))
            self.ear.hear(payload, law)


def allow_many_sockets() -> None:
    """A socket a call: as many as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def hear_call(call: Call, voice: Voice, tell: Callable[[str], None]) -> None:
    """Tells what happens in a call: "gone" once it has ended, "key 1" for each pressed key, as an event or by INFO."""

    def take_info(request: Request) -> bool:
        found = read_relay(request.content_type, request.body)
        if isinstance(found, Malformed):
            return False
        tell(f"key {found}")
        return True

    call.over, call.on_info = (lambda: tell("gone")), take_info
    voice.on_key = lambda key: tell(f"key {key}")
    if call.ended.is_set():
        tell("gone")
