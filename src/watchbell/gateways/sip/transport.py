"""The sockets of a SIP user agent: UDP and TCP on one port; a TCP connection is kept and used both ways (§18)."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any, NamedTuple

from watchbell.gateways.sip.codec import Framer
from watchbell.line.listening import stop_listening
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
CONNECT_SECONDS = 3.0
MAX_CONNECTIONS = 500
QUEUED_BYTES = 1 << 20


class Hop(NamedTuple):
    """Where a message goes or came from. host: an IP address. transport: "UDP" or "TCP"."""

    host: str
    port: int
    transport: str = "UDP"


Heard = Callable[[bytes | Malformed, Hop], None]


class Transport(asyncio.DatagramProtocol):
    """`heard` gets every whole message, or a Malformed from a stream, with the hop that answers go to."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._datagrams: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._writers: dict[Hop, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: dict[Hop, list[bytes]] = {}
        self._failed: Callable[[Hop], None] = lambda hop: None
        self.host, self.port = "", 0

    async def start(self, host: str, port: int) -> None:
        """Opens both sockets on one port; 0 takes any that is free for both. Raises OSError."""
        loop = asyncio.get_running_loop()
        for attempt in range(20):
            self._server = await asyncio.start_server(self._serve, host, port, limit=1 << 16)
            found = self._server.sockets[0].getsockname()[1]
            try:
                self._datagrams, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, found))
                break
            except OSError:
                self._server.close()
                if port or attempt == 19:
                    raise
        self.host, self.port = host, found

    async def stop(self) -> None:
        """Closes sockets and connections."""
        await stop_listening(self._server)
        if self._datagrams is not None:
            self._datagrams.close()
        for writer in list(self._writers.values()):
            writer.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def on_failure(self, told: Callable[[Hop], None]) -> None:
        """`told` hears of hops that no connection could be made to."""
        self._failed = told

    def address_towards(self, hop: Hop) -> str:
        """Our own address as the other side sees it."""
        if self.host not in ("0.0.0.0", "::", ""):
            return self.host
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((hop.host, hop.port or 5060))  # sends nothing; asks the routing table
            return str(probe.getsockname()[0])
        return "127.0.0.1"

    # -- sending -----------------------------------------------------------------------------------------------

    def send(self, raw: bytes, hop: Hop) -> None:
        """Sends without waiting; what cannot be sent is told by `on_failure` (TCP) or by silence (UDP)."""
        if hop.transport == "UDP":
            if self._datagrams is not None and not self._datagrams.is_closing():
                self._datagrams.sendto(raw, (hop.host, hop.port))
            return
        writer = self._writers.get(hop)
        if writer is not None and not writer.is_closing():
            if writer.transport.get_write_buffer_size() < QUEUED_BYTES:
                writer.write(raw)
            return
        waiting = self._opening.setdefault(hop, [])
        waiting.append(raw)
        if len(waiting) == 1:
            self._run(self._open(hop))

    async def _open(self, hop: Hop) -> None:
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(hop.host, hop.port), CONNECT_SECONDS)
        except (OSError, TimeoutError) as error:
            log.warning("no connection to %s:%s: %s", hop.host, hop.port, error or type(error).__name__)
            self._opening.pop(hop, None)
            self._failed(hop)
            return
        self._writers[hop] = writer
        for raw in self._opening.pop(hop, []):
            writer.write(raw)
        await self._read(reader, writer, hop)

    def _run(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- receiving ---------------------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data.strip(b"\r\n\x00"):  # an empty packet only keeps a NAT open
            self._heard(data, Hop(addr[0], addr[1], "UDP"))

    def error_received(self, exc: Exception) -> None:
        log.debug("UDP: %s", exc)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        if peer is None or len(self._writers) >= MAX_CONNECTIONS:
            writer.close()
            return
        hop = Hop(peer[0], peer[1], "TCP")
        self._writers[hop] = writer
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.CancelledError):  # on leaving, which asyncio would call an error
            await self._read(reader, writer, hop)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hop: Hop) -> None:
        framer = Framer()
        try:
            while received := await reader.read(1 << 14):
                if received == b"\r\n\r\n":
                    writer.write(b"\r\n")  # RFC 5626 §3.5.1: ping, pong
                pieces = framer.feed(received)
                for piece in pieces:
                    self._heard(piece, hop)
                if any(isinstance(piece, Malformed) for piece in pieces):
                    break
        except OSError as error:
            log.debug("TCP %s: %s", hop, error)
        finally:
            if self._writers.get(hop) is writer:
                del self._writers[hop]
            writer.close()
