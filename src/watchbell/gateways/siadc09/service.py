"""The DC-09 receiver: TCP and UDP on one port; a panel is answered only when JetStream has its press."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any

from watchbell.gateways.base import Gateway
from watchbell.gateways.siadc09 import codec
from watchbell.gateways.siadc09.accounts import Account, Book, judge_press, read_entries
from watchbell.gateways.siadc09.codec import Body, Frame
from watchbell.gateways.siadc09.codes import Event, describe_xdata, read_events
from watchbell.gateways.siadc09.supervision import Supervision
from watchbell.line import clock, config, ids
from watchbell.line.listening import stop_listening
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed
from watchbell.wire.press import PanicPressed, PressRefused
from watchbell.wire.subjects import subject

log = logging.getLogger(__name__)
DEFAULT_PORT = 9701
REPEAT_SECONDS = 600.0
#: A panel sends one report after another, so a number of before comes back only from one that began to count again,
#: or, within this time, over its second path.
SECOND_PATH_SECONDS = 60.0
MAX_COUNTED = 10_000
AWAY_SECONDS = 1.0
#: Refusals kept for people per second; the rest of a flood is only counted in the log.
REFUSALS_PER_SECOND = 20
MAX_JUNK_PER_CONNECTION = 50
Answer = Callable[[bytes], None]


class SiaGateway(Gateway):
    """Receives panic, medical and fire reports of panels; feeds everything else to their supervision.

    Configuration entries are `accounts.Account`; secrets give a key by account number.
    """

    name = "siadc09"

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.supervision = Supervision(self)
        self.seen = Memory(self.folder / "seen", REPEAT_SECONDS, clock.unix())
        self._in_flight: dict[str, asyncio.Task[bool]] = {}
        self._counted: dict[str, int] = {}  # account as sent: sequence of its latest report
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.DatagramTransport | None = None
        self._problems: list[str] = []
        self._refusals = (0, 0)  # second, count

    # -- sockets -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        wanted = config.gateway_port(self.name, DEFAULT_PORT)
        loop = asyncio.get_running_loop()
        for attempt in range(20):
            self._server = await asyncio.start_server(self._serve_panel, config.bind(), wanted, limit=1 << 14)
            port = self._server.sockets[0].getsockname()[1]
            try:
                self._datagrams, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(config.bind(), port)
                )
                break
            except OSError:
                self._server.close()
                if wanted or attempt == 19:  # a chosen port is either free for both or not ours
                    raise
        self.address = f"{config.bind()}:{port}"
        self.run_task(self._watch())

    async def stop(self) -> None:
        await stop_listening(self._server)
        if self._datagrams is not None:
            self._datagrams.close()
        for writer in list(self._connections):
            writer.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        accounts, self._problems = read_entries(entries, secrets)
        for problem in self._problems:
            log.error("%s", problem)
        self.book = Book(accounts)
        self.supervision.follow(accounts)

    def run_task(self, work: Any) -> asyncio.Task[Any]:
        """Starts `work` so that it is neither forgotten nor left behind at the end."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _serve_panel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _name_peer(writer.get_extra_info("peername"), "tcp")
        connection = writer.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.add(writer)
        framer, junk = codec.Framer(), 0
        with contextlib.suppress(OSError, asyncio.CancelledError):  # on leaving, which asyncio would call an error
            while junk < MAX_JUNK_PER_CONNECTION and (received := await reader.read(1 << 14)):
                for piece in framer.feed(received):
                    if isinstance(piece, Malformed):
                        junk += 1
                        self.refuse(piece.because, piece.raw, peer)
                    else:
                        self.run_task(self._answer(piece, peer, _writer_answer(writer)))
        self._connections.discard(writer)
        writer.close()

    def take_datagram(self, raw: bytes, peer: str, answer: Answer) -> None:
        """A UDP packet: one frame, or several."""
        for piece in codec.Framer().feed(raw) or [Malformed("no whole frame in the packet", raw)]:
            if isinstance(piece, Malformed):
                self.refuse(piece.because, piece.raw, peer)
            else:
                self.run_task(self._answer(piece, peer, answer))

    async def _watch(self) -> None:
        forgot_at = clock.monotonic()
        while True:
            await asyncio.sleep(0.25)
            if self.bus.down_seconds > AWAY_SECONDS:
                self.state = "degraded"
                self.because = "down: NATS is away, so panels are not answered; presses lie in the spool"
            elif self.state != "starting":
                self.state, self.because = ("degraded" if self._problems else "ok"), " ".join(self._problems)
            self.supervision.look_for_silence()
            if clock.monotonic() - forgot_at > REPEAT_SECONDS:
                forgot_at = clock.monotonic()
                self.seen.forget(clock.unix())

    # -- frames ------------------------------------------------------------------------------------------------

    async def _answer(self, raw: bytes, peer: str, answer: Answer) -> None:
        reply = await self.take_frame(raw, peer)
        if reply is not None:
            answer(reply)

    async def take_frame(self, raw: bytes, peer: str) -> bytes | None:
        """The answer to a whole frame, after everything it asks for is safe; None when it gets none (§5.5.3)."""
        frame = codec.read_frame(raw)
        if isinstance(frame, Malformed):
            self.refuse(frame.because, frame.raw, peer)
            return None
        if frame.ident in codec.ANSWERS:
            self.refuse(f"{frame.ident} is a receiver's answer, not a panel's report", raw, peer)
            return None
        named: list[Account | None] = [*self.book.find_all(frame)] or [self.book.fallback()]
        read = [(account, _read_trusted(frame, account)) for account in named]
        trusted = [(account, body) for account, body in read if account and not isinstance(body, Malformed)]
        if not trusted:
            account, fault = read[0]
            self.refuse(getattr(fault, "because", ""), raw, peer, account)
            return codec.write_answer("DUH", frame, clock.unix())
        answers = [await self._take_body(account, frame, body, peer) for account, body in trusted]
        return answers[0] if all(answers) else None

    async def _take_body(self, account: Account, frame: Frame, body: Body, peer: str) -> bytes | None:
        events = [] if frame.ident in codec.SUPERVISION else read_events(frame, body)
        if isinstance(events, Malformed):
            self.refuse(events.because, frame.raw, peer, account)
            return codec.write_answer("DUH", frame, clock.unix())
        return await self._take_events(account, frame, body, events, peer)

    async def _take_events(
        self, account: Account, frame: Frame, body: Body, events: list[Event], peer: str
    ) -> bytes | None:
        presses = [event for event in events if event.kind]
        now = clock.unix()
        # A repeat that waited for NATS may be older than the window by now: what was taken once stays taken.
        is_repeat = bool(presses) and all(self._earlier(account, frame, body, event, now) for event in presses)
        ahead = 0.0 if body.sent_at is None else body.sent_at - now
        if not is_repeat and not -codec.MAX_BEHIND_SECONDS <= ahead <= codec.MAX_AHEAD_SECONDS:
            self.refuse(f"the panel's clock is {ahead:+.0f} s off", frame.raw, peer, account)
            return codec.write_answer("NAK", frame, now)
        if presses and not all(
            await asyncio.gather(*(self._raise_once(account, frame, body, event, now) for event in presses))
        ):
            return None
        if not self.bus.is_up:
            return None  # a receiver that cannot pass anything on must not look well to the panel
        self.supervision.heard(account, frame, events, peer)
        if frame.ident not in codec.SUPERVISION:
            if len(self._counted) >= MAX_COUNTED:
                self._counted.clear()
            self._counted[_sender(frame)] = frame.sequence
        return codec.write_answer("ACK", frame, clock.unix(), account.key if frame.is_encrypted else None)

    # -- presses -----------------------------------------------------------------------------------------------

    def _earlier(self, account: Account, frame: Frame, body: Body, event: Event, now: float) -> tuple[str, bool] | None:
        """(id, has JetStream taken it) of the same report within the repeat window, or waiting to be taken."""
        kept = self.seen.get(_identity(account, frame, body, event))
        if kept is None:
            return None
        at, value = kept
        press_id, stamp, mark = [*value.decode().split("+"), "", ""][:3]
        is_taken = mark == "taken"
        is_other_moment = is_taken and stamp != _stamp(body)  # the same report, stamped anew as it is sent again
        has_moved_on = is_taken and self._counted.get(_sender(frame), frame.sequence) != frame.sequence
        if is_other_moment and has_moved_on:
            return None
        is_short = is_other_moment or (has_moved_on and body.sent_at is None)
        lasting = SECOND_PATH_SECONDS if is_short else REPEAT_SECONDS
        return (press_id, is_taken) if now - at < lasting else None

    async def _raise_once(self, account: Account, frame: Frame, body: Body, event: Event, now: float) -> bool:
        identity = _identity(account, frame, body, event)
        earlier = self._earlier(account, frame, body, event, now)
        if earlier is not None and earlier[1]:
            return True
        running = self._in_flight.get(identity)
        if running is None:
            # A frame without a clock gets the moment of its first reception into its identity instead.
            press_id = earlier[0] if earlier else ids.same_id(identity, _stamp(body) or f"{now:.3f}")
            kept = f"{press_id}+{_stamp(body)}+"
            self.seen.keep(identity, now, kept.encode())
            running = self.run_task(self._raise(kept, identity, _press(press_id, account, frame, body, event, now)))
            self._in_flight[identity] = running
            running.add_done_callback(lambda _: self._in_flight.pop(identity, None))
        return await running

    async def _raise(self, kept: str, identity: str, press: PanicPressed) -> bool:
        where = subject(press.district, press.site, "press", self.name, press.device)
        if not await self.send_safely(where, press, press.id):
            log.warning("press %s of %s lies in the spool; the panel is not answered", press.id, press.device)
            return False
        self.seen.keep(identity, press.received_at, f"{kept}taken".encode())
        log.info("press %s: %s from %s", press.id, press.kind, press.device)
        return True

    def refuse(self, because: str, raw: bytes, peer: str, account: Account | None = None) -> None:
        """Keeps bytes that could not be taken for a report where people see them; they never get lost silently."""
        log.warning("refused from %s: %s", peer, because)
        district = account.district if account else next((known.district for known in self.book.accounts), None)
        second = int(clock.monotonic())
        self._refusals = (second, self._refusals[1] + 1 if self._refusals[0] == second else 1)
        if district is None or self._refusals[1] > REFUSALS_PER_SECOND:
            return
        refused = PressRefused(
            id=ids.new_id().hex, district=district, gateway=self.name, peer=peer, because=because,
            raw=_show(raw), at=clock.unix(), site=account.site if account else None,
        )  # fmt: skip
        device = account.device if account else "siadc09"
        where = subject(district, None, "status", self.name, device)
        self.run_task(self.send_safely(where, refused, refused.id, wait=False))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, gateway: SiaGateway) -> None:
        self._gateway = gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._gateway.take_datagram(data, _name_peer(addr, "udp"), lambda reply: self._transport.sendto(reply, addr))

    def error_received(self, exc: Exception) -> None:
        log.debug("UDP: %s", exc)


def _read_trusted(frame: Frame, account: Account | None) -> Body | Malformed:
    if account is None:
        return Malformed(f"account {frame.account} is not known and no account stands in for it", frame.raw)
    if account.key is not None and not frame.is_encrypted and not account.allow_plain and not account.fallback:
        return Malformed(f"account {account.account} has a key but sent in plain", frame.raw)
    return codec.read_body(frame, account.key)


def _stamp(body: Body) -> str:
    return "" if body.sent_at is None else f"{body.sent_at:.0f}"


def _sender(frame: Frame) -> str:
    return f"{frame.receiver}/{frame.line}/{frame.account}"


def _identity(account: Account, frame: Frame, body: Body, event: Event) -> str:
    return ids.same_id(
        account.district, account.site, frame.receiver, frame.line, frame.account, frame.sequence, event.code,
        event.zone, event.area, body.data.hex(),
    )  # fmt: skip


def _press(press_id: str, account: Account, frame: Frame, body: Body, event: Event, now: float) -> PanicPressed:
    meaning = judge_press(account, frame, event)
    mode = account.mode_of(event.zone if meaning.is_known else "", now)
    notes = [meaning.note, describe_xdata(body), "Its timestamp could not be read." if body.is_stamp_bad else ""]
    return PanicPressed(
        id=press_id, district=account.district, site=account.site, kind=meaning.kind, mode=mode,
        device=meaning.device, gateway="siadc09", received_at=now, device_at=body.sent_at, place=meaning.place,
        place_name=meaning.place_name, known=meaning.is_known, note=" ".join(note for note in notes if note),
        raw=_show(frame.raw),
    )  # fmt: skip


def _show(raw: bytes) -> str:
    return raw[:4200].decode("ascii", "backslashreplace").replace("\x00", "\\x00")


def _name_peer(address: Any, how: str) -> str:
    return f"{address[0]}:{address[1]}/{how}" if address else how


def _writer_answer(writer: asyncio.StreamWriter) -> Answer:
    def answer(reply: bytes) -> None:
        if not writer.is_closing():
            writer.write(reply)

    return answer


Service = SiaGateway
