"""`watchbell up`: engines and roles on one machine, started, watched, started again, ended cleanly; one health page."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import nats.errors
from nats.aio.msg import Msg

from watchbell.kernel import bus_rights, engines, nats_engine
from watchbell.line import clock, config
from watchbell.line.bus import Bus, make_streams
from watchbell.project import nursery
from watchbell.project.apart import state_of, sum_up
from watchbell.wire.base import Malformed, decode
from watchbell.wire.status import Heartbeat
from watchbell.wire.subjects import CLOCK, HEARTBEATS

log = logging.getLogger(__name__)
HUNG_SECONDS = 20.0
MOST_BACK_OFF_SECONDS = 5.0


@dataclass
class Child:
    """A role's process and what is known of it. Without arguments it is a guest of another one's process."""

    role: str
    arguments: list[str]
    number: int = 1
    process: nursery.Born | None = None
    started_at: float = 0.0
    restarts: int = 0
    failures: int = 0
    beat: Heartbeat | None = None
    beat_at: float = 0.0
    drift_seconds: float = 0.0
    guests: list["Child"] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As the health page calls it: the second worker is "worker/2"."""
        return self.role if self.number == 1 else f"{self.role}/{self.number}"

    def is_beating(self, beat: Heartbeat) -> bool:
        """Whether this is its heartbeat. The web role's come from the processes it has started itself."""
        is_mine = self.process is not None and beat.pid == self.process.pid
        return beat.role == self.role and (is_mine or self.role == "web")

    def state(self) -> dict[str, Any]:
        is_running = self.process.returncode is None if self.process is not None else not self.arguments
        state, because = "down" if not is_running else "starting", ""
        if is_running and self.beat is not None:
            state, because = state_of(self.beat, clock.monotonic() - self.beat_at)
        return {
            "state": state, "because": because, "pid": self.process.pid if self.process else None,
            "restarts": self.restarts, "drift_seconds": round(self.drift_seconds, 3),
            "address": self.beat.address if self.beat else "",
            "detail": self.beat.detail if self.beat else {},
        }  # fmt: skip


@dataclass
class Supervisor:
    """Everything one machine runs."""

    children: list[Child]
    before_roles: Callable[[], None] = lambda: None
    before_simulator: Callable[[], None] = lambda: None
    when_ready: Callable[[], None] = lambda: None
    engines: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    engine_restarts: dict[str, int] = field(default_factory=dict)
    stopping: bool = False
    district_count: int = 0
    edges: dict[str, Child] = field(default_factory=dict)
    bus: Bus | None = None
    is_database_there: bool = True
    is_hub_there: bool = False

    def __post_init__(self) -> None:
        for child in self.children:
            if child.arguments:
                host = child
            else:
                host.guests.append(child)

    @property
    def hosts(self) -> list[Child]:
        """Those with a process of their own."""
        return [child for child in self.children if child.arguments]

    async def run(self, stop: asyncio.Event) -> None:
        """Starts all, watches until `stop`, ends all."""
        try:
            bus = await self._get_ready()
            played = asyncio.create_task(asyncio.to_thread(self.before_simulator))
            server = await self._serve_health()
            watchers = [
                asyncio.create_task(self._watch_child(child, played if child.role == "simulator" else None))
                for child in self.hosts
            ]
            watchers.append(asyncio.create_task(self._watch_engines()))
            if bus_rights.is_shiftable():
                watchers.append(asyncio.create_task(_tell_time(bus)))
            watchers.append(asyncio.create_task(self._watch_link() if config.is_edge() else self._watch_own_database()))
            ready = asyncio.create_task(self._tell_when_ready())
            await asyncio.wait({asyncio.create_task(stop.wait()), played}, return_when=asyncio.FIRST_EXCEPTION)
            self.stopping = True
            ready.cancel()
            await self._stop_children()
            for watcher in watchers:
                watcher.cancel()
            server.close()
            await bus.close()
            played.result()
        finally:
            self.stopping = True
            await asyncio.to_thread(self._stop_engines)

    # -- engines -----------------------------------------------------------------------------------------------

    def start_postgres(self) -> None:
        if engines.is_embedded():
            self.engines["postgres"] = engines.start_postgres()

    async def _get_ready(self) -> Bus:
        """Database and bus, each beside the other. When one fails, the other is waited for: nothing starts later."""
        ready, bus = await asyncio.gather(
            asyncio.to_thread(self.before_roles), self._join_bus(), return_exceptions=True
        )  # fmt: skip
        for outcome in (ready, bus):
            if isinstance(outcome, BaseException):
                raise outcome
        assert isinstance(bus, Bus)
        return bus

    async def _join_bus(self) -> Bus:
        await asyncio.to_thread(self._start_nats)
        bus = self.bus = await Bus.connect(config.process_name("supervisor"), wait_seconds=20)
        if not config.is_edge():
            await make_streams(bus, bus_rights.followers())
        await bus.hear(HEARTBEATS, self._hear_beat)
        return bus

    def _start_nats(self) -> None:
        if not config.setting("NATS_URL"):
            self.engines["nats"] = nats_engine.start_nats()

    async def _watch_engines(self) -> None:
        starts = {"postgres": engines.start_postgres, "nats": nats_engine.start_nats}
        while not self.stopping:
            for name, process in list(self.engines.items()):
                if process.poll() is None or self.stopping:
                    continue
                log.error("%s ended with %s; starting it again", name, process.returncode)
                self.engine_restarts[name] = self.engine_restarts.get(name, 0) + 1
                try:
                    self.engines[name] = await asyncio.to_thread(starts[name])
                except RuntimeError as error:
                    log.error("%s", error)
                    await asyncio.sleep(1)
            await asyncio.sleep(0.1)

    async def _watch_own_database(self) -> None:
        """A database that is not ours to start: whether it answers at its address."""
        while not engines.is_embedded():
            self.is_database_there = await asyncio.to_thread(engines.answers)
            await asyncio.sleep(1)

    async def _watch_link(self) -> None:
        """At an edge: whether the hub can be reached."""
        while True:
            try:
                assert self.bus is not None
                await self.bus.nc.request(bus_rights.LINK, b"", timeout=1)
                self.is_hub_there = True
            except (nats.errors.Error, TimeoutError, OSError):
                self.is_hub_there = False
            await asyncio.sleep(0.5)

    def _stop_engines(self) -> None:
        if "postgres" in self.engines:
            engines.stop_postgres(self.engines["postgres"])
        nats = self.engines.get("nats")
        if nats is not None and nats.poll() is None:
            nats.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                nats.wait(5)

    # -- roles -------------------------------------------------------------------------------------------------

    async def _watch_child(self, child: Child, after: "asyncio.Future[None] | None" = None) -> None:
        if after is not None:
            await asyncio.wait({after})
        while not self.stopping:
            await self._start(child)
            assert child.process is not None
            waiting = asyncio.create_task(child.process.wait())
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=1.0)
                quiet = clock.monotonic() - max(child.beat_at, child.started_at)
                if not waiting.done() and child.beat is not None and quiet > HUNG_SECONDS and self._nats_is_up():
                    log.error("%s has been silent for %.0f s: killed", child.name, quiet)
                    child.process.kill()
            if self.stopping:
                return
            lived = clock.monotonic() - child.started_at
            child.failures = 0 if lived > 10 else child.failures + 1
            for one in (child, *child.guests):
                one.restarts += 1
            wait = 0.0 if child.failures <= 1 else min(0.25 * 2**child.failures, MOST_BACK_OFF_SECONDS)
            log.error("%s ended with %s; again in %.2f s", child.name, child.process.returncode, wait)
            await asyncio.sleep(wait)

    def _nats_is_up(self) -> bool:
        nats = self.engines.get("nats")
        return nats is None or nats.poll() is None

    async def _start(self, child: Child) -> None:
        for one in (child, *child.guests):
            one.beat, one.started_at = None, clock.monotonic()
        child.process = await nursery.bear(child.arguments, {"WATCHBELL_INSTANCE": str(child.number)}, _told_shift)
        for guest in child.guests:
            guest.process = child.process

    async def _stop_children(self) -> None:
        running = [c.process for c in self.hosts if c.process is not None and c.process.returncode is None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        ends = [asyncio.create_task(process.wait()) for process in running]
        if ends:
            await asyncio.wait(ends, timeout=7)
        for process in running:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    async def _hear_beat(self, message: Msg) -> None:
        beat = decode(message.data, Heartbeat)
        if isinstance(beat, Malformed):
            return
        is_away = "@" in beat.instance and not config.is_edge()
        if is_away and beat.instance not in self.edges:
            self.edges[beat.instance] = Child(beat.role, [])
        for child in [self.edges[beat.instance]] if is_away else self.children:
            if is_away or child.is_beating(beat):
                child.beat, child.beat_at = beat, clock.monotonic()
                child.drift_seconds = beat.at - clock.unix()

    # -- health ------------------------------------------------------------------------------------------------

    async def _serve_health(self) -> asyncio.AbstractServer:
        path = config.run_folder() / f"supervisor-{os.getuid()}.sock"
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

        async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(json.dumps(self.health()).encode())
            with contextlib.suppress(OSError):
                await writer.drain()
            writer.close()

        server = await asyncio.start_unix_server(tell, path)
        path.chmod(0o600)
        folder = config.home() / "run"
        folder.mkdir(exist_ok=True)
        (folder / "supervisor.path").write_text(str(path))
        return server

    def health(self) -> dict[str, Any]:
        """The health document of `/healthz`."""
        roles, gateways = {}, {}
        for child in self.children:
            if child.name.startswith("gateway/"):
                gateways[child.name.removeprefix("gateway/")] = child.state()
            else:
                roles[child.name] = child.state()
        edges = {name: edge.state() for name, edge in self.edges.items()}
        states = {}
        for name in ("nats",) if config.is_edge() else ("postgres", "nats"):
            process = self.engines.get(name)
            away = {"postgres": not self.is_database_there, "nats": self.bus is None or not self.bus.is_up}
            up = process.poll() is None if process is not None else not away[name]
            states[name] = {
                "state": "ok" if up else "down",
                "embedded": process is not None,
                "pid": process.pid if process else None,
                "restarts": self.engine_restarts.get(name, 0),
            }
        if config.is_edge():
            states["hub"] = {"state": "ok" if self.is_hub_there else "cut off"}
        return sum_up("down", roles=roles, gateways=gateways, engines=states, edges=edges)

    async def _tell_when_ready(self) -> None:
        while any(child.beat is None for child in self.children):
            await asyncio.sleep(0.05)
        self.when_ready()


#: In a test's installation: the shift that somebody said, for who is born afterwards.
_told_shift = ""


async def _tell_time(bus: Bus) -> None:
    """In a test's installation: the shift somebody said once is said again each second, to who was not there yet."""

    async def hear(message: Msg) -> None:
        global _told_shift
        _told_shift = message.data.decode()

    await bus.hear(CLOCK, hear)
    while True:
        await asyncio.sleep(1)
        if _told_shift:
            await bus.say(CLOCK, _told_shift.encode())
