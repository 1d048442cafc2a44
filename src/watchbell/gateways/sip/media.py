"""The sound of calls: RTP sockets (RFC 3550) fed every 20 ms by one clock, so that calls of one page stay in step."""

import array
import asyncio
import logging
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from watchbell.gateways.rtppaging.audio import decode_mulaw
from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES, RtpPacket, build_rtp, parse_rtp
from watchbell.line import clock
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
TICK_SECONDS = 0.02
CATCH_UP_TICKS = 5
KEPT_BYTES = 120 * 8000


def _alaw_of(sample: int) -> int:
    """ITU-T G.711 A-law of a 16-bit linear sample."""
    magnitude = (sample if sample >= 0 else ~sample) >> 3
    segment = max(magnitude.bit_length() - 5, 0)
    code = segment << 4 | (magnitude >> max(segment, 1)) & 0x0F
    return (code | (0x80 if sample >= 0 else 0)) ^ 0x55


def _linear_of_alaw(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


_TO_ALAW = bytes(_alaw_of(sample) for sample in decode_mulaw(bytes(range(256))))
_FROM_ALAW = tuple(_linear_of_alaw(code) for code in range(256))


@lru_cache(maxsize=4096)
def to_alaw(frame: bytes) -> bytes:
    """A frame of µ-law as A-law."""
    return frame.translate(_TO_ALAW)


def decode_alaw(codes: bytes) -> "array.array[int]":
    """A-law as 16-bit linear samples."""
    return array.array("h", [_FROM_ALAW[code] for code in codes])


class Programme:
    """Frames of µ-law in rounds on the common tick; every call with the same programme hears the same frame.

    times: rounds, 0 until stopped. upcoming: takes the frames' place when a new round begins.
    """

    def __init__(self, frames: tuple[bytes, ...], times: int = 0) -> None:
        self.frames = frames
        self.times = times
        self.upcoming: tuple[bytes, ...] | None = None
        self._began: int | None = None
        self._rounds = 0

    def frame(self, tick: int) -> bytes | None:
        """The frame of this tick; None when all rounds have been played."""
        if self._began is None:
            self._began = tick
        while tick - self._began >= len(self.frames):
            self._rounds += 1
            self._began += len(self.frames)
            if self.upcoming is not None:
                self.frames, self.upcoming = self.upcoming, None
        return None if self.times and self._rounds >= self.times else self.frames[tick - self._began]


class Stream(asyncio.DatagramProtocol):
    """One call's RTP. `playing` is what is sent; `over` is called once when it has been played out.

    events: the payload type that pressed keys are offered by, 0: they are not asked for; remote_events: the other
    side's.
    sound: what was heard, µ-law as text of bytes, only while `is_recording`.
    """

    def __init__(self) -> None:
        self.port = 0
        self.remote: tuple[str, int] | None = None
        self.payload_type, self.codec = 0, "PCMU"
        self.events = self.remote_events = 0
        self.playing: Programme | None = None
        self.over: Callable[[], None] | None = None
        self.first_sent: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.sent = self.heard = 0
        self.is_recording = False
        self.first_heard_at = 0.0
        self.sound = bytearray()
        self.arrivals: list[float] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._ssrc = int.from_bytes(os.urandom(4), "big")
        self._sequence = int.from_bytes(os.urandom(2), "big")
        self._stamp = int.from_bytes(os.urandom(4), "big")

    async def open(self, host: str) -> None:
        """Takes a free port on `host`. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @property
    def is_on(self) -> bool:
        """Whether anything is to be sent."""
        return self.playing is not None

    def send(self, tick: int) -> None:
        """Sends this tick's frame, if there is one and somebody to hear it."""
        playing = self.playing
        if playing is None or self.remote is None or self._transport is None or self._transport.is_closing():
            return
        frame = playing.frame(tick)
        if frame is None:
            self.playing, over, self.over = None, self.over, None
            if over is not None:
                over()
            return
        packet = RtpPacket(
            payload_type=self.payload_type, sequence=self._sequence, timestamp=self._stamp, ssrc=self._ssrc,
            payload=frame if self.codec == "PCMU" else to_alaw(frame), marker=self.sent == 0,
        )  # fmt: skip
        self._transport.sendto(build_rtp(packet), self.remote)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._stamp = (self._stamp + FRAME_SAMPLES) & 0xFFFFFFFF
        self.sent += 1
        if not self.first_sent.done():
            self.first_sent.set_result(clock.unix())

    def datagram_received(self, data: bytes, addr: Any) -> None:
        packet = parse_rtp(data)
        if isinstance(packet, Malformed):
            return
        self.heard += 1
        if self.heard == 1:
            self.first_heard_at = clock.unix()
        if self.is_recording and len(self.sound) < KEPT_BYTES:
            self.arrivals.append(clock.monotonic())
            self.sound += packet.payload

    def error_received(self, exc: Exception) -> None:
        log.debug("RTP: %s", exc)


class Pump:
    """The tick for all streams: absolute due times from the monotonic clock, so that nothing drifts."""

    def __init__(self) -> None:
        self._streams: set[Stream] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def add(self, stream: Stream) -> None:
        self._streams.add(stream)
        self._wake.set()

    def remove(self, stream: Stream) -> None:
        self._streams.discard(stream)

    def wake(self) -> None:
        self._wake.set()

    async def _run(self) -> None:
        tick, due = 0, clock.monotonic()
        while True:
            if not any(stream.is_on for stream in self._streams):
                self._wake.clear()
                await self._wake.wait()
                due = clock.monotonic()
            late = clock.monotonic() - due
            if late < -TICK_SECONDS or late > CATCH_UP_TICKS * TICK_SECONDS:
                due = clock.monotonic()  # the process stood still, or a test has moved the clock
            elif late < 0:
                await asyncio.sleep(-late)
            else:
                await asyncio.sleep(0)
            tick += 1
            for stream in list(self._streams):
                stream.send(tick)
            due += TICK_SECONDS
