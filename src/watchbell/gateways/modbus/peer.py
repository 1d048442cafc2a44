"""Plays an I/O module: buttons as contacts and supervised loops, strobes as coils, over real Modbus/TCP."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

log = logging.getLogger(__name__)
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
COUNT = 16
NORMAL, PRESSED, SHORT, CUT = 2000, 1000, 20, 4095


class IoModule:
    """Sixteen contacts (open at rest), sixteen loops (registers), sixteen coils; unit 1.

    heard: told {"to", "body", "raw"} when a coil changes. Faults: "silent" (no connection), "slow" (a second late),
    "refuses" (writes are answered with an exception), "garbles" (readings are answered with an exception).
    """

    def __init__(self, port: int, name: str = "", *, outputs: dict[int, tuple[str, str]] | None = None,
                 heard: Callable[[dict[str, Any]], None] | None = None) -> None:  # fmt: skip
        """outputs: {coil: (name, endpoint)} of what hangs on it."""
        self.port, self.name = port, name
        self.contacts = [False] * COUNT
        self.loops = [NORMAL] * COUNT
        self.coils = [False] * COUNT
        self.outputs, self._heard = outputs or {}, heard
        self.buttons: list[dict[str, Any]] = []
        self.is_slow = self.refuses = self.garbles = False
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        bits = [SimData(0, values=[False] * COUNT, datatype=DataType.BITS)]
        words = [SimData(0, values=[0] * COUNT, datatype=DataType.REGISTERS)]
        device = SimDevice(id=1, simdata=(bits, list(bits), words, list(words)), action=self._act)
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await self._server.serve_forever(background=True)
        if not self.port and self._server.transport is not None:
            self.port = int(self._server.transport.sockets[0].getsockname()[1])  # type: ignore[attr-defined]

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(Exception):
                await server.shutdown()  # type: ignore[no-untyped-call]

    # -- what people do to it ------------------------------------------------------------------------------------------

    def press(self, number: int, *, is_loop: bool = False) -> None:
        self._set(number, is_loop, True, PRESSED)

    def release(self, number: int, *, is_loop: bool = False) -> None:
        self._set(number, is_loop, False, NORMAL)

    def cut_wire(self, number: int) -> None:
        self.loops[number] = CUT

    def short_wire(self, number: int) -> None:
        self.loops[number] = SHORT

    def mend_wire(self, number: int) -> None:
        self.loops[number] = NORMAL

    def restart(self) -> None:
        """Power away and back: coils fall off."""
        for coil in range(COUNT):
            self._switch(coil, False)

    def _set(self, number: int, is_loop: bool, closed: bool, value: int) -> None:
        if is_loop:
            self.loops[number] = value
        else:
            self.contacts[number] = closed

    def fail(self, how: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if how == "silent":
            loop.create_task(self._be_away(seconds))
            return
        name = {"slow": "is_slow", "refuses": "refuses", "garbles": "garbles"}[how]
        setattr(self, name, True)
        loop.call_later(seconds, setattr, self, name, False)

    async def _be_away(self, seconds: float) -> None:
        await self.stop()
        await asyncio.sleep(seconds)
        await self.start()

    # -- what the protocol asks of it ----------------------------------------------------------------------------------

    async def _act(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: Any
    ) -> ExcCodes | None:
        if self.is_slow:
            await asyncio.sleep(1.0)
        if self.garbles or (self.refuses and function in (5, 15)):
            return ExcCodes.DEVICE_BUSY
        if function in (5, 15) and values is not None:
            first = start * 16 + address % 16 if address < COUNT else address
            for offset, value in enumerate(values):
                self._switch(first + offset, bool(value))
        source = {1: _packed(self.coils), 2: _packed(self.contacts), 4: self.loops}.get(function)
        if source is not None:
            for place in range(min(len(source), len(registers))):
                registers[place] = source[place]
        return None

    def _switch(self, coil: int, is_on: bool) -> None:
        if not 0 <= coil < COUNT or self.coils[coil] == is_on:
            return
        self.coils[coil] = is_on
        if self._heard is not None and coil in self.outputs:
            name, endpoint = self.outputs[coil]
            self._heard({"to": name, "body": "flashing" if is_on else "off", "raw": endpoint})


def _packed(bits: list[bool]) -> list[int]:
    return [sum(1 << place for place, bit in enumerate(bits[at : at + 16]) if bit) for at in range(0, len(bits), 16)]
