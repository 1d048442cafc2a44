"""Badges over a real Mosquitto with TLS, passwords and an access list, over HTTP, and a real NATS server."""

import asyncio
import base64
import json
import uuid

import aiohttp
import msgspec
import pytest

from watchbell.gateways.blebadge.peer import Air, Badge, PlayedGateway, advertise, write_report
from watchbell.gateways.blebadge.service import Service
from watchbell.gateways.mqtt_peer import MqttDevice
from watchbell.line import clock
from watchbell.line.bus import Bus
from watchbell.wire.order import Acknowledged
from watchbell.wire.press import PanicPressed, PressRefused
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

DISTRICT, SITE, OTHER = (str(uuid.UUID(int=number)) for number in range(1, 4))
GATEWAYS = [f"AC233FC0000{number}" for number in range(1, 6)]
BADGE, STRANGER = "F0000000000A", "F0000000000B"


def entries(port: int = 0, ca: str = "", **badge) -> list[dict]:
    common = {"district": DISTRICT, "fallback": SITE}
    listed = [
        {"what": "gateway", "endpoint": f"g{number}", "name": f"Gateway {number}", "mac": mac, "site": SITE,
         "place": str(uuid.UUID(int=100 + number)), "place_name": f"Room {100 + number}", **common}
        for number, mac in enumerate(GATEWAYS, 1)
    ]  # fmt: skip
    listed.append({"what": "badge", "endpoint": "b1", "name": "Badge of Ann Lee", "mac": BADGE, "site": SITE,
                   "by": "u7", "district": DISTRICT, **badge})  # fmt: skip
    if port:
        listed.append({"what": "broker", "endpoint": "broker", "name": "Broker", "host": "127.0.0.1", "port": port,
                       "username": "watchbell", "ca": ca, **common})  # fmt: skip
    return listed


def users(watchbell_reads=("/gw/+/status", "/gw/+/state")):
    own = {mac: ([f"/gw/{mac}/status", f"/gw/{mac}/state"], [f"/gw/{mac}/action"]) for mac in GATEWAYS}
    return {"watchbell": (["/gw/+/action"], list(watchbell_reads)), **own}


class Field:
    """A service on a broker, five gateways in a row of rooms, one badge nearest to the third."""

    def __init__(self, installation, broker) -> None:
        self.installation, self.broker = installation, broker
        self.badge = Badge(BADGE, spot=("f", 21.0, 0.0), counter=500)
        self.gateways = [
            PlayedGateway(mac, broker.address(mac), spot=("f", 10.0 * number, 0.0))
            for number, mac in enumerate(GATEWAYS)
        ]
        self.air = Air([self.badge], self.gateways)
        self.service: Service

    async def start(self, first=2, **badge) -> None:
        listed = entries(self.broker.port, self.broker.tls.authority, **badge)
        await self.installation.put_config("blebadge", listed, {"broker": "secret-watchbell"})
        self.service = await self.installation.run(Service())
        await self.connected()
        for gateway in self.gateways:
            await gateway.start(0)
            await gateway.wait_connected()
        await self.gateways[first].hear(self.badge)
        await self.installation.wait_for(DeviceStatus, "status")

    async def connected(self, count: int = 1) -> None:
        async with asyncio.timeout(15):
            while not any(link.is_up and link.connections >= count for link in self.service.links.values()):
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        await self.air.stop()
        for gateway in self.gateways:
            await gateway.stop()


@pytest.fixture
async def field(installation, mosquitto):
    made = Field(installation, await mosquitto(users()))
    yield made
    await made.stop()


async def felt(badge: Badge, pattern: str, seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while pattern not in badge.felt:
            await asyncio.sleep(0.01)


async def test_three_presses_heard_by_five_gateways_are_one_press_in_the_room_of_the_nearest(installation, field):
    await field.start()
    began = clock.monotonic()
    assert await field.air.press(field.badge, 3, pause_seconds=0.1) == 5
    (press,) = await installation.wait_for(PanicPressed, "press")
    await felt(field.badge, "received", 1.0)
    assert clock.monotonic() - began < 1.5
    assert (press.kind, press.mode, press.known, press.place_name) == ("staff_assist", "real", True, "Room 103")
    assert (press.device, press.by_name, press.detail["presses"]) == (f"blebadge/{BADGE}", "Badge of Ann Lee", 3)
    assert press.by == "u7", "who wears it may take it back, and is not asked to come"
    assert next(iter(press.detail["heard_by"])) == "Gateway 3" and press.detail["battery"] == 90
    await asyncio.sleep(3.0)
    assert len(installation.messages(PanicPressed, "press")) == 1
    assert (await installation.bus.js.stream_info("PRESS")).state.messages == 1


async def test_eight_presses_ask_for_help_first_and_then_for_a_lockdown(installation, field):
    await field.start()
    await field.air.press(field.badge, 8, pause_seconds=0.3)
    presses = await installation.wait_for(PanicPressed, "press", 2)
    assert [press.kind for press in presses] == ["staff_assist", "lockdown"]
    assert {press.place_name for press in presses} == {"Room 103"} and presses[0].id != presses[1].id
    await asyncio.sleep(0.5)
    assert field.badge.felt.count("received") == 2


async def test_the_press_goes_out_by_the_first_hearing_and_is_corrected_by_a_stronger_one(installation, field):
    await field.start(first=0)
    for _ in range(3):
        field.badge.press()
    began = clock.monotonic()
    await field.gateways[0].hear(field.badge)
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert clock.monotonic() - began < 0.5 and press.place_name == "Room 101"
    await field.gateways[2].hear(field.badge)
    both = await installation.wait_for(PanicPressed, "press", 2)
    assert both[1].id == both[0].id and both[1].place_name == "Room 103"
    assert (both[1].detail["corrects"], both[1].detail["was"]) == ("place", "Room 101")


async def test_a_badge_feels_that_police_have_acknowledged(installation, field):
    await field.start()
    await field.air.press(field.badge, 3, pause_seconds=0.05)
    (press,) = await installation.wait_for(PanicPressed, "press")
    await felt(field.badge, "received")
    told = Acknowledged(
        id="a1", district=DISTRICT, site=SITE, press=press.id, order="o1", what="dispatch_acknowledged",
        at=clock.unix(), by="county",
    )  # fmt: skip
    foreign = msgspec.structs.replace(told, id="a0", district=OTHER)
    await installation.bus.keep(subject(DISTRICT, SITE, "receipt", "eido", "county"), foreign, "a0")
    await asyncio.sleep(0.2)
    assert "police_acknowledged" not in field.badge.felt
    await installation.bus.keep(subject(DISTRICT, SITE, "receipt", "eido", "county"), told, "a1")
    await felt(field.badge, "police_acknowledged", 1.0)
    coming = msgspec.structs.replace(told, id="a2", what="on_my_way")
    await installation.bus.keep(subject(DISTRICT, SITE, "receipt", "screens", "s"), coming, "a2")
    await felt(field.badge, "help_is_coming", 1.0)


async def test_a_retained_alarm_is_never_acted_on(installation, field):
    raw = write_report("minew", GATEWAYS[0], [(BADGE, advertise(503, 90, is_latched=True), -40)], clock.unix())
    before = PlayedGateway(GATEWAYS[0], field.broker.address(GATEWAYS[0]))
    await before.start(0)
    await before.wait_connected()
    assert await before.send(raw, retain=True)
    await before.stop()
    await field.start()
    await asyncio.sleep(0.5)
    assert installation.messages(PanicPressed, "press") == []
    assert await field.gateways[0].send(raw)  # the same bytes, said now
    assert (await installation.wait_for(PanicPressed, "press"))[0].kind == "staff_assist"


async def test_the_broker_is_killed_and_back_and_a_press_made_meanwhile_arrives(installation, field):
    await field.start()
    await field.broker.kill()
    for _ in range(3):
        field.badge.press()
    await asyncio.sleep(1.6)
    assert field.service.state == "degraded" and "away" in field.service.because
    await field.broker.start()
    await field.connected(2)
    for gateway in field.gateways:
        await gateway.wait_connected()
    await asyncio.gather(*(gateway.hear(field.badge) for gateway in field.gateways))
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.kind == "staff_assist"


async def test_what_was_said_while_the_service_was_away_is_heard_when_it_returns(installation, field):
    await field.start()
    await installation.halt()
    field.badge.press()
    for _ in range(2):
        field.badge.press()
    await field.gateways[2].hear(field.badge)
    assert installation.messages(PanicPressed, "press") == []
    await installation.run(Service())
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.place_name == "Room 103"


async def test_with_nats_away_nothing_is_acknowledged_and_one_press_comes_out(installation, field):
    await field.start()
    await installation.stop_nats()
    await asyncio.sleep(0.3)
    for _ in range(3):
        field.badge.press()
    for _ in range(3):
        await field.gateways[2].hear(field.badge)
    await asyncio.sleep(2.5)
    assert len(field.service.spool.pending()) == 1 and "received" not in field.badge.felt
    assert field.service.state == "degraded"
    await installation.start_nats()
    async with asyncio.timeout(8):
        while field.service.spool.pending() or not installation.bus.is_up:
            await asyncio.sleep(0.05)
    await felt(field.badge, "received")
    assert (await installation.bus.js.stream_info("PRESS")).state.messages == 1


async def test_a_replay_is_refused_also_after_a_restart(installation, field):
    await field.start()
    await field.air.press(field.badge, 3, pause_seconds=0.05)
    await installation.wait_for(PanicPressed, "press")
    old = write_report("minew", GATEWAYS[1], [(BADGE, advertise(450, 90, is_latched=True), -40)], clock.unix())
    same = write_report("minew", GATEWAYS[1], [(BADGE, advertise(503, 90, is_latched=True), -40)], clock.unix())
    await installation.halt()
    await installation.run(Service())
    assert await field.gateways[1].send(old) and await field.gateways[1].send(same)
    (refused,) = await installation.wait_for(PressRefused, "status")
    assert "sent again" in refused.because and "Ann Lee" in refused.because
    await asyncio.sleep(0.5)
    # a stronger hearing may have corrected the place of the one press
    assert len({press.id for press in installation.messages(PanicPressed, "press")}) == 1


async def test_unknown_badges_and_gateways_still_raise(installation, field):
    await field.start()
    rows = [(STRANGER, advertise(7, 80, is_latched=False), -50)]
    await field.gateways[1].report(rows)
    await field.gateways[1].report([(STRANGER, advertise(10, 80, is_latched=True), -50)])
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.known, press.place_name, press.device) == (False, "Room 102", f"blebadge/{STRANGER}")
    assert "not listed" in press.note
    await installation.put_config(
        "blebadge", [one for one in entries(field.broker.port, field.broker.tls.authority) if one["what"] != "gateway"],
        {"broker": "secret-watchbell"},
    )  # fmt: skip
    await asyncio.sleep(0.5)
    await field.gateways[1].report([(STRANGER, advertise(18, 80, is_latched=True), -50)])
    press = (await installation.wait_for(PanicPressed, "press", 2))[1]
    assert (press.site, press.place) == (SITE, None) and "gateway" in press.note


async def test_batteries_silence_and_last_wills_become_states(installation, field):
    await field.start()
    field.badge.battery = 7
    await field.gateways[2].hear(field.badge)
    async with asyncio.timeout(5):
        while not [s for s in installation.messages(DeviceStatus, "status") if s.state == "trouble"]:
            await asyncio.sleep(0.01)
    (weak,) = [s for s in installation.messages(DeviceStatus, "status") if s.state == "trouble"]
    assert (weak.endpoint, weak.detail["battery"], weak.because) == ("b1", 7, "The battery is at 7 %.")
    field.gateways[0].fail("silent", 60)
    async with asyncio.timeout(5):
        while not [s for s in installation.messages(DeviceStatus, "status") if s.state == "silent"]:
            await asyncio.sleep(0.01)
    (gone,) = [s for s in installation.messages(DeviceStatus, "status") if s.state == "silent"]
    assert (gone.endpoint, gone.because) == ("g1", "The broker has lost its connection.")


async def test_a_gateway_that_says_nothing_for_long_is_silent(installation, field):
    await field.start()
    await asyncio.sleep(0.3)
    clock.shift(50)
    try:
        async with asyncio.timeout(5):
            while len([s for s in installation.messages(DeviceStatus, "status") if s.state == "silent"]) < 5:
                await asyncio.sleep(0.02)
    finally:
        clock.shift(0)


async def test_a_test_session_of_a_badge_gives_its_mode(installation, field):
    await field.start(test_session="test", test_until=clock.unix() + 60)
    await field.air.press(field.badge, 3, pause_seconds=0.05)
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert press.mode == "test"


async def test_the_district_says_how_many_presses_mean_what(installation, field):
    await field.start(steps=[{"presses": 2, "kind": "medical"}])
    await field.air.press(field.badge, 2, pause_seconds=0.05)
    assert (await installation.wait_for(PanicPressed, "press"))[0].kind == "medical"


async def test_the_broker_keeps_each_device_to_its_own_topics(installation, field):
    await field.start()
    forger = MqttDevice(field.broker.address(GATEWAYS[0], "forger"), f"/gw/{GATEWAYS[0]}/state")
    await forger.start()
    async with asyncio.timeout(5):
        while not forger.is_up:
            await asyncio.sleep(0.02)
    raw = write_report("minew", GATEWAYS[2], [(BADGE, advertise(900, 90, is_latched=True), -20)], clock.unix())
    await forger.publish(f"/gw/{GATEWAYS[2]}/status", raw)
    await asyncio.sleep(0.5)
    await forger.stop()
    assert installation.messages(PanicPressed, "press") == []
    wrong = MqttDevice(msgspec.structs.replace(field.broker.address(GATEWAYS[1]), password="wrong"), "x")
    await wrong.start()
    await asyncio.sleep(0.5)
    assert not wrong.is_up
    await wrong.stop()


async def test_nonsense_is_kept_and_does_not_stop_what_follows(installation, field):
    await field.start()
    await field.gateways[0].send(b"\xff\xfe nonsense")
    (refused,) = await installation.wait_for(PressRefused, "status")
    assert refused.peer == GATEWAYS[0] and refused.district == DISTRICT
    await field.air.press(field.badge, 3, pause_seconds=0.05)
    await installation.wait_for(PanicPressed, "press")


# -- HTTP --------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def receiver(installation):
    """A service without a broker; gives (service, url)."""
    secrets = {f"g{number}": f"token-{number}" for number in range(1, 6)}
    await installation.put_config("blebadge", entries(), secrets)
    service = await installation.run(Service())
    return service, f"http://{service.address}/report"


async def test_a_gateway_on_http_is_answered_when_the_press_is_kept(installation, receiver):
    badge = Badge(BADGE, counter=5, spot=("f", 0, 0))
    gateway = PlayedGateway(GATEWAYS[1], (receiver[1], "token-2"), style="april")
    await gateway.start(0)
    assert await gateway.hear(badge)
    for _ in range(3):
        badge.press()
    assert await gateway.hear(badge)
    (press,) = installation.messages(PanicPressed, "press")
    assert press.place_name == "Room 102"
    await gateway.hear(badge)
    assert badge.felt == ["received"]
    await gateway.stop()


async def test_tokens_sizes_and_nonsense_on_http(installation, receiver):
    _, url = receiver
    body = json.dumps([{"type": "Gateway", "mac": GATEWAYS[0]}])
    cases = [
        ({}, "", body, 401), ({"Authorization": "Bearer wrong"}, "", body, 401),
        ({"Authorization": "Bearer "}, "", body, 401),
        ({"Authorization": "Bearer token-1"}, "", body, 200), ({}, "?token=token-1", body, 200),
        ({"Authorization": "Basic " + base64.b64encode(b"x:token-1").decode()}, "", body, 200),
        ({"Authorization": "Basic ???"}, "", body, 401), ({"Authorization": "Bearer token-1"}, "", "{", 422),
        ({"Authorization": "Bearer token-1"}, "", "x" * 300_000, 413),
    ]  # fmt: skip
    async with aiohttp.ClientSession() as session:
        for headers, query, raw, status in cases:
            async with session.post(url + query, data=raw, headers=headers) as answer:
                assert answer.status == status, (headers, query, raw[:20])
        async with session.get(url) as answer:
            assert answer.status == 405


async def test_http_asks_again_while_nats_is_away(installation, receiver):
    service, url = receiver
    badge = Badge(BADGE, counter=5, spot=("f", 0, 0))
    gateway = PlayedGateway(GATEWAYS[1], (url, "token-2"))
    await gateway.start(0)
    assert await gateway.hear(badge)
    await installation.stop_nats()
    for _ in range(3):
        badge.press()
    assert not await gateway.hear(badge)
    await installation.start_nats()
    async with asyncio.timeout(10):
        while not await gateway.hear(badge):
            await asyncio.sleep(0.1)
        while service.spool.pending():
            await asyncio.sleep(0.05)
    bus = await Bus.connect("look", wait_seconds=5)
    assert (await bus.js.stream_info("PRESS")).state.messages == 1
    await bus.close()
    await gateway.stop()
