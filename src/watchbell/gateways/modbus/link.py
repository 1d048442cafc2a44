"""One I/O module on the network: reads everything in as few requests as possible, writes coils and reads them back."""

import asyncio
import contextlib
import logging
from itertools import pairwise

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


class Refused(ModuleAway):
    """The module answers with an exception. code: Modbus Application Protocol V1.1b3 §7, 0 where it says none."""

    def __init__(self, code: int) -> None:
        super().__init__(f"it answers with exception {code or '?'}")
        self.code = code


#: What a module does not have or does not read in one go: other inputs may be read all the same.
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


class ModuleLink:
    """The connection to a module; every method may raise ModuleAway, after which the next call connects anew."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._client: AsyncModbusTcpClient | None = None
        self._one_at_a_time = asyncio.Lock()
        self._refusal: Refused | None = None
        self._plans = {
            "read_discrete_inputs": spans(self._addresses("contact"), MOST_BITS),
            "read_input_registers": spans(self._addresses("supervised"), MOST_REGISTERS),
        }
        self._coils = spans((coil for output in module.outputs for coil in output.coils), MOST_BITS)

    def _addresses(self, style: str) -> list[int]:
        return sorted({one.input for one in self.module.inputs if one.style == style})

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
            raise Refused(int(getattr(answer, "exception_code", 0) or 0))
        return answer

    async def read_inputs(self) -> dict[int, str]:
        """{place in module.inputs: reading}; without those the module refuses to read while it reads others."""
        closed = await self._read("read_discrete_inputs", self._addresses("contact"))
        values = await self._read("read_input_registers", self._addresses("supervised"))
        if self.module.inputs and not closed and not values:
            raise self._refusal or ModuleAway("its answers hold none of its inputs")
        found = {}
        for place, one in enumerate(self.module.inputs):
            if one.style == "contact" and one.input in closed:
                found[place] = read_contact(one, bool(closed[one.input]))
            elif one.style == "supervised" and one.input in values:
                found[place] = read_loop(one, values[one.input])
        return found

    async def _read(self, ask: str, wanted: list[int]) -> dict[int, int]:
        """{address: value}. Where a module has gaps, or reads fewer at once, its requests are cut until it answers."""
        found: dict[int, int] = {}
        todo, plan = list(self._plans[ask]), list[tuple[int, int]]()
        while todo:
            first, count = todo.pop(0)
            try:
                answer = await self._ask(ask, first, count=count)
            except Refused as refused:
                if refused.code not in (ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE):
                    raise
                self._refusal = refused
                here = [address for address in wanted if first <= address < first + count]
                if len(here) > 1 and refused.code != ILLEGAL_FUNCTION:
                    todo[:0] = _cut(here)
                    continue
            else:
                given = answer.registers if ask == "read_input_registers" else answer.bits
                found |= {first + offset: int(value) for offset, value in enumerate(given[:count])}
            plan.append((first, count))
        if found:  # a module that refuses everything, as while it starts, teaches nothing
            self._plans[ask] = plan
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


def _cut(addresses: list[int]) -> list[tuple[int, int]]:
    """Two requests for what one did not bring: cut at the widest gap, without one in the middle."""
    gaps = [after - before for before, after in pairwise(addresses)]
    at = gaps.index(max(gaps)) + 1 if max(gaps) > 1 else len(addresses) // 2
    return [(half[0], half[-1] - half[0] + 1) for half in (addresses[:at], addresses[at:])]
