"""Plays an alarm panel or panic communicator: reports over TCP or UDP, repeats until answered, and fails on demand."""

import asyncio
import contextlib
import logging
from typing import Any

import msgspec

from watchbell.gateways.siadc09.codec import Frame, Framer, read_body, read_frame, write_frame
from watchbell.line import clock
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
WRONG_KEY = bytes(range(16))


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a report: `answer` "ACK", "DUH", "NAK", "RSP", or "" when nobody answered in time.

    seconds: from the first transmission to the answer. frame: the last one sent.
    """

    answer: str
    attempts: int
    seconds: float
    frame: bytes = b""


class Panel:
    """One account. `key`: AES key bytes or None. `transport`: "tcp" (one lasting connection) or "udp".

    Faults: `skew_seconds` (its clock), `has_wrong_key`, `garbles` (breaks the CRC), `is_cut` (no link),
    `never_sets_clock` (ignores the time in a NAK).
    """

    def __init__(
        self, account: str, host: str, port: int, *, key: bytes | None = None, receiver: str | None = None,
        line: str = "0", transport: str = "tcp", wait_seconds: float = 2.0, attempts: int = 30, stamps: bool = True,
    ) -> None:  # fmt: skip
        self.account, self.host, self.port = account, host, port
        self.key, self.receiver, self.line = key, receiver, line
        self.transport, self.wait_seconds, self.attempts = transport, wait_seconds, attempts
        self.stamps = stamps
        self.skew_seconds = self.delay_seconds = 0.0
        self.has_wrong_key = self.garbles = self.is_cut = self.never_sets_clock = False
        self.sequence = 0
        self._lock = asyncio.Lock()
        self._link: _TcpLink | _UdpLink | None = None
        self._supervising: asyncio.Task[None] | None = None

    # -- what a panel does -------------------------------------------------------------------------------------

    async def press(self, zone: str, code: str = "PA", area: str = "1") -> Reply:
        """A button: `code` is SIA ("PA", "HA", "MA", "FA") or Contact ID ("120")."""
        return await self.report(code, zone, area=area)

    async def restore(self, zone: str, code: str = "PA", area: str = "1") -> Reply:
        """The button is back: PR, HR… or qualifier 3."""
        return await self.report(code if code.isdigit() else code[0] + "R", zone, qualifier="3", area=area)

    async def test(self) -> Reply:
        """The periodic test report, RP."""
        return await self.report("RP", "0")

    async def supervise(self) -> Reply:
        """One NULL message."""
        return await self.send("NULL", b"", sequence=0, attempts=1)

    async def report(self, code: str, zone: str, *, qualifier: str = "1", area: str = "1", xdata: bytes = b"") -> Reply:
        """Any event; three digits mean Contact ID, two letters SIA."""
        if code.isdigit():
            event = f"{qualifier}{code} {int(area, 16):02X} {zone:0>3}"
            return await self.send("ADM-CID", f"#{self.account}|{event}".encode(), xdata=xdata)
        return await self.send("SIA-DCS", f"#{self.account}|Nri{area}/{code}{zone}".encode(), xdata=xdata)

    async def send(
        self, ident: str, data: bytes, *, sequence: int | None = None, xdata: bytes = b"", attempts: int = 0
    ) -> Reply:
        """Sends a message and repeats it, same sequence number and timestamp, until it is answered."""
        async with self._lock:
            if sequence is None:
                self.sequence = sequence = self.sequence % 9999 + 1
            began = clock.monotonic()
            await asyncio.sleep(self.delay_seconds)
            frame = self._build(ident, data, sequence, xdata)
            for attempt in range(1, (attempts or self.attempts) + 1):
                answer = await self._exchange(frame, sequence)
                if isinstance(answer, Frame) and answer.ident == "NAK" and attempt < 3 and not self.never_sets_clock:
                    self._set_clock(answer)
                    frame = self._build(ident, data, sequence, xdata)
                elif isinstance(answer, Frame):
                    seconds = clock.monotonic() - began
                    return Reply(answer=answer.ident, attempts=attempt, seconds=seconds, frame=frame)
            return Reply(answer="", attempts=attempt, seconds=clock.monotonic() - began, frame=frame)

    def fail(self, how: str, seconds: float) -> None:
        """Breaks the panel for a while: "silent" (link cut), "garbles", "refuses" (wrong key), "slow" (1 s late)."""
        name, broken, whole = {
            "silent": ("is_cut", True, False), "garbles": ("garbles", True, False),
            "refuses": ("has_wrong_key", True, False), "slow": ("delay_seconds", 1.0, 0.0),
        }[how]  # fmt: skip
        setattr(self, name, broken)
        asyncio.get_running_loop().call_later(seconds, setattr, self, name, whole)

    async def start(self, every_seconds: float = 0.0) -> None:
        """With `every_seconds`, sends NULL messages for ever."""
        if every_seconds:
            self._supervising = asyncio.create_task(self._keep_supervised(every_seconds))

    async def stop(self) -> None:
        """Ends supervision and closes the link."""
        if self._supervising is not None:
            self._supervising.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervising
        self.hang_up()

    def hang_up(self) -> None:
        """Closes the connection; the next report opens another."""
        if self._link is not None:
            self._link.close()
            self._link = None

    # -- how it does it ----------------------------------------------------------------------------------------

    def _build(self, ident: str, data: bytes, sequence: int, xdata: bytes) -> bytes:
        key = WRONG_KEY[: len(self.key)] if self.key and self.has_wrong_key else self.key
        stamp = clock.unix() + self.skew_seconds if self.stamps or key else None
        return write_frame(
            ident, sequence, self.account, data, receiver=self.receiver, line=self.line, xdata=xdata, sent_at=stamp,
            key=key,
        )  # fmt: skip

    def _set_clock(self, answer: Frame) -> None:
        body = read_body(answer)
        if not isinstance(body, Malformed) and body.sent_at is not None:
            self.skew_seconds = body.sent_at - clock.unix()

    async def _exchange(self, frame: bytes, sequence: int) -> Frame | None:
        if self.is_cut:
            self.hang_up()
            await asyncio.sleep(min(self.wait_seconds, 0.2))
            return None
        try:
            async with asyncio.timeout(self.wait_seconds):
                if self._link is None:
                    kind = _TcpLink if self.transport == "tcp" else _UdpLink
                    self._link = await kind.open(self.host, self.port)
                self._link.write(frame[:1] + b"0BAD" + frame[5:] if self.garbles else frame)
                while True:
                    answer = read_frame(await self._link.read())
                    if isinstance(answer, Frame) and (answer.ident == "NAK" or answer.sequence == sequence):
                        return answer
        except TimeoutError:
            return None
        except (OSError, EOFError):
            self.hang_up()
            await asyncio.sleep(0.1)
            return None

    async def _keep_supervised(self, every_seconds: float) -> None:
        while True:
            # One try only: a press must not wait behind supervision nobody answers.
            reply = await self.supervise()
            if reply.answer != "ACK":
                log.info("panel %s: supervision answered %r", self.account, reply.answer)
            await asyncio.sleep(every_seconds)


class _TcpLink:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._framer, self._frames = Framer(), list[bytes]()

    @classmethod
    async def open(cls, host: str, port: int) -> "_TcpLink":
        return cls(*await asyncio.open_connection(host, port))

    def write(self, frame: bytes) -> None:
        self._writer.write(frame)

    async def read(self) -> bytes:
        while not self._frames:
            received = await self._reader.read(4096)
            if not received:
                raise EOFError
            self._frames += [piece for piece in self._framer.feed(received) if isinstance(piece, bytes)]
        return self._frames.pop(0)

    def close(self) -> None:
        self._writer.close()


class _UdpLink(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self._packets: asyncio.Queue[bytes] = asyncio.Queue()

    @classmethod
    async def open(cls, host: str, port: int) -> "_UdpLink":
        _, link = await asyncio.get_running_loop().create_datagram_endpoint(cls, remote_addr=(host, port))
        return link

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._packets.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        log.debug("UDP: %s", exc)

    def write(self, frame: bytes) -> None:
        self._transport.sendto(frame)

    async def read(self) -> bytes:
        return await self._packets.get()

    def close(self) -> None:
        self._transport.close()
