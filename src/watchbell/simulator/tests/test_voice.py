"""The played telephone system against the real gateways: codes, 911 calls, pages."""

import asyncio
import json
import uuid

import pytest

from watchbell.gateways.pbx.service import Service as Calls
from watchbell.gateways.sip.service import Service as Sip
from watchbell.line import clock, signing
from watchbell.simulator.run import main
from watchbell.simulator.tests.test_run import _session, free_port
from watchbell.wire.order import Endpoint, Order, Receipt
from watchbell.wire.press import PanicPressed
from watchbell.wire.subjects import subject

DISTRICT, SITE, PLACE, PHONE, SYSTEM, FEED, SPEAKER = (str(uuid.UUID(int=number)) for number in range(1, 8))


@pytest.fixture
async def world(installation, monkeypatch):
    for name in ("GATEWAY_SIP_PORT", "GATEWAY_PBX_PORT", "GATEWAY_PBX_SIP_PORT", "SIMULATOR_PORT"):
        monkeypatch.setenv(f"WATCHBELL_{name}", "0")
    port = free_port()
    common = {"district": DISTRICT, "site": SITE, "host": "127.0.0.1", "port": port}
    phone = {"kind": "phone", "endpoint": PHONE, "extension": "4312", "district": DISTRICT, "site": SITE,
             "site_name": "North", "place": PLACE, "place_name": "Room 12", "callback": "+15735554312"}  # fmt: skip
    system = {"kind": "pbx", "endpoint": SYSTEM, "device": "pbx", "codes": {"*99": "lockdown"}, **common}
    speaker = {"kind": "sip_speaker", "endpoint": SPEAKER, "device": "gym", "user": "7001", **common}
    feed = {"kind": "call_feed", "endpoint": FEED, "device": "calls", "watch": ["911"], **common}
    folder = installation.home / "demo"
    folder.mkdir()
    (folder / "played.json").write_text(json.dumps({"pbx": {
        "port": port, "endpoint": SYSTEM, "name": "Telephone system", "account": "watchbell", "password": "p",
        "feed": "calls", "token": "t", "phones": [{"extension": "4312", "name": "Room 12", "endpoint": PHONE}],
    }}))  # fmt: skip
    stop = asyncio.Event()
    playing = asyncio.create_task(main(stop))
    await installation.put_config("sip", [system, speaker, phone], {SYSTEM: "p"})
    await installation.put_config("pbx", [feed, phone], {FEED: "t"})
    gateway = await installation.run(Sip())
    await installation.run(Calls())
    async with asyncio.timeout(20):
        while not (folder / "simulator.address").exists() or gateway._said.get(SYSTEM, ("",))[0] != "online":
            await asyncio.sleep(0.02)
    async with _session((folder / "simulator.address").read_text()) as ask:
        yield ask
    stop.set()
    await asyncio.wait_for(playing, 5)


async def test_a_911_call_told_both_ways_is_one_press_with_its_room(installation, world):
    status, told = await world("POST", "/act", {"what": "call_911", "extension": "4312"})
    assert status == 200 and told["webhook"] == [200], told
    await asyncio.sleep(0.3)
    (press,) = installation.messages(PanicPressed, "press")
    assert (press.kind, press.mode, press.place) == ("call_911", "real", PLACE)
    status, told = await world("POST", "/act", {"what": "call_911", "extension": "4312", "dialed": "933"})
    assert status == 200 and (await installation.wait_for(PanicPressed, "press", 2))[1].mode == "test"
    _, heard = await world("GET", "/outside/pbx")
    assert [one["to"] for one in heard] == ["911", "933"]
    assert (await world("POST", "/act", {"what": "call_911", "extension": "9"}))[0] == 404
    assert (await world("POST", "/act", {"what": "call_911", "dialed": "411"}))[0] == 400


async def test_a_dialled_code_is_confirmed_to_the_caller(installation, world):
    status, told = await world("POST", "/act", {"what": "dial_code", "extension": "4312", "code": "*99"})
    assert status == 200
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.kind, press.place_name, press.known) == ("lockdown", "Room 12", True)
    async with asyncio.timeout(20):
        while not (heard := (await world("GET", "/outside/sip"))[1]):
            await asyncio.sleep(0.05)
    assert heard[0]["body"]["what"] == "confirmed" and heard[0]["body"]["heard_seconds"] > 2
    status, told = await world("POST", "/act", {"what": "dial_code", "extension": "4312", "code": "*98"})
    assert told["answer"] == 404


async def test_a_page_is_heard_by_the_played_speaker_and_can_be_refused(installation, world):
    async def page(press: str) -> Receipt:
        now = clock.unix()
        order = Order(
            id=f"o{press}", attempt=1, press=press, district=DISTRICT, site=SITE, step="s", action="start_page",
            endpoint=Endpoint(id=SPEAKER, name="Gym", gateway="sip", device="gym"), mode="real", made_at=now,
            expires_at=now + 60, deadline_seconds=5.0, kind="lockdown",
        )  # fmt: skip
        where = subject(DISTRICT, SITE, "order", "sip", "gym")
        before = len(installation.messages(Receipt, "receipt"))
        await installation.bus.keep(where, signing.Signer().signed(order), order.id)
        return (await installation.wait_for(Receipt, "receipt", before + 1, 10))[-1]

    assert (await world("POST", "/fail", {"endpoint": "pbx", "how": "refuses", "seconds": 600}))[0] == 200
    assert (await page("a")).state == "failed"
    assert (await world("POST", "/fail", {"endpoint": "pbx", "how": "refuses", "seconds": 0.01}))[0] == 200
    await asyncio.sleep(0.1)
    assert (await page("b")).state == "done"
    _, heard = await world("GET", "/outside/sip")
    assert any(one["body"]["what"] == "page_started" for one in heard)
