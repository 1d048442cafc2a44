"""The gateway as a process of its own on a real bus, killed in the middle of a page."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any

from watchbell.gateways.rtppaging.peer import ZoneReceiver
from watchbell.gateways.rtppaging.tests.bench import make_order
from watchbell.line import signing
from watchbell.wire.order import Receipt
from watchbell.wire.subjects import subject

ZONES = 31
RUN = (
    "from watchbell.line.process import run; from watchbell.gateways.rtppaging.service import Service;"
    "run('gateway/rtppaging', lambda stop: Service().run(stop))"
)


async def start_gateway() -> asyncio.subprocess.Process:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, env=environment, stderr=asyncio.subprocess.DEVNULL
    )


async def until(check: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.02)


async def order_all(installation: Any, action: str, peers: list[ZoneReceiver], **params: Any) -> list[Receipt]:
    before = len(installation.messages(Receipt, "receipt"))
    signer = signing.Signer()
    for number in range(len(peers)):
        order = signer.signed(make_order(action, f"z{number}", **params))
        await installation.bus.keep(subject("d", "s", "order", "rtppaging", order.endpoint.device), order, order.id)
    return (await installation.wait_for(Receipt, "receipt", before + len(peers), 20))[before:]


async def test_a_school_of_zones_goes_on_after_its_gateway_was_killed(installation: Any) -> None:
    reports: list[dict[str, Any]] = []
    peers = [ZoneReceiver(f"239.192.72.{number + 1}", 0, "127.0.0.1", reports.append) for number in range(ZONES)]
    for peer in peers:
        await peer.start()
    entries = [
        {"endpoint": f"z{number}", "name": f"Zone {number}", "district": "d", "site": "s", "group": peer.group,
         "port": peer.port, "interface": "127.0.0.1", "ttl": 1, "test": False}
        for number, peer in enumerate(peers)
    ]  # fmt: skip
    await installation.put_config("rtppaging", entries, {})
    gateway = await start_gateway()
    try:
        receipts = await order_all(installation, "start_page", peers, prompt="lockdown", priority=9)
        assert [receipt.state for receipt in receipts] == ["done"] * ZONES
        await asyncio.sleep(0.5)
        gateway.kill()
        await gateway.wait()
        await until(lambda: sum(report["body"]["what"] == "page_stopped" for report in reports) == ZONES, 5)
        reports.clear()
        gateway = await start_gateway()
        await until(lambda: sum(report["body"]["what"] == "page_started" for report in reports) == ZONES, 20)
        receipts = await order_all(installation, "stop_page", peers)
        assert [receipt.detail["stopped"] for receipt in receipts] == [1] * ZONES
        await until(lambda: sum(report["body"]["what"] == "page_stopped" for report in reports) == ZONES, 5)
    finally:
        gateway.terminate()
        await gateway.wait()
        for peer in peers:
            await peer.stop()
