"""Calls between two agents over real sockets: what a telephone system may ask in the midst of one."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from watchbell.gateways.sip import sdp
from watchbell.gateways.sip.agent import Agent
from watchbell.gateways.sip.calls import Call, Ring, answer_call, place_call, read_offer, route_request, use_media
from watchbell.gateways.sip.codec import build
from watchbell.gateways.sip.media import Stream
from watchbell.gateways.sip.registration import Registration
from watchbell.gateways.sip.transactions import Incoming, with_via
from watchbell.gateways.sip.transport import Hop


class Pair:
    """A call that is up: `ours` was called, `theirs` called."""

    def __init__(self) -> None:
        self.a, self.b = Agent(), Agent()
        self.ours: asyncio.Future[Call] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        await self.a.start("127.0.0.1", 0)
        await self.b.start("127.0.0.1", 0)

        async def take(incoming: Incoming) -> None:
            call = await answer_call(self.a, incoming)
            assert call is not None
            self.ours.set_result(call)

        self.a.handlers["INVITE"] = take
        self.theirs = await place_call(self.b, Ring(to=f"sip:hall@127.0.0.1:{self.a.port}"))
        self.called = await asyncio.wait_for(self.ours, 5)

    async def stop(self) -> None:
        await self.theirs.hang_up()
        await self.a.stop()
        await self.b.stop()


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    found = Pair()
    await found.start()
    yield found
    await found.stop()


async def test_a_request_without_a_session_wants_our_offer_and_answers_it_in_its_ack(pair: Pair) -> None:
    before = pair.called.stream.remote
    asking = pair.b.begin(pair.theirs._request("INVITE"), Hop("127.0.0.1", pair.a.port))
    response = await asyncio.wait_for(asking.finish(), 5)
    assert response.status == 200
    offer = read_offer(response)
    assert offer is not None and offer.audio is not None and offer.audio.port == pair.called.stream.port
    answer = sdp.build_answer(offer, "127.0.0.1", 40_404, 9)
    ack = pair.theirs._request("ACK", asking.request.cseq[0])
    ack = msgspec.structs.replace(ack, headers=(*ack.headers, ("content-type", "application/sdp")), body=answer)
    asking.acknowledge(build(with_via(ack, "127.0.0.1", pair.b.port, "UDP")))
    async with asyncio.timeout(5):
        while pair.called.stream.remote == before:
            await asyncio.sleep(0.01)
    assert pair.called.stream.remote == ("127.0.0.1", 40_404) and not pair.called.ended.is_set()


@pytest.mark.parametrize("body", [b"v=0\r\nm=audio 4000 RTP/SAVP 0\r\nc=IN IP4 127.0.0.1\r\n", b"nonsense"])
async def test_a_session_that_does_not_fit_is_refused_and_the_call_goes_on(pair: Pair, body: bytes) -> None:
    before = pair.called.stream.remote
    asked = pair.theirs._request("INVITE")
    asked = msgspec.structs.replace(asked, headers=(*asked.headers, ("content-type", "application/sdp")), body=body)
    asking = pair.b.begin(asked, Hop("127.0.0.1", pair.a.port))
    assert (await asyncio.wait_for(asking.finish(), 5)).status == 488
    assert pair.called.stream.remote == before and not pair.called.ended.is_set()


@pytest.mark.parametrize(
    ("line", "is_heard"),
    [("c=IN IP4 192.0.2.1", True), ("c=IN IP4 0.0.0.0", False), ("c=IN IP4 192.0.2.1\r\na=inactive", False),
     ("c=IN IP4 192.0.2.1\r\na=sendonly", False), ("c=IN IP6 ::", False)],
)  # fmt: skip
async def test_a_call_on_hold_gets_no_sound_by_any_form_of_hold(line: str, is_heard: bool) -> None:
    session = sdp.parse_sdp(f"v=0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n{line}\r\n".encode())
    assert isinstance(session, sdp.Session)
    stream = Stream()
    use_media(stream, session)
    assert (stream.remote is not None) == is_heard


@pytest.mark.parametrize("formats", ["\u00b2 0", "9" * 5000 + " 0", "00 0", "\u0660 8 0"])
def test_formats_that_are_no_numbers_are_passed_over(formats: str) -> None:
    session = sdp.parse_sdp(f"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP {formats}\r\n".encode())
    assert isinstance(session, sdp.Session) and session.audio is not None
    assert sdp.choose_codec(session.audio)[1] in ("PCMU", "PCMA")
    assert b"m=audio 40 RTP/AVP" in sdp.build_answer(session, "192.0.2.2", 40, 1)


@pytest.mark.parametrize(
    ("routes", "uri", "kept"),
    [((), "sip:t@h", ()), (("<sip:p1;lr>", "<sip:p2>"), "sip:t@h", ("<sip:p1;lr>", "<sip:p2>")),
     (("<sip:p1>", "<sip:p2;lr>"), "sip:p1", ("<sip:p2;lr>", "<sip:t@h>")), (("nonsense",), "sip:t@h", ("nonsense",))],
)  # fmt: skip
def test_a_strict_router_gets_its_own_address(routes: tuple[str, ...], uri: str, kept: tuple[str, ...]) -> None:
    assert route_request("sip:t@h", routes) == (uri, kept)


async def test_a_registrar_that_wants_longer_intervals_gets_them(pair: Pair) -> None:
    asked: list[str] = []

    async def register(incoming: Incoming) -> None:
        asked.append(incoming.request.first("expires"))
        if int(asked[-1]) < 3600:
            incoming.answer(423, [("min-expires", "3600")])
        else:
            incoming.answer(200, [("expires", "3600")])

    pair.a.handlers["REGISTER"] = register
    ours = Registration(user="watchbell", hop=Hop("127.0.0.1", pair.a.port), domain="127.0.0.1")
    assert await ours._try(pair.b) == ("online", "", 3600.0)
    assert await ours._try(pair.b) == ("online", "", 3600.0)
    assert asked == ["120", "3600", "3600"]
