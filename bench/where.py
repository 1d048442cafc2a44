"""Where a press's time goes: how long each process has a core, or waits for one, until the last order is done."""

import asyncio
import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.flows.installation import Installation
from watchbell.wire.order import Receipt

MEASURED = 12
#: Of an installation's processes these have a name of their own; the rest of a name says which role it is.
OURS = ("wb-", "nats-server")


class Clocks:
    """The scheduler's own counters (schedstat: nanoseconds on a core, nanoseconds ready without one) by process."""

    def __init__(self, root: int) -> None:
        self._files: dict[str, list[int]] = defaultdict(list)
        for process in _below(root):
            name = (process / "comm").read_text().strip()
            if name.startswith(OURS):
                stats = (process / "task").glob("*/schedstat")
                self._files[name] += [os.open(path, os.O_RDONLY) for path in stats]

    def read(self) -> dict[str, tuple[float, float]]:
        """{process: (ms on a core, ms of waiting for one)} since its start."""
        found = {}
        for name, files in self._files.items():
            ran = waited = 0
            for file in files:
                with contextlib.suppress(OSError):  # the thread has ended
                    on, ready, _ = os.pread(file, 100, 0).split()
                    ran, waited = ran + int(on), waited + int(ready)
            found[name] = (ran / 1e6, waited / 1e6)
        return found

    def close(self) -> None:
        for files in self._files.values():
            for file in files:
                os.close(file)


def _below(root: int) -> Iterator[Path]:
    """A process and all that came of it."""
    yield Path(f"/proc/{root}")
    for task in Path(f"/proc/{root}/task").iterdir():
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text().split():
                yield from _below(int(child))


async def share(made: Installation, watch: Any, zone: str = "001") -> dict[str, Any]:
    """Means over some presses. watch: bench.press.Watch, which hears receipts."""
    assert made.process is not None
    clocks = Clocks(made.process.pid)
    ran: dict[str, float] = defaultdict(float)
    waited: dict[str, float] = defaultdict(float)
    took = 0.0
    for number in range(MEASURED):
        panel = made.panel(number % 18)
        await panel.test()
        await asyncio.sleep(0.5)  # what the one before has left to do is done
        watch.receipts.clear()
        before, began = clocks.read(), time.perf_counter()
        pressing = asyncio.ensure_future(panel.press(zone))
        last = 0
        while (count := _done(watch.receipts)) == 0 or count != last or time.perf_counter() - began < 0.01:
            last = count
            await asyncio.sleep(0.005)  # nothing more for so long: the orders have been carried out
        after = clocks.read()
        took += (time.perf_counter() - began) * 1000
        await pressing
        panel.hang_up()
        for name, (on, ready) in after.items():
            ran[name] += on - before[name][0]
            waited[name] += ready - before[name][1]
        await asyncio.to_thread(made.open_incident, 40)
        await asyncio.to_thread(made.clear_all)
    clocks.close()
    busiest = sorted(ran, key=lambda name: -ran[name])
    return {
        "span, until no receipt has come for 5 ms, mean ms": round(took / MEASURED, 1),
        "cores": os.cpu_count(),
        "on a core, all processes together, mean ms": round(sum(ran.values()) / MEASURED, 1),
        "on a core / ready without one, mean ms": {
            name: [round(ran[name] / MEASURED, 1), round(waited[name] / MEASURED, 1)]
            for name in busiest
            if ran[name] / MEASURED >= 0.1
        },
    }


def _done(receipts: dict[str, list[tuple[float, Receipt]]]) -> int:
    return sum(receipt.state == "done" for told in receipts.values() for _, receipt in told)
