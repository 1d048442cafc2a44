"""Plays a paging speaker: a real multicast receiver that tells when a page starts and stops and records it."""

import asyncio
import contextlib
import socket
import struct
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from watchbell.gateways.rtppaging.audio import RATE, decode_mulaw, strength
from watchbell.gateways.rtppaging.codec import FRAME_MILLISECONDS, PCMU, RtpPacket, parse_rtp
from watchbell.gateways.rtppaging.rtcp import SpeakerReport, build_report
from watchbell.gateways.rtppaging.words import test_chirp
from watchbell.line import clock
from watchbell.line.ids import same_id
from watchbell.wire.base import Malformed

SILENCE_SECONDS = 0.4
KEPT_SECONDS = 120
LONGEST_TEST_SECONDS = 2.3  # a test takes 1.9 s
Heard = Callable[[dict[str, Any]], None]


class Reception:
    """What one page sounded like here. Jitter as RFC 3550 §6.4.1 computes it; gaps between arrivals in milliseconds."""

    def __init__(self, packet: RtpPacket, now: float) -> None:
        self.ssrc = packet.ssrc
        self.first_at = clock.unix()
        self.first_sequence = packet.sequence
        self.packets = 0
        self.lost = 0
        self.jitter_ms = 0.0
        self.longest_gap_ms = 0.0
        self.sound = bytearray()
        self.highest = packet.sequence
        self._expected = packet.sequence
        self._last_at = now
        self._last_stamp = packet.timestamp

    def take(self, packet: RtpPacket, now: float) -> None:
        """Counts one packet and keeps its sound, at most two minutes of it."""
        gap_ms = (now - self._last_at) * 1000
        expected_ms = ((packet.timestamp - self._last_stamp) & 0xFFFFFFFF) * 1000 / RATE
        if self.packets:
            self.longest_gap_ms = max(self.longest_gap_ms, gap_ms)
            self.jitter_ms += (abs(gap_ms - expected_ms) - self.jitter_ms) / 16
        missing = (packet.sequence - self._expected) & 0xFFFF
        self.lost += missing if missing < 1000 else 0
        self._expected = (packet.sequence + 1) & 0xFFFF
        self.highest = packet.sequence
        self._last_at, self._last_stamp = now, packet.timestamp
        self.packets += 1
        if len(self.sound) < KEPT_SECONDS * RATE:
            self.sound += packet.payload

    def summary(self) -> dict[str, Any]:
        """Plain numbers for the report."""
        return {
            "ssrc": self.ssrc,
            "first_packet_at": self.first_at,
            "seconds_heard": round(self.packets * FRAME_MILLISECONDS / 1000, 2),
            "packets": self.packets,
            "lost": self.lost,
            "jitter_ms": round(self.jitter_ms, 2),
            "longest_gap_ms": round(self.longest_gap_ms, 1),
        }


class Speaker:
    """A loudspeaker with a microphone: it reports what it received, and how surely it heard its own sound.

    is_off: it receives nothing and says nothing. is_mute: its amplifier is dead, its network is not.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.reporter = int(same_id("speaker", name)[:8], 16)
        self.is_off = False
        self.is_mute = False

    def report(self, heard: Reception, sure: float) -> bytes:
        """The compound packet about `heard`; `sure`: how surely the test's sound is in it, which the microphone finds
        again unless the amplifier is dead."""
        lost = round(256 * heard.lost / max(1, heard.lost + heard.packets))
        return build_report(
            SpeakerReport(
                reporter=self.reporter, ssrc=heard.ssrc, lost=heard.lost, fraction_lost=min(255, lost),
                highest_sequence=heard.highest, jitter=round(heard.jitter_ms * RATE / 1000), cname=self.name,
                heard_permille=0 if self.is_mute else round(1000 * sure),
            )
        )  # fmt: skip


def _heard_chirp(sound: bytes) -> float:
    """How surely a test's chirp, quiet or loud, is at the beginning of `sound`; 0 to 1. A longer page is no test."""
    if len(sound) > LONGEST_TEST_SECONDS * RATE:
        return 0.0
    once, heard = decode_mulaw(test_chirp(False)[: round(0.8 * RATE)]), decode_mulaw(sound[: round(1.1 * RATE)])
    return strength(heard, once)


class ZoneReceiver(asyncio.DatagramProtocol):
    """One speaker in one zone. `heard` gets {"at", "to", "body": {"what": "page_started"|"page_stopped", …}, "raw"}.

    speakers: names of those behind it that have a microphone and report back after each page (RTCP).

    A page is over after 400 ms without a packet, as with real speakers. Port 0 takes any; see `.port`.
    """

    def __init__(
        self, group: str, port: int, interface: str, heard: Heard, name: str = "", speakers: Sequence[str] = ()
    ) -> None:
        self.speakers = [Speaker(one) for one in speakers]
        self._from: tuple[Any, ...] = ()
        self._since_marker = bytearray()
        self.group, self.port, self.interface = group, port, interface
        self.name = name or group
        self.malformed = 0
        self.last: Reception | None = None
        self.is_paging = False
        self._heard = heard
        self._transport: asyncio.DatagramTransport | None = None
        self._checking: asyncio.Task[None] | None = None
        self._failure, self._fails_until = "", 0.0
        self._last_packet_at = 0.0

    async def start(self) -> None:
        """Joins the group on its interface."""
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.setblocking(False)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 19)
        receiver.bind((self.group, self.port))
        member = struct.pack("4s4s", socket.inet_aton(self.group), socket.inet_aton(self.interface))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        self.port = receiver.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=receiver)
        self._checking = asyncio.create_task(self._watch_silence())

    async def stop(self) -> None:
        """Leaves the group."""
        if self._checking is not None:
            self._checking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checking
        if self._transport is not None:
            self._transport.close()
        await asyncio.sleep(0)

    def fail(self, how: str, seconds: float) -> None:
        """Breaks the speaker: "silent" and "refuses" hear nothing, "slow" every second packet, "garbles" noise."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    def record(self, path: Path) -> float:
        """Writes the newest page as WAV; returns its length in seconds, 0 when none was heard."""
        sound = bytes(self.last.sound) if self.last else b""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(decode_mulaw(sound).tobytes())
        return len(sound) / RATE

    # -- what arrives ------------------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        now = clock.monotonic()
        failure = self._failure if now < self._fails_until else ""
        if failure in ("silent", "refuses"):
            return
        packet = parse_rtp(data if failure != "garbles" else data[::-1])
        if isinstance(packet, Malformed) or packet.payload_type != PCMU:
            self.malformed += 1
            return
        if failure == "slow" and packet.sequence % 2:
            return
        self._last_packet_at, self._from = now, addr
        if packet.marker:  # a page begins: the microphone listens for a test anew, though the last one just ended
            self._since_marker.clear()
        if len(self._since_marker) <= LONGEST_TEST_SECONDS * RATE:
            self._since_marker += packet.payload
        if not self.is_paging or self.last is None or self.last.ssrc != packet.ssrc:
            self.is_paging = True
            self.last = Reception(packet, now)
            self._tell("page_started", data)
        self.last.take(packet, now)

    def _tell(self, what: str, raw: bytes = b"") -> None:
        summary = self.last.summary() if self.last else {}
        body = {"what": what, "zone": self.name, "interface": self.interface, **summary}
        self._heard({"at": clock.unix(), "to": f"{self.group}:{self.port}", "body": body, "raw": raw[:32].hex()})

    async def _watch_silence(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            if self.is_paging and clock.monotonic() - self._last_packet_at > SILENCE_SECONDS:
                self.is_paging = False
                self._tell("page_stopped")
                self._report_back()

    def _report_back(self) -> None:
        """After a page each speaker that has a return path says what it received and heard."""
        if not self.speakers or self.last is None or self._transport is None or not self._from:
            return
        sure = _heard_chirp(bytes(self._since_marker))
        for speaker in self.speakers:
            if not speaker.is_off:
                self._transport.sendto(speaker.report(self.last, sure), self._from)
