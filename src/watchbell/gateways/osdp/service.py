"""The OSDP control panel: carries out door orders and tells what locks and contacts say."""

import asyncio
import contextlib
import logging
from typing import Any

import msgspec
import osdp

from watchbell.gateways.base import DAY_SECONDS, Gateway, Outcome
from watchbell.gateways.osdp.bus import Device, Heard, OsdpBus
from watchbell.gateways.osdp.doors import ControllerEntry, Door, read_controllers
from watchbell.line import clock
from watchbell.line.spool import Memory
from watchbell.wire.order import Order

log = logging.getLogger(__name__)
#: Every door says again how it is after so long, so that its page shows its age.
AGAIN_SECONDS = 30.0


class _Line(msgspec.Struct):
    """A bus that runs, and what it was started with."""

    bus: Any
    task: Any
    made_from: tuple[Any, ...]


class OsdpGateway(Gateway):
    """Configuration entries are `doors.ControllerEntry`; secrets give SCBKs by "<controller>:<address>".

    Orders: lock_door, unlock_door, release_door, by endpoint id or device ("osdp/<controller>/<address>").
    """

    name = "osdp"

    def __init__(self) -> None:
        super().__init__()
        self.doors: dict[str, Door] = {}  # by device
        self.wanted = Memory(self.folder / "wanted", DAY_SECONDS, clock.unix())
        self.before = Memory(self.folder / "before", DAY_SECONDS, clock.unix())
        self._by_endpoint: dict[str, Door] = {}
        self._lines: dict[str, _Line] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._problems: list[str] = []

    # -- configuration -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._run_task(self._say_again())

    async def stop(self) -> None:
        for controller in list(self._lines):
            await self._end_line(controller)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        found, self._problems = read_controllers(entries, secrets)
        for problem in self._problems:
            log.error("%s", problem)
        before, self.doors, self._by_endpoint = self.doors, {}, {}
        for controller, doors in found:
            for door in doors:
                old = before.get(door.device)
                if old is not None:
                    door.is_online, door.lock, door.contact = old.is_online, old.lock, old.contact
                    door.is_tampered, door.has_power_failure = old.is_tampered, old.has_power_failure
                self.doors[door.device] = door
                self._by_endpoint[door.entry.endpoint] = door
            await self._follow_line(controller, doors)
        for gone in self._lines.keys() - {controller.controller for controller, _ in found}:
            await self._end_line(gone)
        for door in self.doors.values():
            if door.problem:
                self._say(door)

    async def _follow_line(self, controller: ControllerEntry, doors: list[Door]) -> None:
        devices = [Device(address=door.entry.address, key=door.key, name=door.entry.name) for door in doors if door.key]
        made_from = (controller.host, controller.port, *((device.address, device.key) for device in devices))
        line = self._lines.get(controller.controller)
        if line is not None and line.made_from == made_from:
            return
        await self._end_line(controller.controller)
        name = controller.controller
        bus = OsdpBus(controller.host, controller.port, devices, lambda heard: self._take_news(name, heard))
        if devices:
            self._lines[name] = _Line(bus=bus, task=asyncio.create_task(bus.run()), made_from=made_from)

    async def _end_line(self, controller: str) -> None:
        line = self._lines.pop(controller, None)
        if line is not None:
            line.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await line.task

    def _run_task(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end_task)

    def _end_task(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("doors", exc_info=task.exception())

    # -- what devices say --------------------------------------------------------------------------------------

    def _take_news(self, controller: str, heard: Heard) -> None:
        door = self.doors.get(f"osdp/{controller}/{heard.address}")
        if door is None:
            return
        before = door.describe(0)
        if heard.what == "online":
            door.is_online = bool(heard.values[0])
            if door.is_online:
                self._run_task(self._learn(door))
        elif heard.what == "outputs":
            door.take_outputs(heard.values)
        elif heard.what == "inputs":
            door.take_inputs(heard.values)
        elif len(heard.values) >= 2:
            door.take_local(heard.values)
        if door.describe(0) != before:
            self._say(door)

    async def _learn(self, door: Door) -> None:
        """Asks a device that has just come up how it is, and gives it back the lock state it should have."""
        line = self._lines.get(door.controller.controller)
        if line is None:
            return  # its controller was taken away meanwhile
        bus, address = line.bus, door.entry.address
        with contextlib.suppress(OSError, TimeoutError):
            await bus.ask_status(address, osdp.StatusReportType.Local)
            if bus.count_items(address, osdp.Capability.ContactStatusMonitoring):
                await bus.ask_status(address, osdp.StatusReportType.Input)
            async with self._lock(door):
                kept = self.wanted.get(door.device)
                action = kept[1].decode() if kept else ""
                if action:
                    log.info("%s is back and gets %s", door.device, action)
                    self._remember(door, action)
                    await bus.set_output(address, door.entry.lock_output, door.judge_output(action)[0])
                await self._confirm(bus, door)

    async def _confirm(self, bus: OsdpBus, door: Door) -> bool:
        """Asks for the outputs; False when the device cannot tell."""
        if not bus.count_items(door.entry.address, osdp.Capability.OutputControl):
            return False
        return await bus.ask_status(door.entry.address, osdp.StatusReportType.Output)

    def _say(self, door: Door) -> None:
        self._run_task(self.say_status(door.describe(clock.unix())))

    async def _say_again(self) -> None:
        while True:
            for door in list(self.doors.values()):
                await self.say_status(door.describe(clock.unix()))
                await asyncio.sleep(AGAIN_SECONDS / (len(self.doors) + 1))
            self.state, self.because = ("degraded" if self._problems else "ok"), " ".join(self._problems)
            await asyncio.sleep(0.5)

    # -- orders ------------------------------------------------------------------------------------------------

    def _lock(self, door: Door) -> asyncio.Lock:
        return self._locks.setdefault(door.device, asyncio.Lock())

    async def carry_out(self, order: Order) -> Outcome:
        door = self._by_endpoint.get(order.endpoint.id) or self.doors.get(order.endpoint.device)
        if door is None:
            return Outcome("failed", f"{order.endpoint.name} is not configured at the door gateway.")
        if order.action not in ("lock_door", "unlock_door", "release_door"):
            return Outcome("failed", f"A door cannot {order.action}.")
        if door.problem:
            return Outcome("failed", f"{door.entry.name}: {door.problem}")
        line = self._lines.get(door.controller.controller)
        if line is None or not door.is_online:
            self._remember(door, order.action)
            self._want(door, order.action)  # it gets this the moment it is back
            return Outcome("failed", f"{door.entry.name} is offline.")
        began = clock.monotonic()
        async with self._lock(door):
            outcome = await self._switch(line.bus, door, order.action)
        return outcome._replace(protocol_seconds=clock.monotonic() - began)

    def _want(self, door: Door, action: str) -> None:
        """What a door that comes back is to be given: the newest order; after a release nothing, unless the release
        could not reach it, and it stands as the order before left it."""
        is_under_order = bool((self.wanted.get(door.device) or (0.0, b""))[1])
        if action == "release_door":
            action = "release_door" if is_under_order and not door.is_online else ""
        self.wanted.keep(door.device, clock.unix(), action.encode())

    def _remember(self, door: Door, action: str) -> None:
        """How a door's lock was before the first order of an alarm, over all that follow and over a restart."""
        if action == "release_door" or (self.wanted.get(door.device) or (0.0, b""))[1]:
            kept = self.before.get(door.device)
            door.before = kept[1].decode() if kept else ""
        else:
            door.before = door.lock
            self.before.keep(door.device, clock.unix(), door.lock.encode())

    async def _switch(self, bus: OsdpBus, door: Door, action: str) -> Outcome:
        self._remember(door, action)
        is_on, state = door.judge_output(action)
        name = door.entry.name
        if not await bus.set_output(door.entry.address, door.entry.lock_output, is_on):
            return Outcome("failed", f"{name} refused the order or went offline.")
        # Acknowledged is obeyed; what follows only makes sure, and must not turn it into a failure.
        door.lock, is_confirmed = state, False
        self._want(door, action)
        with contextlib.suppress(OSError, TimeoutError):
            is_confirmed = await self._confirm(bus, door)
        detail = {"lock": door.lock, "contact": door.contact, "is_confirmed": is_confirmed}
        self._say(door)
        if is_confirmed and door.lock != state:
            return Outcome("failed", f"{name} acknowledged, but its output says {door.lock}.", detail)
        because = f"{name} is {state}" + (", but stands open." if door.contact == "open" and state == "locked" else ".")
        return Outcome("done", because, detail)


Service = OsdpGateway
