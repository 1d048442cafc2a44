"""From a button's TCP byte to (a) the last immediate order at its endpoint, (b) the incident on a live page.

Beside it, in the same run, the limit: a chain of as many bare NATS hops between processes as a press takes, and one
bare request-reply. OSDP's own polling is told apart.
"""

import asyncio
import contextlib
import itertools
import json
import statistics
import sys
import threading
import time
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
import nats

from bench.home import demo
from bench.load import count_waiting, fill_queue
from bench.where import share
from tests.flows.installation import Installation
from watchbell.line import clock
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import Receipt

PRESSES = 60
#: The messages that follow each other from a press to a receipt that is heard, each from one process to another through
#: the server: gateway to reflex, reflex to gateway, gateway to who follows. See "A press" in docs/architecture.md.
HOPS = ("press", "order", "receipt")


def spread(values: list[float]) -> dict[str, float]:
    """p50, p95, p99 and max in milliseconds."""
    ordered = sorted(values)
    if not ordered:
        return {}
    pick = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]  # noqa: E731
    found = {"p50": statistics.median(ordered), "p95": pick(0.95), "p99": pick(0.99), "max": ordered[-1]}
    return {name: round(value * 1000, 1) for name, value in found.items()}


async def _connect(home: Path) -> Any:
    url = (home / "run" / "nats.url").read_text()
    return await nats.connect(url, nkeys_seed=str(home / "keys" / "test.nk"))


class Watch:
    """Hears receipts with the test key, and when pages are told of incidents."""

    def __init__(self) -> None:
        self.receipts: dict[str, list[tuple[float, Receipt]]] = defaultdict(list)
        self.touches: list[float] = []
        self.seen: list[float] = []

    async def start(self, made: Installation) -> Any:
        self.nc = await _connect(made.home)
        await self.nc.subscribe("wb.*.*.receipt.>", cb=self._receipt)
        await self.nc.subscribe("wb.*.live.>", cb=self._touch)
        return self.nc

    async def _receipt(self, message: Any) -> None:
        found = decode(message.data, Receipt)
        # zones that test themselves meanwhile take their ten seconds, and are no part of a press
        if not isinstance(found, Malformed) and found.order.action != "test_zone":
            self.receipts[found.order.press].append((time.perf_counter(), found))

    async def _touch(self, message: Any) -> None:
        if message.data == b"incidents:all":
            self.touches.append(time.perf_counter())

    def look(self, made: Installation) -> None:
        """A live page: server-sent events over HTTP, as a browser hears them. Ends with the server."""
        url = f"http://127.0.0.1:{made.port}/api/v1/live?topics=incidents:all"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {made.token()}"})
        with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(request, timeout=600) as stream:
            for line in stream:
                if line.startswith(b"data:") and b"incidents:all" in line:
                    self.seen.append(time.perf_counter())


async def bare_chain(home: Path, count: int = 500) -> dict[str, float]:
    """As many messages as HOPS, each published by another process when the one before it is heard there: no codec, no
    signature, no stream, no work. From the first one's publishing until the last one is heard here, as `spread`."""
    relays = [
        await asyncio.create_subprocess_exec(sys.executable, __file__, "relay", home, hears, says)
        for hears, says in itertools.pairwise(HOPS)
    ]
    link, heard = await _connect(home), asyncio.Event()

    async def note(_message: Any) -> None:
        heard.set()

    await link.subscribe(f"bench.{HOPS[-1]}", cb=note)
    times: list[float] = []
    try:
        for _ in range(100):  # until the relays are there
            await link.publish(f"bench.{HOPS[0]}", b"x" * 800)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), 0.2)
                break
        for _ in range(count):
            await asyncio.sleep(0.002)  # what was still on its way is heard
            heard.clear()
            began = time.perf_counter()
            await link.publish(f"bench.{HOPS[0]}", b"x" * 800)
            await asyncio.wait_for(heard.wait(), 2)
            times.append(time.perf_counter() - began)
    finally:
        for relay in relays:
            relay.terminate()
            await relay.wait()
        await link.close()
    return spread(times)


async def relay(home: Path, hears: str, says: str) -> None:
    """One hop of the chain, in a process of its own, until it is ended."""
    link = await _connect(home)

    async def pass_on(message: Any) -> None:
        await link.publish(f"bench.{says}", message.data)

    await link.subscribe(f"bench.{hears}", cb=pass_on)
    await asyncio.Event().wait()


async def bare_limit(nc: Any, count: int = 500) -> dict[str, float]:
    """Two NATS hops, there and back, of one connection to the server: the least that asking costs."""

    async def answer(message: Any) -> None:
        await message.respond(b"ok")

    await nc.subscribe("bench.echo", cb=answer)
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await nc.request("bench.echo", b"x" * 800, timeout=2)
        times.append(time.perf_counter() - began)
    return spread(times)


async def where_it_goes(made: Installation) -> dict[str, Any]:
    """See bench.where."""
    watch = Watch()
    nc = await watch.start(made)
    found = await share(made, watch)
    await nc.close()
    return found


async def measure_under_load(made: Installation) -> dict[str, Any]:
    """The same while the queue is full and messages arrive."""
    await asyncio.to_thread(fill_queue, made.home)
    sending = await asyncio.create_subprocess_exec(sys.executable, Path(__file__).parent / "load.py", made.home)
    await asyncio.sleep(2)
    try:
        found = await measure(made, 30)
    finally:
        sending.terminate()
        await sending.wait()
    found["jobs still waiting at the end"] = await asyncio.to_thread(count_waiting)
    return found


async def measure(made: Installation, presses: int = PRESSES, zone: str = "001") -> dict[str, Any]:
    """zone: of each panel; the first raises a lockdown, the second a medical alert, which asks a few only."""
    watch = Watch()
    nc = await watch.start(made)
    threading.Thread(target=watch.look, args=(made,), daemon=True).start()
    await asyncio.sleep(1)
    result: dict[str, Any] = {
        f"bare NATS chain of {len(HOPS)} hops ({', '.join(HOPS)}) ms": await bare_chain(made.home),
        "bare NATS request-reply ms": await bare_limit(nc),
    }
    acks, last, beyond, protocol, doors, visible, orders = [], [], [], [], [], [], []
    by_gateway: dict[str, list[float]] = defaultdict(list)
    for number in range(presses):
        panel = made.panel(number % 18)
        await panel.test()  # the connection is up, as a panel keeps it
        watch.receipts.clear()
        watch.touches.clear()
        watch.seen.clear()
        began, began_at = time.perf_counter(), clock.unix()
        await panel.press(zone)
        acks.append(time.perf_counter() - began)
        await asyncio.sleep(1.2)
        for _ in range(100):  # a late one is measured, not left out
            if watch.seen:
                break
            await asyncio.sleep(0.1)
        panel.hang_up()
        for told in watch.receipts.values():
            first = {r.order.id: (at, r) for at, r in reversed(told) if r.state == "done"}
            ends = [at - began for at, r in first.values() if r.order.endpoint.gateway not in ("osdp", "webpush")]
            if ends:
                last.append(max(ends))
            orders.append(len(first))
            told_at = [r.at - began_at - r.protocol_seconds for _, r in first.values()]
            if told_at:
                beyond.append(max(told_at))
                protocol.append(max(r.protocol_seconds for _, r in first.values()))
            doors += [at - began for at, r in first.values() if r.order.endpoint.gateway == "osdp"]
            for at, r in first.values():
                by_gateway[r.order.endpoint.gateway].append(at - began)
        if watch.seen:
            visible.append(watch.seen[0] - began)
        await asyncio.to_thread(made.open_incident, 40)  # a page may have been told of the one before, as it closed
        await asyncio.to_thread(made.clear_all)
    result |= {
        "press to the panel's ACK ms": spread(acks),
        "(a) press to the last order at its endpoint, beyond the equipment's own protocol ms": spread(beyond),
        "the slowest equipment's own protocol (polling, its answer) ms": spread(protocol),
        "press to the last receipt heard, without OSDP ms": spread(last),
        "press to a door locked, OSDP polling included ms": spread(doors),
        "(b) press to the incident told to a live page ms": spread(visible),
        "presses": len(acks),
        "orders of a press, median": statistics.median(orders) if orders else 0,
    }
    result |= {f"press to receipt of {name} ms": spread(times) for name, times in sorted(by_gateway.items())}
    await nc.close()
    return result


def main() -> None:
    with demo() as made:
        urllib.request.urlopen(f"http://127.0.0.1:{made.port}/healthz", timeout=5).close()
        first = asyncio.run(measure(made, 1))  # a second after the start, while much still begins: told apart
        idle = asyncio.run(measure(made))
        few = asyncio.run(measure(made, 20, "002"))
        where = asyncio.run(where_it_goes(made))
        loaded = asyncio.run(measure_under_load(made))
        told = {f"first press after the start: {name}": value for name, value in first.items() if name.startswith("(")}
        told |= {f"medical alert: {name}": few[name] for name in few if name.startswith(("(", "orders"))}
        told |= {f"where the time goes: {name}": value for name, value in where.items()}
        print(json.dumps(told | idle | {f"under load: {name}": value for name, value in loaded.items()}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["relay"]:
        asyncio.run(relay(Path(sys.argv[2]), *sys.argv[3:5]))
    else:
        main()
