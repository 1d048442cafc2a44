"""One OSDP bus behind a TCP bridge: libosdp as control panel, driven by its traffic instead of by a busy loop.

libosdp advances only inside refresh(); here it is called when bytes come, when a command waits, and to poll.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import osdp
import osdp_sys

from watchbell.gateways.osdp.codec import MARK, Deframer
from watchbell.line import clock

log = logging.getLogger(__name__)
#: How often each idle device is polled; a command goes out at once whatever this says.
POLL_SECONDS = 0.3
#: While a device is being brought up, its handshake goes on at this pace.
HASTE_SECONDS = 0.05
#: libosdp waits 0.2 s for a reply; looked at a little later.
REPLY_SECONDS = 0.22
#: A bus that says nothing at all for so long is dialled again.
DEAD_SECONDS = 5.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 6.0)
COMMAND_SECONDS = 2.5
#: libosdp itself gives a device up after nine tries a second apart; people are told sooner.
SILENT_SECONDS = 3.0
OUTPUT_OFF, OUTPUT_ON = 1, 2  # permanent, aborting any timed operation (§6.10)

# Its log lines go to stdout and may hold keys in debug builds; what matters is told by notifications.
osdp_sys.set_loglevel(osdp.LogLevel.Emergency)


#: libosdp 3.2 for Python crashes when one of its objects is freed, so a bus makes one for life and none is let go.
_KEPT: list[Any] = []
_PRESENCE = osdp.EventNotification.PeripheralDeviceStatus


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A peripheral device on the bus: its address (0 to 126) and secure channel base key, 16 bytes."""

    address: int
    key: bytes
    name: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """News of one device. what: "online" (values: 1 or 0), "inputs", "outputs" (one each), "local" (tamper, power)."""

    address: int
    what: str
    values: tuple[int, ...]


class _Wire(osdp.Channel):
    """libosdp's side of the TCP connection: never blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.writes = 0

    def read(self, max_bytes: int) -> bytes:
        piece = bytes(self.received[:max_bytes])
        del self.received[:max_bytes]
        return piece

    def write(self, buf: bytes) -> int:
        if self.transport is None or self.transport.is_closing():
            return -1
        self.transport.write(buf)
        self.writes += 1
        return len(buf)

    def flush(self) -> None:
        self.received.clear()


class OsdpBus(asyncio.Protocol):
    """Keeps one connection to `host`:`port` and its devices up, for ever; tells `heard` what they report.

    All methods belong to the event loop's thread: libosdp is only ever called from there.
    """

    def __init__(
        self, host: str, port: int, devices: list[Device], heard: Callable[[Heard], None],
        poll_seconds: float = POLL_SECONDS,
    ) -> None:  # fmt: skip
        self.host, self.port, self.devices = host, port, devices
        self.poll_seconds = poll_seconds
        self._heard = heard
        self._places = {device.address: place for place, device in enumerate(devices)}
        self._wire = _Wire()
        self._panel: Any = None
        self._is_linked = False
        self._online = [False] * len(devices)
        self._answered_at = [0.0] * len(devices)
        self._deframer = Deframer()
        self._failures = [0] * len(devices)
        self._waiting: list[deque[asyncio.Future[bool]]] = [deque() for _ in devices]
        self._timer: asyncio.TimerHandle | None = None
        self._budget = 0
        self._heard_at = 0.0
        self._lost = asyncio.Event()
        self._revivals: dict[int, asyncio.TimerHandle] = {}
        self._is_pumping = False

    def is_online(self, address: int) -> bool:
        """True while the device answers in its secure channel."""
        return self._online[self._places[address]]

    async def run(self) -> None:
        """Dials, serves and dials again until cancelled."""
        attempt = 0
        try:
            while True:
                began = clock.monotonic()
                with contextlib.suppress(OSError, TimeoutError):
                    async with asyncio.timeout(5):
                        await asyncio.get_running_loop().create_connection(lambda: self, self.host, self.port)
                    await self._lost.wait()
                self._drop()
                attempt = 0 if clock.monotonic() - began > 10 else min(attempt + 1, len(BACKOFF_SECONDS) - 1)
                await asyncio.sleep(BACKOFF_SECONDS[attempt])
        finally:
            self._drop()

    # -- connection --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._lost.clear()
        self._deframer = Deframer()
        self._wire.received.clear()
        self._wire.transport = transport  # type: ignore[assignment]
        self._is_linked = True
        self._heard_at = clock.monotonic()
        if self._panel is None:
            self._panel = self._make_panel()
            self._sweep()
        else:
            for place in range(len(self.devices)):
                self._revive(place)

    def _make_panel(self) -> Any:
        flags = [osdp.LibFlag.EnforceSecure, osdp.LibFlag.EnableNotification]
        infos = [
            osdp.PDInfo(device.address, self._wire, scbk=device.key, name=f"PD{device.address}", flags=flags).get()
            for device in self.devices
        ]
        panel = osdp_sys.ControlPanel(infos)
        panel.set_event_callback(self._take_event)
        panel.set_command_completion_callback(self._take_completion)
        _KEPT.append(panel)
        return panel

    def data_received(self, data: bytes) -> None:
        self._heard_at = clock.monotonic()
        for raw in self._deframer.feed(data):
            if isinstance(raw, bytes):
                place = self._places.get(raw[1 + (raw[0] == MARK)] & 0x7F)
                if place is not None:
                    self._answered_at[place] = self._heard_at
        self._wire.received += data
        self._pump()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()

    def _drop(self) -> None:
        for handle in (self._timer, *self._revivals.values()):
            if handle is not None:
                handle.cancel()
        self._timer = None
        self._revivals.clear()
        if self._wire.transport is not None:
            self._wire.transport.abort()
            self._wire.transport = None
        self._is_linked = False
        for place in range(len(self.devices)):
            self._go_offline(place)

    # -- driving libosdp ---------------------------------------------------------------------------------------

    def _sweep(self) -> None:
        """One round of polls over all devices."""
        if not self._is_linked:
            return
        if clock.monotonic() - self._heard_at > DEAD_SECONDS:
            log.info("bus %s:%s says nothing; dialling again", self.host, self.port)
            self._lost.set()
            return
        for place, is_online in enumerate(self._online):
            if is_online and clock.monotonic() - self._answered_at[place] > SILENT_SECONDS:
                self._panel.disable_pd(place)
                self._go_offline(place)
                self._revive_later(place)
        self._budget = max(self._budget, len(self.devices))
        self._pump()

    def _pump(self) -> None:
        """Advances libosdp until it waits for a reply or has nothing more to say in this round."""
        if not self._is_linked or self._is_pumping:
            return  # called back from inside refresh(): the round that is under way goes on anyway
        self._is_pumping = True
        idle = is_waiting = 0
        try:
            while idle < 2 and self._is_linked:
                before = self._wire.writes
                if self._budget <= 0 and not self._wire.received and not any(self._waiting):
                    break
                self._panel.refresh()
                if self._wire.writes != before:
                    self._budget -= 1
                    is_waiting = 1
                    break
                idle += 1
        finally:
            self._is_pumping = False
        if idle == 2:
            self._budget = 0
        pace = self.poll_seconds if all(self._online) else HASTE_SECONDS
        self._wake_after(REPLY_SECONDS if is_waiting or any(self._waiting) else pace)

    def _wake_after(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _revive(self, place: int) -> None:
        """libosdp leaves a lost device alone for five minutes; taken out and in again it is tried at once."""
        self._revivals.pop(place, None)
        if not self._is_linked or self._online[place]:
            return
        if self._panel.is_pd_enabled(place):
            self._panel.disable_pd(place)
        elif self._panel.enable_pd(place):
            self._sweep()
            return
        self._sweep()  # a request counts only once refresh() has come to this device
        self._revivals[place] = asyncio.get_running_loop().call_later(HASTE_SECONDS, self._revive, place)

    def _go_offline(self, place: int) -> None:
        while self._waiting[place]:
            future = self._waiting[place].popleft()
            if not future.done():
                future.set_result(False)
        if self._online[place]:
            self._online[place] = False
            self._heard(Heard(address=self.devices[place].address, what="online", values=(0,)))

    # -- what libosdp calls back -------------------------------------------------------------------------------

    def _take_event(self, place: int, event: dict[str, Any]) -> int:
        address = self.devices[place].address
        if event["event"] == osdp.Event.Status:
            kinds = {
                osdp.StatusReportType.Input: "inputs", osdp.StatusReportType.Output: "outputs",
                osdp.StatusReportType.Local: "local",
            }  # fmt: skip
            kind = kinds.get(event["type"])
            if kind:
                self._heard(Heard(address=address, what=kind, values=tuple(event["report"])))
        elif event["event"] == osdp.Event.Notification and event["type"] == _PRESENCE:
            self._take_presence(place, bool(event["arg0"]))
        return 0

    def _take_presence(self, place: int, is_online: bool) -> None:
        if is_online:
            self._failures[place] = 0
            self._answered_at[place] = clock.monotonic()
            self._online[place] = True
            self._heard(Heard(address=self.devices[place].address, what="online", values=(1,)))
            return
        self._go_offline(place)
        if self._is_linked and self._panel.is_pd_enabled(place):
            self._revive_later(place)

    def _revive_later(self, place: int) -> None:
        if place in self._revivals:
            return
        pause = BACKOFF_SECONDS[min(self._failures[place], len(BACKOFF_SECONDS) - 1)]
        self._failures[place] += 1
        self._revivals[place] = asyncio.get_running_loop().call_later(pause, self._revive, place)

    def _take_completion(self, place: int, command: dict[str, Any], status: int) -> None:
        if self._waiting[place]:
            future = self._waiting[place].popleft()
            if not future.done():
                future.set_result(status == osdp.CompletionStatus.Ok)

    def count_items(self, address: int, capability: int) -> int:
        """How many inputs or outputs (osdp.Capability) the device said it has; 0 while it is offline."""
        place = self._places[address]
        if not self._is_linked or not self._online[place]:
            return 0
        compliance, items = self._panel.check_capability(place, capability)
        return items if compliance else 0

    # -- commands ----------------------------------------------------------------------------------------------

    async def command(self, address: int, command: dict[str, Any]) -> bool:
        """Sends a libosdp command dict; True when the device acknowledged it, False when it refused or went away.

        Raises TimeoutError after COMMAND_SECONDS and OSError when the device is offline.
        """
        place = self._places[address]
        if not self._is_linked or not self._online[place]:
            raise OSError("it is offline")
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if not self._panel.submit_command(place, command):
            raise OSError("its queue is full")
        self._waiting[place].append(future)
        self._budget += 2 * len(self.devices)
        self._pump()
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                return await future
        except TimeoutError:
            if self._is_linked:
                self._panel.flush_commands(place)  # what waits must not be carried out much later
            raise

    async def set_output(self, address: int, output: int, is_on: bool) -> bool:
        """Switches an output for good; see `command`."""
        control = OUTPUT_ON if is_on else OUTPUT_OFF
        wanted = {"command": osdp.Command.Output, "output_no": output, "control_code": control, "timer_count": 0}
        return await self.command(address, wanted)

    async def ask_status(self, address: int, report: int) -> bool:
        """Asks for a status report (osdp.StatusReportType); it arrives as `Heard` before this returns True."""
        return await self.command(address, {"command": osdp.Command.Status, "type": report})
