"""The played broker, when everything connects at once as it does after a cut."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from watchbell.gateways.mqtt_link import Broker
from watchbell.gateways.mqtt_peer import MqttDevice, PlayedBroker
from watchbell.line.loopback_tls import make_loopback_tls

DEVICES = 40


NAMES = [f"sign-{number}" for number in range(DEVICES)]


@pytest.fixture
async def played(tmp_path: Path) -> AsyncIterator[Callable[[str], Broker]]:
    """A broker that knows us and a crowd of signs; gives how each reaches it."""
    tls = make_loopback_tls("a crowd")
    for name in ("certificate", "key"):
        (tmp_path / name).write_text(getattr(tls, name))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    users = {
        name: {"password": "s", "publish": [f"signs/{name}/state"], "subscribe": [f"signs/{name}/command"]}
        for name in NAMES
    }
    users["us"] = {"password": "s", "publish": ["signs/+/command"], "subscribe": ["signs/+/state"]}
    broker = PlayedBroker(port, str(tmp_path / "certificate"), str(tmp_path / "key"), users)
    await broker.start()
    yield lambda name: Broker(
        host="127.0.0.1", port=port, username=name, password="s", ca=tls.authority, client_id=name
    )
    await broker.stop()


async def test_a_crowd_that_comes_at_once_is_served_whole(
    played: Callable[[str], Broker], caplog: pytest.LogCaptureFixture
) -> None:
    heard: set[str] = set()
    states: set[str] = set()

    async def hear(topic: str, payload: bytes) -> None:
        (heard if topic.endswith("/command") else states).add(topic.split("/")[1])

    signs = [MqttDevice(played(name), f"signs/{name}/state", (f"signs/{name}/command",), hear) for name in NAMES]
    us = MqttDevice(played("us"), "us/state", ("signs/+/state",), hear)
    try:
        for device in (us, *signs):
            await device.start()
        async with asyncio.timeout(30):
            while not (us.is_up and all(sign.is_up for sign in signs) and len(states) == DEVICES):
                await asyncio.sleep(0.05)
        for name in NAMES:
            assert await us.publish(f"signs/{name}/command", b"{}")
        async with asyncio.timeout(10):
            while len(heard) < DEVICES:
                await asyncio.sleep(0.05)
    finally:
        for device in (us, *signs):
            await device.stop()
    assert not [record for record in caplog.records if "dictionary changed size" in record.getMessage()]
