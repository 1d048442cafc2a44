"""Lines: one called speaker or page group each, with the pages that are on there; a lost call is dialled again."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from watchbell.gateways.sip.agent import Agent
from watchbell.gateways.sip.calls import Call, CallFailed, Ring, place_call
from watchbell.gateways.sip.media import Programme, Pump
from watchbell.line import clock, config

log = logging.getLogger(__name__)
FIRST_SOUND_SECONDS = 2.0
REDIAL_SECONDS, REDIAL_LATEST_SECONDS = 1.0, 20.0
STOPS_KEPT_SECONDS = 86400.0


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is on at one line; kept on disk so that it goes on after a restart.

    owner: the press it belongs to. times: rounds to play, 0 until stopped. began_at, ends_at: Unix seconds.
    """

    line: str
    owner: str
    incident: str
    order: str
    prompt: str
    language: str
    mode: str
    priority: int
    repeat_seconds: float
    times: int
    began_at: float
    ends_at: float
    text: str = ""

    @property
    def programme(self) -> tuple[object, ...]:
        """Pages with an equal programme are one programme on several lines, played in step."""
        return (self.owner, self.prompt, self.language, self.text, self.mode, self.repeat_seconds, self.times)


class Kept(msgspec.Struct):
    """What lies on disk: pages that are on, and per "owner line" the moment its page was stopped."""

    pages: list[Page] = msgspec.field(default_factory=list)
    stops: dict[str, float] = msgspec.field(default_factory=dict)


class Line:
    """One speaker or group. ring: how it is called. trouble: why it cannot be, "" while all is well."""

    def __init__(self, key: str, entry: dict[str, Any], ring: Ring) -> None:
        self.id, self.entry, self.ring = key, entry, ring
        self.pages: list[Page] = []
        self.waiting: dict[str, asyncio.Future[tuple[str, float]]] = {}
        self.changed = asyncio.Event()
        self.call: Call | None = None
        self.keeper: asyncio.Task[None] | None = None
        self.trouble = ""
        self.answered_ms = 0.0

    @property
    def name(self) -> str:
        return str(self.entry.get("name") or self.id)


MakeFrames = Callable[[Page], tuple[bytes, ...]]


class Lines:
    """All lines. `make_frames` gives one round of a page."""

    def __init__(self, path: Path, agent: Agent, pump: Pump, make_frames: MakeFrames) -> None:
        self._path, self._agent, self._pump, self._make_frames = path, agent, pump, make_frames
        self._programmes: dict[tuple[object, ...], Programme] = {}
        self._kept = self._read()
        self._saving = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self.by_id: dict[str, Line] = {}

    def configure(self, wanted: dict[str, tuple[dict[str, Any], Ring]]) -> None:
        """Takes over the lines; pages go on, and those of a line that is gone end."""
        found = {}
        for key, (entry, ring) in wanted.items():
            line = self.by_id.get(key) or Line(key, entry, ring)
            line.entry, line.ring = entry, ring
            if key not in self.by_id:
                line.pages = [page for page in self._kept.pages if page.line == key]
            found[key] = line
        for key, line in self.by_id.items():
            if key not in found:
                line.pages = []
                self._look(line)
        self.by_id = found

    def resume(self) -> None:
        """Calls where pages were on when the process ended."""
        for line in self.by_id.values():
            self._look(line)

    def find(self, endpoint: str, device: str) -> Line | None:
        by_name = (line for line in self.by_id.values() if line.entry.get("device") == device)
        return self.by_id.get(endpoint) or next(by_name, None)

    # -- pages -------------------------------------------------------------------------------------------------

    def refuse_page(self, line: Line, page: Page, made_at: float) -> str:
        """Why `page` may not begin now, in words for people; "" when it may."""
        if self._kept.stops.get(f"{page.owner} {line.id}", 0.0) > made_at:
            return "This page was stopped after it had been ordered."
        above = [one for one in line.pages if one.owner != page.owner and one.priority > page.priority]
        if above:
            return f"A page of higher priority is on at {line.name} ({above[-1].prompt}, {above[-1].priority})."
        return ""

    def begin(self, line: Line, page: Page) -> "asyncio.Future[tuple[str, float]]":
        """Plays `page` above those it pre-empts. Gives (why not, or "" when its sound flows; the moment it began)."""
        told: asyncio.Future[tuple[str, float]] = self._loop.create_future()
        line.waiting[page.owner] = told
        line.pages = sorted([*(one for one in line.pages if one.owner != page.owner), page], key=_rank)
        self._look(line)
        return told

    def end(self, line: Line, owner: str, incident: str) -> list[Page]:
        """Stops the pages of this press or incident; what they had pre-empted goes on. Returns the stopped ones."""
        ended = [page for page in line.pages if page.owner == owner or (incident and page.incident == incident)]
        for known in {owner, *(page.owner for page in ended)}:
            self._kept.stops[f"{known} {line.id}"] = clock.unix()
        line.pages = [page for page in line.pages if page not in ended]
        self._look(line)
        return ended

    def drop_expired(self) -> bool:
        """Stops pages that were never stopped and have reached their end; True when there were some."""
        is_any = False
        for line in self.by_id.values():
            late = [page for page in line.pages if page.ends_at < clock.unix()]
            if late:
                is_any = True
                line.pages = [page for page in line.pages if page not in late]
                self._look(line)
        return is_any

    def renew(self, page: Page) -> None:
        """Makes a page's sound anew from its next round on, on all its lines at once."""
        programme = self._programmes.get(page.programme)
        if programme is not None:
            programme.upcoming = self._make_frames(page)

    # -- calls -------------------------------------------------------------------------------------------------

    def _look(self, line: Line) -> None:
        line.changed.set()
        if line.pages and (line.keeper is None or line.keeper.done()):
            line.keeper = self._agent.run_task(self._keep_up(line))

    async def _keep_up(self, line: Line) -> None:
        """Keeps a call up as long as there are pages; what comes meanwhile changes what is played."""
        pause = REDIAL_SECONDS
        while line.pages:
            line.changed.clear()
            if line.call is None or line.call.ended.is_set():
                because = await self._dial(line)
                if because:
                    line.trouble = because
                    self._fail_waiting(line, because)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(line.changed.wait(), pause)
                    pause = min(pause * 2, REDIAL_LATEST_SECONDS)
                    continue
                pause, line.trouble = REDIAL_SECONDS, ""
            await self._play(line)
            await self._wait_for_change(line)
        if line.call is not None:
            self._pump.remove(line.call.stream)
            call, line.call = line.call, None
            await call.hang_up()
        self._forget_programmes()

    async def _dial(self, line: Line) -> str:
        """Calls; why that came to nothing, else ""."""
        if line.call is not None:
            self._pump.remove(line.call.stream)
            line.call = None
        began = clock.monotonic()
        try:
            call = await place_call(self._agent, line.ring)
        except CallFailed as error:
            return str(error)
        except OSError as error:
            return f"it cannot be called ({error.strerror or error})"
        line.answered_ms = round((clock.monotonic() - began) * 1000, 1)
        line.call = call
        self._pump.add(call.stream)
        return ""

    async def _play(self, line: Line) -> None:
        call = line.call
        page = line.pages[-1] if line.pages else None
        if call is None or page is None:
            return
        programme = self._programmes.get(page.programme)
        if programme is None:
            programme = self._programmes[page.programme] = Programme(self._make_frames(page), page.times)
        if call.stream.playing is not programme:
            call.stream.playing = programme
            call.stream.over = lambda: self._played_out(line, page)
            self._pump.wake()
        told = line.waiting.get(page.owner)
        if told is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(call.stream.first_sent), FIRST_SOUND_SECONDS)
        line.waiting.pop(page.owner, None)
        if call.stream.first_sent.done() and not told.done():
            told.set_result(("", max(call.stream.first_sent.result(), page.began_at)))
        elif not told.done():
            line.pages = [one for one in line.pages if one is not page]
            told.set_result(("it answered, but takes no sound", 0.0))

    async def _wait_for_change(self, line: Line) -> None:
        if line.call is None:
            return
        for told in [line.waiting.pop(owner) for owner in list(line.waiting)]:
            if not told.done():  # it lies under another page, which goes on
                told.set_result(("", clock.unix()))
        waiting = [asyncio.ensure_future(line.changed.wait()), asyncio.ensure_future(line.call.ended.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    def _fail_waiting(self, line: Line, because: str) -> None:
        """Orders that wait for this call have failed; pages that were on before go on being dialled."""
        for owner, told in list(line.waiting.items()):
            line.pages = [page for page in line.pages if page.owner != owner]
            del line.waiting[owner]
            if not told.done():
                told.set_result((because, 0.0))

    def _played_out(self, line: Line, page: Page) -> None:
        line.pages = [one for one in line.pages if one is not page]
        self._look(line)

    def _forget_programmes(self) -> None:
        used = {page.programme for line in self.by_id.values() for page in line.pages}
        for key in [key for key in self._programmes if key not in used]:
            del self._programmes[key]

    async def hang_up(self) -> None:
        """Ends every call, not its pages: a gateway that starts again calls again."""
        for line in self.by_id.values():
            if line.keeper is not None:
                line.keeper.cancel()
        calls = [line.call for line in self.by_id.values() if line.call is not None]
        await asyncio.gather(*(asyncio.wait_for(call.hang_up(), 1) for call in calls), return_exceptions=True)

    # -- disk --------------------------------------------------------------------------------------------------

    def _read(self) -> Kept:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError):
            return Kept()

    async def save(self) -> None:
        """Puts the pages that are on onto the disk."""
        async with self._saving:
            now = clock.unix()
            elsewhere = [page for page in self._kept.pages if page.line not in self.by_id and page.ends_at > now]
            self._kept.pages = elsewhere + [page for line in self.by_id.values() for page in line.pages]
            self._kept.stops = {k: at for k, at in self._kept.stops.items() if at > now - STOPS_KEPT_SECONDS}
            try:
                await asyncio.to_thread(config.write_private, self._path, msgspec.json.encode(self._kept))
            except OSError as error:
                log.error("pages not kept: %s", error)


def _rank(page: Page) -> tuple[int, float]:
    return (page.priority, page.began_at)
