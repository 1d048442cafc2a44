"""Start, stop and signals of a process that runs on asyncio."""

import asyncio
import contextlib
import faulthandler
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import uvloop

log = logging.getLogger(__name__)
SETTLED_SECONDS = 10.0


def set_up_logging(name: str) -> None:
    """One line an entry on stderr: time, role, level, words. Secrets are never put into a log call."""
    faulthandler.enable()
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format=f"%(asctime)s {name} %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("nats", "aiohttp.access", "httpx", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def give_way(levels: int, pid: int = 0) -> None:
    """Lets the urgent path go first: process `pid` (0: this one) yields by `levels` of niceness (0 to 19).

    Linux weighs sessions against each other before it looks at niceness, so the session's own weight is set too
    where the kernel keeps one (sched(7), autogroup).
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, max(os.getpriority(os.PRIO_PROCESS, pid), levels))
    with contextlib.suppress(OSError), open(f"/proc/{pid or os.getpid()}/autogroup", "w") as group:
        group.write(str(levels))


def settle() -> None:
    """Takes what has been loaded out of the garbage collector's rounds: looking through all of Django again stops a
    process for a fifth of a second, and a press does not wait for that."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def run(name: str, main: Callable[[asyncio.Event], Awaitable[None]], leave_seconds: float = 5.0) -> None:
    """Runs `main(stop)` until it ends or SIGTERM/SIGINT sets `stop`; then it has `leave_seconds` to leave cleanly.

    A process that cannot leave even then ends all the same, and its stack is in the log.
    """
    set_up_logging(name)

    async def supervised() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.call_later(SETTLED_SECONDS, settle)  # by then what it holds for good is there, too
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        task = asyncio.ensure_future(main(stop))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        faulthandler.dump_traceback_later(leave_seconds + 1, exit=True)
        if not task.done():
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(task, leave_seconds)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for other in others:
            other.cancel()
        if others:
            _, stuck = await asyncio.wait(others, timeout=0.5)
            for other in stuck:
                log.warning("does not leave: %r", other)
                other.cancel()
        if task.done() and not task.cancelled() and (error := task.exception()):
            raise error

    uvloop.run(supervised())
    faulthandler.cancel_dump_traceback_later()
