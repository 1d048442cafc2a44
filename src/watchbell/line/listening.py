"""How a server stops listening without forgetting whoever is just coming in."""

import asyncio

#: Turns of the loop from accepting a connection until its protocol, or its handler, has begun.
_TURNS = 5


async def stop_listening(server: asyncio.Server | None) -> None:
    """Takes nobody in any more; whoever was just let in is known to the handlers when this returns.

    `asyncio.Server.close` alone leaves a connection that was accepted in that very moment open: its handler begins
    after the caller has cut all the connections that it knew.
    """
    if server is None:
        return
    loop = asyncio.get_running_loop()
    for one in server.sockets:
        loop.remove_reader(one)
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    server.close()
