"""Plays the doors of one controller: real libosdp devices behind a TCP bridge, with outputs, contacts and faults."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import osdp
import osdp_sys

from watchbell.gateways.osdp.codec import Deframer, read_packet
from watchbell.line import clock
from watchbell.line.listening import stop_listening
from watchbell.wire.base import Malformed

osdp_sys.set_loglevel(osdp.LogLevel.Emergency)
BROADCAST = 0x7F
#: Kept for ever, because libosdp 3.2 for Python miscounts references to its objects and to answers given to it.
_KEPT: list[Any] = []
_REPORTS: dict[bytes, dict[str, Any]] = {}
SLOW_SECONDS = 0.12


class Door:
    """One peripheral device: lock outputs, contact inputs, tamper and power.

    `heard` gets {"at", "to", "body", "raw"} whenever an output is switched.
    """

    def __init__(
        self, address: int, key: bytes, name: str = "", *, endpoint: str = "", outputs: int = 2, inputs: int = 2,
        heard: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:  # fmt: skip
        self.address, self.key, self.name, self.endpoint = address, key, name or f"PD{address}", endpoint
        self.outputs = [False] * outputs
        self.inputs = [False] * inputs
        self.is_tampered = self.has_power_failure = False
        self.fault = ""
        self.switched: list[tuple[float, int, bool]] = []
        self._heard = heard
        self._wire = _DoorWire(self)
        self._device: Any = None

    def set_contact(self, is_open: bool, number: int = 0) -> None:
        """The door opens or closes; told at the next poll."""
        self.inputs[number] = is_open
        self._tell(osdp.StatusReportType.Input, self.inputs)

    def set_tamper(self, is_tampered: bool) -> None:
        """The housing is opened or closed."""
        self.is_tampered = is_tampered
        self._tell(osdp.StatusReportType.Local, [self.is_tampered, self.has_power_failure])

    def set_power_failure(self, has_failed: bool) -> None:
        """Mains power goes or returns."""
        self.has_power_failure = has_failed
        self._tell(osdp.StatusReportType.Local, [self.is_tampered, self.has_power_failure])

    def fail(self, how: str, seconds: float) -> None:
        """Breaks this door for a while: "silent", "slow", "refuses" (NAKs outputs) or "garbles" (bad CRC)."""
        self.fault = how
        asyncio.get_running_loop().call_later(seconds, setattr, self, "fault", "")

    def connect(self, transport: asyncio.Transport) -> None:
        """A control panel has dialled in; outputs stay as they are."""
        self._wire.transport = transport
        self._wire.received.clear()
        if self._device is None:
            self._device = self._make_device()

    def _make_device(self) -> Any:
        info = osdp.PDInfo(self.address, self._wire, scbk=self.key, flags=[osdp.LibFlag.EnforceSecure])
        capabilities = osdp.PDCapabilities([
            (osdp.Capability.ContactStatusMonitoring, 1, len(self.inputs)),
            (osdp.Capability.OutputControl, 1, len(self.outputs)),
            (osdp.Capability.LEDControl, 1, 1),
            (osdp.Capability.CommunicationSecurity, 1, 1),
        ])  # fmt: skip
        device = osdp_sys.PeripheralDevice(info.get(), capabilities=capabilities.get())
        device.set_command_callback(self._obey)
        _KEPT.append(device)
        return device

    def disconnect(self) -> None:
        """The control panel is gone."""
        self._wire.transport = None

    def take_packet(self, raw: bytes) -> None:
        """A packet for this device has come."""
        if self._device is None or self.fault == "silent":
            return
        self._wire.received += raw
        for _ in range(4):
            self._device.refresh()
            if not self._wire.received:
                break

    def _tell(self, kind: int, values: list[bool]) -> None:
        if self._device is not None:
            report = bytes(int(value) for value in values)
            self._device.submit_event({"event": osdp.Event.Status, "type": kind, "report": report})

    def _obey(self, command: dict[str, Any]) -> tuple[Any, ...]:
        if command["command"] == osdp.Command.Status:
            values = {
                osdp.StatusReportType.Input: self.inputs, osdp.StatusReportType.Output: self.outputs,
                osdp.StatusReportType.Local: [self.is_tampered, self.has_power_failure],
            }.get(command["type"])  # fmt: skip
            return _answer(-1) if values is None else _answer(0, _write_report(values))
        if command["command"] != osdp.Command.Output:
            return _answer(0)
        if self.fault == "refuses":
            return _answer(-1)
        number, is_on = command["output_no"], command["control_code"] in (2, 4, 5)
        self.outputs[number] = is_on
        self.switched.append((clock.unix(), number, is_on))
        if self._heard is not None:
            body = f"output {number} {'on' if is_on else 'off'}"
            self._heard({"at": clock.unix(), "to": self.name, "body": body, "raw": self.endpoint})
        return _answer(0)


def _answer(code: int, reply: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """A fresh tuple each time: the binding never releases it and takes one reference of `reply` instead."""
    return tuple([code, reply])


def _write_report(values: list[bool]) -> dict[str, Any]:
    """A status report as libosdp's C side reads it.

    The Python binding of 3.2 drops "report" from an answered status command. Commands are a C union, so a keyset whose
    data lies over `nr_entries` (bytes 4 to 7) and `report` (from 8) of the status gives the device what it needs.
    """
    report = bytes(int(value) for value in values)
    if report not in _REPORTS:
        data = bytes(2) + len(report).to_bytes(4, "little") + report
        _REPORTS[report] = {"command": osdp.Command.Keyset, "type": 1, "data": data}
    return _REPORTS[report]


class _DoorWire(osdp.Channel):
    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()

    def read(self, max_bytes: int) -> bytes:
        piece = bytes(self.received[:max_bytes])
        del self.received[:max_bytes]
        return piece

    def write(self, buf: bytes) -> int:
        if self.transport is None or self.transport.is_closing():
            return len(buf)
        sent = bytes(buf)
        if self._door.fault == "garbles":
            sent = sent[:-1] + bytes([sent[-1] ^ 0x55])
        if self._door.fault == "slow":
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self.transport.write, sent)
        else:
            self.transport.write(sent)
        return len(buf)

    def flush(self) -> None:
        self.received.clear()


class Controller:
    """A TCP bridge with up to 126 doors on one bus; takes one control panel at a time, the latest."""

    def __init__(self, doors: list[Door], host: str = "127.0.0.1", port: int = 0) -> None:
        self.doors = {door.address: door for door in doors}
        self.host, self.port = host, port
        self._server: asyncio.Server | None = None
        self._panel: _Panel | None = None

    async def start(self) -> None:
        """Listens; `port` tells where."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Panel(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hangs up and stops listening."""
        await stop_listening(self._server)
        self.hang_up()

    def fail(self, how: str, seconds: float) -> None:
        """Breaks all doors of this controller for a while."""
        for door in self.doors.values():
            door.fail(how, seconds)

    def hang_up(self) -> None:
        """Cuts the connection; the control panel dials again."""
        if self._panel is not None:
            self._panel.close()

    def take_panel(self, panel: "_Panel", transport: asyncio.Transport) -> None:
        """A control panel has connected; an older one is put off."""
        self.hang_up()
        self._panel = panel
        for door in self.doors.values():
            door.connect(transport)

    def lose_panel(self, panel: "_Panel") -> None:
        """The connection is gone."""
        if self._panel is panel:
            self._panel = None
            for door in self.doors.values():
                door.disconnect()


class _Panel(asyncio.Protocol):
    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._deframer = Deframer()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        found: Any = transport  # uvloop's transports are no asyncio.Transport by class
        self._transport = found
        self._controller.take_panel(self, found)

    def data_received(self, data: bytes) -> None:
        for raw in self._deframer.feed(data):
            packet = read_packet(raw) if isinstance(raw, bytes) else raw
            if isinstance(raw, Malformed) or isinstance(packet, Malformed) or packet.is_reply:
                continue
            for door in list(self._controller.doors.values()):
                if packet.address in (door.address, BROADCAST):
                    with contextlib.suppress(OSError):
                        door.take_packet(raw)

    def connection_lost(self, exc: Exception | None) -> None:
        self._controller.lose_panel(self)

    def close(self) -> None:
        self._transport.abort()
