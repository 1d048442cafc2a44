"""A hub and a school's leaf as they run: what passes between them, what goes on without the hub, what never passes."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import nats.aio.msg
import pytest

from watchbell.kernel import bus_rights, nats_engine
from watchbell.line import bus as line_bus
from watchbell.line import config
from watchbell.line.bus import Bus, make_streams
from watchbell.line.edges import Edge, keep_edge
from watchbell.line.outbox import Outbox
from watchbell.line.spool import Spool
from watchbell.wire.subjects import CONFIG, config_key, gateway_follows, reflex_follows

CEDAR, BIRCH = "0198aaaa-0000-7000-8000-000000000001", "0198bbbb-0000-7000-8000-000000000002"
LINCOLN, MILL = "0198cccc-0000-7000-8000-000000000003", "0198dddd-0000-7000-8000-000000000004"
WHERE = f"{CEDAR}~{LINCOLN}"


class Told(msgspec.Struct):
    """Any message."""

    text: str


class Both(NamedTuple):
    """The two servers, and how to be at one of the two machines."""

    hub: "subprocess.Popen[bytes]"
    hub_home: Path
    edge_home: Path

    def at_hub(self) -> None:
        for name in ("EDGE", "DISTRICT", "SITE"):
            os.environ.pop(f"WATCHBELL_{name}", None)
        os.environ["WATCHBELL_HOME"] = str(self.hub_home)
        config._file.cache_clear()

    def at_edge(self) -> None:
        os.environ |= {
            "WATCHBELL_EDGE": "1", "WATCHBELL_DISTRICT": CEDAR, "WATCHBELL_SITE": LINCOLN,
            "WATCHBELL_HOME": str(self.edge_home),
        }  # fmt: skip
        config._file.cache_clear()


@pytest.fixture
async def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    for name in ("HOME", "TEST", "NATS_URL", "EDGE", "DISTRICT", "SITE"):
        monkeypatch.setenv(f"WATCHBELL_{name}", "")  # put back afterwards, whatever is done here
    monkeypatch.setenv("WATCHBELL_TEST", "0")
    hub_home, edge_home = tmp_path / "hub", tmp_path / "edge"
    hub_home.mkdir()
    (edge_home / "keys").mkdir(parents=True)
    os.environ["WATCHBELL_HOME"] = str(hub_home)
    config._file.cache_clear()
    edge = Edge(district=CEDAR, site=LINCOLN, gateways=["siadc09", "osdp"], is_leaf=True, signer="00" * 32)
    keep_edge(edge)
    hub = await asyncio.to_thread(nats_engine.start_nats)
    url = (hub_home / "run" / "leaf.url").read_text()
    (edge_home / "edge.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(edge, hub=url)))
    shutil.copy(line_bus.key_file(edge.name), edge_home / "keys")
    supervisor = await Bus.connect("supervisor", wait_seconds=5)
    await make_streams(supervisor, bus_rights.followers())
    made = Both(hub, hub_home, edge_home)
    made.at_edge()
    leaf = await asyncio.to_thread(nats_engine.start_nats)
    await asyncio.sleep(0.5)
    yield made
    await supervisor.close()
    for server in (leaf, hub):
        server.terminate()
        server.wait(5)


async def _heard(bus: Bus, subject: str) -> list[bytes]:
    found: list[bytes] = []

    async def take(message: nats.aio.msg.Msg) -> None:
        found.append(message.data)

    await bus.nc.subscribe(subject, cb=take)
    await bus.nc.flush()
    await asyncio.sleep(0.2)
    return found


async def test_what_happens_at_the_school_is_kept_by_the_hub_and_told_back(both: Both) -> None:
    panel = await Bus.connect(f"gateway/siadc09@{WHERE}", wait_seconds=5)
    lock = await Bus.connect(f"gateway/osdp@{WHERE}", wait_seconds=5)
    both.at_hub()
    reflex = await Bus.connect("reflex", wait_seconds=5)
    worker = await Bus.connect("worker", wait_seconds=5)
    orders = await _heard(lock, f"wb.{CEDAR}.{LINCOLN}.order.osdp.>")
    presses = await _heard(reflex, "wb.*.*.press.>")
    assert await panel.keep(f"wb.{CEDAR}.{LINCOLN}.press.siadc09.x", Told("press"), "1"), "the stream has it"
    assert await reflex.keep(f"wb.{CEDAR}.{LINCOLN}.order.osdp.door", Told("lock"), "2")
    await (await worker.bucket(CONFIG)).put(config_key("osdp", WHERE), b"config of the edge")
    configs: list[bytes] = []

    async def take(raw: bytes) -> None:
        configs.append(raw)

    following = asyncio.create_task(lock.follow_key(CONFIG, config_key("osdp", WHERE), take))
    again: list[bytes] = []

    async def catch(message: nats.aio.msg.Msg) -> None:
        again.append(message.data)
        await line_bus.acknowledge(message)

    await lock.catch_up(gateway_follows("osdp", WHERE), catch)
    async with asyncio.timeout(5):
        while not (orders and presses and configs and again):
            await asyncio.sleep(0.02)
    following.cancel()
    assert (presses, orders, configs) == ([b'{"text":"press"}'], [b'{"text":"lock"}'], [b"config of the edge"])
    for one in (panel, lock, reflex, worker):
        await one.close()


async def test_without_the_hub_the_school_still_hears_itself_and_the_disk_answers_for_it(both: Both) -> None:
    panel = await Bus.connect(f"gateway/siadc09@{WHERE}", wait_seconds=5)
    reflex = await Bus.connect(f"reflex@{WHERE}", wait_seconds=5)
    presses = await _heard(reflex, f"wb.{CEDAR}.{LINCOLN}.press.>")
    both.hub.kill()
    both.hub.wait(5)
    spool = Spool(both.edge_home / "spool")
    outbox = Outbox(spool, lambda: panel)
    assert await outbox.send(f"wb.{CEDAR}.{LINCOLN}.press.siadc09.x", Told("cut off"), "7"), "the panel is answered"
    assert presses == [b'{"text":"cut off"}'] and [key for key, _ in spool.pending()] == ["7"]
    both.at_hub()
    server = await asyncio.to_thread(nats_engine.start_nats)
    forwarding = asyncio.create_task(outbox.forward())
    supervisor = await Bus.connect("supervisor", wait_seconds=5)
    async with asyncio.timeout(15):
        while spool.pending():
            await asyncio.sleep(0.05)
    forwarding.cancel()
    assert (await supervisor.js.stream_info("PRESS")).state.messages == 1, "kept once, when the link is back"
    assert (await supervisor.js.consumer_info("PRESS", reflex_follows(WHERE).name)).num_pending <= 1
    for one in (panel, reflex, supervisor):
        await one.close()
    server.terminate()
    server.wait(5)


async def test_a_school_s_machine_hears_and_says_nothing_of_another_site(both: Both) -> None:
    edge_home_key = line_bus.key_file(f"leaf@{WHERE}")
    both.at_hub()
    reflex = await Bus.connect("reflex", wait_seconds=5)
    hub_heard = await _heard(reflex, "wb.*.*.press.>")
    # somebody who has taken the machine away speaks with its key straight to the hub
    url = line_bus.address()
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    thief = await nats.connect(url, nkeys_seed=str(edge_home_key), error_cb=note)
    for subject in (
        f"wb.{CEDAR}.{MILL}.press.siadc09.x", f"wb.{BIRCH}.{LINCOLN}.press.siadc09.x",
        f"wb.{CEDAR}.{LINCOLN}.press.hub.x", f"wb.{CEDAR}.{LINCOLN}.press.eido.x",
        f"$KV.{CONFIG}.osdp", "$JS.API.STREAM.DELETE.PRESS", "wbsys.clock",
    ):  # fmt: skip
        refused.clear()
        await thief.publish(subject, b"{}")
        await thief.flush()
        await asyncio.sleep(0.05)
        assert any("permissions violation" in text for text in refused), subject
    for subject in (f"wb.{CEDAR}.{MILL}.>", "wb.>", f"$KV.{CONFIG}.>", "_INBOX.>", "_INBOX_worker.>", "wbsys.>"):
        refused.clear()
        await thief.subscribe(subject)
        await thief.flush()
        await asyncio.sleep(0.05)
        assert any("permissions violation" in text for text in refused), subject
    assert hub_heard == []
    await thief.close()
    await reflex.close()
