"""Telling a played centre over real sockets, and hearing what it answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from watchbell.gateways.eido.peer import Psap
from watchbell.gateways.eido.service import EidoGateway
from watchbell.gateways.eido.tests.bench import make_order, signed
from watchbell.line import clock
from watchbell.wire.base import encode
from watchbell.wire.order import Acknowledged, Order, Receipt
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

TOKEN = "t0ken-of-the-centre"


class District:
    """A gateway with a real centre and a test desk."""

    def __init__(self, installation: Any, vectors: Path) -> None:
        self.place = installation
        self.heard: list[dict[str, Any]] = []
        folder = vectors / "eido" / "schema"
        self.psap = Psap(
            "County 911", 0, self.heard.append, token=TOKEN, schema_folder=folder, acknowledge_seconds=0.05,
            assign_seconds=0.05,
        )  # fmt: skip
        self.desk = Psap("Training desk", 0, self.heard.append, token="desk", acknowledge_seconds=None)
        self.gateway: EidoGateway

    async def start(self) -> None:
        await self.psap.start()
        await self.desk.start()
        entries = [
            {"endpoint": "e1", "name": "County 911", "district": "d1", "site": None, "url": self.psap.url,
             "kind": "psap", "test": False, "agency_id": "county.invalid", "sender_id": "schools.example.org"},
            {"endpoint": "e2", "name": "Training desk", "district": "d1", "site": None, "url": self.desk.url,
             "kind": "psap", "test": True, "agency_id": "desk.invalid", "sender_id": "schools.example.org"},
        ]  # fmt: skip
        await self.place.put_config("eido", entries, {"e1": TOKEN, "e2": "desk"})
        self.gateway = await self.place.run(EidoGateway())

    async def order(self, order: Order) -> Receipt:
        before = len(self.place.messages(Receipt, "receipt"))
        where = subject(order.district, order.site, "order", "eido", order.endpoint.device)
        assert await self.place.bus.keep(where, signed(order), order.id)
        return (await self.place.wait_for(Receipt, "receipt", before + 1, 8))[-1]

    def bodies(self, to: str) -> list[dict[str, Any]]:
        return [report["body"] for report in self.heard if report["to"] == to]


@pytest.fixture
async def district(installation: Any, vectors: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[District]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_EIDO_PORT", "0")
    found = District(installation, vectors)
    await found.start()
    yield found
    await found.psap.stop()
    await found.desk.stop()


async def acknowledged(district: District, what: str) -> list[Acknowledged]:
    async with asyncio.timeout(5):
        while True:
            found = [one for one in district.place.messages(Acknowledged, "receipt") if one.what == what]
            if found:
                return found
            await asyncio.sleep(0.01)


async def test_a_centre_is_told_acknowledges_and_assigns_units(district: District) -> None:
    order = make_order()
    receipt = await district.order(order)
    assert receipt.state == "done" and "received at County 911" in receipt.because
    assert receipt.detail["status"] == 201
    taken = (await acknowledged(district, "dispatch_acknowledged"))[0]
    assert (taken.order, taken.press, taken.by, taken.by_name) == (order.id, order.press, "e1", "Dana Ortiz")
    units = (await acknowledged(district, "dispatch_status"))[0]
    assert [unit["name"] for unit in units.detail["units"]] == ["Adam 12", "Medic 4"] and "Adam 12" in units.because
    async with asyncio.timeout(5):  # we hear of it before the centre has our answer
        while len(district.psap.answers) < 2:
            await asyncio.sleep(0.01)
    assert district.psap.problems == [] and district.psap.answers == [200, 200]
    assert len(district.place.messages(Acknowledged, "receipt")) == 2


async def test_clearing_sends_the_same_incident_closed_and_newer(district: District) -> None:
    await district.order(make_order())
    await district.order(make_order("clear_dispatch", note="Police have released the school."))
    first, last = district.bodies("County 911")
    assert first["$id"] == last["$id"] and first["lastUpdateTimeStamp"] < last["lastUpdateTimeStamp"]
    assert last["incidentComponent"]["incidentStatusCommonRegistryText"] == ["Closed"]
    assert last["notesComponent"][0]["notesActionComments"] == "Police have released the school."
    assert "<ca:ROOM>214</ca:ROOM>" in last["locationComponent"][0]["locationByValue"]
    assert district.psap.problems == []


def notes_of(body: dict[str, Any]) -> list[str]:
    return [note["notesActionComments"] for note in body["notesComponent"]]


async def test_whoever_presses_or_calls_too_is_one_more_voice_in_the_incident_the_centre_has(
    district: District,
) -> None:
    first = make_order()
    await district.order(first)
    other = make_order(press="p2", alarm=first.press, callers=2, said="Pressed in Gym by Bo.")
    await district.order(other)
    call = make_order(
        press="p3", alarm=first.press, callers=1, said="911 called from Room 12.", callback=["tel:+15735554312"]
    )
    await district.order(call)
    bodies = district.bodies("County 911")
    assert len({body["$id"] for body in bodies}) == 1 and len(bodies) == 3
    assert notes_of(bodies[2])[1:] == ["Seen at gym", "Pressed in Gym by Bo.", "911 called from Room 12."]
    assert "3 people have pressed" in notes_of(bodies[2])[0]
    numbers = bodies[2]["callbackComponent"][0]["callBackInformationUri"]
    assert numbers == ["tel:+15735554312", "tel:+15555550100"], "who called comes first"
    assert "<ca:ROOM>214</ca:ROOM>" in bodies[2]["locationComponent"][0]["locationByValue"], "the place is the first's"
    taken = await acknowledged(district, "dispatch_acknowledged")
    assert {one.press for one in taken} == {first.press}
    told = {"number": 1, "presses": [{"place_name": "Room 214"}, {"place_name": "Gym", "by_name": "Bo"},
            {"place_name": "Room 12", "called": True, "callback": "+15735554312"}]}  # fmt: skip
    await district.order(make_order("update_dispatch", update=told))
    update = district.bodies("County 911")[-1]
    (line,) = [one for one in notes_of(update) if "Gym" in one]
    assert update["callbackComponent"][0]["callBackInformationUri"] == numbers, "the caller can still be called back"
    assert line == "3 alarms: Room 214; Gym (Bo); 911 called from Room 12 (call back +15735554312)."
    await district.order(make_order("clear_dispatch", press="p2", alarm=first.press))
    last = district.bodies("County 911")[-1]
    assert last["$id"] == bodies[0]["$id"]
    assert last["incidentComponent"]["incidentStatusCommonRegistryText"] == ["Closed"]
    assert district.psap.problems == []


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_exercises_reach_the_test_desk_only(district: District, mode: str) -> None:
    refused = await district.order(make_order(mode=mode))
    assert refused.state == "failed" and refused.because == f"Refused: a {mode} never reaches County 911."
    # Even an order that names the real centre a test endpoint is refused: the gateway's own entry counts.
    assert (await district.order(make_order(mode=mode, test=True, press="b" * 16))).state == "failed"
    assert (await district.order(make_order(mode=mode, test=True, endpoint="e2"))).state == "done"
    assert district.bodies("County 911") == []
    told = district.bodies("Training desk")[0]
    assert told["incidentComponent"]["incidentTypeCommonRegistryText"] == "NONEMERG"


@pytest.mark.parametrize(("how", "word"), [("refuses", "503"), ("garbles", "500"), ("silent", "did not answer")])
async def test_a_broken_centre_is_a_failed_receipt(district: District, how: str, word: str) -> None:
    district.psap.fail(how, 3.5)
    receipt = await district.order(make_order())
    assert receipt.state == "failed" and word in receipt.because and district.heard == []


async def test_a_centre_that_is_away_or_unknown_says_so(district: District) -> None:
    await district.psap.stop()
    assert "cannot be reached" in (await district.order(make_order())).because
    assert "No address" in (await district.order(make_order(endpoint="e9"))).because
    await district.psap.start()


async def test_the_wrong_token_tells_nobody(district: District) -> None:
    district.psap.token = "another"
    receipt = await district.order(make_order())
    assert receipt.state == "failed" and "401" in receipt.because and TOKEN not in encode(receipt).decode()


async def test_what_was_told_can_be_read_again_with_the_token(district: District) -> None:
    district.psap.acknowledge_seconds = None
    await district.order(make_order())
    told = district.bodies("County 911")[0]
    address = f"http://{district.gateway.address}/EIDO/{quote(told['$id'], safe='')}"
    async with aiohttp.ClientSession() as session:
        async with session.get(address, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            assert answer.status == 200 and await answer.json() == told
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer x"}, 401),
            ({"Authorization": "Bearer \udcff"}, 401),
            ({"Authorization": f"bearer  {TOKEN}"}, 200),
            ({"Authorization": "Bearer desk"}, 404),
        ):
            async with session.get(address, headers=headers) as answer:
                assert answer.status == status


async def test_a_subscriber_is_notified_and_heard(district: District) -> None:
    district.psap.acknowledge_seconds = None
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.ws_connect(f"http://{district.gateway.address}/conveyance") as socket,
    ):
        await socket.send_json({"subscribe": {}})
        assert (await socket.receive_json())["subscribeResponse"]["statusCode"] == 200
        await district.order(make_order())
        told = (await socket.receive_json(timeout=3))["notify"]
        reply = district.psap._reply(told, ["Active"], [])
        await socket.send_json({"status": reply})
        assert (await socket.receive_json())["statusResponse"]["statusCode"] == 200
        assert (await acknowledged(district, "dispatch_acknowledged"))[0].by_name == "Dana Ortiz"
        await socket.send_str("\u2603 nonsense")
        assert (await socket.receive_json())["error"]["statusCode"] == 400
        await socket.send_json({"status": reply | {"$id": "urn:other"}})
        assert (await socket.receive_json())["statusResponse"]["statusCode"] == 404


async def test_nonsense_and_strangers_are_refused(district: District) -> None:
    base = f"http://{district.gateway.address}"
    good = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession() as session:
        for headers, body, status in ((good, b"\xff", 400), ({}, b"{}", 401), (good, b"{}", 400)):
            async with session.post(f"{base}/status/x", data=body, headers=headers) as answer:
                assert answer.status == status
    assert district.place.messages(Acknowledged, "receipt") == []


async def test_an_acknowledgement_after_a_restart_is_still_known(district: District) -> None:
    district.psap.acknowledge_seconds = 1.0
    await district.order(make_order())
    address = district.gateway.address
    await district.place.halt()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHBELL_GATEWAY_EIDO_PORT", address.rpartition(":")[2])
        began = clock.monotonic()
        await district.place.run(EidoGateway())
        await acknowledged(district, "dispatch_acknowledged")
        assert clock.monotonic() - began < 4


async def test_a_centre_proves_its_life_without_being_told_anything(district):
    found = {one.endpoint: one for one in await district.place.wait_for(DeviceStatus, "status", 2)}
    assert {one.state for one in found.values()} == {"online"} and set(found) == {"e1", "e2"}
    district.psap.token = "another"
    assert [one.state for one in await district.gateway.probe()] == ["trouble", "online"]
    district.psap.fail("silent", 30)
    assert [one.state for one in await district.gateway.probe()] == ["silent", "online"]
    assert not district.heard and not district.psap.answers
