"""One I/O module on the network: reads everything in as few requests as possible, writes coils and reads them back."""

import asyncio
import contextlib
import logging

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from watchbell.gateways.modbus.codec import (
    MOST_BITS,
    MOST_REGISTERS,
    Module,
    Output,
    read_contact,
    read_loop,
    spans,
)

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModuleAway(OSError):
    """The module does not answer, or answers with an exception."""


class ModuleLink:
    """The connection to a module; every method may raise ModuleAway, after which the next call connects anew."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._client: AsyncModbusTcpClient | None = None
        self._one_at_a_time = asyncio.Lock()
        self._contacts = spans((one.input for one in module.inputs if one.style == "contact"), MOST_BITS)
        self._loops = spans((one.input for one in module.inputs if one.style == "supervised"), MOST_REGISTERS)
        self._coils = spans((coil for output in module.outputs for coil in output.coils), MOST_BITS)

    def close(self) -> None:
        if self._client is not None:
            with contextlib.suppress(Exception):
                self._client.close()
            self._client = None

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            self.close()
            module = self.module
            client = AsyncModbusTcpClient(
                module.host, port=module.port, timeout=module.timeout_seconds, retries=0, reconnect_delay=0
            )
            if not await client.connect():
                client.close()
                raise ModuleAway(f"{module.host}:{module.port} takes no connection")
            self._client = client
        return self._client

    async def _ask(self, ask: str, *words: object, **more: object) -> ModbusPDU:
        """One request; an exception answer and silence both raise ModuleAway."""
        async with self._one_at_a_time:
            client = await self._connected()
            try:
                answer: ModbusPDU = await getattr(client, ask)(*words, device_id=self.module.unit, **more)
            except (ModbusException, OSError, TimeoutError) as error:
                self.close()
                raise ModuleAway(f"{self.module.name or self.module.module} does not answer") from error
        if answer.isError():
            raise ModuleAway(f"it answers with exception {getattr(answer, 'exception_code', '?')}")
        return answer

    async def read_inputs(self) -> dict[int, str]:
        """{place in module.inputs: reading}."""
        closed: dict[int, bool] = {}
        values: dict[int, int] = {}
        for first, count in self._contacts:
            answer = await self._ask("read_discrete_inputs", first, count=count)
            closed |= {first + offset: bool(bit) for offset, bit in enumerate(answer.bits[:count])}
        for first, count in self._loops:
            answer = await self._ask("read_input_registers", first, count=count)
            values |= {first + offset: int(value) for offset, value in enumerate(answer.registers[:count])}
        found = {}
        for place, one in enumerate(self.module.inputs):
            if one.style == "contact" and one.input in closed:
                found[place] = read_contact(one, closed[one.input])
            elif one.style == "supervised" and one.input in values:
                found[place] = read_loop(one, values[one.input])
        return found

    async def read_coils(self) -> dict[int, bool]:
        """The states of the coils that strobes hang on."""
        found: dict[int, bool] = {}
        for first, count in self._coils:
            answer = await self._ask("read_coils", first, count=count)
            found |= {first + offset: bool(bit) for offset, bit in enumerate(answer.bits[:count])}
        return found

    async def write_output(self, output: Output, states: tuple[bool, ...]) -> bool:
        """Writes a strobe's own coils (FC5 for one, FC15 for several in a row); True when they read back so."""
        if len(output.coils) == 1:
            await self._ask("write_coil", output.coils[0], states[0])
        else:
            await self._ask("write_coils", output.coils[0], list(states))
        now = await self.read_coils()
        return tuple(now.get(coil) for coil in output.coils) == states
