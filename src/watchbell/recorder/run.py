"""The process: takes over its configuration, serves viewers, opens the nearest cameras at an alarm, tells who lives.

Entries: a camera {"endpoint", "name", "district", "site", "live": rtsp URL, "username", "floor", "x", "y", "is_live"},
its password in the sealed half; and one a site {"what": "plan", "site", "places": {id: [floor, x, y]}, "floors":
{id: [building, level, metres_per_unit]}}, so that the nearest cameras are known with the hub away.
"""

import asyncio
import contextlib
import logging
from typing import Any

from nats.aio.msg import Msg

from watchbell.line import clock, config, signing
from watchbell.line.bus import Bus
from watchbell.line.heartbeat import beat
from watchbell.recorder.hub import Camera, Hub, entry_of
from watchbell.recorder.pulse import Pulse, Verdict
from watchbell.recorder.viewing import serve
from watchbell.wire.base import Malformed, decode
from watchbell.wire.nearness import Point, nearest_first
from watchbell.wire.press import OrdersAsked, PanicPressed
from watchbell.wire.snapshot import GatewayConfig, SnapshotFloor
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import CONFIG, config_key, every, is_of, subject

log = logging.getLogger(__name__)
NAME = "recorder"
#: Doors and speakers go first: for so long after a press nothing is done for pictures.
AFTER_PRESS_SECONDS = 0.15
#: So many of the nearest cameras are opened at an alarm, for so long, whether somebody looks or not.
NEAREST, HOLD_SECONDS = 6, 60.0
#: So many presses that are over are remembered: one may be cleared before its cameras are opened.
MOST_OVER = 500


class Plan:
    """Where the places of one site are."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.places: dict[str, Point] = {}
        for place, spot in dict(told.get("places") or {}).items():
            self.places[place] = Point(str(spot[0]), float(spot[1]), float(spot[2]))
        self.floors = {
            floor: SnapshotFloor(id=floor, name="", building=str(words[0]), level=int(words[1]),
                                 metres_per_unit=words[2])
            for floor, words in dict(told.get("floors") or {}).items()
        }  # fmt: skip


class Recorder:
    """State of one recorder."""

    def __init__(self) -> None:
        self.where = config.where()
        self.folder = config.private_folder(NAME)
        self.verifier = signing.Verifier()
        self.hub = Hub()
        self.pulse = Pulse(self.hub, self._say)
        self.plans: dict[str, Plan] = {}
        self.bus = Bus(NAME)
        self.version = 0
        self.is_told = False
        self._opening: set[asyncio.Task[None]] = set()
        self._over: dict[str, None] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Starts from the configuration on disk, follows the bus, leaves when `stop` is set."""
        self._read_kept()
        server = await serve(self.hub)
        tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self.pulse.run())]
        await stop.wait()
        for task in tasks:
            task.cancel()
        server.close()
        await self.hub.close()
        await self.bus.close()

    async def _follow(self) -> None:
        self.bus = bus = await Bus.connect(config.process_name(NAME), wait_seconds=1e9)
        await bus.hear(every("press", self.where), self._hear_press)
        await asyncio.gather(
            bus.follow_key(CONFIG, config_key(NAME, self.where), self._take_told), beat(bus, NAME, "1", self._state)
        )

    def _state(self) -> dict[str, Any]:
        detail = {
            "cameras": len(self.hub.cameras), "open": self.hub.open_count, "viewers": self.hub.viewer_count,
            "silent": self.pulse.silent_count, "config_version": self.version,
        }  # fmt: skip
        return {"state": "ok", "detail": detail}  # a new installation has no cameras yet, and nothing is wrong

    # -- configuration -----------------------------------------------------------------------------------------

    def _read_kept(self) -> None:
        path = self.folder / "config.json"
        if path.exists():
            found = decode(path.read_bytes(), GatewayConfig)
            if not isinstance(found, Malformed) and self.verifier.is_genuine(found):
                self._take(found)

    async def _take_told(self, raw: bytes) -> None:
        found = decode(raw, GatewayConfig)
        if isinstance(found, Malformed) or not self.verifier.is_genuine(found):
            log.error("refused a configuration that is not genuine")
            return
        if found.version != self.version or not self.is_told:
            config.write_private(self.folder / "config.json", raw)
            self._take(found)

    def _take(self, told: GatewayConfig) -> None:
        secrets = signing.unseal(signing.box_name(NAME, self.where), told.secrets)
        plans, cameras = {}, []
        for entry in told.entries:
            try:
                if entry.get("what") == "plan":
                    plans[str(entry["site"])] = Plan(entry)
                else:
                    cameras.append(entry_of(entry, str(secrets.get(str(entry["endpoint"])) or "")))
            except (KeyError, TypeError, ValueError, IndexError) as error:  # one bad entry must not hide the others
                log.error("entry %s cannot be taken over: %s", entry.get("endpoint"), type(error).__name__)
        self.plans, self.version, self.is_told = plans, told.version, True
        self.hub.apply(cameras)
        self.pulse.follow()
        log.info("%d cameras, configuration %d", len(cameras), told.version)

    # -- alarms ------------------------------------------------------------------------------------------------

    async def _hear_press(self, message: Msg) -> None:
        if message.subject.split(".")[4] == "hub":
            self._hear_over(message)
            return
        press = decode(message.data, PanicPressed)
        if isinstance(press, Malformed) or not is_of(message.subject, press.district) or press.mode == "test":
            return
        task = asyncio.create_task(self._open_nearest(press))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _hear_over(self, message: Msg) -> None:
        """After an all-clear no picture is fetched that nobody looks at."""
        asked = decode(message.data, OrdersAsked)
        if isinstance(asked, Malformed) or not is_of(message.subject, asked.district):
            return
        self._over.update(dict.fromkeys(asked.clears))
        while len(self._over) > MOST_OVER:
            del self._over[next(iter(self._over))]
        for camera in self.hub.cameras.values():
            camera.let_go(asked.clears)

    async def _open_nearest(self, press: PanicPressed) -> None:
        """When people look, the pictures are there."""
        await asyncio.sleep(AFTER_PRESS_SECONDS)
        if press.id in self._over:
            return
        until = clock.monotonic() + HOLD_SECONDS
        for camera in self.nearest(press.district, press.site, press.place or ""):
            camera.hold(press.id, until)

    def nearest(self, district: str, site: str, place: str) -> list[Camera]:
        """The cameras nearest to a place that may be looked at; none where nobody knows where it is."""
        plan = self.plans.get(site)
        here = plan.places.get(place) if plan is not None else None
        if plan is None or here is None:
            return []
        there = [
            camera.entry for camera in self.hub.cameras.values()
            if camera.entry.district == district and camera.entry.site == site and camera.entry.is_live
            and not isinstance(camera.entry.address, Malformed)
        ]  # fmt: skip
        return [self.hub.cameras[entry.id] for entry, _ in nearest_first(here, there, plan.floors)[:NEAREST]]

    # -- health ------------------------------------------------------------------------------------------------

    async def _say(self, camera: Camera, verdict: Verdict, is_news: bool) -> None:
        entry = camera.entry
        status = DeviceStatus(
            district=entry.district, site=entry.site, gateway=NAME, device=entry.id, endpoint=entry.id,
            state=verdict.state, because=verdict.because, at=clock.unix(),
        )  # fmt: skip
        where = subject(entry.district, entry.site, "status", NAME, entry.id)
        key = f"{entry.id}:{status.at}:{status.state}"
        if is_news:
            with contextlib.suppress(Exception):
                await self.bus.keep(where, status, key)
        else:
            await self.bus.send(where, status, key)


async def main(stop: asyncio.Event) -> None:
    """Runs until `stop` is set."""
    await Recorder().run(stop)
