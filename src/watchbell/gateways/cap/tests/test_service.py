"""Publishing to a played county over real sockets, and being polled by it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from watchbell.gateways.cap.codec import parse_cap
from watchbell.gateways.cap.peer import County
from watchbell.gateways.cap.service import CapGateway
from watchbell.line import clock, ids, signing
from watchbell.wire.base import Malformed
from watchbell.wire.order import Endpoint, Order, Receipt
from watchbell.wire.subjects import subject

PARAMS = {"site_name": "Lincoln High", "address": {"HNO": "1200", "RD": "Oak"}, "site_position": [38.9, -92.3]}
ATOM = "{http://www.w3.org/2005/Atom}"


class District:
    """A gateway with a real county and a test county."""

    def __init__(self, place: Any, vectors: Path) -> None:
        self.place, self.heard = place, []
        schema = etree.XMLSchema(etree.parse(vectors / "cap" / "xsd" / "capv1.2-ipaws-profile-v1.0-pr02.xsd"))
        self.county = County("County", 0, self.heard.append, token="t0ken", schema=schema)
        self.desk = County("Training", 0, self.heard.append, schema=schema)
        self.gateway: CapGateway

    async def start(self) -> None:
        await self.county.start()
        await self.desk.start()
        common = {"district": "d1", "site": None, "sender": "w@schools.invalid", "same": ["029159"], "profile": "ipaws"}
        entries = [common | {"endpoint": "e1", "name": "County", "url": self.county.url, "test": False},
                   common | {"endpoint": "e2", "name": "Training", "url": self.desk.url, "test": True}]  # fmt: skip
        await self.place.put_config("cap", entries, {"e1": "t0ken"})
        self.gateway = await self.place.run(CapGateway())

    async def order(self, action: str = "send_cap", number: int = 1, **more: Any) -> Receipt:
        before, now = len(self.place.messages(Receipt, "receipt")), clock.unix()
        test = more.pop("test", False)
        endpoint = Endpoint(id=more.pop("endpoint", "e1"), name="County", gateway="cap", device="county", test=test)
        words = {"id": ids.same_id(action, number, endpoint.id, more.get("mode")), "attempt": 1, "mode": "real",
                 "press": "a1b2c3d4e5", "district": "d1", "site": "s1", "step": "cap", "made_at": now,
                 "expires_at": now + 60, "deadline_seconds": 5.0, "kind": "lockdown", "params": PARAMS}  # fmt: skip
        order = signing.Signer().signed(Order(action=action, endpoint=endpoint, **{**words, **more}))
        where = subject(order.district, order.site, "order", "cap", order.endpoint.device)
        assert await self.place.bus.keep(where, order, f"{order.id}:{order.attempt}")
        return (await self.place.wait_for(Receipt, "receipt", before + 1, 8))[-1]

    @property
    def feed(self) -> str:
        return f"http://{self.gateway.address}/cap/e1"


@pytest.fixture
async def district(installation: Any, vectors: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[District]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_CAP_PORT", "0")
    found = District(installation, vectors)
    await found.start()
    yield found
    await found.county.stop()
    await found.desk.stop()


async def test_a_port_that_is_taken_is_told_and_waited_for(
    installation: Any, vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("WATCHBELL_GATEWAY_CAP_PORT", str(taken.getsockname()[1]))
        gateway, stop = CapGateway(), asyncio.Event()
        found = District(installation, vectors)
        await found.county.start()
        await installation.put_config("cap", [{"endpoint": "e1", "name": "County", "url": found.county.url}], {})
        running = asyncio.create_task(gateway.run(stop))
        async with asyncio.timeout(10):
            while "WATCHBELL_GATEWAY_CAP_PORT" not in gateway.because:
                await asyncio.sleep(0.05)
        assert gateway.state == "starting" and "Address already in use" in gateway.because
    async with asyncio.timeout(10):
        while gateway.state != "ok":
            await asyncio.sleep(0.05)
    assert gateway.because == ""
    stop.set()
    await running
    await found.county.stop()


async def test_alert_update_and_cancel_name_each_other(district: District) -> None:
    assert (await district.order()).state == "done"
    assert (await district.order(number=2)).state == "done"
    last = await district.order("cancel_cap")
    assert last.state == "done" and "cancel" in last.because and district.county.problems == []
    alert, update, cancel = (report["body"] for report in district.heard)
    assert [one["message"] for one in (alert, update, cancel)] == ["Alert", "Update", "Cancel"]
    triplets = [["w@schools.invalid", one["identifier"], one["sent"]] for one in (alert, update)]
    assert update["references"] == triplets[:1] and cancel["references"] == triplets
    assert len({one["sent"] for one in (alert, update, cancel)}) == 3


async def test_the_county_polls_the_feed_and_gets_only_what_is_new(district: District) -> None:
    assert (await district.desk.poll(district.feed))[0] == 401
    status, raw = await district.county.poll(district.feed)
    assert status == 200 and etree.fromstring(raw).findall(f"{ATOM}entry") == []
    await district.order()
    status, raw = await district.county.poll(district.feed)
    (entry,) = etree.fromstring(raw).findall(f"{ATOM}entry")
    address = entry.find(f"{ATOM}link").get("href")
    assert (await district.county.poll(district.feed)) == (304, b"")
    status, document = await district.county.poll(address)
    found = parse_cap(document)
    assert status == 200 and not isinstance(found, Malformed) and found.messages[0].faults == []
    assert (await district.county.poll(address))[0] == 304
    assert (await district.county.poll(f"{district.feed}/nothing"))[0] == 404


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_an_exercise_never_reaches_the_county_and_says_so_at_the_desk(district: District, mode: str) -> None:
    refused = await district.order(mode=mode)
    assert refused.state == "failed" and refused.because.startswith("Refused")
    assert (await district.order(mode=mode, test=True, number=2)).state == "failed", "the gateway's own entry counts"
    assert (await district.order(mode=mode, test=True, endpoint="e2")).state == "done"
    (report,) = district.heard
    assert report["to"] == "Training" and report["body"]["status"] == {"drill": "Exercise", "test": "Test"}[mode]
    assert "EXERCISE" in report["body"]["headline"]


async def test_what_the_county_did_not_take_stands_in_the_feed_and_goes_out_once_more(district: District) -> None:
    district.county.fail("refuses", 0.5)
    failed = await district.order()
    assert failed.state == "failed" and "Our feed has it" in failed.because
    again = failed
    while again.state != "done":
        await asyncio.sleep(0.3)  # as the reflex does: what is asked while the last attempt ends is part of that one
        again = await district.order(attempt=again.order.attempt + 1)
    (report,) = district.heard
    assert report["body"]["message"] == "Alert", "the same message, not an update of itself"


async def test_after_a_restart_the_cancellation_still_knows_what_to_cancel(district: District) -> None:
    await district.order()
    await district.place.halt()
    district.gateway = await district.place.run(CapGateway())
    await district.order("cancel_cap")
    assert [report["body"]["message"] for report in district.heard] == ["Alert", "Cancel"]


async def test_a_cancellation_of_nothing_publishes_nothing(district: District) -> None:
    receipt = await district.order("cancel_cap")
    assert receipt.state == "done" and "Nothing had been published" in receipt.because and district.heard == []
