"""One connection to a relay: greeting, STARTTLS (RFC 3207), AUTH (RFC 4954), replies in the order of the commands."""

import asyncio
import base64
import ipaddress
import ssl
from collections import deque
from typing import Any, NamedTuple

from watchbell.gateways.smtp.codec import Features, Replies, Reply, parse_features, parse_reply
from watchbell.line import clock
from watchbell.wire.base import Malformed

CONNECT_SECONDS = 10.0
#: Without one more whole reply for so long the relay is stalled.
STALL_SECONDS = 30.0
#: A connection that has been idle longer is asked first whether it is still there.
FRESH_SECONDS = 15.0
IDLE_SECONDS = 60.0


class Trouble(OSError):
    """The relay cannot be used now. carrier: "down", "slow" or "refuses", as `Sending.blame` takes it."""

    def __init__(self, carrier: str, because: str) -> None:
        super().__init__(because)
        self.carrier, self.because = carrier, because


class Door(NamedTuple):
    """How a relay is reached. security: "starttls", "tls" or "none". context: for both of the first."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    context: ssl.SSLContext | None = None
    own_name: str = "localhost"


class Link(asyncio.Protocol):
    """Write with `write`, then wait with `answers`. Once broken it stays so; what had been answered stays readable."""

    def __init__(self, door: Door, stall_seconds: float = STALL_SECONDS) -> None:
        self.door, self.stall_seconds = door, stall_seconds
        self.features = Features()
        self.window = 8
        self.needs_resets = False
        self.used_at = clock.monotonic()
        self.broken: Trouble | None = None
        self.left = b""
        self._replies: deque[bytes] = deque()
        self._reader = Replies()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._wanted = 0

    # -- asyncio -------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        found = self._reader.feed(data)
        if isinstance(found, Malformed):
            self._break(Trouble("down", f"It answers with nonsense ({found.because})."))
            return
        self._replies.extend(found)
        if self._waiter is not None and len(self._replies) >= self._wanted:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(Trouble("down", f"The connection broke{f' ({exc})' if exc else ''}."))

    def _break(self, trouble: Trouble) -> None:
        self.broken = self.broken or trouble
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def leave(self, said: bytes) -> None:
        """The server has said 421: it takes nothing that comes after."""
        self.left = said
        self._break(Trouble("slow", f"It closes the connection: {said[4:200].decode('utf-8', 'replace')}"))

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # -- commands and replies ------------------------------------------------------------------------------------

    @property
    def is_usable(self) -> bool:
        return self.broken is None and self._transport is not None and not self._transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """It has said nothing that nobody asked for."""
        return not self._replies and self._reader.is_empty

    def write(self, raw: bytes) -> None:
        if self._transport is not None and self.broken is None:
            self._transport.write(raw)

    async def answers(self, count: int) -> list[bytes]:
        """The next `count` replies; fewer when the connection broke or stalled, see `broken`."""
        loop = asyncio.get_running_loop()
        while len(self._replies) < count and self.broken is None:
            before = len(self._replies)
            self._wanted, self._waiter = count, loop.create_future()
            handle = loop.call_later(self.stall_seconds, self._wake)
            try:
                await self._waiter
            finally:
                handle.cancel()
                self._waiter = None
            if len(self._replies) == before and self.broken is None:
                self._break(Trouble("slow", f"It has said nothing for {self.stall_seconds:g} s."))
        self.used_at = clock.monotonic()
        return [self._replies.popleft() for _ in range(min(count, len(self._replies)))]

    async def ask(self, command: bytes) -> Reply:
        """One command and its reply. Raises Trouble."""
        self.write(command + b"\r\n")
        return await self._next()

    async def _next(self) -> Reply:
        found = await self.answers(1)
        reply = parse_reply(found[0]) if found else Malformed(because="nothing")
        if isinstance(reply, Malformed):
            raise self.broken or Trouble("down", "It answers with nonsense.")
        return reply

    # -- opening and closing -------------------------------------------------------------------------------------

    async def _greet(self) -> None:
        self.write(b"EHLO " + self.door.own_name.encode() + b"\r\n")
        found = await self.answers(1)
        if not found:
            raise self.broken or Trouble("down", "It did not answer.")
        if not found[0].startswith(b"2"):
            reply = await self.ask(b"HELO " + self.door.own_name.encode())
            if reply.code != 250:
                raise Trouble("refuses", f"It refuses us: {reply.words}")
            self.features = Features()
        else:
            self.features = parse_features(found[0])

    async def _start_tls(self) -> None:
        if not self.features.is_starttls:
            raise Trouble("refuses", "It offers no STARTTLS, and nothing is sent to it in the open.")
        reply = await self.ask(b"STARTTLS")
        if reply.code != 220 or self._replies or not self._reader.is_empty or self._transport is None:
            raise Trouble("refuses", f"It did not begin TLS: {reply.words}")
        assert self.door.context is not None
        self._transport = await asyncio.get_running_loop().start_tls(
            self._transport, self, self.door.context, server_hostname=self.door.host,
            ssl_handshake_timeout=CONNECT_SECONDS,
        )  # fmt: skip
        await self._greet()

    async def _sign_in(self) -> None:
        user, password = self.door.username, self.door.password
        if not user:
            return
        if "PLAIN" in self.features.auth:
            reply = await self.ask(b"AUTH PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()))
        elif "LOGIN" in self.features.auth:
            reply = await self.ask(b"AUTH LOGIN")
            for word in (user, password):
                if reply.code == 334:
                    reply = await self.ask(base64.b64encode(word.encode()))
        else:
            raise Trouble("refuses", "It offers no sign-in by password (PLAIN or LOGIN).")
        if reply.code != 235:
            raise Trouble("slow" if reply.code < 500 else "refuses", f"It refuses our password: {reply.words}")

    def check_peer(self) -> None:
        """In the open only to this machine or a private network. Raises Trouble."""
        peer: Any = self._transport.get_extra_info("peername") if self._transport else None
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0]) if peer else None
        if address is None or not (address.is_loopback or address.is_private):
            raise Trouble("refuses", "Without TLS mail is sent to private networks only: choose STARTTLS or TLS.")

    async def introduce(self) -> None:
        """The server's greeting up to where mails can be sent. Raises Trouble."""
        if self.door.security == "none":
            self.check_peer()
        greeting = await self._next()
        if greeting.code != 220:
            carrier = "slow" if greeting.code < 500 else "refuses"
            raise Trouble(carrier, f"It takes no mail now: {greeting.words}")
        await self._greet()
        if self.door.security == "starttls":
            await self._start_tls()
        await self._sign_in()

    async def close(self) -> None:
        """Says goodbye, without waiting for long."""
        if self.is_usable:
            self.write(b"QUIT\r\n")
            self.stall_seconds = min(self.stall_seconds, 0.5)
            await self.answers(1)
        if self._transport is not None:
            self._transport.abort() if self.broken else self._transport.close()


async def open_link(door: Door, stall_seconds: float = STALL_SECONDS) -> Link:
    """A connection ready for mails. Raises Trouble."""
    loop = asyncio.get_running_loop()
    context = door.context if door.security == "tls" else None
    link = Link(door, stall_seconds)
    try:
        async with asyncio.timeout(CONNECT_SECONDS + stall_seconds):
            await loop.create_connection(
                lambda: link, door.host, door.port, ssl=context,
                server_hostname=door.host if context else None,
                ssl_handshake_timeout=CONNECT_SECONDS if context else None,
            )  # fmt: skip
            await link.introduce()
    except Trouble:
        await link.close()
        raise
    except ssl.SSLError as error:
        await link.close()
        because = getattr(error, "verify_message", "") or error.reason or "no TLS"
        raise Trouble("refuses", f"TLS with it cannot be trusted: {because}.") from None
    except TimeoutError:
        await link.close()
        raise Trouble("down", "It did not answer.") from None
    except OSError as error:
        await link.close()
        raise Trouble("down", f"It cannot be reached ({error.strerror or error}).") from None
    return link


class Pool:
    """A relay's connections: at most `most` at once, kept open for the next mails."""

    def __init__(self, door: Door, most: int, stall_seconds: float = STALL_SECONDS) -> None:
        self.door, self.most, self.stall_seconds = door, most, stall_seconds
        self._idle: list[Link] = []
        self._places = asyncio.Semaphore(most)

    @property
    def is_free(self) -> bool:
        """Another connection may be had at once."""
        return not self._places.locked()

    async def take(self) -> Link:
        """A connection that is there. Raises Trouble."""
        await self._places.acquire()
        try:
            return await self._find()
        except BaseException:
            self._places.release()
            raise

    async def _find(self) -> Link:
        while self._idle:
            link = self._idle.pop()
            idle = clock.monotonic() - link.used_at
            is_there = link.is_usable and link.is_quiet
            if is_there and idle < FRESH_SECONDS:
                return link
            if is_there and idle < IDLE_SECONDS:
                link.write(b"NOOP\r\n")
                found = await link.answers(1)
                if found and found[0].startswith(b"2"):
                    return link
            await link.close()
        return await open_link(self.door, self.stall_seconds)

    async def give(self, link: Link) -> None:
        """Takes it back; it may be broken."""
        self._places.release()
        if link.is_usable:
            self._idle.append(link)
        else:
            await link.close()

    async def tidy(self) -> None:
        """Closes what has been idle for long."""
        old = [one for one in self._idle if not one.is_usable or clock.monotonic() - one.used_at > IDLE_SECONDS]
        self._idle = [one for one in self._idle if one not in old]
        await asyncio.gather(*(one.close() for one in old))

    async def close(self) -> None:
        """Says goodbye on all that are idle."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(one.close() for one in idle))
