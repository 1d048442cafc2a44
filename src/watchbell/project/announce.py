"""The microphone's way in: a WebSocket whose frames go to the gateways on core NATS. No Django, no database.

Binary messages: a count (4 bytes, big-endian) and 20 ms of G.711 µ-law (160 bytes), or the count alone as a sign of
life. Text from here: {"zone", "state": on | cut | over | refused, "because", "seconds"} as each zone tells it.
"""

import asyncio
import contextlib
import json
import logging
from typing import Any
from urllib.parse import parse_qs

from nats.aio.msg import Msg

from watchbell.line import clock, config, signing
from watchbell.line.bus import Bus
from watchbell.project.live import Receive, Scope, Send
from watchbell.wire.subjects import audio_subject, split_where, token

log = logging.getLogger(__name__)
#: What zones say of live announcements, of the part that is served here.
TOLD = f"wb.{split_where(config.where())[0]}.audio-told.>"
FRAME_BYTES = 4 + 160
MOST_A_SECOND = 100
MOST_EARLY, MOST_EARLY_WORDS = 100, 200  # announcements, and what their zones say before the browser is there
#: After a zone's refusal the others have this long to begin.
OTHERS_SECONDS = 4.0
LAST_FRAME = b"\xff\xff\xff\xff"
#: Close codes: the ticket does not count; somebody speaks there already; every zone is over or was cut off.
NO_TICKET, ALREADY_OPEN, OVER, AWAY = 4401, 4409, 4000, 4503


class Speakers:
    """Who speaks through this process: one connection an announcement."""

    def __init__(self) -> None:
        self._told: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._early: dict[str, list[dict[str, Any]]] = {}  # newest last; whose connection is not there yet

    async def hear_told(self, message: Msg) -> None:
        """What a gateway says of an announcement goes to who speaks it, also when it was quicker than the browser."""
        session = message.subject.split(".")[3]
        if len(message.data) >= 2000:
            return
        with contextlib.suppress(ValueError, asyncio.QueueFull):
            said = json.loads(message.data)
            if session in self._told:
                self._told[session].put_nowait(said)
            else:
                self._wait_for_speaker(session, said)

    def _wait_for_speaker(self, session: str, said: dict[str, Any]) -> None:
        kept = [*self._early.pop(session, []), said]
        self._early[session] = kept[-MOST_EARLY_WORDS:]
        if len(self._early) > MOST_EARLY:
            del self._early[next(iter(self._early))]

    async def speak(self, scope: Scope, receive: Receive, send: Send, bus: Bus | None) -> None:
        """One connection, from its ticket to its end; its end is told to the gateways however it comes."""
        if (await receive())["type"] != "websocket.connect":
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        claims = signing.read_ticket(query.get("ticket", [""])[0])
        if claims is None or claims.get("kind") != "announce":
            await _refuse(send, NO_TICKET, "Start the announcement again: its ticket has ended.")
            return
        session = token(str(claims["session"]))
        if session in self._told or bus is None or not bus.is_up:
            why = (
                "This announcement is being spoken in another window." if session in self._told else "The bus is away."
            )
            await _refuse(send, ALREADY_OPEN if session in self._told else AWAY, why)
            return
        self._told[session] = asyncio.Queue(1000)
        for said in self._early.pop(session, []):
            self._told[session].put_nowait(said)
        where = audio_subject(str(claims["district"]), "district", session)
        tasks: tuple[asyncio.Task[Any], ...] = ()
        try:
            await send({"type": "websocket.accept"})
            telling = asyncio.create_task(_tell(self._told[session], send))
            passing = asyncio.create_task(_pass_on(receive, bus, where))
            tasks = (telling, passing)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if passing.done():
                passing.result()
            elif telling.exception() is None:  # the server sends no end while somebody still waits to receive
                passing.cancel()
                await asyncio.wait({passing}, timeout=1.0)
                await send({"type": "websocket.close", "code": OVER, "reason": telling.result()[:120]})
        finally:
            del self._told[session]
            for task in tasks:
                task.cancel()
            await bus.say(where, LAST_FRAME)


async def _refuse(send: Send, code: int, reason: str) -> None:
    await send({"type": "websocket.accept"})
    with contextlib.suppress(Exception):
        await send({"type": "websocket.send", "text": json.dumps({"state": "refused", "because": reason})})
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def _pass_on(receive: Receive, bus: Bus, where: str) -> None:
    second, count = 0, 0
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        raw = message.get("bytes")
        if not raw:
            if message.get("text") == "end":
                return
            continue
        now = int(clock.monotonic())
        second, count = (second, count + 1) if now == second else (now, 1)
        if 4 <= len(raw) <= FRAME_BYTES and raw[:4] != LAST_FRAME and count <= MOST_A_SECOND:
            await bus.say(where, bytes(raw))


async def _tell(told: "asyncio.Queue[dict[str, Any]]", send: Send) -> str:
    """Passes on what the zones say, until none of those that were on is on any more, or none begins: why that is."""
    on: set[str] = set()
    refused = ""
    while True:
        try:
            one = await asyncio.wait_for(told.get(), OTHERS_SECONDS if refused and not on else None)
        except TimeoutError:
            return refused
        refused = str(one.get("because") or "refused") if one.get("state") == "refused" else refused
        await send({"type": "websocket.send", "text": json.dumps(one)})
        on.add(str(one.get("zone"))) if one.get("state") == "on" else on.discard(str(one.get("zone")))
        if not on and one.get("state") in ("cut", "over"):
            await asyncio.sleep(0.3)
            if told.empty():
                return str(one.get("because") or "over")


speakers = Speakers()
