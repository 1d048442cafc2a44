"""Plays cameras: an RTSP server with any number of them on one port, each looping a drawn scene. Encodes nothing.

At Unix time t a camera sends frame floor(t * FPS) + phase of its loop, so that whoever reads the number burnt into a
picture knows its age. Sockets are touched for cameras that somebody watches, and no others.
"""

import asyncio
import contextlib
import struct
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from watchbell.line import clock
from watchbell.line.digest import Challenge, build_challenge, is_right
from watchbell.line.ids import same_id
from watchbell.recorder.rtp import build_report
from watchbell.recorder.rtsp_codec import Answer, Asked, Deframer, Packet, build_answer
from watchbell.recorder.scene import FPS, Scene, read_scene
from watchbell.wire.base import Malformed

REALM, PAYLOAD, SOURCE, RATE = "Played camera", 96, 0x57424C4C, 90_000
MTU = 1400
REPORT_SECONDS = 5.0
SLOW_SECONDS = 2.5
MOST_WAITING = 400_000
SCENES = ("corridor", "entrance", "parking", "cafeteria")
_PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"


class PlayedCamera:
    """One camera. Faults: "silent" (accepts and says nothing more), "slow" (answers late), "refuses" (its password
    has changed), "garbles" (no RTSP at all)."""

    faults = ("silent", "slow", "refuses", "garbles")

    def __init__(self, name: str, scene: str, *, user: str = "", password: str = "", phase: int = 0) -> None:
        self.name, self.scene, self.user, self.password, self.phase = name, scene, user, password, phase
        self.clients: set[_Client] = set()
        self._how, self._until = "", 0.0

    def fail(self, how: str, seconds: float) -> None:
        self._how, self._until = how, clock.monotonic() + seconds
        for client in list(self.clients):
            client.suffer(how)

    @property
    def fault(self) -> str:
        return self._how if clock.monotonic() < self._until else ""


class _Line:
    """One scene as packets: laid out once, numbers and times written in as they go out."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._frames = [_packets_of(frame) for frame in scene.frames]
        self._before = [0]
        for frame in self._frames:
            self._before.append(self._before[-1] + len(frame))

    def frame(self, number: int) -> bytes:
        """Frame `number` since 1970, interleaved on channel 0."""
        rounds, place = divmod(number, len(self._frames))
        sequence = rounds * self._before[-1] + self._before[place]
        out = bytearray()
        for offset, packet in enumerate(self._frames[place]):
            at = len(out)
            out += packet
            struct.pack_into(">HI", out, at + 6, (sequence + offset) & 0xFFFF, stamp_of(number))
        return bytes(out)

    def is_key(self, number: int) -> bool:
        return self.scene.keys[number % len(self._frames)]


def stamp_of(number: int) -> int:
    return number * (RATE // FPS) & 0xFFFFFFFF


def _packets_of(units: tuple[bytes, ...]) -> list[bytes]:
    """A frame's NAL units as interleaved RTP packets (RFC 6184 §5.6, §5.8), without number and time."""
    bodies: list[bytes] = []
    for unit in units:
        if len(unit) <= MTU:
            bodies.append(unit)
            continue
        head, pieces = unit[0], [unit[at : at + MTU - 2] for at in range(1, len(unit), MTU - 2)]
        for number, piece in enumerate(pieces):
            marks = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0)
            bodies.append(bytes([(head & 0xE0) | 28, marks | (head & 31)]) + piece)
    return [
        struct.pack(">BBHBBHII", 0x24, 0, 12 + len(body), 0x80, PAYLOAD | (0x80 if last else 0), 0, 0, SOURCE) + body
        for body, last in ((body, number == len(bodies) - 1) for number, body in enumerate(bodies))
    ]


class Cameras:
    """The server. `cameras`: by the name in their URL, rtsp://127.0.0.1:port/<name>/live."""

    def __init__(self, port: int, cameras: list[PlayedCamera]) -> None:
        self.port = port
        self.cameras = {camera.name: camera for camera in cameras}
        self.answered = 0
        self._lines: dict[str, _Line] = {}
        self._server: asyncio.Server | None = None
        self._playing: asyncio.Task[None] | None = None
        self._clients: set[_Client] = set()
        self.watched: dict[tuple[str, int], set[_Client]] = {}

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", self.port, backlog=1024)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        if self._playing is not None:
            self._playing.cancel()
        for client in list(self._clients):
            client.hang_up()

    def find(self, url: str) -> PlayedCamera | None:
        try:
            parts = PurePosixPath(urlsplit(url).path).parts
        except ValueError:
            return None
        return self.cameras.get(parts[1]) if len(parts) > 1 else None

    def line_of(self, scene: str) -> _Line:
        if scene not in self._lines:
            self._lines[scene] = _Line(load_scene(scene))
        return self._lines[scene]

    def watch(self, client: "_Client", camera: PlayedCamera) -> None:
        self.watched.setdefault((camera.scene, camera.phase), set()).add(client)
        if self._playing is None or self._playing.done():
            self._playing = asyncio.create_task(self._play())

    def leave(self, client: "_Client") -> None:
        self._clients.discard(client)
        for group, clients in list(self.watched.items()):
            clients.discard(client)
            if not clients:
                del self.watched[group]

    def met(self, client: "_Client") -> None:
        self._clients.add(client)

    async def _play(self) -> None:
        """Sends each frame when it is due; ends when nobody watches."""
        number = int(clock.unix() * FPS) + 1
        while self.watched:
            await asyncio.sleep(max(0.002, number / FPS - clock.unix()))
            newest = int(clock.unix() * FPS)
            for due in range(max(number, newest - FPS), newest + 1):
                for (scene, phase), clients in list(self.watched.items()):
                    line = self.line_of(scene)
                    raw, is_key = line.frame(due + phase), line.is_key(due + phase)
                    for client in list(clients):
                        client.show(raw, is_key, due, phase)
            number = newest + 1


@cache
def load_scene(name: str) -> Scene:
    """A scene of this package."""
    found = read_scene((files("watchbell.recorder") / "scenes" / f"{name}.h264").read_bytes())
    if isinstance(found, Malformed):
        raise ValueError(f"Scene {name}: {found.because}")
    return found


class _Client(asyncio.Protocol):
    """One connection to the played cameras."""

    def __init__(self, owner: Cameras) -> None:
        self._owner = owner
        self._deframer = Deframer()
        self._transport: asyncio.Transport | None = None
        self._camera: PlayedCamera | None = None
        self._is_begun = False
        self._reported = 0
        self._nonce = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._nonce = same_id("camera nonce", id(transport), clock.monotonic())[:16]
        self._owner.met(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.leave(self)
        if self._camera is not None:
            self._camera.clients.discard(self)

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def suffer(self, how: str) -> None:
        """A fault that begins while it plays."""
        if self._transport is None:
            return
        if how == "refuses":
            self._transport.close()
        elif how == "garbles":
            self._transport.write(b"\x00\xffgarbage\r\n" * 20)

    def data_received(self, data: bytes) -> None:
        for piece in self._deframer.feed(data):
            if isinstance(piece, Asked):
                self._take(piece)
            elif not isinstance(piece, Packet | Answer):
                self.hang_up()

    def _take(self, asked: Asked) -> None:
        camera = self._owner.find(asked.url)
        if camera is None:  # nothing of that name hangs anywhere
            return self.hang_up()
        fault = camera.fault
        if fault == "silent":
            return
        if fault == "garbles":
            return self._write(b"\x00\xffgarbage\r\n" * 20)
        if fault == "slow":
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self._obey, asked, camera)
            return
        self._obey(asked, camera)

    def _write(self, raw: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(raw)

    def _reply(self, asked: Asked, status: int, reason: str, body: bytes = b"", **headers: str) -> None:
        told = {"CSeq": asked.first("cseq"), **{name.replace("_", "-"): value for name, value in headers.items()}}
        self._write(build_answer(status, reason, told, body))
        self._owner.answered += 1

    def _obey(self, asked: Asked, camera: PlayedCamera) -> None:
        if asked.method == "OPTIONS":
            return self._reply(asked, 200, "OK", Public=_PUBLIC)
        if not self._is_known(asked, camera):
            ask = build_challenge(Challenge(realm=REALM, nonce=self._nonce))
            return self._reply(asked, 401, "Unauthorized", WWW_Authenticate=ask)
        if asked.method == "DESCRIBE":
            body = _describe(self._owner.line_of(camera.scene).scene)
            base = asked.url.rstrip("/") + "/"
            return self._reply(asked, 200, "OK", body, Content_Type="application/sdp", Content_Base=base)
        if asked.method == "SETUP":
            return self._set_up(asked)
        if asked.method == "PLAY":
            self._camera = camera
            camera.clients.add(self)
            self._reply(asked, 200, "OK", Session="57424c4c;timeout=30", Range="npt=now-")
            return self._owner.watch(self, camera)
        if asked.method == "TEARDOWN":
            self._reply(asked, 200, "OK")
            return self._transport.close() if self._transport is not None else None
        if asked.method == "GET_PARAMETER":
            return self._reply(asked, 200, "OK", Session="57424c4c;timeout=30")
        self._reply(asked, 405, "Method Not Allowed", Allow=_PUBLIC)

    def _is_known(self, asked: Asked, camera: PlayedCamera) -> bool:
        if camera.fault == "refuses":
            return False
        if not camera.password:
            return True
        return is_right(
            asked.first("authorization"), Challenge(realm=REALM, nonce=self._nonce), camera.password, asked.method
        )

    def _set_up(self, asked: Asked) -> None:
        if "TCP" not in asked.first("transport").upper():
            return self._reply(asked, 461, "Unsupported Transport")
        told = f"RTP/AVP/TCP;unicast;interleaved=0-1;ssrc={SOURCE:08X};mode=PLAY"
        self._reply(asked, 200, "OK", Transport=told, Session="57424c4c;timeout=30")

    def show(self, raw: bytes, is_key: bool, number: int, phase: int) -> None:
        """One frame, unless this camera is silent just now, or the viewer does not take what it has."""
        if self._transport is None or self._camera is None or self._camera.fault in ("silent", "garbles"):
            self._is_begun = False
            return
        self._is_begun = self._is_begun or is_key
        if not self._is_begun or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MOST_WAITING:
            self._is_begun = False
            return
        if number - self._reported >= REPORT_SECONDS * FPS:
            self._reported = number
            report = build_report(number / FPS, stamp_of(number + phase), SOURCE)
            raw += struct.pack(">BBH", 0x24, 1, len(report)) + report
        with contextlib.suppress(OSError):
            self._transport.write(raw)


def _describe(scene: Scene) -> bytes:
    lines = [
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=camera", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD}", f"a=rtpmap:{PAYLOAD} H264/{RATE}",
        f"a=fmtp:{PAYLOAD} packetization-mode=1;profile-level-id={scene.sps[1:4].hex()};"
        f"sprop-parameter-sets={scene.sprop}", "a=control:track1",
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode()


def played_of(told: list[dict[str, Any]]) -> list[PlayedCamera]:
    """Cameras from the list in played.json: {"name", "scene", "user", "password", "phase"}."""
    return [
        PlayedCamera(str(one["name"]), str(one.get("scene") or SCENES[0]), user=str(one.get("user") or ""),
                     password=str(one.get("password") or ""), phase=int(one.get("phase") or 0))
        for one in told
    ]  # fmt: skip
