"""Calls through a played carrier over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from watchbell.gateways.voicecall.peer import Carrier
from watchbell.gateways.voicecall.service import VoiceCall
from watchbell.line import clock, ids, signing
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint, Order, Receipt
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

TOKEN = "carrier-secret"
NUMBER = "+15555550100"


def make_order(*, mode: str = "real", endpoint: str = "e1", test: bool = False, **params: Any) -> Order:
    now = clock.unix()
    order = Order(
        id=ids.same_id(endpoint, now), attempt=1, press="p1", district="d1", site="s1", step="call", mode=mode,
        action="place_call", made_at=now, expires_at=now + 60, deadline_seconds=60.0, kind="lockdown",
        endpoint=Endpoint(id=endpoint, name="Superintendent", gateway="voicecall", device="super", test=test),
        params={"to": NUMBER, "say": "Lockdown at Lincoln High.", "wait_seconds": 3} | params,
    )  # fmt: skip
    return signing.Signer().signed(order)


class Office:
    """A gateway and its carrier."""

    def __init__(self, installation: Any) -> None:
        self.place = installation
        self.heard: list[dict[str, Any]] = []
        self.carrier = Carrier(0, self.heard.append, token=TOKEN, ring_seconds=0.05)
        self.gateway: VoiceCall

    async def start(self) -> None:
        await self.carrier.start()
        known = {
            "district": "d1",
            "site": None,
            "url": self.carrier.url,
            "from": "+15555550199",
            "account_sid": "ACtest",
        }
        entries = [
            {"endpoint": "e1", "name": "Superintendent", "to": NUMBER, "test": False, **known},
            {"endpoint": "e2", "name": "Test line", "to": "+15555550177", "test": True, **known},
            {"endpoint": "e3", "name": "No token", "to": NUMBER, "test": False, **known},
        ]
        await self.place.put_config("voicecall", entries, {"e1": TOKEN, "e2": TOKEN})
        self.gateway = await self.place.run(VoiceCall())

    async def order(self, order: Order) -> Receipt:
        before = len(self.place.messages(Receipt, "receipt"))
        assert await self.place.bus.keep(subject("d1", "s1", "order", "voicecall", "super"), order, order.id)
        return (await self.place.wait_for(Receipt, "receipt", before + 1, 9))[-1]


@pytest.fixture
async def office(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_VOICECALL_PORT", "0")
    found = Office(installation)
    await found.start()
    yield found
    await found.carrier.stop()


async def test_a_person_answers_and_confirms(office: Office) -> None:
    receipt = await office.order(make_order())
    assert receipt.state == "done" and receipt.because == "Superintendent answered and confirmed."
    assert receipt.detail["confirmed"] and office.carrier.problems == []
    assert TOKEN not in encode(receipt).decode()
    async with asyncio.timeout(3):
        while not office.heard:
            await asyncio.sleep(0.01)
    assert office.heard[0]["to"] == NUMBER and office.heard[0]["body"]["said"][0].startswith(
        "Lockdown at Lincoln High."
    )
    assert "recorded" in office.carrier.goodbyes[0]


@pytest.mark.parametrize(
    ("habit", "state", "word"),
    [
        ("listens", "done", "pressed no key"),
        ("busy", "failed", "busy"),
        ("no-answer", "failed", "no-answer"),
        ("failed", "failed", "failed"),
        ("machine", "failed", "answering machine"),
    ],
)
async def test_how_a_call_ends_is_told(office: Office, habit: str, state: str, word: str) -> None:
    office.carrier.people[NUMBER] = habit
    receipt = await office.order(make_order())
    assert receipt.state == state and word in receipt.because and office.carrier.problems == []


async def test_a_call_nothing_is_heard_of_fails_in_time(office: Office) -> None:
    office.carrier.people[NUMBER] = "never"
    receipt = await office.order(make_order(wait_seconds=1))
    assert receipt.state == "failed" and "Nothing was heard" in receipt.because


@pytest.mark.parametrize(
    ("how", "word"), [("refuses", "Too many"), ("garbles", "no sense"), ("silent", "did not answer")]
)
async def test_a_broken_carrier_is_a_failed_receipt(office: Office, how: str, word: str) -> None:
    office.carrier.fail(how, 6)
    receipt = await office.order(make_order())
    assert receipt.state == "failed" and word in receipt.because


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_exercises_ring_the_test_line_only(office: Office, mode: str) -> None:
    assert (await office.order(make_order(mode=mode))).because == f"Refused: a {mode} never reaches Superintendent."
    assert (await office.order(make_order(mode=mode, test=True))).state == "failed"
    receipt = await office.order(make_order(mode=mode, test=True, endpoint="e2", to=NUMBER))
    assert receipt.state == "done"
    async with asyncio.timeout(3):
        while not office.heard:
            await asyncio.sleep(0.01)
    assert {report["to"] for report in office.heard} == {"+15555550177"}
    assert office.heard[0]["body"]["said"][0].startswith(f"This is a {mode}.")


async def test_orders_that_cannot_be_done_say_why(office: Office) -> None:
    assert "no telephone number" in (await office.order(make_order(to="112"))).because
    for endpoint in ("e3", "e9"):
        assert "No carrier" in (await office.order(make_order(endpoint=endpoint))).because
    office.carrier.token = "changed"
    assert "Authenticate" in (await office.order(make_order())).because


async def test_forged_callbacks_are_refused(office: Office) -> None:
    office.carrier.people[NUMBER] = "never"
    order = make_order(wait_seconds=1)
    waiting = asyncio.create_task(office.order(order))
    await asyncio.sleep(0.2)
    form = {"CallSid": "CA1234567890", "CallStatus": "in-progress", "Digits": "1"}
    base = f"http://{office.gateway.address}/voice"
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"X-Twilio-Signature": "AAAA"}):
            async with session.post(f"{base}/answer/{order.id}", data=form, headers=headers) as answer:
                assert answer.status == 403
    # A genuine signature for another call does not confirm this one.
    await office.carrier._tell(f"{base}/answer/{order.id}", form)
    assert office.carrier.problems[-1].startswith("400")
    assert (await waiting).state == "failed"


async def test_a_late_callback_is_taken_quietly(office: Office) -> None:
    form = {"CallSid": "CA1234567890", "CallStatus": "completed"}
    await office.carrier._tell(f"http://{office.gateway.address}/voice/status/unknown", form)
    assert office.carrier.problems == []


async def test_a_line_proves_its_life_without_a_call(office):
    found = {one.endpoint: one for one in await office.place.wait_for(DeviceStatus, "status", 3)}
    assert (found["e1"].state, found["e2"].state) == ("online", "online")
    assert found["e3"].state == "trouble" and "No token" in found["e3"].because
    office.carrier.fail("silent", 30)
    looked = {one.endpoint: one for one in await office.gateway.probe()}
    assert (looked["e1"].state, looked["e1"].because) == ("silent", "It did not answer.")
    office.carrier.fail("refuses", 30)
    assert (await office.gateway.probe())[0].state == "trouble"
    office.carrier.fail("", 0)
    office.carrier.token = "another"
    assert "refuses our key (401)" in (await office.gateway.probe())[0].because
    await office.carrier.stop()
    assert "cannot be reached" in (await office.gateway.probe())[0].because
    assert not office.heard, "nothing was created"
