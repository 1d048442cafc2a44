"""911 call events over real sockets: by webhook and by NOTIFY; told twice is one; nothing else is kept."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from watchbell.gateways.pbx.peer import Switch, call_body, post_call
from watchbell.gateways.pbx.service import PbxGateway
from watchbell.wire.press import PanicPressed, PressRefused
from watchbell.wire.status import DeviceStatus


class Office:
    def __init__(self, installation: Any) -> None:
        self.place = installation
        self.switch = Switch()
        self.gateway: PbxGateway

    async def start(self) -> None:
        await self.switch.start()
        entries = [
            {"kind": "call_feed", "endpoint": "f1", "name": "911 calls", "device": "pbx-1", "district": "d1",
             "site": "s9", "host": "127.0.0.1", "port": self.switch.port, "watch": ["911"]},
            {"kind": "phone", "endpoint": "t1", "extension": "4312", "callback": "+15735554312", "district": "d1",
             "site": "s1", "site_name": "Lincoln High", "place": "p12", "place_name": "Room 12"},
            {"kind": "call_feed", "endpoint": "f2", "device": "bad", "district": "d1", "fields": {"nonsense": "a"}},
        ]  # fmt: skip
        await self.place.put_config("pbx", entries, {"f1": "token-1"})
        self.gateway = await self.place.run(PbxGateway())

    async def post(self, body: Any, token: str = "token-1", **more: Any) -> tuple[int, dict[str, Any]]:
        return await post_call(self.gateway.address, "pbx-1", token, body, **more)

    @property
    def presses(self) -> list[PanicPressed]:
        return list(self.place.messages(PanicPressed, "press"))


@pytest.fixture
async def office(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    for name in ("PBX", "PBX_SIP"):
        monkeypatch.setenv(f"WATCHBELL_GATEWAY_{name}_PORT", "0")
    found = Office(installation)
    await found.start()
    yield found
    await installation.halt()
    await found.switch.stop()


async def test_a_webhook_raises_with_room_and_callback(office: Office) -> None:
    status, answer = await office.post(call_body("4312", call_id="c1", at="2026-11-26T12:00:00Z"))
    assert status == 200 and len(answer["taken"]) == 1
    press = (await office.place.wait_for(PanicPressed, "press"))[0]
    assert (press.kind, press.mode, press.site, press.place, press.place_name, press.known) == (
        "call_911", "real", "s1", "p12", "Room 12", True,
    )  # fmt: skip
    assert press.note == "911 was called from Room 12 (ext. 4312). Call back +15735554312."
    assert press.detail == {"extension": "4312", "callback": "+15735554312", "dialed": "911"}


async def test_a_repeated_webhook_is_one_press(office: Office) -> None:
    body = call_body("4312", call_id="c1")
    answers = await asyncio.gather(*(office.post(body) for _ in range(5)))
    assert {answer["taken"][0] for _, answer in answers} == {answers[0][1]["taken"][0]}
    await asyncio.sleep(0.2)
    assert len(office.presses) == 1
    await office.post(call_body("4312", call_id="c2"))
    assert len(await office.place.wait_for(PanicPressed, "press", 2)) == 2


async def test_a_notify_to_our_subscription_raises_once_however_often_it_is_sent(office: Office) -> None:
    async with asyncio.timeout(5):
        while not office.switch.subscribers:
            await asyncio.sleep(0.02)
    for state in ("trying", "early", "confirmed", "terminated"):
        responses = await office.switch.notify("4312", call_id="call-7", state=state)
        assert [one.status for one in responses] == [200]
    await asyncio.sleep(0.2)
    assert [press.detail["extension"] for press in office.presses] == ["4312"]
    statuses = await office.place.wait_for(DeviceStatus, "status")
    assert any(one.device == "pbx-1" and one.state == "online" for one in statuses)


async def test_one_call_told_both_ways_is_one_press(office: Office) -> None:
    address = f"sip:watchbell@127.0.0.1:{office.gateway.agent.port}"
    assert (await office.switch.notify("4312", call_id="call-8", to=address))[0].status == 200
    _, answer = await office.post(call_body("4312", call_id="cdr-99"))
    await asyncio.sleep(0.2)
    assert len(office.presses) == 1 and answer["taken"] == [office.presses[0].id]


async def test_an_unasked_json_notify_and_another_notification_are_read(office: Office) -> None:
    address = f"sip:watchbell@127.0.0.1:{office.gateway.agent.port}"
    body = b'{"dialed": "911", "extension": "4312", "call_id": "x"}'
    assert (await office.switch.notify("4312", to=address, body=body, content_type="application/json"))[0].status == 200
    text = b"Dialed: 911\nExtension: 8000\nRoom: Annex\n"
    assert (await office.switch.notify("4312", to=address, body=text, content_type="text/plain"))[0].status == 200
    presses = await office.place.wait_for(PanicPressed, "press", 2)
    assert (presses[1].known, presses[1].site, presses[1].place_name) == (False, "s9", "Annex")


async def test_a_part_that_nobody_reads_does_not_cost_the_call_beside_it(office: Office) -> None:
    address = f"sip:watchbell@127.0.0.1:{office.gateway.agent.port}"
    body = b"--a\r\nContent-Type: image/png\r\n\r\nx\r\n--a\r\nContent-Type: application/json\r\n\r\n"
    body += b'{"dst": "911", "src": "4312", "id": "c77"}\r\n--a--\r\n'
    kind = "multipart/mixed; boundary=a"
    assert (await office.switch.notify("4312", to=address, body=body, content_type=kind))[0].status == 200
    await office.place.wait_for(PanicPressed, "press")


async def test_a_call_to_933_is_a_test(office: Office) -> None:
    await office.post(call_body("4312", "933"))
    press = (await office.place.wait_for(PanicPressed, "press"))[0]
    assert press.mode == "test" and press.note.startswith("A test call")


async def test_other_calls_are_neither_kept_nor_passed_on(office: Office) -> None:
    status, answer = await office.post(call_body("4312", "15735550123"))
    assert (status, answer) == (200, {"taken": [], "ignored": 1})
    await asyncio.sleep(0.2)
    assert office.presses == [] and office.gateway.spool.pending() == []


@pytest.mark.parametrize("token", ["", "token-2"])
async def test_without_the_token_nothing_is_taken(office: Office, token: str) -> None:
    assert (await office.post(call_body("4312"), token))[0] == 401
    assert office.presses == []


async def test_what_cannot_be_read_is_refused_and_kept(office: Office) -> None:
    status, answer = await office.post(b'{"caller": ', content_type="application/json")
    assert status == 400 and "JSON" in answer["because"]
    assert (await office.place.wait_for(PressRefused, "status"))[0].gateway == "pbx"


async def test_an_entry_that_cannot_be_used_is_told(office: Office) -> None:
    async with asyncio.timeout(3):
        while office.gateway.state != "degraded":
            await asyncio.sleep(0.05)
    assert "nothing is called nonsense" in office.gateway.because


async def test_with_the_bus_away_the_call_is_kept_and_told_again(office: Office) -> None:
    await office.place.stop_nats()
    body = call_body("4312", call_id="c9")
    assert (await office.post(body))[0] == 503
    assert len(office.gateway.spool.pending()) == 1
    await office.place.start_nats()
    async with asyncio.timeout(10):
        while office.gateway.spool.pending():
            await asyncio.sleep(0.05)
    assert (await office.post(body))[0] == 200
    assert len({press.id for press in office.presses}) == 1
