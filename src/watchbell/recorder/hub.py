"""Cameras and who watches them: one session a camera, from its first viewer until some seconds after the last."""

import asyncio
import contextlib
import json
import logging
import random
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from watchbell.line import clock
from watchbell.recorder.fmp4 import build_fragment, build_init
from watchbell.recorder.h264 import Depacketiser, Frame, Size, codec_name, read_sps
from watchbell.recorder.rtp import Packet, Report, read_packet, read_report
from watchbell.recorder.rtsp import Login, NoPicture, connect
from watchbell.recorder.rtsp_codec import Address, read_address
from watchbell.recorder.timeline import Timeline
from watchbell.wire.base import Malformed

log = logging.getLogger(__name__)
LINGER_SECONDS = 8.0
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.5, 5.0
#: After a session that lived so long the next one is tried at once again.
LIVED_SECONDS = 20.0
#: What one viewer may be behind, and what is kept of the pictures since the last key frame.
MOST_BEHIND_BYTES, MOST_GOP_BYTES = 1_500_000, 4_000_000
#: Kinds of pieces: words in JSON; the stream's first piece; a frame that begins anew; one that needs those before it.
WORDS, INIT, KEY, DELTA = b"J", b"I", b"K", b"D"


class Piece(NamedTuple):
    kind: bytes
    body: bytes


class Entry(NamedTuple):
    """A camera as the configuration has it. address: where its live stream is, or why there is none."""

    id: str
    district: str
    site: str
    name: str
    address: Address | Malformed
    login: Login
    floor: str = ""
    x: float | None = None
    y: float | None = None
    is_live: bool = True


def words_of(**told: Any) -> Piece:
    return Piece(WORDS, json.dumps(told).encode())


class Viewer:
    """One who watches. A slow one loses frames up to the next key frame; the others notice nothing of it."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque()
        self._bytes = 0
        self._waits = True
        self._there = asyncio.Event()
        self.skipped = 0

    def offer(self, piece: Piece) -> None:
        if piece.kind == DELTA and self._waits:
            self.skipped += 1
            return
        if piece.kind in (KEY, DELTA) and self._bytes + len(piece.body) > MOST_BEHIND_BYTES:
            self._drop_frames()
            self.skipped += 1
            return
        self._waits = self._waits and piece.kind != KEY
        self._pieces.append(piece)
        self._bytes += len(piece.body)
        self._there.set()

    def _drop_frames(self) -> None:
        """What has not gone out yet is old: the next key frame is what counts."""
        kept = [one for one in self._pieces if one.kind in (WORDS, INIT)][-8:]
        self.skipped += len(self._pieces) - len(kept)
        self._pieces = deque(kept)
        self._bytes = sum(len(one.body) for one in kept)
        self._waits = True

    async def take(self) -> Piece:
        """The next piece, once there is one."""
        while not self._pieces:
            self._there.clear()
            await self._there.wait()
        piece = self._pieces.popleft()
        self._bytes -= len(piece.body)
        return piece


class Camera:
    """One camera: its session while somebody watches, and the pictures since its last key frame."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.viewers: set[Viewer] = set()
        self.picture_at: float | None = None
        self.told = words_of(state="opening")
        self._init: Piece | None = None
        self._gop: list[Piece] = []
        self._gop_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._wanted_until = 0.0
        self._held: dict[str, float] = {}
        self._number = 0
        self._names: tuple[bytes, bytes] = (b"", b"")
        self._hurry = asyncio.Event()

    # -- viewers -----------------------------------------------------------------------------------------------

    def join(self, viewer: Viewer) -> None:
        """From now on `viewer` gets pictures, at once those since the last key frame; a camera that is waited for is
        tried again at once."""
        self.viewers.add(viewer)
        self._hurry.set()
        viewer.offer(self.told)
        if self._init is not None:
            viewer.offer(self._init)
            for piece in self._gop:
                viewer.offer(piece)
        self.open_until(clock.monotonic() + LINGER_SECONDS)

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)
        self.open_until(clock.monotonic() + LINGER_SECONDS)

    def open_until(self, until: float) -> None:
        """Has the stream open at least until then (monotonic seconds), viewers or not."""
        self._wanted_until = max(self._wanted_until, until)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def hold(self, press: str, until: float) -> None:
        """Has the stream open for an alarm, at most until then (monotonic seconds), viewers or not."""
        moment = clock.monotonic()
        self._held = {one: at for one, at in self._held.items() if moment < at} | {press: until}
        self.open_until(0.0)

    def let_go(self, presses: Iterable[str]) -> None:
        """These alarms are over: for them nothing stays open."""
        for press in presses:
            self._held.pop(press, None)

    @property
    def is_open(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def is_wanted(self) -> bool:
        moment = clock.monotonic()
        return bool(self.viewers) or any(moment < until for until in (self._wanted_until, *self._held.values()))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1.0)

    def renew(self, entry: Entry) -> None:
        """Another address or password: who watches gets the new stream."""
        before, self.entry = self.entry, entry
        if self._task is not None and (entry.address, entry.login, entry.is_live) != (
            before.address, before.login, before.is_live,
        ):  # fmt: skip
            self._task.cancel()
            self._task = asyncio.create_task(self._run())

    # -- the session -------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        wait = FIRST_WAIT_SECONDS
        try:
            while self.is_wanted:
                began = clock.monotonic()
                try:
                    await self._play()
                    continue  # somebody may have come while it was being left
                except NoPicture as error:
                    self._say_none(error)
                if clock.monotonic() - began > LIVED_SECONDS:
                    wait = FIRST_WAIT_SECONDS
                await self._wait(wait * random.uniform(0.8, 1.2))
                wait = min(wait * 2, MOST_WAIT_SECONDS)
        finally:
            self._forget()

    async def _wait(self, seconds: float) -> None:
        """Until then, until somebody comes, or until nobody wants it any more."""
        self._hurry.clear()
        ends = clock.monotonic() + seconds
        while self.is_wanted and not self._hurry.is_set() and (left := ends - clock.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), min(0.5, left))

    async def _play(self) -> None:
        """One session, until nobody wants it any more. Raises NoPicture."""
        if isinstance(self.entry.address, Malformed):
            raise NoPicture(self.entry.address.because, "Write its address into its settings.")
        taking = Taking(self)
        link = await connect(self.entry.address, self.entry.login, taking.hear)
        try:
            video, base = await link.describe()
            taking.begin(Depacketiser(video.sps, video.pps), Timeline(video.rate), video.payload)
            taking.channels = await link.play(video, base)
            keeping = asyncio.ensure_future(link.keep())
            try:
                while not keeping.done():
                    await asyncio.wait({keeping}, timeout=0.5)
                    if not self.is_wanted:
                        return
                raise NoPicture(keeping.result(), "It is asked again by itself. Check the camera if it stays so.")
            finally:
                keeping.cancel()
        finally:
            await link.leave()

    def _forget(self) -> None:
        self._init, self._gop, self._gop_bytes, self._names = None, [], 0, (b"", b"")
        self.told = words_of(state="opening")

    def _say_none(self, error: NoPicture) -> None:
        self._forget()
        self._say(words_of(state="none", because=error.because, advice=error.advice, since=self.picture_at))

    def _say(self, words: Piece) -> None:
        self.told = words
        for viewer in self.viewers:
            viewer.offer(words)

    # -- pictures ----------------------------------------------------------------------------------------------

    def show(self, frame: Frame, depacketiser: Depacketiser, timeline: Timeline) -> None:
        """A frame that is whole goes to everybody."""
        at, duration, wall = timeline.place(frame.stamp, clock.unix())
        if frame.is_key:
            if (depacketiser.sps, depacketiser.pps) != self._names or self._init is None:
                self._begin(depacketiser, timeline)
            self._gop, self._gop_bytes = [], 0
        if self._init is None:
            return
        self._number += 1
        piece = Piece(KEY if frame.is_key else DELTA, build_fragment(self._number, at, duration, frame, wall))
        self.picture_at = clock.unix()
        if self._gop_bytes + len(piece.body) < MOST_GOP_BYTES and (self._gop or frame.is_key):
            self._gop.append(piece)
            self._gop_bytes += len(piece.body)
        else:
            self._gop = []
        for viewer in self.viewers:
            viewer.offer(piece)

    def _begin(self, depacketiser: Depacketiser, timeline: Timeline) -> None:
        sps, pps = self._names = depacketiser.sps, depacketiser.pps
        size = read_sps(sps)
        size = Size(640, 360) if isinstance(size, Malformed) else size
        self._init = Piece(INIT, build_init(sps, pps, size))
        self.say_live(timeline)
        for viewer in self.viewers:
            viewer.offer(self._init)

    def say_live(self, timeline: Timeline) -> None:
        """What the picture is, and whose clock its times are by; told anew when that changes."""
        size = read_sps(self._names[0])
        told = {} if isinstance(size, Malformed) else {"width": size.width, "height": size.height}
        off = timeline.off_seconds
        self._say(
            words_of(
                state="live", codec=codec_name(self._names[0]), clock=timeline.clock,
                off_seconds=None if off is None else round(off, 1), **told,
            )
        )  # fmt: skip


class Taking:
    """What one session sends, on its way into frames."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self.channels = (0, 1)
        self._payload = -1
        self._depacketiser = Depacketiser()
        self._timeline = Timeline()
        self._clock = "arrival"

    def begin(self, depacketiser: Depacketiser, timeline: Timeline, payload: int) -> None:
        self._depacketiser, self._timeline, self._payload = depacketiser, timeline, payload

    def hear(self, channel: int, raw: bytes) -> None:
        if channel == self.channels[0]:
            packet = read_packet(raw)
            if isinstance(packet, Packet) and packet.payload_type == self._payload:
                for frame in self._depacketiser.push(packet):
                    self._camera.show(frame, self._depacketiser, self._timeline)
        elif channel == self.channels[1]:
            report = read_report(raw)
            if isinstance(report, Report):
                self._timeline.take_report(report)
        if self._timeline.clock != self._clock and self._camera.picture_at is not None:
            self._clock = self._timeline.clock
            self._camera.say_live(self._timeline)


class Hub:
    """All cameras of this recorder."""

    def __init__(self) -> None:
        self.cameras: dict[str, Camera] = {}

    def apply(self, entries: list[Entry]) -> None:
        """Takes over the newest list: who watches a camera that is still there notices nothing."""
        wanted = {entry.id: entry for entry in entries}
        for gone in self.cameras.keys() - wanted.keys():
            asyncio.ensure_future(self._end(self.cameras.pop(gone)))
        for entry in wanted.values():
            known = self.cameras.get(entry.id)
            if known is None:
                self.cameras[entry.id] = Camera(entry)
            elif known.entry != entry:
                known.renew(entry)

    async def _end(self, camera: Camera) -> None:
        camera._say(words_of(state="none", because="This camera is no longer in use.", advice="", since=None))
        await camera.close()

    def find(self, camera: str, district: str) -> Camera | None:
        """A camera of that district that may be looked at; a name from another district is unknown."""
        found = self.cameras.get(camera)
        return found if found is not None and found.entry.district == district and found.entry.is_live else None

    @property
    def open_count(self) -> int:
        return sum(camera.is_open for camera in self.cameras.values())

    @property
    def viewer_count(self) -> int:
        return sum(len(camera.viewers) for camera in self.cameras.values())

    async def close(self) -> None:
        await asyncio.gather(*(camera.close() for camera in self.cameras.values()))


def entry_of(told: dict[str, Any], secret: str) -> Entry:
    """A camera's configuration entry, read."""
    live = str(told.get("live") or "")
    address = read_address(live) if live else Malformed(because="Nobody has written down where its stream is.")

    def number(name: str) -> float | None:
        value = told.get(name)
        return float(value) if isinstance(value, int | float) else None

    return Entry(
        id=str(told.get("endpoint") or ""), district=str(told.get("district") or ""), site=str(told.get("site") or ""),
        name=str(told.get("name") or ""), address=address, login=Login(str(told.get("username") or ""), secret),
        floor=str(told.get("floor") or ""), x=number("x"), y=number("y"), is_live=told.get("is_live") is not False,
    )  # fmt: skip
