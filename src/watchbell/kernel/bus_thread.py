"""One asyncio thread a process, with its own bus connection, for Django's synchronous code."""

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from watchbell.line.bus import Bus

log = logging.getLogger(__name__)
T = TypeVar("T")


class BusThread:
    """Runs coroutines on its own loop. Connects at first use; work waits for the connection, callers need not."""

    def __init__(self) -> None:
        self._name = "web"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bus: asyncio.Future[Bus] | None = None
        self._lock = threading.Lock()

    def name_process(self, name: str) -> None:
        """Whose key is used: the role of this process. Call before first use."""
        self._name = name

    def _start(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, name="bus", daemon=True).start()
                self._loop = loop
            return self._loop

    async def bus(self) -> Bus:
        """The connection, on the thread's own loop."""
        if self._bus is None:
            self._bus = asyncio.ensure_future(Bus.connect(self._name, wait_seconds=1e9))
        return await asyncio.shield(self._bus)

    def start_soon(self, work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
        """Runs `work` on the thread; returns at once."""
        return asyncio.run_coroutine_threadsafe(work, self._start())

    def say(self, subject: str, payload: bytes) -> None:
        """A hint on core NATS; never waits, may be lost."""

        async def send() -> None:
            bus = await self.bus()
            await bus.say(subject, payload)

        with contextlib.suppress(RuntimeError):
            self.start_soon(send())

    def keep(self, subject: str, message: msgspec.Struct, message_id: str, timeout: float = 5.0) -> bool:
        """Publishes durably; True once the stream has it, False when not within `timeout` seconds."""

        async def send() -> bool:
            bus = await self.bus()
            return await bus.keep(subject, message, message_id, timeout)

        try:
            return self.start_soon(send()).result(timeout)
        except (concurrent.futures.TimeoutError, RuntimeError):
            return False


bus_thread = BusThread()
