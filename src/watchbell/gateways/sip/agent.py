"""A SIP user agent (RFC 3261): sends requests, answers them, keeps dialogs and a registration."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from watchbell.gateways.sip.addresses import Uri, build_uri, parse_address, parse_uri, parse_via, split_semicolons
from watchbell.gateways.sip.codec import Request, Response, build, parse, reply, salvage
from watchbell.gateways.sip.transactions import GIVE_UP, Asking, Incoming, NoAnswer, key_of, with_via
from watchbell.gateways.sip.transport import Hop, Transport
from watchbell.line import ids
from watchbell.line.digest import build_credentials, choose_challenge
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, INFO"
MAX_TRANSACTIONS = 5000
KNOWN = frozenset({"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "NOTIFY", "REGISTER", "SUBSCRIBE", "MESSAGE", "INFO",
                   "PRACK", "UPDATE", "REFER", "PUBLISH"})  # fmt: skip
Handler = Callable[[Incoming], Awaitable[None]]


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a challenge is answered with. A password is shown nowhere."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.user!r})"


class Agent:
    """One user agent on one port. handlers: by method, for requests outside a dialog of ours.

    refused: told (because, raw, source) of what could not be read.
    """

    def __init__(self, refused: Callable[[str, bytes, Hop], None] | None = None) -> None:
        self.transport = Transport(self._hear)
        self.transport.on_failure(self._fail)
        self.handlers: dict[str, Handler] = {}
        self.dialogs: dict[tuple[str, str], Handler] = {}
        self._refused = refused or (lambda because, raw, source: None)
        self._asking: dict[tuple[str, ...], Asking] = {}
        self._incoming: dict[tuple[str, ...], Incoming] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self, host: str, port: int) -> None:
        """Opens the sockets. Raises OSError."""
        await self.transport.start(host, port)

    async def stop(self) -> None:
        for incoming in list(self._incoming.values()):
            incoming.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.transport.stop()

    @property
    def port(self) -> int:
        return self.transport.port

    def run_task(self, work: Any) -> asyncio.Task[Any]:
        """Starts `work` so that it is neither forgotten nor left behind at the end."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def contact(self, hop: Hop, user: str = "watchbell") -> str:
        """Our Contact as `hop` reaches it."""
        params = ";transport=tcp" if hop.transport == "TCP" else ""
        return f"<{build_uri(user, self.transport.address_towards(hop), self.port, params)}>"

    # -- asking ------------------------------------------------------------------------------------------------

    def begin(self, request: Request, hop: Hop, branch: str = "") -> Asking:
        """A client transaction that is ready to be finished; the request gets our Via."""
        whole = with_via(request, self.transport.address_towards(hop), self.port, hop.transport, branch)
        asking = Asking(whole, hop, self.transport.send)
        key = (*key_of(whole), whole.cseq[1])
        self._asking[key] = asking
        asyncio.get_running_loop().call_later(600 if whole.method == "INVITE" else GIVE_UP, self._asking.pop, key, None)
        return asking

    def retire(self, asking: Asking) -> None:
        """It has its final response: repeated ones are answered for as long as they can come (§13.2.2.4)."""
        key = (*key_of(asking.request), asking.request.cseq[1])
        asyncio.get_running_loop().call_later(GIVE_UP, self._asking.pop, key, None)

    async def ask(self, request: Request, hop: Hop, credentials: Credentials | None = None) -> Response:
        """The final response to a request other than INVITE; a challenge is answered once. Raises NoAnswer."""
        response = await self.begin(request, hop).finish()
        again = authorized(request, response, credentials)
        return response if again is None else await self.begin(again, hop).finish()

    def _fail(self, hop: Hop) -> None:
        for asking in self._asking.values():
            if asking.hop == hop and asking.final is None:
                asking.fail()

    # -- hearing -----------------------------------------------------------------------------------------------

    def _hear(self, raw: bytes | Malformed, hop: Hop) -> None:
        message = parse(raw) if isinstance(raw, bytes) else raw
        if isinstance(message, Malformed):
            self._refused(message.because, message.raw, hop)
            broken = salvage(raw) if isinstance(raw, bytes) else None
            if broken is not None and broken.method != "ACK":
                broken, where = _marked(broken, hop)
                self.transport.send(build(reply(broken, 400, tag=ids.new_id().hex[-8:], reason=message.because)), where)
        elif isinstance(message, Response):
            asking = self._asking.get((*key_of(message), message.cseq[1]))
            if asking is not None:
                asking.hear(message)
        else:
            self._hear_request(*_marked(message, hop), hop)

    def _hear_request(self, request: Request, answer_to: Hop, source: Hop) -> None:
        key = key_of(request)
        method = "INVITE" if request.method == "ACK" else request.method
        known = self._incoming.get((*key, method))
        if request.method == "ACK":
            known = known or self._find_acknowledged(request)
            if known is not None:
                known.hear_ack(request)
            return
        if known is not None:
            known.repeat()
            return
        if len(self._incoming) >= MAX_TRANSACTIONS:
            self.transport.send(build(reply(request, 503, tag="busy", more=[("retry-after", "10")])), answer_to)
            return
        incoming = Incoming(request, source, answer_to, self.transport.send)
        self._incoming[(*key, method)] = incoming
        asyncio.get_running_loop().call_later(GIVE_UP * 2, self._forget, (*key, method))
        if request.method == "CANCEL":
            self._cancel(incoming, self._incoming.get((*key, "INVITE")))
        else:
            self.run_task(self._answer(incoming))

    def _forget(self, key: tuple[str, ...]) -> None:
        found = self._incoming.pop(key, None)
        if found is not None:
            found.stop()

    def _find_acknowledged(self, request: Request) -> Incoming | None:
        """The INVITE whose 2xx this ACK confirms: it has a branch of its own (§13.2.2.4)."""
        for one in self._incoming.values():
            if (one.request.method, one.request.call_id, one.request.cseq[0]) == (
                "INVITE", request.call_id, request.cseq[0],
            ):  # fmt: skip
                return one
        return None

    def _cancel(self, cancel: Incoming, invite: Incoming | None) -> None:
        if invite is None:
            cancel.answer(481)
            return
        cancel.tag = invite.tag
        cancel.answer(200)
        invite.cancel()

    async def _answer(self, incoming: Incoming) -> None:
        request = incoming.request
        required = [one for one in request.every("require") if one]
        if required:
            incoming.answer(420, [("unsupported", ", ".join(required))])
            return
        to = parse_address(request.first("to"))
        tag = "" if isinstance(to, Malformed) else to.tag
        if tag:
            dialog = self.dialogs.get((request.call_id, tag))
            if dialog is None:
                incoming.answer(481)
                return
            await self._try(dialog, incoming)
            return
        if isinstance(parse_uri(request.uri), Malformed):
            incoming.answer(416 if ":" in request.uri else 400)
            return
        handler = self.handlers.get(request.method)
        if handler is not None:
            await self._try(handler, incoming)
        elif request.method == "OPTIONS":
            incoming.answer(200, [("allow", ALLOW), ("accept", "application/sdp"), ("accept-language", "en")])
        elif request.method in KNOWN:
            incoming.answer(481 if request.method == "BYE" else 405, [("allow", ALLOW)])
        else:
            incoming.answer(501)

    async def _try(self, handler: Handler, incoming: Incoming) -> None:
        try:
            await handler(incoming)
        except Exception:
            log.exception("%s", incoming.request.method)
            incoming.answer(500)


def _marked(request: Request, hop: Hop) -> tuple[Request, Hop]:
    """The request with its top Via marked by where it really came from, and where its answer goes (§18.2)."""
    top = request.first("via")
    via = parse_via(top)
    if isinstance(via, Malformed):
        return request, hop
    marks = "" if via.host == hop.host else f";received={hop.host}"
    wants_port = via.param("rport") is not None
    first, params = split_semicolons(top)
    kept = "".join(
        f";{name}{'=' + value if value else ''}" for name, value in params if name not in ("rport", "received")
    )
    port = f";rport={hop.port}" if wants_port else ""
    others = request.every("via")[1:]
    headers = (("via", f"{first}{kept}{marks}{port}"), *(("via", one) for one in others),
               *((name, value) for name, value in request.headers if name != "via"))  # fmt: skip
    marked = msgspec.structs.replace(request, headers=headers)
    if hop.transport == "TCP" or wants_port:
        return marked, hop
    return marked, Hop(hop.host, via.port or 5060, hop.transport)


def authorized(request: Request, response: Response, credentials: Credentials | None) -> Request | None:
    """The request once more with the challenge answered (§22.2); None when there is nothing to answer it with."""
    if response.status not in (401, 407) or credentials is None:
        return None
    asks, gives = (
        ("www-authenticate", "authorization") if response.status == 401
        else ("proxy-authenticate", "proxy-authorization")
    )  # fmt: skip
    challenge = choose_challenge(response.every(asks))
    if challenge is None or request.first(gives):
        return None
    value = build_credentials(
        challenge, credentials.user, credentials.password, request.method, request.uri, ids.new_id().hex[-16:]
    )
    number, method = request.cseq
    headers = [(n, f"{number + 1} {method}" if n == "cseq" else v) for n, v in request.headers if n != "via"]
    return msgspec.structs.replace(request, headers=(*headers, (gives, value)))


async def find_hop(uri: Uri, *, default: Hop | None = None) -> Hop:
    """Where requests to `uri` go: its address, looked up when it is a name. Raises OSError."""
    if default is not None:
        return default
    host = (uri.param("maddr") or uri.host).strip("[]")
    transport = "TCP" if (uri.param("transport") or "").lower() == "tcp" else "UDP"
    with contextlib.suppress(ValueError):
        return Hop(str(ipaddress.ip_address(host)), uri.port or 5060, transport)
    found = await asyncio.get_running_loop().getaddrinfo(
        host, uri.port or 5060, type=socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
    )
    return Hop(str(found[0][4][0]), uri.port or 5060, transport)


__all__ = ["Agent", "Credentials", "NoAnswer", "authorized", "find_hop"]
