"""Signs and strobes over a real Mosquitto with TLS, passwords and an access list."""

import asyncio
import json
import uuid

import pytest

from watchbell.gateways.mqtt_peer import MqttDevice
from watchbell.gateways.mqttsign.peer import PlayedSign
from watchbell.gateways.mqttsign.service import Service
from watchbell.line import clock, signing
from watchbell.wire.order import Endpoint, Order, Receipt
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

DISTRICT, SITE = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
PARAMS = {"title": "Lockdown", "directive": "Locks, lights, out of sight"}


class Field:
    """A sign and a strobe."""

    def __init__(self, installation, broker) -> None:
        self.installation, self.broker = installation, broker
        self.sign = PlayedSign("n-sign-1", broker.address("n-sign-1"), name="Sign, lobby")
        self.strobe = PlayedSign("n-strobe-1", broker.address("n-strobe-1"), name="Strobe, gym")
        self.service: Service

    async def start(self) -> None:
        common = {"what": "device", "district": DISTRICT, "site": SITE}
        listed = [
            {**common, "endpoint": "sign", "name": "Sign, lobby", "device": "n-sign-1", "kind": "sign"},
            {**common, "endpoint": "strobe", "name": "Strobe, gym", "device": "n-strobe-1", "kind": "strobe"},
            {"what": "broker", "endpoint": "broker", "district": DISTRICT, "host": "127.0.0.1",
             "port": self.broker.port, "username": "watchbell", "ca": self.broker.tls.authority},
        ]  # fmt: skip
        await self.installation.put_config("mqttsign", listed, {"broker": "secret-watchbell"})
        self.service = await self.installation.run(Service())
        await self.connected()
        for one in (self.sign, self.strobe):
            await one.start()
            await one.wait_connected()
        await self.installation.wait_for(DeviceStatus, "status", 2)

    async def connected(self, count: int = 1) -> None:
        async with asyncio.timeout(15):
            while not any(link.is_up and link.connections >= count for link in self.service.links.values()):
                await asyncio.sleep(0.02)

    async def order(self, action: str, endpoint: str, attempt: int = 1, mode: str = "real") -> Receipt:
        now = clock.unix()
        asked = Order(
            id=f"{action}-{endpoint}-{mode}", attempt=attempt, press="p", district=DISTRICT, site=SITE, step="s",
            action=action, endpoint=Endpoint(id=endpoint, name=endpoint, gateway="mqttsign", device=endpoint),
            mode=mode, kind="lockdown", made_at=now, expires_at=now + 60, deadline_seconds=5.0, params=PARAMS,
        )  # fmt: skip
        known = len(self.installation.messages(Receipt, "receipt"))
        where = subject(DISTRICT, SITE, "order", "mqttsign", endpoint)
        await self.installation.bus.keep(where, signing.Signer().signed(asked), f"{asked.id}:{attempt}")
        return (await self.installation.wait_for(Receipt, "receipt", known + 1))[-1]

    async def state_of(self, endpoint: str, state: str, seconds: float = 6.0) -> DeviceStatus:
        async with asyncio.timeout(seconds):
            while True:
                found = [s for s in self.installation.messages(DeviceStatus, "status") if s.endpoint == endpoint]
                if found and found[-1].state == state:
                    return found[-1]
                await asyncio.sleep(0.01)


@pytest.fixture
async def field(installation, mosquitto):
    users = {
        name: ([f"signs/{name}/confirm", f"signs/{name}/state"], [f"signs/{name}/command"])
        for name in ("n-sign-1", "n-strobe-1")
    }
    users["watchbell"] = (["signs/+/command"], ["signs/+/confirm", "signs/+/state"])
    made = Field(installation, await mosquitto(users))
    yield made
    await made.sign.stop()
    await made.strobe.stop()


async def test_orders_are_done_when_the_device_has_confirmed_them(field):
    await field.start()
    receipt = await field.order("show_sign", "sign")
    assert (receipt.state, receipt.because) == ("done", "Confirmed by the device.")
    assert field.sign.showing == ["LOCKDOWN", "Locks, lights, out of sight"]
    assert receipt.protocol_seconds < 1
    assert (await field.order("start_strobe", "strobe")).state == "done" and field.strobe.showing == ["red"]
    assert (await field.order("clear_sign", "sign")).state == "done" and field.sign.showing == []
    assert (await field.order("stop_strobe", "strobe")).state == "done" and field.strobe.showing == []
    assert (await field.order("show_sign", "sign", mode="drill")).state == "done"
    assert field.sign.showing[0] == "DRILL: LOCKDOWN"


@pytest.mark.parametrize(
    ("how", "words"), [("refuses", "the lamp is broken"), ("slow", "did not confirm"), ("garbles", "did not confirm")]
)
async def test_a_device_that_fails_fails_the_order_and_the_next_attempt_succeeds(field, how, words):
    await field.start()
    field.sign.fail(how, 2.5)
    receipt = await field.order("show_sign", "sign")
    assert receipt.state == "failed" and words in receipt.because
    await asyncio.sleep(2.6)
    assert (await field.order("show_sign", "sign", 2)).state == "done"


async def test_the_last_will_makes_a_device_silent_and_it_shows_the_alarm_again_when_it_is_back(field):
    await field.start()
    assert (await field.order("show_sign", "sign")).state == "done"
    field.sign.restart()
    assert "lost" in (await field.state_of("sign", "silent")).because
    await field.state_of("sign", "online")
    async with asyncio.timeout(3):
        while not field.sign.showing:
            await asyncio.sleep(0.02)
    await field.order("clear_sign", "sign")
    field.sign.restart()
    await field.state_of("sign", "silent")
    await field.state_of("sign", "online")
    await asyncio.sleep(0.4)
    assert field.sign.showing == []


async def test_what_lay_on_the_broker_proves_no_life(installation, field):
    device = MqttDevice(field.broker.address("n-sign-1"), "signs/n-sign-1/state")
    await device.start()
    async with asyncio.timeout(5):
        while not device.is_up:
            await asyncio.sleep(0.02)
    await device.stop()  # with a goodbye: "online" lies there, and nobody is
    with pytest.raises(TimeoutError):
        field.sign.start = field.sign.stop
        field.sign.wait_connected = field.sign.stop
        async with asyncio.timeout(4):
            await field.start()
    assert {s.endpoint for s in installation.messages(DeviceStatus, "status")} == {"strobe"}


async def test_a_confirmation_of_another_device_or_one_that_lay_there_counts_for_nothing(field):
    await field.start()
    field.sign.fail("slow", 10)
    ordering = asyncio.create_task(field.order("show_sign", "sign"))
    async with asyncio.timeout(3):
        while not field.sign.commands:
            await asyncio.sleep(0.01)
    said = json.dumps({"id": field.sign.commands[0]["id"], "ok": True}).encode()
    await field.strobe.link.publish("signs/n-strobe-1/confirm", said)
    await field.strobe.link.publish("signs/n-sign-1/confirm", said)  # the access list drops it
    assert (await ordering).state == "failed"


async def test_the_broker_is_killed_and_back(field):
    await field.start()
    await field.broker.kill()
    receipt = await field.order("show_sign", "sign")
    assert receipt.state == "failed" and "away" in receipt.because
    await asyncio.sleep(1.5)
    assert field.service.state == "degraded"
    await field.broker.start()
    await field.connected(2)
    await field.sign.wait_connected()
    assert (await field.order("show_sign", "sign", 2)).state == "done"


async def test_orders_that_fit_nothing_are_refused(field):
    await field.start()
    assert "is a strobe" in (await field.order("show_sign", "strobe")).because
    assert "configuration" in (await field.order("show_sign", "nothing")).because
