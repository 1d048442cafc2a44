"""A module that answers as real ones do: with gaps, few at a time, byte by byte, late, wrongly."""

import asyncio
import struct

import pytest

from watchbell.gateways.modbus.codec import NORMAL, PRESSED, Input, Module
from watchbell.gateways.modbus.link import ModuleAway, ModuleLink


class Raw:
    """A Modbus/TCP server written out. has: its addresses; most: how many it reads at once; pressed: those that are on.

    change: what becomes of each answer before it is sent (bytes, or a list sent one after another).
    """

    def __init__(self, has, most=2000, pressed=(), change=lambda raw: [raw]):
        self.has, self.most, self.pressed, self.change = set(has), most, set(pressed), change
        self.asked: list[tuple[int, int, int]] = []
        self.serving = 0

    async def start(self) -> int:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer) -> None:
        self.serving += 1
        try:
            await self._answer_all(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
            self.serving -= 1

    async def _answer_all(self, reader, writer) -> None:
        while True:
            number, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
            body = await reader.readexactly(length - 1)
            for piece in self.change(self._answer(number, unit, body)):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.002)

    async def stop(self) -> None:
        self.server.close()
        while self.serving:
            await asyncio.sleep(0.01)

    def _answer(self, number: int, unit: int, body: bytes) -> bytes:
        function, first, count = struct.unpack(">BHH", body)
        self.asked.append((function, first, count))
        if count > self.most:
            pdu = bytes((function | 0x80, 3))
        elif not set(range(first, first + count)) <= self.has:
            pdu = bytes((function | 0x80, 2))
        elif function == 2:
            bits = [address in self.pressed for address in range(first, first + count)]
            packed = bytes(
                sum(1 << place for place, bit in enumerate(bits[at : at + 8]) if bit) for at in range(0, count, 8)
            )
            pdu = bytes((function, len(packed))) + packed
        else:
            words = [1000 if address in self.pressed else 2000 for address in range(first, first + count)]
            pdu = bytes((function, 2 * count)) + struct.pack(f">{count}H", *words)
        return struct.pack(">HHHB", number, 0, len(pdu) + 1, unit) + pdu


def module(port: int, *addresses: int, style: str = "contact") -> Module:
    inputs = tuple(Input(endpoint=str(one), input=one, style=style) for one in addresses)
    return Module(
        module="m", endpoint="e", district="d", site="s", host="127.0.0.1", port=port, timeout_seconds=0.5,
        inputs=inputs,
    )  # fmt: skip


@pytest.fixture
async def linked():
    servers, links = [], []

    async def make(raw: Raw, *addresses: int, style: str = "contact") -> ModuleLink:
        servers.append(raw)
        links.append(ModuleLink(module(await raw.start(), *addresses, style=style)))
        return links[-1]

    yield make
    for link in links:
        link.close()
    for one in servers:
        await one.stop()


@pytest.mark.parametrize("style", ["contact", "supervised"])
async def test_gaps_and_a_button_that_is_not_there_cost_no_other(linked, style):
    raw = Raw({0, 1, 8, 9, 30}, pressed={1, 30})
    link = await linked(raw, 0, 1, 8, 9, 30, 99, style=style)
    for _ in range(2):
        found = await link.read_inputs()
        assert found == {0: NORMAL, 1: PRESSED, 2: NORMAL, 3: NORMAL, 4: PRESSED}
    asked = len(raw.asked)
    assert (await link.read_inputs())[1] == PRESSED
    assert len(raw.asked) - asked == 4, "what was learnt is kept"


async def test_a_module_that_reads_few_at_once_is_asked_for_few(linked):
    raw = Raw(range(64), most=8, pressed={40})
    link = await linked(raw, *range(64))
    found = await link.read_inputs()
    assert len(found) == 64 and [place for place, reading in found.items() if reading == PRESSED] == [40]


async def test_a_module_that_refuses_everything_is_away(linked):
    link = await linked(Raw(set()), 0, 1)
    with pytest.raises(ModuleAway, match="exception 2"):
        await link.read_inputs()


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: [bytes((byte,)) for byte in raw],  # byte by byte
        lambda raw: [raw[:7], raw[7:]],
        lambda raw: [b"\x7f\x7f" + raw[2:], raw],  # an answer to something else, then ours
    ],
)
async def test_answers_in_pieces_and_answers_to_others_are_no_readings_of_ours(linked, change):
    link = await linked(Raw(range(8), pressed={3}, change=change), *range(8))
    for _ in range(3):
        assert (await link.read_inputs())[3] == PRESSED


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: [b"\x7f\x7f" + raw[2:]],  # never ours
        lambda raw: [raw[:-1]],  # cut off
        lambda raw: [],
        lambda raw: [raw[:7] + b"\x82\x06"],  # busy
        lambda raw: [raw[:8] + b"\x00"],
    ],
)
async def test_no_answer_or_a_wrong_one_is_no_reading(linked, change):
    link = await linked(Raw(range(8), pressed={3}, change=change), *range(8))
    with pytest.raises(ModuleAway):
        await link.read_inputs()
    link.close()
