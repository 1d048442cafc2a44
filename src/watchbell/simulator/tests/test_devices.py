"""Played badges, signs, strobes and I/O modules on the played broker, against the real gateways."""

import asyncio
import json
import socket
import uuid

import aiohttp
import pytest

from watchbell.gateways.blebadge.service import Service as Badges
from watchbell.gateways.modbus.service import Service as Modules
from watchbell.gateways.mqttsign.service import Service as Signs
from watchbell.line import clock, signing
from watchbell.line.loopback_tls import make_loopback_tls
from watchbell.simulator.run import main
from watchbell.wire.order import Acknowledged, Endpoint, Order, Receipt
from watchbell.wire.press import PanicPressed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

DISTRICT, SITE = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
GATEWAYS = [f"AC233FC0000{number}" for number in range(1, 6)]
BADGE, HTTP_BADGE = "F00000000001", "F00000000002"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def played(tls, broker_port: int, module_port: int) -> dict:
    """Five gateways in a row of rooms; the last, at a site of its own, posts over HTTP."""
    hears = ["/gw/+/status", "/gw/+/state", "signs/+/confirm", "signs/+/state"]
    users = {"watchbell": {"publish": ["/gw/+/action", "signs/+/command"], "subscribe": hears}}
    for mac in GATEWAYS:
        users[mac] = {"publish": [f"/gw/{mac}/status", f"/gw/{mac}/state"], "subscribe": [f"/gw/{mac}/action"]}
    for name in ("sign-1", "strobe-1"):
        users[name] = {
            "publish": [f"signs/{name}/confirm", f"signs/{name}/state"],
            "subscribe": [f"signs/{name}/command"],
        }
    for name, user in users.items():
        user["password"] = f"secret-{name}"
    gateways = [
        {"mac": mac, "name": f"Gateway {number}", "endpoint": f"g{number}", "password": f"secret-{mac}",
         "way": "http" if number == 5 else "mqtt",
         "spot": ["other|f" if number == 5 else "site|f", 10.0 * number, 0.0]}
        for number, mac in enumerate(GATEWAYS, 1)
    ]  # fmt: skip
    common = {"site": SITE, "site_name": "North", "battery": 88, "place_name": "Room 3"}
    return {
        "mqtt": {
            "port": broker_port, "ca": tls.authority, "certificate": tls.certificate, "key": tls.key, "users": users,
            "gateways": gateways,
            "signs": [{"device": "sign-1", "name": "Sign", "endpoint": "sign", "kind": "sign",
                       "password": "secret-sign-1"},
                      {"device": "strobe-1", "name": "Strobe", "endpoint": "strobe", "kind": "strobe",
                       "password": "secret-strobe-1"}],
            "badges": [{"mac": BADGE, "name": "Badge of Ann", "endpoint": "b1", "spot": ["site|f", 31.0, 0.0],
                        **common},
                       {"mac": HTTP_BADGE, "name": "Badge of Bo", "endpoint": "b2", "spot": ["other|f", 5.0, 0.0],
                        **common}],
        },
        "io_modules": [{
            "endpoint": "module", "name": "I/O module", "port": module_port,
            "buttons": [{"endpoint": "wall", "name": "Wall button", "input": 1, "is_loop": True, "kind": "lockdown",
                         "site": SITE}],
            "outputs": [{"coil": 0, "name": "Strobe, gym", "endpoint": "coil"}],
        }],
    }  # fmt: skip


async def configure(installation, tls, broker_port: int, module_port: int) -> None:
    common = {"district": DISTRICT, "site": SITE, "fallback": SITE}
    broker = {"what": "broker", "endpoint": "broker", "name": "Broker", "host": "127.0.0.1", "port": broker_port,
              "username": "watchbell", "ca": tls.authority, **common}  # fmt: skip
    gateways = [
        {"what": "gateway", "endpoint": f"g{number}", "name": f"Gateway {number}", "mac": mac,
         "place_name": f"Room {number}", **common, "site": SITE if number < 5 else str(uuid.UUID(int=3))}
        for number, mac in enumerate(GATEWAYS, 1)
    ]  # fmt: skip
    badges = [{"what": "badge", "endpoint": f"b{n}", "name": name, "mac": mac, **common}
              for n, (name, mac) in enumerate((("Badge of Ann", BADGE), ("Badge of Bo", HTTP_BADGE)), 1)]  # fmt: skip
    secrets = {"broker": "secret-watchbell", "g5": f"secret-{GATEWAYS[4]}"}
    await installation.put_config("blebadge", [broker, *gateways, *badges], secrets)
    devices = [{"what": "device", "endpoint": name, "name": name, "device": f"{name}-1", "kind": name, **common}
               for name in ("sign", "strobe")]  # fmt: skip
    await installation.put_config("mqttsign", [broker, *devices], secrets)
    await installation.put_config("modbus", [{
        "module": "io", "endpoint": "module", "name": "I/O module", "host": "127.0.0.1", "port": module_port, "unit": 1,
        "inputs": [{"endpoint": "wall", "input": 1, "style": "supervised", "place_name": "Gym"}],
        "outputs": [{"endpoint": "coil", "coils": [0]}], **common,
    }], {})  # fmt: skip


@pytest.fixture
async def world(installation, monkeypatch):
    """Gateways and simulator running; gives a function (method, path, body) -> JSON."""
    monkeypatch.setenv("WATCHBELL_SIMULATOR_PORT", "0")
    tls, ports = make_loopback_tls(str(installation.home)), (free_port(), free_port())
    folder = installation.home / "demo"
    folder.mkdir()
    told = played(tls, *ports)
    told["mqtt"]["supervise"] = 0.5
    (folder / "played.json").write_text(json.dumps(told))
    await configure(installation, tls, *ports)
    for service in (Badges(), Signs(), Modules()):
        await installation.run(service)
    stop = asyncio.Event()
    playing = asyncio.create_task(main(stop))
    async with asyncio.timeout(20):
        while not (folder / "simulator.address").exists():
            await asyncio.sleep(0.02)
    async with aiohttp.ClientSession(f"http://{(folder / 'simulator.address').read_text()}") as session:

        async def ask(method: str, path: str, body: object = None):
            async with session.request(method, path, json=body) as answer:
                return json.loads(await answer.text())

        for endpoint in ("g1", "g2", "g3", "g4", "sign", "strobe", "module"):
            await state_of(installation, endpoint, "online")
        yield ask
    stop.set()
    await asyncio.wait_for(playing, 10)


async def state_of(installation, endpoint: str, state: str, seconds: float = 25.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = [s for s in installation.messages(DeviceStatus, "status") if s.endpoint == endpoint]
            if found and found[-1].state == state:
                return
            await asyncio.sleep(0.02)


async def order(installation, gateway: str, action: str, endpoint: str) -> Receipt:
    now = clock.unix()
    asked = Order(
        id=f"{action}-{endpoint}", attempt=1, press="p", district=DISTRICT, site=SITE, step="s", action=action,
        endpoint=Endpoint(id=endpoint, name=endpoint, gateway=gateway, device=endpoint), mode="real", kind="lockdown",
        made_at=now, expires_at=now + 60, deadline_seconds=5.0, params={"title": "Lockdown", "directive": "Locks"},
    )  # fmt: skip
    known = len(installation.messages(Receipt, "receipt"))
    where = subject(DISTRICT, SITE, "order", gateway, endpoint)
    await installation.bus.keep(where, signing.Signer().signed(asked), asked.id)
    return (await installation.wait_for(Receipt, "receipt", known + 1))[-1]


async def test_a_played_badge_is_heard_by_many_raised_once_and_felt(installation, world):
    told = await world("POST", "/act", {"what": "press_badge", "badge": BADGE, "presses": 8})
    presses = await installation.wait_for(PanicPressed, "press", 2)
    assert [(one.kind, one.place_name) for one in presses] == [("staff_assist", "Room 3"), ("lockdown", "Room 3")]
    assert told["heard_by"] == 4 and told["nearest"] == "Gateway 3" and "received" in told["felt"]
    answer = Acknowledged(id="a", district=DISTRICT, site=SITE, press=presses[1].id, order="o", at=clock.unix(),
                          what="dispatch_acknowledged", by="county")  # fmt: skip
    await installation.bus.keep(subject(DISTRICT, SITE, "receipt", "eido", "county"), answer, "a")
    async with asyncio.timeout(3):
        while "police_acknowledged" not in [one["body"]["pattern"] for one in await world("GET", "/outside/badges")]:
            await asyncio.sleep(0.02)


async def test_a_badge_at_a_gateway_on_http(installation, world):
    await world("POST", "/act", {"what": "press_badge", "badge": HTTP_BADGE, "presses": 3})
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.place_name, press.kind) == ("Room 5", "staff_assist")


async def test_signs_strobes_and_wall_buttons(installation, world):
    assert (await order(installation, "mqttsign", "show_sign", "sign")).state == "done"
    assert (await order(installation, "mqttsign", "start_strobe", "strobe")).state == "done"
    assert (await order(installation, "modbus", "start_strobe", "coil")).state == "done"
    assert [one["body"]["showing"] for one in await world("GET", "/outside/signs")] == [["LOCKDOWN", "Locks"]]
    assert {one["to"] for one in await world("GET", "/outside/strobes")} == {"Strobe", "Strobe, gym"}
    await world("POST", "/act", {"what": "cut_wire", "button": "wall"})
    await state_of(installation, "wall", "trouble")
    await world("POST", "/act", {"what": "mend_wire"})
    await world("POST", "/act", {"what": "press_contact"})
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.device, press.place_name) == ("modbus/io/1", "Gym")
    listed = await world("GET", "/played")
    assert len(listed["badges"]) == 2 and listed["wall_buttons"][0]["name"] == "Wall button"


@pytest.mark.parametrize("endpoint", ["g1", "sign"])
async def test_a_device_cut_off_is_silent_and_comes_back(installation, world, endpoint):
    await world("POST", "/fail", {"endpoint": endpoint, "how": "silent", "seconds": 1})
    await state_of(installation, endpoint, "silent")
    await state_of(installation, endpoint, "online")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"what": "press_badge", "badge": "x"}, 404), ({"what": "press_badge", "presses": 0}, 400),
     ({"what": "press_badge", "presses": "3"}, 400), ({"what": "press_contact", "button": "x"}, 404)],
)  # fmt: skip
async def test_what_cannot_be_done_is_said(world, body, status):
    assert (await world("POST", "/act", body))["status"] == status
