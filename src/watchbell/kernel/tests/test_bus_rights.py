"""Who hears and publishes what, as a real NATS server keeps it: each key its own subjects, streams and entries."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import nats
import nats.errors
import nats.js.errors
import pytest
from nats.js.api import ConsumerConfig

from watchbell.kernel import bus_rights, nats_engine
from watchbell.line import bus as line_bus
from watchbell.line import config
from watchbell.line.bus import Bus, make_streams
from watchbell.line.errors import Refused
from watchbell.wire.subjects import (
    CONFIG,
    HEARD_FOLLOWS,
    HEARTBEATS,
    RECORDED_FOLLOWS,
    RECORDINGS,
    REFLEX_FOLLOWS,
    SNAPSHOTS,
    STOPPED,
    TOLD_FOLLOWS,
    WORKER_FOLLOWS,
    audio_subject,
    audio_told_subject,
    config_key,
    gateway_follows,
    heard_subject,
    heartbeat_subject,
    key_subject,
    recording_key,
    stopped_key,
)

CEDAR, BIRCH = "0198aaaa-0000-7000-8000-000000000001", "0198bbbb-0000-7000-8000-000000000002"


class Told(msgspec.Struct):
    """Any message."""

    text: str


class Watched:
    """A process's connection and what the server refused it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.refused: list[str] = []
        self.heard: list[bytes] = []

    @classmethod
    async def connect(cls, name: str) -> "Watched":
        made = cls(await Bus.connect(name, wait_seconds=5))

        async def note(error: Exception) -> None:
            made.refused.append(str(error).lower())

        made.bus.nc._error_cb = note
        return made

    async def hear(self, subject: str) -> None:
        async def note(message: nats.aio.msg.Msg) -> None:
            self.heard.append(message.data)

        await self.bus.nc.subscribe(subject, cb=note)
        await self.settle()

    async def settle(self) -> None:
        await self.bus.nc.flush()
        await asyncio.sleep(0.05)

    async def may_hear(self, subject: str) -> bool:
        self.refused.clear()
        await self.hear(subject)
        return not any("permissions violation for subscription" in text for text in self.refused)

    async def may_say(self, subject: str) -> bool:
        self.refused.clear()
        await self.bus.nc.publish(subject, b"{}")
        await self.settle()
        return not any("permissions violation for publish" in text for text in self.refused)


@pytest.fixture
async def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bus]:
    """A home with the embedded server as an installation runs it; gives the supervisor's connection."""
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    monkeypatch.setenv("WATCHBELL_TEST", "0")
    config._file.cache_clear()
    bus_rights.enrol_key("gateway/osdp", CEDAR)
    bus_rights.enrol_key("gateway/osdp", BIRCH)
    server = await asyncio.to_thread(nats_engine.start_nats)
    supervisor = await Bus.connect("supervisor", wait_seconds=5)
    await make_streams(supervisor, bus_rights.followers())
    yield supervisor
    await supervisor.close()
    server.terminate()
    server.wait(5)


async def _refuses(**more: object) -> bool:
    async def quiet(error: Exception) -> None:
        return

    client = nats.aio.client.Client()
    try:
        await client.connect(line_bus.address(), allow_reconnect=False, error_cb=quiet, **more)  # type: ignore[arg-type]
    except (nats.errors.Error, OSError):
        return True
    finally:
        if client._transport is not None:
            client._transport.close()
        await client.close()
    return False


async def test_nobody_comes_in_without_a_key(hub: Bus, tmp_path: Path) -> None:
    assert await _refuses(), "anonymous"
    assert await _refuses(user="watchbell", password="watchbell")
    stranger = tmp_path / "stranger.nk"
    stranger.write_bytes(bus_rights.nkeys.encode_seed(os.urandom(32), bus_rights.nkeys.PREFIX_BYTE_USER))
    assert await _refuses(nkeys_seed=str(stranger)), "a key nobody enrolled"
    assert not await _refuses(nkeys_seed=str(line_bus.key_file("worker")))


def test_the_test_key_is_in_no_real_installation(hub: Bus) -> None:
    assert {"test", "simulator"}.isdisjoint(bus_rights.names())
    assert "nkey" in bus_rights.authorization()
    assert not line_bus.key_file("test").exists()


async def test_a_gateway_hears_its_own_orders_only(hub: Bus) -> None:
    osdp = await Watched.connect("gateway/osdp")
    assert await osdp.may_hear("wb.*.*.order.osdp.>")
    for subject in (
        ">", "wb.>", "wb.*.*.press.>", "wb.*.*.order.>", "wb.*.*.order.eido.>", "wb.*.*.receipt.>", "wb.*.*.status.>",
        "$KV.>", f"$KV.{SNAPSHOTS}.>", f"$KV.{CONFIG}.eido", "wbsys.heartbeat.>", "wbsys.clock", "_INBOX.>",
        "_INBOX_worker.>", "deliver.gateway-eido", WORKER_FOLLOWS[0].deliver, REFLEX_FOLLOWS.deliver, "$JS.EVENT.>",
    ):  # fmt: skip
        assert not await osdp.may_hear(subject), subject
    await osdp.bus.close()


async def test_a_gateway_says_only_what_is_its_own(hub: Bus) -> None:
    osdp = await Watched.connect("gateway/osdp")
    for what in ("press", "receipt", "status", "telemetry"):
        assert await osdp.may_say(f"wb.{CEDAR}.site.{what}.osdp.door"), what
        assert not await osdp.may_say(f"wb.{CEDAR}.site.{what}.eido.door"), what
    for subject in (
        f"wb.{CEDAR}.site.order.osdp.door", f"wb.{CEDAR}.site.press.hub.x", f"wb.{CEDAR}.site.press.console.x",
        f"wb.{CEDAR}.site.receipt.reflex.x", f"wb.{CEDAR}.live.x", f"$KV.{CONFIG}.osdp", f"$KV.{SNAPSHOTS}.x.y",
        "wbsys.heartbeat.worker.1", "wbsys.clock", "$SYS.REQ.SERVER.PING", "deliver.gateway-osdp",
    ):  # fmt: skip
        assert not await osdp.may_say(subject), subject
    assert await osdp.may_say("wbsys.heartbeat.gateway_osdp.1")
    await osdp.bus.close()


async def test_an_answer_on_the_dispatcher_s_page_reaches_the_reflex_and_nobody_else_gives_one(hub: Bus) -> None:
    answer = f"wb.{CEDAR}.site.receipt.dispatch.p1"
    for name, may in (("web", True), ("worker", True), ("gateway/osdp", False), ("gateway/cap", False)):
        process = await Watched.connect(name)
        assert await process.may_say(answer) is may, name
        assert not await process.may_say(f"wb.{CEDAR}.site.receipt.eido.x"), name
        await process.bus.close()
    reflex = await Watched.connect("reflex")
    assert await reflex.may_say("$JS.API.CONSUMER.CREATE.RECEIPT.x.wb.*.*.receipt.dispatch.>")
    assert not await reflex.may_say(answer)
    await reflex.bus.close()


async def test_a_gateway_cannot_reach_the_streams_behind_its_subjects(hub: Bus) -> None:
    osdp = await Watched.connect("gateway/osdp")
    for subject in (
        "$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.ORDER",
        "$JS.API.STREAM.DELETE.PRESS", "$JS.API.STREAM.PURGE.ORDER", "$JS.API.STREAM.UPDATE.ORDER",
        "$JS.API.STREAM.MSG.GET.PRESS", f"$JS.API.STREAM.MSG.GET.KV_{SNAPSHOTS}", "$JS.API.DIRECT.GET.PRESS",
        f"$JS.API.DIRECT.GET.KV_{CONFIG}", f"$JS.API.DIRECT.GET.KV_{CONFIG}.$KV.{CONFIG}.eido",
        f"$JS.API.DIRECT.GET.KV_{SNAPSHOTS}.$KV.{SNAPSHOTS}.a.b", "$JS.API.CONSUMER.CREATE.ORDER",
        "$JS.API.CONSUMER.CREATE.ORDER.mine", "$JS.API.CONSUMER.CREATE.ORDER.mine.wb.*.*.order.eido.>",
        "$JS.API.CONSUMER.DURABLE.CREATE.PRESS.mine", "$JS.API.CONSUMER.DELETE.ORDER.gateway-osdp",
        "$JS.API.CONSUMER.INFO.ORDER.gateway-eido", "$JS.API.CONSUMER.MSG.NEXT.ORDER.gateway-osdp",
        "$JS.ACK.ORDER.gateway-eido.1.1.1.1.1", "$JS.ACK.PRESS.reflex.1.1.1.1.1",
    ):  # fmt: skip
        assert not await osdp.may_say(subject), subject
    await osdp.bus.close()


async def test_a_gateway_follows_its_orders_and_its_own_configuration(hub: Bus) -> None:
    bucket = await hub.bucket(CONFIG)
    worker = await Bus.connect("worker", wait_seconds=5)
    own = await worker.bucket(CONFIG)
    await own.put("osdp", b"for osdp")
    await own.put("eido", b"for eido")
    reflex, osdp = await Bus.connect("reflex"), await Bus.connect("gateway/osdp")
    orders: list[bytes] = []
    configs: list[bytes] = []

    async def take_order(message: nats.aio.msg.Msg) -> None:
        orders.append(message.data)
        await line_bus.acknowledge(message)

    async def take_config(raw: bytes) -> None:
        configs.append(raw)

    assert await reflex.keep(f"wb.{CEDAR}.site.order.osdp.door", Told("before it came"), "1")
    assert await reflex.keep(f"wb.{CEDAR}.site.order.eido.psap", Told("not its own"), "2")
    await osdp.catch_up(gateway_follows("osdp"), take_order)
    following = asyncio.create_task(osdp.follow_key(CONFIG, config_key("osdp"), take_config))
    async with asyncio.timeout(5):
        while not (orders and configs):
            await asyncio.sleep(0.01)
        await own.put("osdp", b"changed")
        while len(configs) < 2:
            await asyncio.sleep(0.01)
    assert orders == [b'{"text":"before it came"}'] and configs == [b"for osdp", b"changed"]
    await osdp.nc.flush()
    await asyncio.sleep(0.1)
    assert (await hub.js.consumer_info("ORDER", "gateway-osdp")).num_ack_pending == 0, "its acknowledgement counts"
    assert (await bucket.get("osdp")).value == b"changed"
    following.cancel()
    for one in (worker, reflex, osdp):
        await one.close()


async def test_the_supervisor_and_web_alone_hear_who_is_alive(hub: Bus) -> None:
    for name in ("web", "worker", "reflex", "gateway/osdp"):
        one = await Watched.connect(name)
        assert await one.may_hear(HEARTBEATS) == (name == "web"), name
        if name == "web":
            assert await one.may_say(heartbeat_subject("web", "1"))
            assert not await one.may_say(heartbeat_subject("reflex", "1"))
        await one.bus.close()
    edge = bus_rights.rights_of(f"web@{CEDAR}_site")
    assert HEARTBEATS not in edge.hear, "an edge's web asks its own supervisor"


async def test_reflex_and_web_read_back_only_what_is_theirs(hub: Bus) -> None:
    web, reflex = await Bus.connect("web"), await Bus.connect("reflex")
    assert await web.keep(f"wb.{CEDAR}.site.press.console.x", Told("press"), "3")
    assert await reflex.keep(f"wb.{CEDAR}.site.order.screens.x", Told("alert"), "4")
    heard: list[bytes] = []

    async def take(message: nats.aio.msg.Msg) -> None:
        heard.append(message.data)

    await reflex.replay("PRESS", REFLEX_FOLLOWS.subject, 0, take)
    await web.replay("ORDER", "wb.*.*.order.screens.>", 0, take)
    assert heard == [b'{"text":"press"}', b'{"text":"alert"}']
    with pytest.raises((nats.errors.Error, nats.js.errors.Error, TimeoutError)):
        web.js._timeout = web.js._jsm._timeout = 0.3
        await web.replay("ORDER", "wb.*.*.order.>", 0, take)
    inbox = web.nc.new_inbox()
    trick = ConsumerConfig(name="trick", deliver_subject=inbox, filter_subject="wb.*.*.order.osdp.>")
    request = msgspec.json.encode({"stream_name": "ORDER", "config": trick.as_dict()})
    asked = "$JS.API.CONSUMER.CREATE.ORDER.trick.wb.*.*.order.screens.>"
    answer = await web.nc.request(asked, request, timeout=2)
    assert b"error" in answer.data, "the server compares the filter asked with the filter allowed"
    await web.close()
    await reflex.close()


async def test_a_gateway_enrolled_for_one_district_is_deaf_and_mute_in_another(hub: Bus) -> None:
    edge = await Watched.connect(f"gateway/osdp@{CEDAR}")
    assert await edge.may_hear(f"wb.{CEDAR}.*.order.osdp.>")
    assert await edge.may_say(f"wb.{CEDAR}.site.receipt.osdp.door")
    for subject in (
        f"wb.{BIRCH}.*.order.osdp.>", "wb.*.*.order.osdp.>", f"wb.{CEDAR}.*.order.eido.>", f"wb.{CEDAR}.*.press.>",
        f"wb.{BIRCH}.>", f"$KV.{CONFIG}.osdp", f"$KV.{CONFIG}.{config_key('osdp', BIRCH)}",
        gateway_follows("osdp", BIRCH).deliver, gateway_follows("osdp").deliver,
        f"_INBOX_gateway_osdp_{BIRCH}.>", "_INBOX_gateway_osdp.>",
    ):  # fmt: skip
        assert not await edge.may_hear(subject), subject
    for subject in (
        f"wb.{BIRCH}.site.receipt.osdp.door", f"wb.{BIRCH}.site.press.osdp.x", f"wb.{BIRCH}.site.status.osdp.x",
        f"$JS.API.DIRECT.GET.KV_{CONFIG}.$KV.{CONFIG}.osdp",
        f"$JS.API.DIRECT.GET.KV_{CONFIG}.$KV.{CONFIG}.{config_key('osdp', BIRCH)}",
        f"$JS.API.CONSUMER.INFO.ORDER.{gateway_follows('osdp', BIRCH).name}",
    ):  # fmt: skip
        assert not await edge.may_say(subject), subject
    orders: list[bytes] = []

    async def take(message: nats.aio.msg.Msg) -> None:
        orders.append(message.data)

    reflex = await Bus.connect("reflex")
    for number, district in enumerate((BIRCH, CEDAR)):
        assert await reflex.keep(f"wb.{district}.site.order.osdp.door", Told(district), f"o{number}")
    await edge.bus.catch_up(gateway_follows("osdp", CEDAR), take)
    async with asyncio.timeout(5):
        while not orders:
            await asyncio.sleep(0.01)
    assert orders == [msgspec.json.encode(Told(CEDAR))]
    await reflex.close()
    await edge.bus.close()


def test_only_known_processes_are_enrolled(hub: Bus) -> None:
    with pytest.raises(Refused, match="gateway/osdp"):
        bus_rights.enrol_key("gateway/unheard")
    with pytest.raises(Refused, match="one district"):
        bus_rights.enrol_key("worker", CEDAR)


async def test_live_speech_and_recordings_reach_the_loudspeakers_gateway_and_nobody_else(hub: Bus) -> None:
    web, paging, osdp, worker = [
        await Watched.connect(name) for name in ("web", "gateway/rtppaging", "gateway/osdp", "worker")
    ]
    sound = audio_subject(CEDAR, "district", "a1")
    told = audio_told_subject(CEDAR, "a1", "rtppaging")
    await paging.hear(sound)
    assert await web.may_hear("wb.*.audio-told.>") and await web.may_say(sound) and await paging.may_say(told)
    await paging.settle()
    assert paging.heard == [b"{}"]
    assert not await osdp.may_hear(sound) and not await osdp.may_say(sound) and not await paging.may_say(sound)
    assert not await osdp.may_say(told) and not await web.may_say(told)
    bucket = await worker.bus.bucket(RECORDINGS)
    await bucket.put(recording_key(CEDAR, "abc"), b"sound")
    assert await paging.bus.read_key(RECORDINGS, recording_key(CEDAR, "abc")) == b"sound"
    assert await osdp.bus.read_key(RECORDINGS, recording_key(CEDAR, "abc")) == b""
    for subject in (
        f"$KV.{RECORDINGS}.{recording_key(CEDAR, 'abc')}",
        f"$JS.API.DIRECT.GET.KV_{CONFIG}.$KV.{CONFIG}.eido",
    ):
        assert not await paging.may_say(subject), subject
    for one in (web, paging, osdp, worker):
        await one.bus.close()


async def test_the_worker_alone_stops_a_mailing_and_every_gateway_that_sends_can_ask(hub: Bus) -> None:
    worker, sms, osdp = [await Watched.connect(name) for name in ("worker", "gateway/sms", "gateway/osdp")]
    key = stopped_key(CEDAR, "m")
    assert await worker.bus.keep(key_subject(STOPPED, key), Told(text="stopped"), "stopped:m")
    assert await sms.bus.read_key(STOPPED, key) != b"" and await osdp.bus.read_key(STOPPED, key) == b""
    assert not await sms.may_say(key_subject(STOPPED, key)), "a gateway stops nothing"
    for one in (worker, sms, osdp):
        await one.bus.close()


async def test_what_people_answer_comes_beside_what_became_of_messages_also_after_an_update(hub: Bus) -> None:
    """Hundreds of answers, written down one by one, do not hold up the results. A home from before has one consumer."""
    for later in (HEARD_FOLLOWS, RECORDED_FOLLOWS):
        await hub.js.delete_consumer("TOLD", later.name)
    await make_streams(hub, [TOLD_FOLLOWS._replace(subject="wb.*.*.told.>")])
    gateway, worker = await Bus.connect("gateway/sms", wait_seconds=5), await Bus.connect("worker", wait_seconds=5)
    old = f"wb.{CEDAR}.district.told.sms.heard"
    assert await gateway.js.publish(old, b"an answer from before")
    await make_streams(hub, bus_rights.followers())
    came: dict[str, list[bytes]] = {"told": [], "heard": []}
    for name, follower in (("told", TOLD_FOLLOWS), ("heard", HEARD_FOLLOWS)):

        async def take(message: nats.aio.msg.Msg, name: str = name) -> None:
            came[name].append(message.data)
            await message.ack()

        await worker.catch_up(follower, take)
    await gateway.js.publish(heard_subject(CEDAR, "sms", "reply"), b"an answer")
    await gateway.js.publish(f"wb.{CEDAR}.district.told.sms.carrier-1", b"a result")
    async with asyncio.timeout(10):
        while sum(len(one) for one in came.values()) < 3:
            await asyncio.sleep(0.01)
    assert came == {"told": [b"an answer from before", b"a result"], "heard": [b"an answer"]}
    await gateway.close()
    await worker.close()
