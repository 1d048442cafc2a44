"""Plays pages into zones: one thread, one tick of 20 ms for all zones, so that zones playing together stay in step."""

import logging
import os
import socket
import threading
from collections.abc import Callable

import msgspec

from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES, PCMU, RtpPacket, build_rtp
from watchbell.gateways.rtppaging.programme import Programme
from watchbell.line import clock
from watchbell.wire.order import Order

log = logging.getLogger(__name__)
TICK_SECONDS = 0.02
CATCH_UP_TICKS = 5


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is on in one zone; kept on disk so that it goes on after a restart.

    owner: the press or announcement it belongs to. times: rounds to play, 0 until stopped. began_at, ends_at: Unix
    seconds. say: (language, text) in turn. recording: the hash of recorded sound. live: the subject somebody speaks on.
    asked: the order of an announcement, whose end is told by it.
    """

    zone: str
    owner: str
    incident: str
    order: str
    prompt: str
    language: str
    mode: str
    priority: int
    repeat_seconds: float
    times: int
    began_at: float
    ends_at: float
    text: str = ""
    say: tuple[tuple[str, str], ...] = ()
    recording: str = ""
    live: str = ""
    chime: str = ""
    asked: Order | None = None

    @property
    def programme(self) -> tuple[object, ...]:
        """Pages with an equal programme are one programme in several zones, played in step.

        A self-test is its zone's own: one that begins later would join in the middle, and no microphone know it again.
        """
        alone = self.zone if self.priority < 0 else ""
        return (alone, self.owner, self.prompt, self.language, self.text, self.mode, self.repeat_seconds, self.times,
                self.say, self.recording, self.live, self.chime)  # fmt: skip

    @property
    def is_announcement(self) -> bool:
        """Asked for by a person or a bell, not by an alarm: its end is told, and it does not come back by itself."""
        return self.asked is not None

    @property
    def rank(self) -> tuple[bool, int]:
        """Who speaks above whom: every alarm above every announcement, then the priority; a self-test below all."""
        is_alarm = not self.is_announcement and self.priority >= 0
        return (is_alarm, self.priority)


class Sender:
    """One zone's RTP stream: own SSRC, sequence and timestamp that run on over all its pages (RFC 3550 §5.1)."""

    def __init__(self, group: str, port: int, interface: str, ttl: int) -> None:
        self._to = (group, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        self.sent = 0
        self.ssrc = int.from_bytes(os.urandom(4), "big")
        self._sequence = int.from_bytes(os.urandom(2), "big")
        self._timestamp = int.from_bytes(os.urandom(4), "big")

    def send(self, frame: bytes, is_first: bool) -> None:
        """Sends one frame, with the marker when it is a page's first. Raises OSError."""
        raw = build_rtp(
            RtpPacket(
                payload_type=PCMU, sequence=self._sequence, timestamp=self._timestamp, ssrc=self.ssrc, payload=frame,
                marker=is_first,
            )
        )  # fmt: skip
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        self._socket.sendto(raw, self._to)
        self.sent += 1

    def receive(self) -> bytes | None:
        """What a speaker has sent back, or None."""
        try:
            return self._socket.recv(1500)
        except OSError:
            return None

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


class Playing:
    """What a zone is to play now. `first` is told once: None when the first packet has left, else the error."""

    def __init__(self, page: Page, programme: Programme, first: Callable[[OSError | None], None]) -> None:
        self.page = page
        self.programme = programme
        self.first: Callable[[OSError | None], None] | None = first
        self.is_over = False


class Track:
    """One zone as the tick thread sees it. `playing` is replaced whole by the event loop; the rest is the thread's.

    quieter: what makes everyday sound as quiet as the zone wants it; an alarm always has the full volume.
    """

    def __init__(self, sender: Sender, ended: Callable[[Page], None], quieter: bytes | None = None) -> None:
        self.sender = sender
        self.quieter = quieter
        self.playing: Playing | None = None
        self.trouble = ""
        self._ended = ended
        self._last: Playing | None = None

    def play(self, tick: int) -> None:
        """Sends this tick's frame; a zone that cannot send does not hold up the others."""
        playing = self.playing
        if playing is None:
            return
        frame = playing.programme.frame(tick)
        if frame is None:
            if not playing.is_over:
                playing.is_over = True
                self._ended(playing.page)
            return
        if self.quieter is not None and playing.page.is_announcement:
            frame = frame.translate(self.quieter)
        problem: OSError | None = None
        try:
            self.sender.send(frame, playing is not self._last)
        except OSError as error:
            problem = error
        self._last = playing
        self.trouble = str(problem or "")
        if playing.first is not None:
            told, playing.first = playing.first, None
            told(problem)


class Player:
    """The tick thread. Tracks are added and removed from the event loop; `wake` after giving one something to play."""

    def __init__(self) -> None:
        self._tracks: tuple[Track, ...] = ()
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="paging", daemon=True)
        self.tick = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; returns when the last packet has left."""
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def follow(self, tracks: tuple[Track, ...]) -> None:
        """From the next tick on these tracks are played."""
        self._tracks = tracks
        self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    def _run(self) -> None:
        due = clock.monotonic()
        while not self._is_stopping:
            if not any(track.playing for track in self._tracks):
                self._wake.wait(1.0)
                self._wake.clear()
                due = clock.monotonic()
                continue
            late = clock.monotonic() - due
            if late < -TICK_SECONDS or late > CATCH_UP_TICKS * TICK_SECONDS:
                due = clock.monotonic()  # the process stood still, or a test has moved the clock
            elif late < 0:
                self._rest(-late)
            self.tick += 1
            for track in self._tracks:
                track.play(self.tick)
            due += TICK_SECONDS

    def _rest(self, seconds: float) -> None:
        # An event that stays clear: unlike sleep it ends at once when the player is stopped.
        if not self._is_stopping:
            threading.Event().wait(seconds)
