"""I/O modules: buttons polled, debounced and kept at once; strobes written, read back and held as they should be."""

import asyncio
import logging
from typing import Any

import msgspec

from watchbell.gateways.base import DAY_SECONDS, Gateway, Outcome
from watchbell.gateways.modbus.codec import Input, Module, Output, read_modules
from watchbell.gateways.modbus.inputs import Kept, Watched, judge_input
from watchbell.gateways.modbus.link import ModuleAway, ModuleLink, Refused
from watchbell.line import clock, ids
from watchbell.line.spool import Memory
from watchbell.wire.order import Order
from watchbell.wire.press import PanicPressed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

log = logging.getLogger(__name__)
#: A changed reading is read once more after this long before it counts.
CONFIRM_SECONDS = 0.025
#: Coils are compared with what they should be this often; every state is told again this often.
COILS_SECONDS, AGAIN_SECONDS = 1.0, 30.0
LOST_SECONDS, RETRY_SECONDS = 2.0, 0.5
UNREAD = "The module answers, but does not read this input: look at its number and style."


class Runner:
    """One module's loop."""

    def __init__(self, gateway: "ModbusGateway", module: Module) -> None:
        self.gateway, self.module, self.link = gateway, module, ModuleLink(module)
        self.watched = {place: gateway.recall(module, one) for place, one in enumerate(module.inputs)}
        self.is_up = False
        self._answered_at = clock.monotonic()
        self._said: dict[str, tuple[str, str, float]] = {}
        self._coils_at = 0.0
        self.task = gateway.run_task(self._run())

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.link.close()

    async def _run(self) -> None:
        pause = max(50, min(self.module.poll_ms, 1000)) / 1000
        while True:
            began = clock.monotonic()
            try:
                await self._poll()
                self._answered_at, self.is_up = clock.monotonic(), True
                wait = pause
            except ModuleAway as error:
                wait = RETRY_SECONDS
                if clock.monotonic() - self._answered_at > LOST_SECONDS:
                    self._lose(str(error))
            except Exception:  # a module that says something strange must be asked again
                log.exception("I/O module %s", self.module.module)
                wait = RETRY_SECONDS
            await asyncio.sleep(max(0.01, wait - (clock.monotonic() - began)))

    async def _poll(self) -> None:
        readings = await self.link.read_inputs()
        answered = set(readings)
        if any(readings[place] != self.watched[place].was for place in readings):
            await asyncio.sleep(CONFIRM_SECONDS)
            again = await self.link.read_inputs()
            readings = {place: reading for place, reading in readings.items() if again.get(place) == reading}
        for place, reading in readings.items():
            self._take(place, reading)
        for place in sorted(self.watched.keys() - answered):
            one = self.module.inputs[place]
            self._say(self.module.device_of(one), one.endpoint, "trouble", UNREAD)
        if self.module.outputs and clock.monotonic() - self._coils_at >= COILS_SECONDS:
            try:
                await self._hold_coils()
            except Refused as refused:  # a strobe the module does not have says nothing of its buttons
                for output in self.module.outputs:
                    because = f"The module refuses to read its coils: {refused}."
                    self._say(self.module.device_of(output), output.endpoint, "trouble", because)
            self._coils_at = clock.monotonic()
        self._say(self.module.device, self.module.endpoint, "online", "")

    def _take(self, place: int, reading: str) -> None:
        one = self.module.inputs[place]
        verdict = judge_input(one, self.watched[place], reading, clock.monotonic())
        before, self.watched[place] = self.watched[place], verdict.watched
        kept = verdict.watched.kept or Kept()
        device = self.module.device_of(one)
        if verdict.is_raised:
            press_id = ids.same_id("modbus", self.module.district, self.module.module, one.input, kept.number)
            kept = msgspec.structs.replace(kept, untaken=press_id)
            self.watched[place] = msgspec.structs.replace(verdict.watched, kept=kept)
        if kept != before.kept:
            self.gateway.keep(device, kept)
        if verdict.is_raised:
            self.gateway.run_task(self.gateway.raise_press(self, place, clock.unix()))
        state = "trouble" if verdict.trouble else "online"
        self._say(device, one.endpoint, state, verdict.trouble, is_tampered=verdict.is_tampered)

    async def _hold_coils(self) -> None:
        """What a module forgot (it restarted, somebody switched it by hand) is put right."""
        states = await self.link.read_coils()
        for output in self.module.outputs:
            wanted = self.gateway.wanted_of(output)
            trouble = ""
            if wanted is not None and tuple(states.get(coil) for coil in output.coils) != wanted:
                log.warning("%s is not as it should be; writing it again", output.name or output.endpoint)
                if not await self.link.write_output(output, wanted):
                    trouble = "It does not take the state it should have."
            self._say(self.module.device_of(output), output.endpoint, "trouble" if trouble else "online", trouble)

    def _lose(self, because: str) -> None:
        self.is_up = False
        self._say(self.module.device, self.module.endpoint, "silent", f"No answer: {because}.")
        name = self.module.name or self.module.module
        things: list[Input | Output] = [*self.module.inputs, *self.module.outputs]
        for one in things:
            self._say(self.module.device_of(one), one.endpoint, "trouble", f"{name} does not answer.")

    def _say(self, device: str, endpoint: str, state: str, because: str, *, is_tampered: bool = False) -> None:
        now = clock.monotonic()
        said = self._said.get(device, ("", "", -1e9))
        if said[:2] == (state, because) and now - said[2] < AGAIN_SECONDS:
            return
        self._said[device] = (state, because, now)
        status = DeviceStatus(
            district=self.module.district, site=self.module.site, gateway="modbus", device=device, endpoint=endpoint,
            state=state, at=clock.unix(), because=because, is_tampered=is_tampered,
        )  # fmt: skip
        self.gateway.run_task(self.gateway.say_status(status))


class ModbusGateway(Gateway):
    """Configuration entries are codec.Module. Orders: start_strobe and stop_strobe, of listed coils only: whatever else
    hangs on a module, a door's release above all, is never written."""

    name = "modbus"

    def __init__(self) -> None:
        super().__init__()
        self.runners: dict[str, Runner] = {}
        self._buttons = Memory(self.folder / "buttons", 3650 * DAY_SECONDS, clock.unix())
        self._wanted = Memory(self.folder / "wanted", 3650 * DAY_SECONDS, clock.unix())
        self._tasks: set[asyncio.Task[Any]] = set()
        self._problems: list[str] = []

    async def start(self) -> None:
        self.run_task(self._watch())

    async def stop(self) -> None:
        for runner in self.runners.values():
            await runner.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        modules, self._problems = read_modules(entries)
        for problem in self._problems:
            log.error("%s", problem)
        wanted = {module.device: module for module in modules}
        for device in list(self.runners):
            if self.runners[device].module != wanted.get(device):
                await self.runners.pop(device).stop()
        for device, module in wanted.items():
            if device not in self.runners:
                self.runners[device] = Runner(self, module)

    def run_task(self, work: Any) -> asyncio.Task[Any]:
        """Starts `work` so that it is neither forgotten nor left behind at the end."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            if self.state != "starting":
                self.state = "degraded" if self._problems else "ok"
                self.because = " ".join(self._problems)[:400]

    # -- buttons -------------------------------------------------------------------------------------------------------

    def recall(self, module: Module, one: Input) -> Watched:
        """What is known of a button from before; a press that was not kept yet is raised now."""
        found = self._buttons.get(module.device_of(one))
        if found is None:
            return Watched()
        try:
            kept = msgspec.json.decode(found[1], type=Kept)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Watched()
        return Watched(kept=msgspec.structs.replace(kept, number=kept.number - 1, is_pressed=False) if kept.untaken
                       else kept)  # fmt: skip

    def keep(self, device: str, kept: Kept) -> None:
        self._buttons.keep(device, clock.unix(), msgspec.json.encode(kept))

    async def raise_press(self, runner: Runner, place: int, at: float) -> None:
        """The press goes into spool and stream; after that it is not raised again by a restart."""
        module, one = runner.module, runner.module.inputs[place]
        kept = runner.watched[place].kept or Kept()
        press = PanicPressed(
            id=kept.untaken, district=module.district, site=module.site, kind=one.kind, mode=one.mode(at),
            device=module.device_of(one), gateway=self.name, received_at=at, place=one.place,
            place_name=one.place_name, detail={"number": kept.number, "module": module.name or module.module},
        )  # fmt: skip
        await self.send_safely(subject(press.district, press.site, "press", self.name, press.device), press, press.id)
        log.info("press %s: %s from %s", press.id, press.kind, press.device)
        watched = runner.watched[place]
        if watched.kept is not None and watched.kept.untaken == press.id:
            taken = msgspec.structs.replace(watched.kept, untaken="")
            runner.watched[place] = msgspec.structs.replace(watched, kept=taken)
            self.keep(press.device, taken)

    # -- strobes -------------------------------------------------------------------------------------------------------

    def wanted_of(self, output: Output) -> tuple[bool, ...] | None:
        """The state a strobe was brought into last; None while nothing was ever asked of it."""
        found = self._wanted.get(output.endpoint)
        states = tuple(byte == ord("1") for byte in found[1]) if found else None
        return states if states and len(states) == len(output.coils) else None

    async def carry_out(self, order: Order) -> Outcome:
        found = self._find(order.endpoint.id)
        if found is None or order.action not in ("start_strobe", "stop_strobe"):
            return Outcome("failed", f"Refused: {order.endpoint.name} is no strobe of an I/O module.")
        runner, output = found
        off = (False,) * len(output.coils)
        states = output.pattern_of(order.kind) if order.action == "start_strobe" else off
        began = clock.monotonic()
        if not await runner.link.write_output(output, states):
            return Outcome("failed", "The coil does not read back as it was written.")
        self._wanted.keep(output.endpoint, clock.unix(), bytes(ord("1" if state else "0") for state in states))
        seconds = clock.monotonic() - began
        words = "Flashing" if any(states) else "Off"
        return Outcome("done", f"{words}, read back from the module.", {"coils": list(output.coils)}, seconds)

    def _find(self, endpoint: str) -> tuple[Runner, Output] | None:
        for runner in self.runners.values():
            for output in runner.module.outputs:
                if output.endpoint == endpoint:
                    return runner, output
        return None


Service = ModbusGateway
