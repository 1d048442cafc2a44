"""Calls: placed with an auto-answer request, or taken; one audio stream each, ended by either side (§13 to §15)."""

import asyncio
import logging
from collections.abc import Callable, Iterable

import msgspec

from watchbell.gateways.sip import sdp
from watchbell.gateways.sip.addresses import Uri, parse_address, parse_uri
from watchbell.gateways.sip.agent import ALLOW, Agent, Credentials, authorized, find_hop
from watchbell.gateways.sip.codec import Request, Response, build, parts_of
from watchbell.gateways.sip.media import Stream
from watchbell.gateways.sip.transactions import Asking, Incoming, NoAnswer, new_branch, with_via
from watchbell.gateways.sip.transport import Hop
from watchbell.line import ids
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
RING_SECONDS = 15.0
#: What telephones of different makers understand as "answer by yourself"; none is required (no Require field).
AUTO_ANSWER = (
    ("alert-info", "<http://www.notused.invalid>;info=alert-autoanswer;delay=0"),
    ("answer-mode", "Auto"),
    ("priority", "emergency"),
)
WORDS = {
    401: "it asked for a password", 403: "it refuses our calls", 404: "it is not known there",
    407: "it asked for a password", 408: "it did not answer", 480: "it is not available",
    484: "its number is too short",
    486: "it is busy", 487: "the call was ended", 488: "it cannot play our sound", 503: "the telephone system is busy",
    600: "it is busy", 603: "it refused the call",
}  # fmt: skip


class CallFailed(Exception):
    """The call came to nothing; status is SIP's, 0 when nobody answered. is_silent: not one response came."""

    def __init__(self, because: str, status: int = 0, *, is_silent: bool = False) -> None:
        super().__init__(because)
        self.status, self.is_silent = status, is_silent


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to call and how. to: a sip: URI. caller: our user part. proxy: where requests go instead of to's host.

    domain: of the caller's address, "" for our own. first_seconds: how long any response at all is waited for, 0 for as
    long as it rings.
    """

    to: str
    caller: str = "watchbell"
    caller_name: str = "Watchbell"
    proxy: Hop | None = None
    credentials: Credentials | None = None
    ring_seconds: float = RING_SECONDS
    is_auto_answer: bool = True
    domain: str = ""
    first_seconds: float = 0.0
    more: tuple[tuple[str, str], ...] = ()


class Call:
    """One call that is up. `ended` is set when it is over, by whom it may be; `because` then says why.

    over: called then. on_info: gets an INFO that says something, and whether it made sense. credentials: for a BYE that
    is challenged.
    """

    def __init__(self, agent: Agent, stream: Stream, call_id: str, tag: str, host: str) -> None:
        self.agent, self.stream = agent, stream
        self.call_id, self.tag = call_id, tag
        self.ended = asyncio.Event()
        self.because = ""
        self.over: Callable[[], None] | None = None
        self.on_info: Callable[[Request], bool] | None = None
        self.credentials: Credentials | None = None
        self._host = host
        self._session = int(ids.new_id()) & 0x7FFFFFFF
        self._version = 1
        self._cseq = 0
        self._local = self._remote = self._target = ""
        self._routes: tuple[str, ...] = ()
        self._hop: Hop = Hop("", 0)

    # -- dialog ------------------------------------------------------------------------------------------------

    def join(self, *, local: str, remote: str, target: str, routes: Iterable[str], hop: Hop, cseq: int) -> None:
        """The dialog is there (§12.1): requests in it come to this call from now on."""
        self._local, self._remote, self._target, self._cseq = local, remote, target, cseq
        self._routes, self._hop = tuple(routes), hop
        self.agent.dialogs[self.call_id, self.tag] = self.take

    def _request(self, method: str, number: int | None = None) -> Request:
        if number is None:
            self._cseq += 1
            number = self._cseq
        uri, routes = route_request(self._target, self._routes)
        return Request(
            method=method, uri=uri,
            headers=(*(("route", route) for route in routes), ("max-forwards", "70"), ("from", self._local),
                     ("to", self._remote), ("call-id", self.call_id), ("cseq", f"{number} {method}")),
        )  # fmt: skip

    async def take(self, incoming: Incoming) -> None:
        """A request in this dialog."""
        method = incoming.request.method
        if method == "BYE":
            incoming.answer(200)
            self._finish("The other side hung up.")
        elif method == "INVITE":
            self._take_again(incoming)
        elif method == "INFO" and self.on_info is not None and self.on_info(incoming.request):
            incoming.answer(200)
        elif method in ("OPTIONS", "INFO", "UPDATE") and not incoming.request.body:
            incoming.answer(200, [("allow", ALLOW)])
        else:
            incoming.answer(405, [("allow", ALLOW)])

    def _take_again(self, incoming: Incoming) -> None:
        """A re-INVITE (hold, session refresh): taken when its sound fits, else refused and the call goes on (§14.2).

        One without a session wants our offer, and answers it in its ACK (§14.1, §13.2.1).
        """
        offer = read_offer(incoming.request)
        is_asking = not parts_of(incoming.request)
        if self.ended.is_set() or (offer is None and not is_asking):
            incoming.answer(488 if not self.ended.is_set() else 481)
            return
        self._version += 1
        if offer is not None:
            use_media(self.stream, offer)
        incoming.answer(
            200, [("contact", self.agent.contact(self._hop)), ("content-type", "application/sdp"), ("allow", ALLOW)],
            self.offer() if offer is None else self.answer_to(offer),
        )  # fmt: skip
        if offer is None:
            self.agent.run_task(self._hear_answer(incoming))

    async def _hear_answer(self, incoming: Incoming) -> None:
        """What the ACK of a re-INVITE without a session answers to our offer; without one the sound stays as it was."""
        try:
            session = read_offer(await asyncio.wait_for(asyncio.shield(incoming.acked), 32))
        except TimeoutError:
            return
        if session is not None and not self.ended.is_set():
            use_media(self.stream, session)

    def offer(self) -> bytes:
        return sdp.build_offer(
            self._host, self.stream.port, self._session, self._version, events=self.stream.events
        )  # fmt: skip

    def answer_to(self, offer: sdp.Session) -> bytes:
        return sdp.build_answer(
            offer, self._host, self.stream.port, self._session, self._version,
            takes_events=bool(self.stream.events),
        )  # fmt: skip

    async def inform(self, content_type: str, body: bytes) -> Response:
        """Says something in the call by INFO (RFC 6086). Raises NoAnswer."""
        asked = self._request("INFO")
        whole = msgspec.structs.replace(asked, headers=(*asked.headers, ("content-type", content_type)), body=body)
        return await self.agent.ask(whole, self._hop, self.credentials)

    # -- end ---------------------------------------------------------------------------------------------------

    async def hang_up(self) -> None:
        """Ends the call; nothing when it is over already. Does not wait longer than 4 s for the answer."""
        if self.ended.is_set():
            return
        self._finish("We hung up.")
        try:
            await asyncio.wait_for(self.agent.ask(self._request("BYE"), self._hop, self.credentials), 4)
        except (NoAnswer, TimeoutError) as error:
            log.warning("BYE: %s", error or "no answer")

    def _finish(self, because: str) -> None:
        if not self.ended.is_set():
            self.because = because
            self.ended.set()
            self.agent.dialogs.pop((self.call_id, self.tag), None)
            self.stream.close()
            if self.over is not None:
                self.over()

    def acknowledge(self, number: int) -> bytes:
        """The ACK of a 2xx: a transaction of its own (§13.2.2.4)."""
        ack = self._request("ACK", number)
        host = self.agent.transport.address_towards(self._hop)
        return build(with_via(ack, host, self.agent.port, self._hop.transport, new_branch()))


def route_request(target: str, routes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """(the request's address, its Route values): a first route without "lr" is the address itself (§12.2.1.1)."""
    first = parse_address(routes[0]) if routes else None
    if first is None or isinstance(first, Malformed):
        return target, routes
    uri = parse_uri(first.uri)
    if isinstance(uri, Malformed) or uri.param("lr") is not None:
        return target, routes
    return first.uri, (*routes[1:], f"<{target}>")


def read_offer(message: Request | Response) -> sdp.Session | None:
    """The session in the body, alone or among parts, when it has an audio stream we can serve."""
    for part in parts_of(message):
        if part.type == "application/sdp":
            found = sdp.parse_sdp(part.body)
            return None if isinstance(found, Malformed) or found.audio is None else found
    return None


def use_media(stream: Stream, session: sdp.Session) -> None:
    """Sends to where `session` wants its sound, in its codec; a stream that may not be heard gets none."""
    audio = session.audio
    assert audio is not None
    stream.payload_type, stream.codec = sdp.choose_codec(audio)
    stream.remote_events = audio.events
    # 0.0.0.0 is how old telephones put a call on hold (RFC 3264 §8.4).
    listens = audio.direction in ("sendrecv", "recvonly") and audio.host not in ("0.0.0.0", "::")
    stream.remote = (audio.host, audio.port) if listens else None


async def place_call(agent: Agent, ring: Ring, stream: Stream | None = None) -> Call:
    """Calls, and returns when the other side has answered and been acknowledged. Raises CallFailed, OSError.

    stream: its sound, where a usual Stream will not do.
    """
    uri = parse_uri(ring.to)
    if isinstance(uri, Malformed):
        raise CallFailed(f"{ring.to} is no SIP address.")
    hop = await find_hop(uri, default=ring.proxy)
    host = agent.transport.address_towards(hop)
    stream = stream or Stream()
    await stream.open(agent.transport.host)
    call = Call(agent, stream, f"{ids.new_id().hex}@{host}", ids.new_id().hex[-16:], host)
    call.credentials = ring.credentials
    try:
        return await _ring(agent, call, ring, uri, hop, host)
    except BaseException:
        stream.close()
        raise


async def _ring(agent: Agent, call: Call, ring: Ring, uri: Uri, hop: Hop, host: str) -> Call:
    name = f'"{ring.caller_name}" ' if ring.caller_name else ""
    local = f"{name}<sip:{ring.caller}@{ring.domain or host}>;tag={call.tag}"
    automatic = (("call-info", f"<sip:{host}>;answer-after=0"), *AUTO_ANSWER) if ring.is_auto_answer else ()
    request = Request(
        method="INVITE", uri=ring.to, body=call.offer(),
        headers=(
            ("max-forwards", "70"), ("from", local), ("to", f"<{ring.to}>"), ("call-id", call.call_id),
            ("cseq", "1 INVITE"), ("contact", agent.contact(hop, ring.caller)), ("allow", ALLOW),
            ("content-type", "application/sdp"), ("user-agent", "Watchbell"), *automatic, *ring.more,
        ),
    )  # fmt: skip
    response, asking = await _invite(agent, request, hop, ring)
    number = asking.request.cseq[0]
    if response.status >= 300:
        words = WORDS.get(response.status, f"it answered {response.status} {response.reason}".strip())
        raise CallFailed(words, response.status)
    contact = parse_address(response.first("contact"))
    call.join(
        local=local, remote=response.first("to"), hop=hop, cseq=number,
        target=ring.to if isinstance(contact, Malformed) else contact.uri,
        routes=reversed(response.every("record-route")),
    )  # fmt: skip
    asking.acknowledge(call.acknowledge(number))
    session = read_offer(response)
    if session is None:
        await call.hang_up()
        raise CallFailed("it answered without sound we can speak (G.711).", 488)
    use_media(call.stream, session)
    return call


async def _invite(agent: Agent, request: Request, hop: Hop, ring: Ring) -> tuple[Response, Asking]:
    asking = agent.begin(request, hop)
    response = await _finish_ringing(agent, asking, ring)
    again = authorized(asking.request, response, ring.credentials)
    if again is not None:
        agent.retire(asking)
        asking = agent.begin(again, hop)
        response = await _finish_ringing(agent, asking, ring)
    agent.retire(asking)
    return response, asking


async def _finish_ringing(agent: Agent, asking: Asking, ring: Ring) -> Response:
    """The final response; when it rings too long the call is cancelled (§9.1) and a late answer is hung up."""
    task = asyncio.ensure_future(asking.finish())
    try:
        if ring.first_seconds:
            first = asyncio.ensure_future(asking.has_provisional.wait())
            await asyncio.wait({task, first}, timeout=ring.first_seconds, return_when=asyncio.FIRST_COMPLETED)
            first.cancel()
        is_waiting = not ring.first_seconds or asking.has_provisional.is_set()
        done, _ = await asyncio.wait({task}, timeout=ring.ring_seconds if is_waiting else 0)
    except asyncio.CancelledError:
        agent.run_task(_give_up(agent, asking, task))
        raise
    if done:
        try:
            return task.result()
        except NoAnswer as error:
            raise CallFailed(str(error), is_silent=True) from None
    agent.run_task(_give_up(agent, asking, task))
    if not asking.has_provisional.is_set():
        seconds = ring.first_seconds or ring.ring_seconds
        raise CallFailed(f"nothing there answers within {seconds:g} s", 408, is_silent=True)
    raise CallFailed(f"nobody answered within {ring.ring_seconds:g} s", 408)


async def _give_up(agent: Agent, asking: Asking, task: "asyncio.Future[Response]") -> None:
    while not asking.has_provisional.is_set() and not task.done():
        await asyncio.sleep(0.1)  # a CANCEL before any answer could overtake its INVITE
    if not task.done():
        request = asking.request
        kept = [(n, v) for n, v in request.headers if n in ("from", "to", "call-id", "route", "max-forwards")]
        via = request.every("via")[0]
        cancel = Request(
            method="CANCEL", uri=request.uri, headers=(("via", via), *kept, ("cseq", f"{request.cseq[0]} CANCEL"))
        )
        agent.transport.send(build(cancel), asking.hop)
    try:
        response = await asyncio.wait_for(task, 32)
    except (NoAnswer, TimeoutError):
        return
    if response.status < 300:
        await _hang_up_late(agent, asking, response)


async def _hang_up_late(agent: Agent, asking: Asking, response: Response) -> None:
    host = agent.transport.address_towards(asking.hop)
    call = Call(agent, Stream(), response.call_id, "", host)
    contact = parse_address(response.first("contact"))
    call.join(
        local=response.first("from"), remote=response.first("to"), hop=asking.hop, cseq=asking.request.cseq[0],
        target=asking.request.uri if isinstance(contact, Malformed) else contact.uri,
        routes=reversed(response.every("record-route")),
    )  # fmt: skip
    asking.acknowledge(call.acknowledge(asking.request.cseq[0]))
    await call.hang_up()


async def answer_call(agent: Agent, incoming: Incoming, stream: Stream | None = None) -> Call | None:
    """Answers an INVITE that has been judged worth it; None when the sound does not fit (488) or it was cancelled.

    Returns when the caller has acknowledged, or after 32 s without. stream: its sound, where a usual one will not do.
    """
    request = incoming.request
    offer = read_offer(request)
    if parts_of(request) and offer is None:
        incoming.answer(488)
        return None
    host = agent.transport.address_towards(incoming.source)
    stream = stream or Stream()
    await stream.open(agent.transport.host)
    call = Call(agent, stream, request.call_id, incoming.tag, host)
    contact = parse_address(request.first("contact"))
    call.join(
        local=f"{request.first('to')};tag={incoming.tag}", remote=request.first("from"), cseq=0,
        target=request.uri if isinstance(contact, Malformed) else contact.uri, hop=incoming.source,
        routes=request.every("record-route"),
    )  # fmt: skip
    if offer is not None:
        use_media(stream, offer)
    response = incoming.answer(
        200, [("contact", agent.contact(incoming.source)), ("content-type", "application/sdp"), ("allow", ALLOW)],
        call.offer() if offer is None else call.answer_to(offer),
    )  # fmt: skip
    if response is None:
        call._finish("The caller gave up.")
        return None
    return await _acknowledged(call, incoming, offer is None)


async def _acknowledged(call: Call, incoming: Incoming, is_offered_by_us: bool) -> Call | None:
    try:
        acknowledgement = await asyncio.wait_for(asyncio.shield(incoming.acked), 32)
    except TimeoutError:
        await call.hang_up()
        return None
    if is_offered_by_us:
        session = read_offer(acknowledgement)
        if session is None:
            await call.hang_up()
            return None
        use_media(call.stream, session)
    return call
