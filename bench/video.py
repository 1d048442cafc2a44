"""Live pictures: viewers on cameras through recorder and web role; their delay, and what each costs.

Delay: from the moment the (played) camera says a frame was taken until its bytes are with the viewer; the browser's own
decoding comes on top. Processor time: of the recorder and of the web role, per viewer, over some seconds of watching;
beside it a plain loop that sends the same bytes to as many sockets, and what asking all cameras for life costs.
"""

import asyncio
import json
import os
import resource
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.home import demo
from bench.press import spread
from tests.flows.installation import Installation
from watchbell.line import clock
from watchbell.recorder.rtp import NTP_BEGINS
from watchbell.recorder.scene import FPS

ROUNDS = ((1, 1), (9, 9), (36, 6), (100, 10))  # viewers, cameras
SECONDS, SETTLE_SECONDS, QUIET_SECONDS = 15.0, 5.0, 60.0
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """User and system time of a process and of those it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS + sum(processor_seconds(int(one)) for one in children)


class Viewer:
    """Takes a stream as a browser does."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.sizes: list[int] = []
        self.first_seconds: float | None = None

    async def watch(self, http: aiohttp.ClientSession, url: str) -> None:
        began = time.monotonic()
        async with http.ws_connect(url, max_msg_size=0) as line:
            async for message in line:
                if message.type != aiohttp.WSMsgType.BINARY:
                    continue
                raw = message.data
                await line.send_str(json.dumps({"got": 1}))
                if raw[4:8] == b"prft":
                    self.first_seconds = self.first_seconds or time.monotonic() - began
                    (ntp,) = struct.unpack_from(">Q", raw, 16)
                    self.delays.append(clock.unix() - (ntp / 2**32 - NTP_BEGINS))
                    self.sizes.append(len(raw))


async def watch(made: Installation, cameras: list[str], count: int) -> dict[str, Any]:
    viewers = [Viewer() for _ in range(count)]
    tickets = [made.call("POST", f"/cameras/{cameras[n % len(cameras)]}/look") for n in range(count)]
    async with aiohttp.ClientSession() as http:
        urls = [f"http://127.0.0.1:{made.port}{one['url']}?ticket={one['ticket']}" for one in tickets]
        tasks = [asyncio.create_task(viewer.watch(http, url)) for viewer, url in zip(viewers, urls, strict=True)]
        await asyncio.sleep(SETTLE_SECONDS)
        for viewer in viewers:
            viewer.delays.clear()
        pids = {name: made.pid_of(name) for name in ("recorder", "web", "simulator")}
        before = {name: processor_seconds(pid) for name, pid in pids.items()}
        await asyncio.sleep(SECONDS)
        cost = {name: processor_seconds(pid) - before[name] for name, pid in pids.items()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    delays = [one for viewer in viewers for one in viewer.delays]
    firsts = [viewer.first_seconds for viewer in viewers if viewer.first_seconds is not None]
    frames = sum(len(viewer.delays) for viewer in viewers)
    size = statistics.mean(one for viewer in viewers for one in viewer.sizes)
    floor = await asyncio.to_thread(bare_floor, count, round(size))
    return {
        "delay ms": spread(delays), "first picture ms": spread(firsts),
        "frames of those due": f"{frames / (count * FPS * SECONDS):.1%}",
        "recorder % of a core a viewer": round(100 * cost["recorder"] / SECONDS / count, 3),
        "web % of a core a viewer": round(100 * cost["web"] / SECONDS / count, 3),
        "bare loop % of a core a viewer": round(100 * floor / SECONDS / count, 3),
        "played cameras % of a core": round(100 * cost["simulator"] / SECONDS, 2), "bytes a frame": round(size),
    }  # fmt: skip


def bare_floor(count: int, size: int) -> float:
    """Seconds of processor time of a plain loop that sends as many bytes as often to as many sockets on loopback."""
    command = [sys.executable, __file__, "--floor", str(count), str(size)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run_floor(count: int, size: int) -> None:
    """In a process of its own; who reads is another one, whose time is not counted."""
    server = socket.create_server(("127.0.0.1", 0))
    if os.fork() == 0:
        links = [socket.create_connection(server.getsockname()) for _ in range(count)]
        while any(link.recv(65536) for link in links):
            pass
        os._exit(0)
    ends = [server.accept()[0] for _ in range(count)]
    body, began = bytes(size), time.monotonic()
    for number in range(round(SECONDS * FPS)):
        time.sleep(max(0.0, began + number / FPS - time.monotonic()))
        for end in ends:
            end.sendall(body)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime)
    for end in ends:
        end.close()


async def asking(made: Installation) -> dict[str, Any]:
    """What it costs that every camera is asked for life twice a minute."""
    pids = {name: made.pid_of(name) for name in ("recorder", "simulator")}
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    await asyncio.sleep(QUIET_SECONDS)
    cost = {name: processor_seconds(pid) - before[name] for name, pid in pids.items()}
    return {f"{name} % of a core": round(100 * spent / QUIET_SECONDS, 2) for name, spent in cost.items()}


def measure(made: Installation) -> dict[str, Any]:
    found = made.call("GET", "/cameras?state=online&limit=20")["items"]
    cameras = [one["id"] for one in found]
    rounds: dict[str, Awaitable[dict[str, Any]]] = {
        f"{viewers} viewers on {count} cameras": watch(made, cameras[:count], viewers) for viewers, count in ROUNDS
    }
    told: dict[str, Any] = {"cameras asked for life, nobody watches": asyncio.run(asking(made))}  # type: ignore[arg-type]
    for name, work in rounds.items():
        told[name] = asyncio.run(work)  # type: ignore[arg-type]
    return {**told, "cameras": made.call("GET", "/cameras?limit=1")["count"]}


def main() -> None:
    if sys.argv[1:2] == ["--floor"]:
        run_floor(int(sys.argv[2]), int(sys.argv[3]))
        return
    with demo() as made:
        made.token()
        time.sleep(45)  # until every camera has been asked once
        print(json.dumps(measure(made)))


if __name__ == "__main__":
    main()
