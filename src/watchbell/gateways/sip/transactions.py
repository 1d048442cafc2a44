"""SIP transactions (RFC 3261 §17): what is sent again, for how long, and what is answered again."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from watchbell.gateways.sip.addresses import parse_address, parse_via
from watchbell.gateways.sip.codec import Request, Response, build, reply
from watchbell.gateways.sip.transport import Hop
from watchbell.line import clock, ids
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
T1, T2 = 0.5, 4.0
GIVE_UP = 64 * T1
COOKIE = "z9hG4bK"
Send = Callable[[bytes, Hop], None]


class NoAnswer(Exception):
    """Nobody answered within 32 s (§17.1.1.2), or no connection could be made."""


def new_branch() -> str:
    return COOKIE + ids.new_id().hex


def with_via(request: Request, host: str, port: int, transport: str, branch: str = "") -> Request:
    """The request with our Via on top; rport (RFC 3581) asks for the answer where the request came from."""
    via = f"SIP/2.0/{transport} {host}:{port};branch={branch or new_branch()};rport"
    return msgspec.structs.replace(request, headers=(("via", via), *request.headers))


def key_of(message: Request | Response) -> tuple[str, ...]:
    """What makes messages one transaction (§17.1.3, §17.2.3); ACK and CANCEL fit their INVITE."""
    via = parse_via(message.first("via"))
    number, _ = message.cseq
    if isinstance(via, Malformed) or not via.branch.startswith(COOKIE):
        sender = parse_address(message.first("from"))
        tag = "" if isinstance(sender, Malformed) else sender.tag
        return ("old", message.call_id, tag, str(number))
    return (via.branch, via.host.lower(), str(via.port))


class Asking:
    """One client transaction: the request, sent again over UDP until answered."""

    def __init__(self, request: Request, hop: Hop, send: Send) -> None:
        self.request, self.hop = request, hop
        self._raw, self._send = build(request), send
        self._heard: asyncio.Queue[Response | None] = asyncio.Queue()
        self.has_provisional = asyncio.Event()
        self.final: Response | None = None
        self.acknowledgement: bytes = b""

    def hear(self, response: Response) -> None:
        """A response came; one after the final one is answered by the same ACK again."""
        if self.final is not None:
            if self.acknowledgement and response.status >= 200:
                self._send(self.acknowledgement, self.hop)
            return
        self._heard.put_nowait(response)

    def fail(self) -> None:
        """The connection cannot be made."""
        self._heard.put_nowait(None)

    async def finish(self, hear: Callable[[Response], None] | None = None) -> Response:
        """The final response; provisional ones go to `hear`. Raises NoAnswer."""
        is_invite = self.request.method == "INVITE"
        began, interval = clock.monotonic(), T1
        self._send(self._raw, self.hop)
        while True:
            left = began + GIVE_UP - clock.monotonic()
            is_patient = is_invite and self.has_provisional.is_set()
            is_quiet = self.hop.transport != "UDP" or is_patient
            wait = None if is_patient else max(0.0, left if is_quiet else min(interval, left))
            try:
                response = await asyncio.wait_for(self._heard.get(), wait)
            except TimeoutError:
                if clock.monotonic() - began >= GIVE_UP:
                    raise NoAnswer(f"{self.hop.host}:{self.hop.port} did not answer") from None
                self._send(self._raw, self.hop)
                interval = interval * 2 if is_invite else min(interval * 2, T2)
                continue
            if response is None:
                raise NoAnswer(f"{self.hop.host}:{self.hop.port} takes no connection")
            if response.status < 200:
                self.has_provisional.set()
                interval = interval if is_invite else T2
                if hear is not None:
                    hear(response)
                continue
            self.final = response
            if is_invite and response.status >= 300:
                self.acknowledge(build(_ack_of_failure(self.request, response)))
            return response

    def acknowledge(self, raw: bytes) -> None:
        """Sends the ACK and keeps it for a repeated final response."""
        self.acknowledgement = raw
        self._send(raw, self.hop)


def _ack_of_failure(request: Request, response: Response) -> Request:
    """The ACK of a final response other than 2xx: the same branch (§17.1.1.3)."""
    kept = [(n, v) for n, v in request.headers if n in ("from", "call-id", "route", "max-forwards")]
    via = next((value for name, value in request.headers if name == "via"), "")
    return Request(
        method="ACK", uri=request.uri,
        headers=(("via", via), *kept, ("to", response.first("to")), ("cseq", f"{request.cseq[0]} ACK")),
    )  # fmt: skip


class Incoming:
    """One server transaction. `tag` is our tag in its responses; `acked` holds the ACK of an INVITE's final one."""

    def __init__(self, request: Request, source: Hop, answer_to: Hop, send: Send) -> None:
        self.request, self.source = request, source
        self._answer_to, self._send = answer_to, send
        self.tag = ids.new_id().hex[-16:]
        self.last: bytes = b""
        self.status = 0
        self.is_cancelled = asyncio.Event()
        self.acked: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
        self._repeating: asyncio.Task[None] | None = None

    def answer(
        self, status: int, more: Iterable[tuple[str, str]] = (), body: bytes = b"", reason: str = ""
    ) -> Response | None:
        """Answers; None when a final answer has been given before. A final one to an INVITE is repeated until ACK."""
        if self.status >= 200:
            return None
        response = reply(self.request, status, tag=self.tag, more=more, body=body, reason=reason)
        self.status, self.last = status, build(response)
        self._send(self.last, self._answer_to)
        if self.request.method == "INVITE" and status >= 200:
            self._repeating = asyncio.create_task(self._repeat())
        return response

    def repeat(self) -> None:
        """The request came again."""
        if self.last:
            self._send(self.last, self._answer_to)

    async def _repeat(self) -> None:
        # §13.3.1.4: a 2xx is repeated on every transport, another final response only where it can get lost.
        if self.status >= 300 and self._answer_to.transport != "UDP":
            return
        interval, ends = T1, clock.monotonic() + GIVE_UP
        while not self.acked.done() and clock.monotonic() < ends:
            await asyncio.wait({self.acked}, timeout=interval)
            if not self.acked.done():
                self._send(self.last, self._answer_to)
                interval = min(interval * 2, T2)

    def hear_ack(self, request: Request) -> None:
        if not self.acked.done():
            self.acked.set_result(request)

    def cancel(self) -> None:
        """The caller gave up before we answered (§9.2)."""
        self.is_cancelled.set()
        self.answer(487)

    def stop(self) -> None:
        if self._repeating is not None:
            self._repeating.cancel()

    def tasks(self) -> list[asyncio.Task[Any]]:
        return [self._repeating] if self._repeating is not None else []
