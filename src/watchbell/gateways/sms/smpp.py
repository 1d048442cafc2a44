"""One bind to an SMPP carrier: kept up, with a window of outstanding submits; back after a loss."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec

from watchbell.gateways.sms.codec import (
    ALERT_NOTIFICATION,
    ALREADY_BOUND,
    BAD_OPTIONAL,
    BIND_TRANSCEIVER,
    DATA_SM,
    DELIVER_SM,
    ENQUIRE_LINK,
    GENERIC_NACK,
    INVALID_COMMAND,
    OK,
    RESPONSE,
    STATUSES,
    SUBMIT_SM,
    SYSTEM_ERROR,
    UNBIND,
    Bind,
    Framer,
    Message,
    Pdu,
    build_bind,
    build_pdu,
    read_message,
    read_name,
)
from watchbell.line import clock
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
BIND_SECONDS = 10.0
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
#: Bind refusals that another try will not mend soon.
REFUSED = (0x0D, 0x0E, 0x0F)
MOST_DELIVERED = 2000

Answered = Callable[[int, str], None]
Take = Callable[[Message], Awaitable[bool]]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a carrier is spoken to. window: submits that may wait for their answer. seconds: of silence, of an answer."""

    host: str
    port: int
    system_id: str
    password: str = ""
    system_type: str = ""
    is_tls: bool = False
    window: int = 50
    enquire_seconds: float = 20.0
    answer_seconds: float = 10.0


def read_terms(entry: dict[str, Any], password: str) -> Terms:
    """The terms of a configuration entry."""
    window = entry.get("window")
    return Terms(
        host=str(entry.get("host") or ""), port=int(entry.get("port") or 2775), password=password,
        system_id=str(entry.get("system_id") or ""), system_type=str(entry.get("system_type") or ""),
        is_tls=bool(entry.get("tls")), window=max(1, min(1000, int(window))) if window else 50,
        enquire_seconds=float(entry.get("enquire_seconds") or 20.0),
        answer_seconds=float(entry.get("answer_seconds") or 10.0),
    )  # fmt: skip


class _Session(asyncio.Protocol):
    """One connection. Everything that arrives together is dealt with together, then `settled` is called."""

    def __init__(self, link: "Link") -> None:
        self.link = link
        self.framer = Framer()
        self.transport: asyncio.Transport | None = None
        self.waiting: dict[int, tuple[Answered, float]] = {}
        self.sequence = 0
        self.bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.heard_at = clock.monotonic()
        self.can_write = asyncio.Event()
        self.can_write.set()
        self.takes: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by name

    def pause_writing(self) -> None:
        self.can_write.clear()

    def resume_writing(self) -> None:
        self.can_write.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.end(f"The carrier has hung up{f' ({type(error).__name__})' if error else ''}.")

    def end(self, because: str) -> None:
        """The connection is over; whoever waits is told."""
        if not self.lost.done():
            self.lost.set_result(because)
        if not self.bound.done():
            self.bound.cancel()
        if self.transport is not None:
            self.transport.abort()
        self.can_write.set()
        self.link.settle()

    def data_received(self, data: bytes) -> None:
        self.heard_at = clock.monotonic()
        for pdu in self.framer.feed(data):
            if isinstance(pdu, Malformed):
                log.error("SMPP carrier %s: %s", self.link.name, pdu.because)
                self.end("The carrier sent what is no SMPP.")
                return
            self._take(pdu)
        self.link.settle()

    def _take(self, pdu: Pdu) -> None:
        if pdu.command & RESPONSE:
            found = self.waiting.pop(pdu.sequence, None)
            if found is not None:
                # a generic_nack says that the PDU itself was not understood: it was not taken
                status = pdu.status if pdu.command != GENERIC_NACK else pdu.status or SYSTEM_ERROR
                found[0](status, read_name(pdu.body) if status == OK else "")
        elif pdu.command in (DELIVER_SM, DATA_SM):
            self._take_message(pdu)
        elif pdu.command == ENQUIRE_LINK:
            self.answer(pdu, OK)
        elif pdu.command == UNBIND:
            self.answer(pdu, OK)
            self.end("The carrier has ended the bind.")
        elif pdu.command != ALERT_NOTIFICATION:  # which is answered by nothing (4.12.1)
            self.write(build_pdu(GENERIC_NACK, INVALID_COMMAND, pdu.sequence))

    def _take_message(self, pdu: Pdu) -> None:
        found = read_message(pdu)
        if isinstance(found, Malformed):
            log.warning("SMPP carrier %s: a %s that is none: %s", self.link.name, pdu.name, found.because)
            self.answer(pdu, BAD_OPTIONAL)
            return
        if len(self.takes) >= MOST_DELIVERED:
            self.answer(pdu, 0x14)  # it comes again
            return
        task = asyncio.create_task(self._pass_on(pdu, found))
        self.takes.add(task)
        task.add_done_callback(self.takes.discard)

    async def _pass_on(self, pdu: Pdu, message: Message) -> None:
        """Answered once it is safe here; else the carrier brings it again."""
        try:
            is_safe = await self.link.take(message)
        except Exception:
            log.exception("SMPP carrier %s: a %s", self.link.name, pdu.name)
            is_safe = False
        self.answer(pdu, OK if is_safe else SYSTEM_ERROR)

    def answer(self, pdu: Pdu, status: int) -> None:
        body = b"\0" if pdu.command in (DELIVER_SM, DATA_SM) else b""
        self.write(build_pdu(pdu.command | RESPONSE, status, pdu.sequence, body))

    def write(self, raw: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(raw)

    def ask(self, command: int, body: bytes, answered: Answered) -> bytes:
        """The octets of a request whose answer is waited for."""
        self.sequence = self.sequence % 0x7FFFFFFF + 1
        self.waiting[self.sequence] = (answered, clock.monotonic())
        return build_pdu(command, OK, self.sequence, body)


class Link:
    """A carrier that is bound to for as long as `run` runs. take: gets what it delivers, True once it is safe."""

    def __init__(self, name: str, terms: Terms, take: Take) -> None:
        self.name, self.terms, self.take = name, terms, take
        self.because = "Not bound yet."
        self.is_refused = False
        self._session: _Session | None = None
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def is_up(self) -> bool:
        return self._session is not None and not self._session.lost.done()

    @property
    def outstanding(self) -> int:
        return len(self._session.waiting) if self._session else 0

    def settle(self) -> None:
        """Something has changed: whoever waits looks anew."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def changed(self, seconds: float) -> None:
        """Returns when something has changed, or after `seconds`."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting.append(waiter)
        late = loop.call_later(max(0.0, seconds), lambda: None if waiter.done() else waiter.set_result(None))
        try:
            await waiter
        finally:
            late.cancel()

    async def wait_up(self, seconds: float) -> bool:
        """True once it is bound; False after `seconds`, or when the carrier has refused the bind."""
        until = clock.monotonic() + seconds
        while not self.is_up and not self.is_refused and clock.monotonic() < until:
            await self.changed(until - clock.monotonic())
        return self.is_up

    async def can_write(self) -> None:
        """Returns once the connection takes more, or is lost."""
        if self._session is not None:
            await self._session.can_write.wait()

    def submit(self, bodies: list[tuple[bytes, Answered]]) -> None:
        """Sends submits. Raises OSError when the carrier is gone; then those not answered may have been taken."""
        session = self._session
        if session is None or session.lost.done():
            raise OSError(self.because)
        session.write(b"".join([session.ask(SUBMIT_SM, body, answered) for body, answered in bodies]))

    # -- keeping it up -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Binds, and binds again, until cancelled."""
        failures = 0
        while True:
            try:
                await self._bind()
                failures = 0
                assert self._session is not None
                self.because = await self._watch(self._session)
            except (OSError, TimeoutError, asyncio.InvalidStateError) as error:
                self.because = str(error) or "The carrier did not answer."
            finally:
                self._drop()
            log.warning("SMPP carrier %s: %s", self.name, self.because)
            await asyncio.sleep(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])
            failures += 1

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            for task in list(session.takes):
                task.cancel()
            session.end(self.because)
        self.settle()

    async def _bind(self) -> None:
        loop, terms = asyncio.get_running_loop(), self.terms
        context = ssl.create_default_context() if terms.is_tls else None
        async with asyncio.timeout(BIND_SECONDS):
            _, session = await loop.create_connection(lambda: _Session(self), terms.host, terms.port, ssl=context)
            bound = session.bound
            bind = Bind(system_id=terms.system_id, password=terms.password, system_type=terms.system_type)
            try:
                session.write(
                    session.ask(
                        BIND_TRANSCEIVER,
                        build_bind(bind),
                        lambda status, _: None if bound.done() else bound.set_result(status),
                    )
                )
                status = await bound
            except asyncio.CancelledError:
                session.end("")
                if asyncio.current_task() and asyncio.current_task().cancelling():  # type: ignore[union-attr]
                    raise
                raise OSError(session.lost.result() or "The carrier has hung up.") from None
        if status not in (OK, ALREADY_BOUND):
            session.end("refused")
            self.is_refused = status in REFUSED
            raise OSError(STATUSES.get(status, f"The carrier refuses the bind ({status:#x})."))
        self._session, self.is_refused, self.because = session, False, ""
        self.settle()

    async def _watch(self, session: _Session) -> str:
        """Looks whether the carrier still answers; why it is lost."""
        terms, asked_at = self.terms, 0.0
        while True:
            await asyncio.wait({session.lost}, timeout=min(1.0, terms.enquire_seconds / 3))
            if session.lost.done():
                return session.lost.result()
            now = clock.monotonic()
            oldest = next(iter(session.waiting.values()), None)
            if oldest is not None and now - oldest[1] > terms.answer_seconds:
                return "The carrier does not answer any more."
            if now - max(session.heard_at, asked_at) > terms.enquire_seconds:
                asked_at = now
                session.write(session.ask(ENQUIRE_LINK, b"", lambda status, _: None))

    async def unbind(self) -> None:
        """Takes leave, as long as the carrier answers within a second."""
        session = self._session
        if session is None or session.lost.done():
            return
        left = asyncio.get_running_loop().create_future()
        session.write(session.ask(UNBIND, b"", lambda status, _: None if left.done() else left.set_result(None)))
        await asyncio.wait({left}, timeout=1.0)
        session.end("unbound")
