"""What all played ends have in common."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from watchbell.gateways.osdp.peer import Controller
from watchbell.gateways.sms.peer_smsc import Smsc
from watchbell.gateways.smtp.peer import Relay

MAKERS: dict[str, Callable[[], Any]] = {
    "smsc": lambda: Smsc(0, lambda _: None), "osdp": lambda: Controller([]), "smtp": lambda: Relay(0, lambda _: None),
}  # fmt: skip


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("turns", range(6))
def test_whoever_is_let_in_while_it_stops_is_cut_as_well(turns: int, name: str, new_loop: Any) -> None:
    async def play() -> None:
        peer, loop = MAKERS[name](), asyncio.get_running_loop()
        await peer.start()
        with socket.create_connection(("127.0.0.1", peer.port)) as caller:
            caller.setblocking(False)
            for _ in range(turns):  # of the loop: at one of them it is accepted, and nobody has been told yet
                await asyncio.sleep(0)
            await peer.stop()
            async with asyncio.timeout(5):
                try:
                    while await loop.sock_recv(caller, 100):
                        pass
                except ConnectionError:
                    pass

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(play())
