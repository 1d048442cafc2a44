"""The socket the web role fetches pictures from: one connection a viewer, only the owner of the home may open it.

A line of JSON asks: {"what": "watch" | "look", "camera": id, "district": id}. Pieces answer: length (4 bytes,
big-endian), kind (hub.WORDS, INIT, KEY, DELTA), body. "look" opens the stream, says in words whether a picture came,
and ends.
"""

import asyncio
import contextlib
import json
import os
from pathlib import Path

import msgspec

from watchbell.line import clock, config
from watchbell.recorder.hub import KEY, WORDS, Camera, Hub, Piece, Viewer, words_of
from watchbell.wire.base import Malformed

LOOK_SECONDS = 12.0
MOST_ASKED_BYTES = 2000


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a viewer asks for."""

    camera: str
    district: str
    what: str = "watch"


def read_wish(raw: bytes) -> Wish | Malformed:
    """The line a viewer sends."""
    try:
        return msgspec.json.decode(raw, type=Wish)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Malformed(because=str(error), raw=raw[:200])


def path_file() -> Path:
    """Where it is written down where the socket is."""
    return config.home() / "run" / "recorder.path"


async def serve(hub: Hub) -> asyncio.AbstractServer:
    """Listens, and says where."""
    path = config.run_folder() / f"recorder-{os.getuid()}.sock"
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    mask = os.umask(0o177)  # from its first moment nobody else may open it
    try:
        server = await asyncio.start_unix_server(lambda r, w: _attend(hub, r, w), path, limit=MOST_ASKED_BYTES)
    finally:
        os.umask(mask)
    path_file().parent.mkdir(exist_ok=True)
    path_file().write_text(str(path))
    return server


async def _attend(hub: Hub, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
            wish = read_wish(await asyncio.wait_for(reader.readline(), 5))
            if not isinstance(wish, Malformed):
                await _fulfil(hub, wish, reader, writer)
    except TimeoutError:
        pass
    finally:
        writer.close()


async def _fulfil(hub: Hub, wish: Wish, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    camera = hub.find(wish.camera, wish.district)
    if camera is None:
        why = "The recorder does not know this camera, or it may not be looked at live."
        advice = "If it was just added, try again in a few seconds."
        await _send(writer, words_of(state="none", because=why, advice=advice, since=None))
        return
    if wish.what == "look":
        await _send(writer, await look(camera))
        return
    viewer = Viewer()
    camera.join(viewer)
    leaving = asyncio.ensure_future(reader.read(1))  # a viewer says nothing more: its end is what can come
    try:
        while not leaving.done():
            taking = asyncio.ensure_future(viewer.take())
            await asyncio.wait({taking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not taking.done():
                taking.cancel()
                return
            await _send(writer, taking.result())
    finally:
        leaving.cancel()
        camera.leave(viewer)


async def _send(writer: asyncio.StreamWriter, piece: Piece) -> None:
    writer.write(len(piece.body).to_bytes(4, "big") + piece.kind + piece.body)
    await writer.drain()


async def look(camera: Camera) -> Piece:
    """Whether a picture comes, and how soon."""
    began, viewer = clock.monotonic(), Viewer()
    camera.join(viewer)
    if camera.picture_at is None or not camera.is_open:
        await viewer.take()  # what was said before we asked
    told: dict[str, object] = {}
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            while True:
                piece = await viewer.take()
                if piece.kind == KEY:
                    took = round((clock.monotonic() - began) * 1000)
                    return words_of(**{**told, "state": "seen", "took_ms": took})
                if piece.kind == WORDS:
                    told = json.loads(piece.body)
                    if told.get("state") == "none":
                        return piece
    except TimeoutError:
        return words_of(
            state="none", because=f"It answers, but no key frame came within {LOOK_SECONDS:.0f} s.",
            advice="Set its sub stream to a key frame each second.", since=camera.picture_at,
        )  # fmt: skip
    finally:
        camera.leave(viewer)
