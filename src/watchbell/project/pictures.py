"""A camera's live picture: a WebSocket that hands on what the recorder's socket gives. No Django, no database.

/live/video/<camera>?ticket=…: binary messages are the stream (fragmented MP4, `recorder.fmp4`), text ones are words:
what the recorder says of the camera (`recorder.hub`), {"now": Unix milliseconds} each second, and why it ends. The
browser may send {"ticket": …}: a new ticket for the same look, before the old one ends. It must send {"got": n}: it has
taken n more binary messages; so nothing piles up for one who is slow and else would see the past.
"""

import asyncio
import contextlib
import json
import logging
from typing import Any
from urllib.parse import parse_qs

from watchbell.line import clock, signing
from watchbell.project.live import Receive, Scope, Send
from watchbell.recorder.hub import INIT, KEY, WORDS
from watchbell.recorder.viewing import path_file

log = logging.getLogger(__name__)
PATH = "/live/video/"
KIND, TEST = "video", "video-test"
#: Topics under this word end the looks that an incident opened: "gate:<incident>".
GATE = "gate"
#: Close codes: the ticket does not count; it has ended; the incident has; what was asked has been told.
NO_TICKET, ENDED, CLOSED, TOLD = 4401, 4408, 4403, 4000
NOW_SECONDS, AGAIN_SECONDS = 1.0, 0.5
MOST_PIECE = 8_000_000
#: A browser that has so many frames to take yet gets none until it has caught up, and then from a key frame on.
MOST_OWED = 45
CLOSED_WORDS = "The incident is over, and with it the look into this camera."


class Look:
    """One look: who may watch which camera until when, and how it ends."""

    def __init__(self, claims: dict[str, Any], send: Send) -> None:
        self.claims, self._send = claims, send
        self.until = float(claims["exp"])
        self.over: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self.owed = 0
        self._waits_for_key = False
        self._lock = asyncio.Lock()

    def end(self, code: int, because: str) -> None:
        if not self.over.done():
            self.over.set_result((code, because))

    async def say(self, **words: Any) -> None:
        await self.say_raw(json.dumps(words))

    async def say_raw(self, text: str) -> None:
        async with self._lock:
            await self._send({"type": "websocket.send", "text": text})

    async def show(self, kind: bytes, body: bytes) -> None:
        """A piece of the stream, unless the browser has too many to take."""
        is_behind = self.owed >= MOST_OWED and kind != INIT
        if is_behind or (self._waits_for_key and kind not in (INIT, KEY)):
            self._waits_for_key = True
            return
        self._waits_for_key = self._waits_for_key and kind == INIT
        self.owed += 1
        async with self._lock:
            await self._send({"type": "websocket.send", "bytes": body})

    def take_word(self, text: str) -> None:
        """What the browser says: a new ticket, or how much it has taken."""
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            told = json.loads(text[:5000])
            if "ticket" in told:
                self._renew(str(told["ticket"]))
            elif "got" in told:
                self.owed = max(0, self.owed - int(told["got"]))

    def _renew(self, ticket: str) -> None:
        claims = signing.read_ticket(ticket)
        same = ("kind", "camera", "district", "user", "look")
        if claims is not None and all(claims.get(name) == self.claims.get(name) for name in same):
            self.until = float(claims["exp"])


class Watching:
    """Everybody who looks through this process."""

    def __init__(self) -> None:
        self.looks: set[Look] = set()

    def hear_topic(self, district: str, topic: str) -> None:
        """An incident's gate has moved: the looks that it let in end, and ask anew whether they may."""
        kind, _, incident = topic.partition(":")
        if kind != GATE:
            return
        for look in self.looks:
            if look.claims["district"] == district and look.claims.get("gate") == incident:
                look.end(CLOSED, CLOSED_WORDS)

    async def show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, from its ticket to its end."""
        if (await receive())["type"] != "websocket.connect":
            return
        camera = scope["path"].removeprefix(PATH)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        claims = signing.read_ticket(query.get("ticket", [""])[0])
        await send({"type": "websocket.accept"})
        if claims is None or claims.get("kind") not in (KIND, TEST) or claims.get("camera") != camera:
            because = "The ticket is missing or has ended; load the page anew."
            await send(
                {
                    "type": "websocket.send",
                    "text": json.dumps({"state": "refused", "because": because, "code": NO_TICKET}),
                }
            )
            await send({"type": "websocket.close", "code": NO_TICKET, "reason": because})
            return
        look = Look(claims, send)
        self.looks.add(look)
        handing = _test(look) if claims["kind"] == TEST else _hand_on(look)
        tasks = [asyncio.ensure_future(one) for one in (handing, _listen(look, receive), _tell_time(look))]
        try:
            code, because = await look.over
        finally:
            self.looks.discard(look)
            for task in tasks:
                task.cancel()
        await asyncio.wait(tasks, timeout=1.0)  # the server sends no end while somebody still waits to receive
        if code:
            with contextlib.suppress(Exception):
                await look.say(state="refused" if code != TOLD else "over", because=because, code=code)
                await send({"type": "websocket.close", "code": code, "reason": because[:120]})


async def _listen(look: Look, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            look.end(0, "")
            return
        look.take_word(message.get("text") or "")


async def _tell_time(look: Look) -> None:
    """The clock that delays are measured by, and the ticket's end."""
    try:
        while True:
            if clock.unix() > look.until:
                look.end(ENDED, "This look has ended; the page asks for another one.")
            await look.say(now=round(clock.unix() * 1000))
            await asyncio.sleep(NOW_SECONDS)
    except Exception:  # the browser has gone
        look.end(0, "")


async def _hand_on(look: Look) -> None:
    """Pieces from the recorder to the browser; when the recorder goes, until it is back."""
    while True:
        try:
            reader, writer = await _ask(look, "watch")
        except OSError:
            await look.say(
                state="none", because="The recorder is away and comes back by itself.", advice="", since=None
            )
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            while True:
                kind, body = await _read(reader)
                if kind == WORDS:
                    await look.say_raw(body.decode())
                else:
                    await look.show(kind, body)
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(AGAIN_SECONDS)
        except Exception:  # the browser has gone
            look.end(0, "")
            return
        finally:
            writer.close()


async def _test(look: Look) -> None:
    """Whether a picture comes, in words; the picture itself stays where it is."""
    try:
        reader, writer = await _ask(look, "look")
        _, body = await _read(reader)
        await look.say_raw(body.decode())
        writer.close()
    except (OSError, asyncio.IncompleteReadError):
        await look.say(state="none", because="The recorder does not run.", advice="See the health page.", since=None)
    look.end(TOLD, "Told.")


async def _ask(look: Look, what: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises OSError while the recorder is away."""
    reader, writer = await asyncio.open_unix_connection(path_file().read_text())
    wish = {"what": what, "camera": look.claims["camera"], "district": look.claims["district"]}
    writer.write(json.dumps(wish).encode() + b"\n")
    return reader, writer


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    size = int.from_bytes(head[:4], "big")
    if size > MOST_PIECE:
        raise OSError("a piece of no possible size")
    return head[4:], await reader.readexactly(size)


watching = Watching()
