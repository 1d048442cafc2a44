"""Whether cameras live: each is asked what it can do (RTSP OPTIONS), over a connection of its own, evenly spread."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from watchbell.line import clock
from watchbell.recorder.hub import Camera, Hub
from watchbell.recorder.rtsp import AGENT
from watchbell.recorder.rtsp_codec import Address, build_request
from watchbell.wire.base import Malformed

#: A camera is asked so often; one that did not answer once more soon after, and only then it is called silent: at
#: latest 43 s after it fell silent.
EVERY_SECONDS, AGAIN_SECONDS, ANSWER_SECONDS = 30.0, 5.0, 4.0
FAILURES = 2
#: A state that has not changed is said again so often, so that whoever was away knows it.
REPEAT_SECONDS = 240.0
TICK_SECONDS = 0.1


class Verdict(NamedTuple):
    """state: "online", "silent" or "trouble", as a DeviceStatus has it."""

    state: str
    because: str = ""


class Asking(asyncio.Protocol):
    """One question on one connection; `told` is called once: with the first bytes of the answer, or without any."""

    def __init__(self, address: Address, told: Callable[[bytes], None]) -> None:
        self._address, self._told = address, told
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        transport.write(  # type: ignore[attr-defined]
            build_request("OPTIONS", self._address.url, {"CSeq": "1", "User-Agent": AGENT})
        )

    def data_received(self, data: bytes) -> None:
        self._end(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(b"")

    def _end(self, data: bytes) -> None:
        told, self._told = self._told, lambda _: None
        told(data)
        if self._transport is not None:
            self._transport.abort()


async def ask(address: Address) -> Verdict:
    """What one question finds out."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def take(raw: bytes) -> None:
        if not answer.done():
            answer.set_result(raw)

    transport: asyncio.BaseTransport | None = None
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            transport, _ = await loop.create_connection(lambda: Asking(address, take), address.host, address.port)
            raw = await answer
    except TimeoutError:
        return Verdict("silent", f"It does not answer at {address.host}:{address.port}.")
    except (OSError, UnicodeError, ValueError):
        return Verdict("silent", f"It cannot be reached at {address.host}:{address.port}.")
    finally:
        if transport is not None:
            transport.abort()  # type: ignore[attr-defined]
    return judge(raw, address)


def judge(raw: bytes, address: Address) -> Verdict:
    """What an answer says: any in RTSP proves life, also that it wants a password."""
    if raw.startswith(b"RTSP/"):
        return Verdict("online")
    if not raw:
        return Verdict("silent", f"It ends the connection at {address.host}:{address.port} without a word.")
    return Verdict("trouble", f"What answers at {address.host}:{address.port} does not speak RTSP.")


class _Known:
    """What is known of one camera."""

    __slots__ = ("failures", "said", "said_at")

    def __init__(self) -> None:
        self.failures = 0
        self.said: Verdict | None = None
        self.said_at = 0.0


class Pulse:
    """Asks all cameras of a hub again and again; `say(camera, verdict, is_news)` tells what came of it."""

    def __init__(self, hub: Hub, say: Callable[[Camera, Verdict, bool], Awaitable[None]]) -> None:
        self._hub, self._say = hub, say
        self._known: dict[str, _Known] = {}
        self._due: list[tuple[float, str]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def silent_count(self) -> int:
        return sum(one.said is not None and one.said.state != "online" for one in self._known.values())

    def follow(self) -> None:
        """The hub's list has changed: new cameras get their place in the round."""
        now, count = clock.monotonic(), len(self._hub.cameras)
        for gone in self._known.keys() - self._hub.cameras.keys():
            del self._known[gone]
        for number, camera in enumerate(self._hub.cameras):
            if camera not in self._known:
                self._known[camera] = _Known()
                heapq.heappush(self._due, (now + EVERY_SECONDS * number / max(1, count), camera))

    async def run(self) -> None:
        """For ever."""
        while True:
            now = clock.monotonic()
            while self._due and self._due[0][0] <= now:
                _, name = heapq.heappop(self._due)
                camera = self._hub.cameras.get(name)
                if camera is not None and name in self._known:
                    task = asyncio.create_task(self._look(name, camera))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(TICK_SECONDS)

    async def _look(self, name: str, camera: Camera) -> None:
        began = clock.monotonic()
        address = camera.entry.address
        if isinstance(address, Malformed):
            heapq.heappush(self._due, (began + EVERY_SECONDS, name))
            return
        if camera.is_open and camera.picture_at is not None and clock.unix() - camera.picture_at < ANSWER_SECONDS:
            verdict = Verdict("online")
        else:
            verdict = await ask(address)
        known = self._known.get(name)
        if known is None:
            return
        known.failures = 0 if verdict.state == "online" else known.failures + 1
        is_sure = known.failures == 0 or known.failures >= FAILURES
        heapq.heappush(self._due, (began + (EVERY_SECONDS if is_sure else AGAIN_SECONDS), name))
        now = clock.monotonic()
        is_news = known.said is None or verdict != known.said
        if is_sure and (is_news or now - known.said_at > REPEAT_SECONDS):
            known.said, known.said_at = verdict, now
            await self._say(camera, verdict, is_news)
