"""Roles are born from one warm process that has imported everything: a start or a restart waits for no import."""

import asyncio
import contextlib
import ctypes
import importlib
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import sys
import traceback
from multiprocessing.process import BaseProcess
from typing import Any

from watchbell.line import clock

#: What every role needs, light ones first; Django only where its settings can be read already.
LIGHT = (
    "watchbell.gateways.base",
    "watchbell.simulator.run",
    "watchbell.reflex.run",
    "watchbell.recorder.run",
    "granian",
)
_PR_SET_PDEATHSIG = 1
_nursery = multiprocessing.get_context("forkserver")


class Born:
    """A role's process, as `asyncio.subprocess.Process` shows one: pid, returncode, wait, terminate, kill."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid or 0
        self._ended = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join(1)
        if not self._ended.done():
            self._ended.set_result(None)

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        if not self._ended.done():
            return None
        return 255 if self._process.exitcode is None else self._process.exitcode

    async def wait(self) -> int | None:
        """The return code, once it has ended."""
        await asyncio.shield(self._ended)
        return self.returncode

    def _signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Raises ProcessLookupError when it is gone."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)


def warm_up() -> None:
    """Starts the warm process in the background. Call it once the home has the secret key it will keep."""
    _nursery.set_forkserver_preload(["watchbell.project.warm"])
    multiprocessing.forkserver.ensure_running()


async def bear(arguments: list[str], environment: dict[str, str], shift: str = "") -> Born:
    """A new process that runs `watchbell <arguments>` with `environment` besides its own.

    shift: by how many seconds a test has moved the time, so that it never lives in another.
    """
    process = _nursery.Process(target=live, args=(arguments, environment, shift), name=" ".join(arguments))
    await asyncio.to_thread(process.start)
    return Born(process)


def lend(module: str, name: str, *arguments: Any) -> Any:
    """What function `name` of `module` gives back, called in a process born warm. Raises RuntimeError when it fails."""
    here, there = _nursery.Pipe(duplex=False)
    process = _nursery.Process(target=_do, args=(module, name, arguments, there), name=name)
    process.start()
    there.close()
    try:
        is_done, told = here.recv()
    except EOFError:
        is_done, told = False, f"{name} ended without a word"
    process.join()
    if not is_done:
        raise RuntimeError(told)
    return told


def _do(module: str, name: str, arguments: tuple[Any, ...], pipe: Any) -> None:
    _end_with_parent()
    try:
        told = True, getattr(importlib.import_module(module), name)(*arguments)
    except Exception as error:
        traceback.print_exc()
        told = False, f"{name}: {type(error).__name__}: {error}"
    pipe.send(told)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def live(arguments: list[str], environment: dict[str, str], shift: str = "") -> None:
    """A role's whole life, in the new process: a session of its own, and the end with whoever bore it."""
    os.setsid()
    _end_with_parent()
    if sys.platform == "linux":
        with contextlib.suppress(OSError), open("/proc/self/comm", "w") as name:
            name.write("wb-" + "-".join(arguments)[:12])
    multiprocessing.set_start_method("fork", force=True)  # for the web server's workers: everything is imported
    os.environ.update(environment)
    if shift:
        clock.shift(float(shift))
    sys.argv = ["watchbell", *arguments]
    sys.exit(importlib.import_module("watchbell.project.cli").main(arguments))
