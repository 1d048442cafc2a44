"""Where roles run apart, without a supervisor: what each says of itself every second, as one health document."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nats.aio.msg import Msg

from watchbell.kernel import engines
from watchbell.line import clock, config
from watchbell.line.bus import Bus
from watchbell.wire.base import Malformed, decode
from watchbell.wire.status import Heartbeat

#: Without a heartbeat for so long a process is silent.
SILENT_SECONDS = 3.0
#: A process that ended is told as silent for so long where another one does the same work; else until one does.
FORGET_SECONDS = 60.0
#: What every installation runs, wherever; of gateways, nobody says which ones there should be.
EXPECTED = ("web", "worker", "worker/slow", "reflex")
ANSWER_SECONDS = 0.5


def state_of(beat: Heartbeat, age_seconds: float) -> tuple[str, str]:
    """(state, because) of a process whose newest heartbeat is so old."""
    if age_seconds < SILENT_SECONDS:
        return beat.state, beat.because
    return "silent", f"no heartbeat for {age_seconds:.0f} s"


def sum_up(gone: str, **groups: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The document of `/healthz`: `roles`, `gateways`, `engines`, `edges`, with the status that follows from them.

    "down" only when neither the bus nor the reflex is there: then a press moves nothing here. gone: the state of a
    reflex that is not there, as whoever asks can know it.
    """
    told = [one for group in groups.values() for one in group.values()]
    status = "ok" if all(one["state"] == "ok" for one in told) else "degraded"
    if groups["roles"].get("reflex", {}).get("state") == gone and groups["engines"]["nats"]["state"] == "down":
        status = "down"
    return {"status": status, **groups}


@dataclass(frozen=True)
class Heard:
    """The newest heartbeat of a process, and when it was heard (monotonic seconds)."""

    beat: Heartbeat
    at: float
    drift_seconds: float

    @property
    def age_seconds(self) -> float:
        return clock.monotonic() - self.at

    @property
    def is_silent(self) -> bool:
        return self.age_seconds >= SILENT_SECONDS

    def shown(self) -> dict[str, Any]:
        state, because = state_of(self.beat, self.age_seconds)
        return {
            "state": state, "because": because, "pid": self.beat.pid, "drift_seconds": round(self.drift_seconds, 3),
            "address": self.beat.address, "detail": self.beat.detail,
        }  # fmt: skip


class Beats:
    """All heartbeats of an installation, as one process hears them."""

    def __init__(self) -> None:
        self.bus: Bus | None = None
        self._heard: dict[tuple[str, str, int], Heard] = {}
        self._database: asyncio.Task[bool] | None = None
        self._has_database = True

    async def hear(self, message: Msg) -> None:
        """Takes a heartbeat; what is none is left."""
        beat = decode(message.data, Heartbeat)
        if isinstance(beat, Malformed):
            return
        key = (beat.role, beat.instance, beat.pid)
        if key not in self._heard:  # another one of the kind has begun: those that ended long ago are replaced
            for old, one in list(self._heard.items()):
                if old[0] == beat.role and one.age_seconds > FORGET_SECONDS:
                    del self._heard[old]
        self._heard[key] = Heard(beat, clock.monotonic(), beat.at - clock.unix())

    async def health(self, bus: Bus | None) -> dict[str, Any]:
        """The health document now, within a second whatever is away. bus: this process's own connection."""
        self.bus = bus
        await self._look_at_database()
        return self.document()

    async def _look_at_database(self) -> None:
        """One look at a time: it may take longer than anybody waits, and then the next one hears of it."""
        looking = self._database = self._database or asyncio.create_task(asyncio.to_thread(engines.answers))
        done, _ = await asyncio.wait({looking}, timeout=ANSWER_SECONDS)
        self._has_database = bool(done) and looking.exception() is None and looking.result()
        if done and self._database is looking:
            self._database = None

    def document(self) -> dict[str, Any]:
        """The same from what is known already, for pages: they are not there without the database."""
        mine, gateways, edges = self._by_name()
        missing = {"state": "silent", "because": "no heartbeat has been heard", "pid": None, "drift_seconds": 0.0,
                   "address": "", "detail": {}}  # fmt: skip
        roles = {name: missing for name in EXPECTED} | mine
        roles["web"] = (mine.get("web") or missing) | {"state": "ok", "because": "", "pid": os.getpid()}
        is_up = self.bus is not None and self.bus.is_up
        states = {
            "postgres": {"state": "ok" if self._has_database else "down", "embedded": engines.is_embedded()},
            "nats": {"state": "ok" if is_up else "down", "embedded": not config.setting("NATS_URL")},
        }
        return sum_up("silent", roles=roles, gateways=gateways, engines=states, edges=edges)

    def _by_name(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """(roles, gateways, edges) by the name that each has on the health page."""
        by_role: dict[str, list[Heard]] = defaultdict(list)
        edges: dict[str, list[Heard]] = defaultdict(list)
        for one in self._heard.values():
            (edges[one.beat.instance] if "@" in one.beat.instance else by_role[one.beat.role]).append(one)
        roles = _named({name: found for name, found in by_role.items() if not name.startswith("gateway/")})
        gateways = {name.removeprefix("gateway/"): found for name, found in by_role.items() if "gateway/" in name}
        return roles, _named(gateways), _named(edges)


def _named(groups: Mapping[str, Iterable[Heard]]) -> dict[str, dict[str, Any]]:
    """{name: its state}; the second process of one name is "worker/2". Those that are replaced are forgotten."""
    found = {}
    for name, everybody in sorted(groups.items()):
        known = sorted(everybody, key=lambda one: (one.is_silent, one.beat.instance, one.beat.pid))
        last = max(known, key=lambda one: one.at)
        kept = [one for one in known if one is last or one.age_seconds < FORGET_SECONDS]
        for number, one in enumerate(kept, 1):
            found[name if number == 1 else f"{name}/{number}"] = one.shown()
    return found


beats = Beats()
