"""A gateway on a real bus with a played relay, each on sockets of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from watchbell.gateways.conftest import Installation
from watchbell.gateways.smtp.peer import Relay
from watchbell.gateways.smtp.service import Smtp
from watchbell.gateways.smtp.tests.builders import World, entry

Play = Callable[..., Awaitable[World]]


@pytest.fixture
async def play(installation: Installation) -> AsyncIterator[Play]:
    """`await play(secret=…, settings={…}, **options of the relay)`."""
    relays: list[Relay] = []

    async def begin(secret: str = "", settings: dict[str, Any] | None = None, stall: float = 5.0, **more: Any) -> World:
        heard: list[dict[str, Any]] = []
        gateway = Smtp()
        gateway.stall_seconds = stall
        world = World(Relay(0, heard.append, inbound=lambda: world.inbound, answers_after=0.0, **more), gateway, heard)
        await world.relay.start()
        relays.append(world.relay)
        listed = entry(world.relay.port, **(settings or {}))
        await installation.put_config("smtp", [listed], {"relay": secret} if secret else {})
        await installation.run(gateway)
        return world

    yield begin
    for one in relays:
        await one.stop()
