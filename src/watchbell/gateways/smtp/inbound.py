"""Takes mails at the addresses a relay's mails name, and nothing else: no relay, few connections, small mails."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from watchbell.gateways.sending import Pace
from watchbell.gateways.smtp.letters import MOST_BYTES
from watchbell.gateways.smtp.returns import Box
from watchbell.line import clock
from watchbell.line.listening import stop_listening

log = logging.getLogger(__name__)
MOST_CONNECTIONS = 100
MOST_FROM_ONE = 20
MOST_RECIPIENTS = 20
PER_SECOND = 200.0
IDLE_SECONDS = 60.0

Find = Callable[[str], Box | None]
#: (recipient, envelope sender or "", the mail) → whether it is safe.
Take = Callable[[str, str, bytes], Awaitable[bool]]


class Handler:
    """aiosmtpd's hooks: which recipients there are, and what is done with a mail."""

    def __init__(self, find: Find, take: Take) -> None:
        self._find, self._take = find, take
        self._pace = Pace(PER_SECOND)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if self._find(address) is None:
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
        await self._pace.take()
        try:
            safe = [await self._take(one, envelope.mail_from or "", raw) for one in dict.fromkeys(envelope.rcpt_tos)]
        except Exception:  # whatever it is: who sent it keeps it and comes again
            log.exception("a mail could not be taken")
            return "451 4.3.0 Not now; send it again"
        return "250 2.0.0 Ok" if all(safe) else "451 4.3.0 Not now; send it again"


class Door:
    """The listening half: `start` gives (host, port)."""

    def __init__(self, find: Find, take: Take, own_name: str) -> None:
        self._handler, self._own_name = Handler(find, take), own_name
        self._server: asyncio.Server | None = None
        self._open: Counter[str] = Counter()
        self._sessions: set[Guarded] = set()

    async def start(self, host: str, port: int) -> tuple[str, int]:
        self._server = await asyncio.get_running_loop().create_server(self._meet, host, port)
        found = self._server.sockets[0].getsockname()
        return str(found[0]), int(found[1])

    def _meet(self) -> "Guarded":
        return Guarded(self, self._handler, self._own_name)

    async def stop(self) -> None:
        if self._server is not None:
            await stop_listening(self._server)
            for session in list(self._sessions):
                session.hang_up()
            await self._server.wait_closed()

    def enter(self, session: "Guarded", peer: str) -> bool:
        """Whether one more connection from `peer` is taken."""
        if self._open.total() >= MOST_CONNECTIONS or self._open[peer] >= MOST_FROM_ONE:
            return False
        self._open[peer] += 1
        self._sessions.add(session)
        return True

    def leave(self, session: "Guarded", peer: str) -> None:
        if session in self._sessions:
            self._sessions.discard(session)
            self._open[peer] -= 1
            self._open += Counter()  # drops zeros


class Guarded(SMTP):
    """One session, if there is room for it."""

    def __init__(self, door: Door, handler: Handler, own_name: str) -> None:
        super().__init__(
            handler, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, hostname=own_name, ident="Watchbell",
            timeout=IDLE_SECONDS, loop=asyncio.get_running_loop(),
        )  # fmt: skip
        self._door, self._peer = door, ""
        self.since = clock.monotonic()

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if peer else ""
        if not self._door.enter(self, self._peer):
            transport.write(b"421 4.3.2 Too many connections; come again\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._door.leave(self, self._peer)
        if self.transport is not None:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self.transport is not None:  # who found no room is not listened to
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self.transport is not None else False

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()
