"""Which processes an installation runs, and how each is started alone."""

import asyncio
import contextlib
from typing import Any

from watchbell.kernel.bus_rights import GATEWAYS
from watchbell.line import config
from watchbell.line.edges import own_edge
from watchbell.line.process import give_way, run

#: Gateways that share a process: each waits for the network most of the time, and none of them is of the first seconds.
TOGETHER = ("smtp", "sms", "social")


def children(is_demo: bool) -> list[tuple[str, list[str], int]]:
    """(role, command-line arguments, which of its kind) of every process on this machine; without arguments: a role
    that lives in the process before it.

    `WATCHBELL_WORKERS` and `WATCHBELL_REFLEXES` say how many of those; `WATCHBELL_WEB_WORKERS` is the web role's own.
    """
    if config.is_edge():
        roles = [("web", ["web"], 1), ("reflex", ["reflex"], 1)]
        return [*roles, *((f"gateway/{name}", ["gateway", name], 1) for name in own_edge().gateways)]
    listed = [("web", ["web"], 1), ("worker/slow", ["worker", "--only", "slow"], 1)]
    for role, setting, only in (("worker", "WORKERS", ["--only", "urgent"]), ("reflex", "REFLEXES", [])):
        count = max(1, int(config.setting(setting, "1")))
        listed += [(role, [role, *only], number + 1) for number in range(count)]
    listed.append(("recorder", ["recorder"], 1))
    listed += [(f"gateway/{name}", ["gateway", name], 1) for name in GATEWAYS if name not in TOGETHER]
    listed += [(f"gateway/{name}", ["gateway", *TOGETHER] if name == TOGETHER[0] else [], 1) for name in TOGETHER]
    return listed + ([("simulator", ["simulator"], 1)] if is_demo else [])


def run_gateways(names: list[str]) -> None:
    """Runs the named gateways in one process (all when none is named)."""
    import importlib

    wanted = names or list(GATEWAYS)
    made = [importlib.import_module(f"watchbell.gateways.{name}.service").Service for name in wanted]

    async def main(stop: asyncio.Event) -> None:
        await asyncio.gather(*(kind().run(stop) for kind in made))

    run(f"gateway/{','.join(wanted)}", main)


def run_reflex() -> None:
    from watchbell.reflex.run import main

    run("reflex", main)


def run_recorder() -> None:
    give_way(2)  # the urgent path goes first; who watches does not notice it
    from watchbell.recorder.run import main

    run("recorder", main)


def run_simulator() -> None:
    from watchbell.line.bus import Bus
    from watchbell.line.heartbeat import beat
    from watchbell.simulator.run import main as play

    async def main(stop: asyncio.Event) -> None:
        bus = await Bus.connect("simulator", wait_seconds=1e9)
        playing = asyncio.Event()
        state = lambda: {"state": "ok" if playing.is_set() else "starting"}  # noqa: E731
        beating = asyncio.create_task(beat(bus, "simulator", "1", state))
        with contextlib.suppress(asyncio.CancelledError):
            await play(stop, playing)
        beating.cancel()
        await bus.close()

    run("simulator", main)


def run_worker(only: str = "") -> None:
    """Inboxes and reactions (`urgent`), slow jobs (`slow`), or both in one process."""
    give_way(10 if only == "slow" else 4)  # what is written down has happened already; reflex and gateways go first
    from watchbell.project.django_ready import get_ready

    get_ready()
    from watchbell.project.worker import main, work_slowly

    async def both(stop: asyncio.Event) -> None:
        await asyncio.gather(
            *([] if only == "slow" else [main(stop)]), *([] if only == "urgent" else [work_slowly(stop)])
        )

    run("worker/slow" if only == "slow" else "worker", both)


def run_web() -> None:
    """The console, the API and the live path on one port."""
    from pathlib import Path

    from granian import Granian
    from granian.constants import Interfaces, Loops

    options: dict[str, Any] = {}
    if config.setting("TLS_CERT"):
        options = {"ssl_cert": Path(config.setting("TLS_CERT")), "ssl_key": Path(config.setting("TLS_KEY"))}
    Granian(
        "watchbell.project.asgi:application", address=config.bind(), port=config.port(), interface=Interfaces.ASGI,
        loop=Loops.uvloop, workers=int(config.setting("WEB_WORKERS", "1")), respawn_failed_workers=True,
        respawn_interval=0.2, log_access=False, backlog=4096, **options,
    ).serve()  # fmt: skip
