"""Messages that must not be lost: on the own disk and in the stream; what the stream lacks is given to it later."""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec
import nats.errors

from watchbell.line import config
from watchbell.line.bus import Bus
from watchbell.line.spool import Spool
from watchbell.wire.base import encode

KEEP_SECONDS = 1.0
AGAIN_SECONDS = 0.5


class Outbox:
    """A process's spool with the way out of it. `bus` is asked anew each time: it may come later, or be another."""

    def __init__(self, spool: Spool, bus: Callable[[], Bus]) -> None:
        self.spool = spool
        self._bus = bus
        self._forward = asyncio.Event()
        self._sending: set[str] = set()

    async def send(self, where: str, message: msgspec.Struct, key: str, *, wait: bool = True) -> bool:
        """Keeps `message` in the fsynced spool and gives it to JetStream; True when it is safe to say so.

        That is when both have it. At an edge whose hub is cut off the spool alone counts, once the local server has
        passed the message on: who acts at this site has heard it, and the hub gets it when the link is back.
        """
        payload = where.encode() + b"\n" + encode(message)
        self._sending.add(key)
        try:
            if not wait:
                await self.spool.append(key, payload)
                has_stream = False
            else:
                has_stream, _ = await asyncio.gather(  # the bus first: it needs no thread to begin
                    self._bus().keep(where, message, key, timeout=KEEP_SECONDS), self.spool.append(key, payload)
                )
            if has_stream:
                await self.spool.done(key)
                return True
        finally:
            self._sending.discard(key)  # only now may it be forwarded: what the stream has is not said again
        self._forward.set()
        return wait and config.is_edge() and await self._is_passed_on()

    async def _is_passed_on(self) -> bool:
        bus = self._bus()
        try:
            await bus.nc.flush(timeout=1)
        except (nats.errors.Error, TimeoutError, OSError):
            return False
        return bus.is_up

    async def forward(self) -> None:
        """Gives the stream what it lacks, for ever."""
        while True:
            bus = self._bus()
            for key, payload in self.spool.pending():
                if key in self._sending or not bus.is_up:
                    continue
                where, _, body = payload.partition(b"\n")
                try:
                    await bus.js.publish(where.decode(), body, timeout=1, headers={"Nats-Msg-Id": key})
                except Exception:  # whatever it is, the message stays in the spool and is tried again
                    break
                await self.spool.done(key)
            self._forward.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._forward.wait(), AGAIN_SECONDS)
            await asyncio.sleep(0.05)
