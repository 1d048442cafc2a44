"""Each process says every second that it lives; the supervisor and `/healthz` listen."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

from watchbell.line import clock
from watchbell.line.bus import Bus
from watchbell.wire.base import encode
from watchbell.wire.status import Heartbeat
from watchbell.wire.subjects import heartbeat_subject

EVERY_SECONDS = 1.0
#: Who has not begun its work says so more often: others wait for it.
STARTING_SECONDS = 0.1


async def beat(bus: Bus, role: str, instance: str, state: Callable[[], dict[str, Any]]) -> None:
    """Beats for ever. `state` gives Heartbeat fields that change: state, because, address, detail."""
    while True:
        message = Heartbeat(role=role, instance=instance, pid=os.getpid(), at=clock.unix(), **state())
        await bus.say(heartbeat_subject(role, instance), encode(message))
        is_soon = message.state == "starting" and not message.because
        await asyncio.sleep(STARTING_SECONDS if is_soon else EVERY_SECONDS)
