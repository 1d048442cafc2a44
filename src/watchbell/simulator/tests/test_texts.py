"""The played carriers against the real gateways: texts and calls arrive, people write back, a carrier breaks."""

import asyncio
import json
import uuid
import wave

import pytest

from watchbell.gateways.rtppaging import piper
from watchbell.gateways.siptrunk import script
from watchbell.gateways.siptrunk.service import Service as Trunks
from watchbell.gateways.siptrunk.tests.office import Office as TrunkOffice
from watchbell.gateways.siptrunk.tests.office import batch as trunk_batch
from watchbell.gateways.sms.service import Service as Sms
from watchbell.gateways.sms.tests.office import Office, batch
from watchbell.gateways.voicecall.service import Service as Calls
from watchbell.gateways.voicecall.tests.test_batches import Office as CallOffice
from watchbell.gateways.voicecall.tests.test_batches import batch as call_batch
from watchbell.simulator.run import main
from watchbell.simulator.tests.test_run import _session, free_port

DISTRICT, SMPP, API, CALLS, TRUNK = (str(uuid.UUID(int=number)) for number in range(1, 6))
NUMBER = "+15735550100"


def carriers():
    common = {"host": "127.0.0.1", "from": "+15735550198", "account_sid": "ACx", "site": None, "test": False,
              "district": "0190d1f0-0000-7000-8000-000000000001", "secret": "s"}  # fmt: skip
    found = {
        SMPP: {**common, "endpoint": SMPP, "name": "By SMPP", "style": "smpp", "system_id": "cv", "port": free_port()},
        API: {**common, "endpoint": API, "name": "By API", "style": "rest", "port": free_port()},
        CALLS: {**common, "endpoint": CALLS, "name": "Calls", "kind": "call_carrier", "port": free_port()},
        TRUNK: {
            **common,
            "endpoint": TRUNK,
            "name": "Trunk",
            "kind": "sip_trunk",
            "port": free_port(),
            "user": "us",
            "register": True,
        },
    }
    for one in found.values():
        one["url"] = f"http://127.0.0.1:{one['port']}"
    return found


@pytest.fixture
async def world(installation, monkeypatch):
    for name in ("GATEWAY_SMS_PORT", "GATEWAY_VOICECALL_PORT", "GATEWAY_SIPTRUNK_PORT", "SIMULATOR_PORT"):
        monkeypatch.setenv(f"WATCHBELL_{name}", "0")
    monkeypatch.setattr(piper, "find_voice", lambda: None)
    monkeypatch.setattr(script, "KEY_SECONDS", 0.5)
    found = carriers()
    folder = installation.home / "demo"
    folder.mkdir()
    (folder / "played.json").write_text(json.dumps(
        {"texts": [found[SMPP], found[API]], "calls": [found[CALLS]], "trunks": [found[TRUNK]]}
    ))  # fmt: skip
    stop = asyncio.Event()
    playing = asyncio.create_task(main(stop))
    await installation.put_config("sms", [found[SMPP], found[API]], {SMPP: "s", API: "s"})
    await installation.put_config("voicecall", [found[CALLS]], {CALLS: "s"})
    await installation.run(Sms())
    await installation.put_config("siptrunk", [found[TRUNK]], {TRUNK: "s"})
    await installation.run(Calls())
    await installation.run(Trunks())
    async with asyncio.timeout(10):
        while not (folder / "simulator.address").exists():
            await asyncio.sleep(0.02)
    async with _session((folder / "simulator.address").read_text()) as ask:
        yield ask
    stop.set()
    await asyncio.wait_for(playing, 8)


@pytest.mark.parametrize("endpoint", [SMPP, API])
async def test_texts_are_shown_outside_and_answered(installation, world, endpoint):
    office = Office(installation)
    assert (await office.give(batch([NUMBER], endpoint=endpoint))).carrier == "ok"
    _, texts = await world("GET", "/outside/sms")
    assert [(one["to"], one["body"]["text"]) for one in texts] == [(NUMBER, "Hello no. 0")]
    status, told = await world("POST", "/act", {"what": "text_reply", "from": NUMBER, "text": "STOP"})
    assert status == 200, told
    await office.until(office.words)
    assert (office.words()[0].kind, office.words()[0].delivery) == ("opt_out", f"{0:032x}")
    assert (await world("POST", "/act", {"what": "text_reply", "from": "nobody", "text": "x"}))[0] == 400


async def test_a_carrier_breaks_as_it_is_told(installation, world):
    office = Office(installation)
    status, _ = await world("POST", "/fail", {"endpoint": "sms-api", "how": "down", "seconds": 30})
    assert status == 200
    assert (await office.give(batch([NUMBER], endpoint=API))).carrier == "down"
    assert (await world("POST", "/fail", {"endpoint": "calls", "how": "down"}))[0] == 400


async def test_calls_are_shown_outside(installation, world):
    office = CallOffice(installation)
    assert (await office.give(call_batch([NUMBER], endpoint=CALLS))).carrier == "ok"
    await office.until(lambda: office.states() == {0: "answered"})
    async with asyncio.timeout(10):  # the carrier notes a call once it is over
        while not (calls := (await world("GET", "/outside/voice"))[1]):
            await asyncio.sleep(0.05)
    assert calls[0]["body"]["key"] == "1" and calls[0]["to"] == NUMBER


async def test_calls_through_the_trunk_are_shown_with_what_was_heard(installation, world):
    office = TrunkOffice(installation, installation.home)
    told = await office.give(trunk_batch([NUMBER, "+15735550117"], endpoint=TRUNK))
    assert told.carrier == "ok" and office.states() == {0: "answered", 1: "machine"}
    async with asyncio.timeout(10):  # the trunk notes a call once it is over
        while len(calls := (await world("GET", "/outside/voice"))[1]) < 2:
            await asyncio.sleep(0.05)
    by_number = {one["to"]: one["body"] for one in calls}
    assert by_number[NUMBER]["key"] == "1" and by_number[NUMBER]["heard_seconds"] > 1
    assert by_number["+15735550117"]["by"] == "machine"
    kept = installation.home / "demo" / "calls" / by_number[NUMBER]["recording"]
    with wave.open(str(kept)) as file:
        assert file.getframerate() == 8000 and file.getnframes() > 8000
    assert (await world("POST", "/fail", {"endpoint": "trunk", "how": "refuses", "seconds": 30}))[0] == 200
    assert (await office.give(trunk_batch([NUMBER], endpoint=TRUNK))).carrier == "refuses"
