"""The link to a broker keeps its manners when it is given up half way."""

import asyncio
from typing import Any

import aiomqtt
import pytest

from watchbell.gateways.mqtt_link import Client


@pytest.mark.parametrize("how", ["late", "leaving"])
async def test_a_connection_given_up_half_way_raises_nothing_into_the_loop(how: str) -> None:
    raised: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: raised.append(what))
    greeted = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        greeted.set()
        await asyncio.sleep(0.4)
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def connect() -> None:
        async with Client("127.0.0.1", port, timeout=0.2 if how == "late" else 5):
            pass

    connecting = asyncio.create_task(connect())
    await greeted.wait()
    if how == "leaving":
        connecting.cancel()
    with pytest.raises((aiomqtt.MqttError, asyncio.CancelledError)):
        await connecting
    await asyncio.sleep(0.5)
    server.close()
    assert raised == []
