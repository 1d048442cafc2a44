"""Speaks RTSP 1.0 over one TCP connection: asks a camera for its stream, keeps it alive, notices when it stalls."""

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Callable
from typing import NamedTuple

from watchbell.line import clock
from watchbell.line.digest import Challenge, build_credentials, choose_challenge
from watchbell.line.numbers import read_whole
from watchbell.recorder.rtsp_codec import (
    Address,
    Answer,
    Asked,
    Deframer,
    Packet,
    Session,
    build_answer,
    build_request,
    control_url,
    read_channels,
    read_session,
)
from watchbell.recorder.sdp import Video, read_sdp
from watchbell.wire.base import Malformed

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 4.0
#: Without any packet for so long a stream has stalled: cameras send several a second.
STALL_SECONDS = 4.0
AGENT = "Watchbell"


class NoPicture(Exception):
    """Why there is no picture, and what to do about it, both in words for people."""

    def __init__(self, because: str, advice: str = "") -> None:
        super().__init__(because)
        self.because, self.advice = because, advice


class Login(NamedTuple):
    """How we sign in at a camera; user "" where it asks for nothing."""

    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


class Rtsp(asyncio.Protocol):
    """One connection. `heard` is called with each interleaved packet: (channel, bytes)."""

    def __init__(self, address: Address, login: Login, heard: Callable[[int, bytes], None]) -> None:
        self.address, self.login, self._heard = address, login, heard
        self.last_packet_at = clock.monotonic()
        self._deframer = Deframer()
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._number = 0
        self._challenge: Challenge | None = None
        self._is_basic = False
        self._nonces = 0
        self._session: Session | None = None
        self._public = ""
        self._over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    # -- the connection ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        for piece in self._deframer.feed(data):
            if isinstance(piece, Packet):
                self.last_packet_at = clock.monotonic()
                self._heard(piece.channel, piece.body)
            elif isinstance(piece, Answer):
                number = read_whole(piece.first("cseq"))
                waiting = None if number is None else self._waiting.pop(number, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(piece)
            elif isinstance(piece, Asked):
                self._answer_camera(piece)
            else:
                self._end(piece.because)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end("The camera ended the connection.")

    def _end(self, because: str) -> None:
        if not self._over.done():
            self._over.set_result(because)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(NoPicture(because, "Check its address, and whether it allows one viewer more."))
                waiting.exception()  # whoever waits is told; nobody else need be
        self._waiting.clear()
        if self._transport is not None:
            self._transport.abort()

    def _answer_camera(self, asked: Asked) -> None:
        """A camera may ask, too: whether we are alive, or tell us of a change; the rest we do not know."""
        is_known = asked.method in ("OPTIONS", "SET_PARAMETER", "GET_PARAMETER", "ANNOUNCE")
        if self._transport is not None and not self._transport.is_closing():
            status = (200, "OK") if is_known else (501, "Not Implemented")
            self._transport.write(build_answer(*status, {"CSeq": asked.first("cseq")[:20] or "0"}))

    # -- requests ----------------------------------------------------------------------------------------------

    def _send(self, method: str, url: str, headers: dict[str, str]) -> "asyncio.Future[Answer]":
        if self._transport is None or self._transport.is_closing():
            raise NoPicture("The camera ended the connection.")
        self._number += 1
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = waiting
        told = {"CSeq": str(self._number), "User-Agent": AGENT, **self._credentials(method, url), **headers}
        if self._session is not None:
            told["Session"] = self._session.id
        self._transport.write(build_request(method, url, told))
        return waiting

    def _credentials(self, method: str, url: str) -> dict[str, str]:
        if self._is_basic:
            plain = base64.b64encode(f"{self.login.user}:{self.login.password}".encode()).decode()
            return {"Authorization": f"Basic {plain}"}
        if self._challenge is None:
            return {}
        self._nonces += 1
        return {
            "Authorization": build_credentials(
                self._challenge, self.login.user, self.login.password, method, url, secrets.token_hex(8),
                f"{self._nonces:08x}",
            )
        }  # fmt: skip

    async def ask(self, method: str, url: str, headers: dict[str, str] | None = None) -> Answer:
        """An answer of 2xx; signs in when asked to. Raises NoPicture with the reason."""
        for _ in range(2):
            try:
                answer = await asyncio.wait_for(self._send(method, url, headers or {}), ANSWER_SECONDS)
            except TimeoutError:
                raise NoPicture("It does not answer.", "Look whether it is overloaded, or restart it.") from None
            if answer.status != 401:
                break
            if not self._take_challenge(answer):
                break
        if answer.status in (401, 403):
            raise NoPicture(
                "It refuses our user or password." if self.login.user else "It asks for a user and a password.",
                "Write the camera's user and password anew in its settings.",
            )
        if answer.status in (404, 454, 453, 461):
            raise NoPicture(*_ANSWERS[answer.status])
        if not 200 <= answer.status < 300:
            raise NoPicture(f"It answers {answer.status} {answer.reason}."[:200], "Look into the camera's own log.")
        return answer

    def _take_challenge(self, answer: Answer) -> bool:
        """Whether it makes sense to ask once more: a new challenge that can be answered."""
        told = answer.headers.get("www-authenticate", [])
        if not self.login.user:
            return False
        found = choose_challenge(told)
        if found is not None and (self._challenge is None or found.nonce != self._challenge.nonce):
            was_refused = self._challenge is not None and not found.is_stale
            self._challenge, self._nonces = found, 0
            return not was_refused
        if found is None and not self._is_basic and any(one.lower().startswith("basic") for one in told):
            self._is_basic = True
            return True
        return False

    async def describe(self) -> tuple[Video, str]:
        """(its video track, the base of its URLs); raises NoPicture, also for what is not H.264."""
        options = await self.ask("OPTIONS", self.address.url)
        self._public = options.first("public").upper()
        answer = await self.ask("DESCRIBE", self.address.url, {"Accept": "application/sdp"})
        video = read_sdp(answer.body)
        if isinstance(video, Malformed):
            raise NoPicture(video.because, "Check the path in its address: it may name something else than a stream.")
        if video.codec != "H264":
            raise NoPicture(
                f"This camera's live stream is {video.words}, not H.264: choose its sub stream.",
                "Write the address of its H.264 sub stream into its settings, or set the camera's stream to H.264.",
            )
        return video, answer.first("content-base") or answer.first("content-location") or self.address.url

    async def play(self, video: Video, base: str) -> tuple[int, int]:
        """Has the stream sent; (RTP channel, RTCP channel)."""
        wanted = "RTP/AVP/TCP;unicast;interleaved=0-1"
        answer = await self.ask("SETUP", control_url(base, video.control), {"Transport": wanted})
        channels = read_channels(answer.first("transport"))
        session = read_session(answer.first("session"))
        if isinstance(channels, Malformed) or isinstance(session, Malformed):
            wrong = channels if isinstance(channels, Malformed) else session
            raise NoPicture(getattr(wrong, "because", ""), "Allow RTP over RTSP (TCP, interleaved) in the camera.")
        self._session = session
        self._base = base
        await self.ask("PLAY", base, {"Range": "npt=0.000-"})
        self.last_packet_at = clock.monotonic()
        return channels

    async def keep(self) -> str:
        """Keeps the session alive until it is over; why it is. Nothing is asked that the camera does not offer."""
        assert self._session is not None
        every = self._session.timeout_seconds / 2
        asked_at = clock.monotonic()
        method = "GET_PARAMETER" if "GET_PARAMETER" in self._public else "OPTIONS"
        while not self._over.done():
            await asyncio.wait({self._over}, timeout=0.5)
            now = clock.monotonic()
            if now - self.last_packet_at > STALL_SECONDS:
                return f"It has sent nothing for {STALL_SECONDS:.0f} s."
            if now - asked_at > every:
                asked_at = now
                self._waiting.clear()  # an answer that never came is missed by nobody
                with contextlib.suppress(NoPicture):
                    self._send(method, self._base, {}).add_done_callback(self._heed)
        return self._over.result()

    def _heed(self, told: "asyncio.Future[Answer]") -> None:
        """A challenge in an answer to a sign of life: the nonce has grown old, and the next one uses the new."""
        if not told.cancelled() and told.exception() is None and told.result().status == 401:
            self._take_challenge(told.result())

    async def leave(self) -> None:
        """Says that we leave, and does."""
        if self._transport is not None and not self._transport.is_closing():
            if self._session is not None:
                with contextlib.suppress(NoPicture, TimeoutError):
                    await asyncio.wait_for(asyncio.shield(self._send("TEARDOWN", self._base, {})), 0.3)
            self._transport.abort()


_ANSWERS = {
    404: ("It knows no such stream.", "Check the path in its address: the camera's own page shows it."),
    453: ("It has no room for another viewer.", "Close other viewers of this camera, or raise their number in it."),
    454: ("It has forgotten our session.", ""),
    461: ("It does not send over TCP.", "Allow RTP over RTSP (TCP, interleaved) in the camera."),
}


async def connect(address: Address, login: Login, heard: Callable[[int, bytes], None]) -> Rtsp:
    """A connection to the camera; raises NoPicture."""
    loop = asyncio.get_running_loop()
    where = f"{address.host}:{address.port}"
    try:
        _, made = await asyncio.wait_for(
            loop.create_connection(lambda: Rtsp(address, login, heard), address.host, address.port), CONNECT_SECONDS
        )
    except TimeoutError:
        raise NoPicture(f"Nothing answers at {where}.", "Check its power, its cable and its address.") from None
    except (OSError, UnicodeError, ValueError) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        raise NoPicture(f"It cannot be reached at {where} ({why}).",
                        "Check its power, its cable and its address.") from None  # fmt: skip
    return made
