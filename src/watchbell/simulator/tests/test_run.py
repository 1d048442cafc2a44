"""The played district against real gateways: what is acted arrives, what is ordered is shown."""

import asyncio
import json
import socket
import uuid
from contextlib import asynccontextmanager

import aiohttp
import pytest

from watchbell.gateways.osdp.service import Service as Doors
from watchbell.gateways.siadc09.service import Service as Panels
from watchbell.line import clock, signing
from watchbell.simulator.run import main
from watchbell.wire.order import Endpoint, Order
from watchbell.wire.press import PanicPressed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

DISTRICT, SITE, PLACE, BUTTON, DOOR, ZONE = (str(uuid.UUID(int=number)) for number in range(1, 7))
KEY, SCBK = "0123456789abcdef" * 2, "a1" * 16


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def played(door_port: int) -> dict:
    return {
        "panels": [{"account": "5678", "key": KEY, "receiver": "", "site": SITE, "site_name": "North",
                    "zones": [{"zone": "12", "endpoint": BUTTON, "place_name": "Room 12", "kind": "lockdown"}]}],
        "door_controllers": [{"controller": "n1", "port": door_port,
                              "devices": [{"address": 3, "scbk": SCBK, "endpoint": DOOR, "name": "Door 3"}]}],
        "paging_zones": [{"endpoint": ZONE, "name": "Hall", "group": "239.192.77.1", "port": free_port(),
                          "site": SITE}],
        "eido": [{"endpoint": str(uuid.UUID(int=9)), "name": "County 911", "port": free_port()}],
        "voice": {"port": free_port()}, "push": {"port": free_port()},
    }  # fmt: skip


@pytest.fixture
async def world(installation, monkeypatch):
    """Gateways and simulator running; gives a function (method, path, body) -> (status, JSON)."""
    monkeypatch.setenv("WATCHBELL_SIMULATOR_PORT", "0")
    port = free_port()
    zone = {"endpoint": BUTTON, "place": PLACE, "place_name": "Room 12", "kind": "lockdown"}
    panel = {"account": "5678", "district": DISTRICT, "site": SITE, "zones": {"12": zone}}
    door = {"endpoint": DOOR, "address": 3, "name": "Door 3"}
    controller = {"controller": "n1", "host": "127.0.0.1", "port": port, "district": DISTRICT, "site": SITE}
    await installation.put_config("siadc09", [panel], {"5678": KEY})
    await installation.put_config("osdp", [{**controller, "devices": [door]}], {"n1:3": SCBK})
    await installation.run(Panels())
    await installation.run(Doors())
    folder = installation.home / "demo"
    folder.mkdir()
    stop = asyncio.Event()
    playing = asyncio.create_task(main(stop))
    await asyncio.sleep(0.1)
    (folder / "played.json").write_text(json.dumps(played(port)))
    async with asyncio.timeout(10):
        while not (folder / "simulator.address").exists():
            await asyncio.sleep(0.02)
    async with _session((folder / "simulator.address").read_text()) as ask:
        yield ask
    stop.set()
    await asyncio.wait_for(playing, 5)


@asynccontextmanager
async def _session(address: str):
    async with aiohttp.ClientSession(f"http://{address}") as session:

        async def ask(method: str, path: str, body: object = None):
            async with session.request(method, path, json=body) as answer:
                return answer.status, json.loads(await answer.text())

        yield ask


async def test_a_played_button_presses_over_the_real_protocol(installation, world):
    status, told = await world("POST", "/act", {"what": "press_button"})
    assert (status, told["answer"], told["place_name"]) == (200, "ACK", "Room 12")
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.place, press.kind) == (PLACE, "lockdown")
    status, told = await world("POST", "/act", {"what": "press_button", "endpoint": BUTTON, "kind": "medical"})
    assert told["answer"] == "ACK"
    assert (await installation.wait_for(PanicPressed, "press", 2))[1].kind == "medical"
    _, heard = await world("GET", "/outside/panels")
    assert [one["body"]["answer"] for one in heard] == ["ACK", "ACK"]


async def test_a_door_order_is_shown_outside_and_a_forced_door_is_told(installation, world):
    await installation.wait_for(DeviceStatus, "status", 2, seconds=10)
    async with asyncio.timeout(8):
        while not any(s.lock and s.contact for s in installation.messages(DeviceStatus, "status")):
            await asyncio.sleep(0.02)
    now = clock.unix()
    order = Order(
        id="o", attempt=1, press="p", district=DISTRICT, site=SITE, step="s", action="lock_door", mode="real",
        endpoint=Endpoint(id=DOOR, name="Door 3", gateway="osdp", device="osdp/n1/3"), made_at=now, expires_at=now + 60,
        deadline_seconds=5.0,
    )  # fmt: skip
    where = subject(DISTRICT, SITE, "order", "osdp", "osdp/n1/3")
    await installation.bus.keep(where, signing.Signer().signed(order), "o")
    async with asyncio.timeout(5):
        while not (heard := (await world("GET", f"/outside/doors?since={now}"))[1]):
            await asyncio.sleep(0.02)
    assert (heard[0]["to"], heard[0]["body"]) == ("Door 3", "output 0 on")
    since = (await world("GET", f"/outside/doors?since={heard[0]['at']}"))[1]
    assert all(one["at"] > heard[0]["at"] for one in since)
    status, told = await world("POST", "/act", {"what": "forced_door", "endpoint": DOOR})
    assert (status, told["is_open"]) == (200, True)
    async with asyncio.timeout(5):
        while not any(s.contact == "open" for s in installation.messages(DeviceStatus, "status")):
            await asyncio.sleep(0.02)


async def test_everything_in_played_json_is_played(world):
    status, told = await world("GET", "/played")
    assert status == 200 and told["problems"] == []
    assert [one["endpoint"] for one in told["buttons"]] == [BUTTON]
    assert [one["name"] for one in told["doors"]] == ["Door 3"]
    assert [one["name"] for one in told["zones"]] == ["Hall"]
    status, channels = await world("GET", "/outside")
    assert set(channels) == {
        "panels",
        "doors",
        "paging",
        "eido",
        "voice",
        "push",
        "cap",
        "badges",
        "signs",
        "strobes",
        "sip",
        "pbx",
        "smtp",
        "sms",
        "social",
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/act", {"what": "fly"}, 400), ("/act", [], 400), ("/act", {"what": "press_button", "endpoint": "x"}, 404),
     ("/act", {"what": "tamper", "endpoint": "x"}, 404), ("/act", {"what": "press_button", "code": "!"}, 400),
     ("/fail", {"endpoint": DOOR, "how": "melts"}, 400), ("/fail", {"endpoint": "x", "how": "silent"}, 404),
     ("/fail", {"endpoint": DOOR, "how": "silent", "seconds": -1}, 400)],
)  # fmt: skip
async def test_what_cannot_be_done_is_said_in_a_problem_document(world, path, body, status):
    found, told = await world("POST", path, body)
    assert (found, told["status"]) == (status, status) and told["title"]
    if body == {"what": "fly"}:
        assert "press_button" in told["possible"]


async def test_channels_nobody_plays_and_bad_moments_are_refused(world):
    assert (await world("GET", "/outside/nothing"))[0] == 404
    assert (await world("GET", "/outside/doors?since=yesterday"))[0] == 400


async def test_a_broken_panel_gets_through_once_it_is_whole(installation, world):
    status, _ = await world("POST", "/fail", {"endpoint": BUTTON, "how": "silent", "seconds": 1})
    assert status == 200
    _, told = await world("POST", "/act", {"what": "press_button"})
    assert told["answer"] == "ACK" and told["attempts"] > 1
    assert len(await installation.wait_for(PanicPressed, "press")) == 1
