"""How many calls of one message a core bears through a SIP trunk, against bare RTP sending and receiving.

`python bench/notices_calls.py [CALLS …]`: for each count, calls with their own sockets hear and say a packet every
20 ms; the other end is a process of its own that only swallows and sends. CPU is what the measured process used; the
share of ticks that came more than 10 ms late says where a core is full. "Calls a core": packets said and heard in a
CPU second, 100 a call. Neither side has a message bus or signalling.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import resource
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

SECONDS = 10.0
COUNTS = (200, 500, 1000)
PORTS = 8
LATE_SECONDS = 0.01


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def far_end(pipe: Connection) -> None:
    """Swallows what comes; says a packet to every known port every 20 ms."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(PORTS)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    pipe.send([one.getsockname()[1] for one in sockets])
    ports: list[int] = pipe.recv()
    packet = bytes([0x80, 0, 0, 1]) + bytes(8) + bytes([0xFF]) * 160
    due = time.monotonic()
    swallowed = 0
    while not pipe.poll():
        for port in ports:
            with contextlib.suppress(BlockingIOError):
                sockets[0].sendto(packet, ("127.0.0.1", port))
        for one in sockets:
            with contextlib.suppress(BlockingIOError):
                while True:
                    one.recv(500)
                    swallowed += 1
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
    pipe.send(swallowed)


async def bare(count: int, far: list[int], pipe: Connection) -> dict[str, Any]:
    """The floor: one sendto and one recv a call and tick, nothing else."""
    loop = asyncio.get_running_loop()
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    heard = [0]

    def take(one: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            one.recv(2048)
            heard[0] += 1

    for one in sockets:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        loop.add_reader(one.fileno(), take, one)
    pipe.send([one.getsockname()[1] for one in sockets])
    packet, used, late, ticks, sent = bytes(172), cpu(), 0, 0, 0
    began = due = loop.time()
    while due - began < SECONDS:
        for at, one in enumerate(sockets):
            with contextlib.suppress(BlockingIOError):
                one.sendto(packet, ("127.0.0.1", far[at % PORTS]))
                sent += 1
        ticks, due = ticks + 1, due + 0.02
        late += loop.time() - due > LATE_SECONDS
        await asyncio.sleep(max(0.0, due - loop.time()))
    found = report(count, cpu() - used, loop.time() - began, sent, heard[0], late / ticks)
    for one in sockets:
        loop.remove_reader(one.fileno())
        one.close()
    return found


async def calls(count: int, far: list[int], pipe: Connection, *, is_listening: bool) -> dict[str, Any]:
    """The gateway's own streams, tick and ear. is_listening: every call still finds out who has answered."""
    from watchbell.gateways.rtppaging.words import shipped_prompt
    from watchbell.gateways.sip.media import Pump
    from watchbell.gateways.siptrunk.ear import Ear
    from watchbell.gateways.siptrunk.media import Voice, make_frames

    message = make_frames(shipped_prompt("lockdown", "en") * 10)
    pump, voices, loop = Pump(), [Voice() for _ in range(count)], asyncio.get_running_loop()
    for at, one in enumerate(voices):
        await one.open("127.0.0.1")
        one.remote = ("127.0.0.1", far[at % PORTS])
        one.ear = Ear(lambda verdict: None) if is_listening else None
        one.play(message)
        pump.add(one)
    pipe.send([one.port for one in voices])
    late = ticks = 0
    pump.start()
    used, began = cpu(), loop.time()
    while loop.time() - began < SECONDS:
        due = loop.time() + 0.02
        await asyncio.sleep(0.02)
        ticks, late = ticks + 1, late + (loop.time() - due > LATE_SECONDS)
    sent, heard = sum(one.sent for one in voices), sum(one.heard for one in voices)
    found = report(count, cpu() - used, loop.time() - began, sent, heard, late / ticks)
    await pump.stop()
    for one in voices:
        one.close()
    return found


def report(count: int, used: float, wall: float, sent: int, heard: int, late: float) -> dict[str, Any]:
    return {
        "cores": round(used / wall, 3), "calls a core": round((sent + heard) / 100 / used),
        "sent of wanted": round(sent / (count * wall * 50), 3),
        "heard of wanted": round(heard / (count * wall * 50), 3), "late ticks": round(late, 3),
    }  # fmt: skip


def measure(count: int) -> dict[str, Any]:
    found = {}
    for name in ("bare", "playing", "listening"):
        here, there = multiprocessing.get_context("spawn").Pipe()
        other = multiprocessing.get_context("spawn").Process(target=far_end, args=(there,))
        other.start()
        far = here.recv()
        work = bare(count, far, here) if name == "bare" else calls(count, far, here, is_listening=name == "listening")
        found[name] = uvloop.run(work)
        here.send("stop")
        here.recv()
        other.join()
    each = {name: one["calls a core"] for name, one in found.items()}
    return {**found, "of the bare limit, playing": round(each["playing"] / each["bare"], 2),
            "of the bare limit, listening": round(each["listening"] / each["bare"], 2)}  # fmt: skip


def main() -> None:
    os.environ.setdefault("WATCHBELL_HOME", "/tmp/watchbell-bench")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    counts = [int(one) for one in sys.argv[1:]] or COUNTS
    print(json.dumps({f"{count} calls": measure(count) for count in counts}))


if __name__ == "__main__":
    main()
