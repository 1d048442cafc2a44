"""Pushing to a played push host over real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from watchbell.gateways.base import Looked
from watchbell.gateways.webpush.outside import OutsideResolver
from watchbell.gateways.webpush.peer import PushHost
from watchbell.gateways.webpush.service import Headers, WebPush, build_notice, build_payload, judge_hosts
from watchbell.line import clock, ids, signing, vapid
from watchbell.wire.order import Endpoint, Order, Receipt
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject
from watchbell.wire.tell import Batch, Body, Recipient


def make_order(action: str = "push_staff", *, mode: str = "real", endpoint: str = "e1", **params: Any) -> Order:
    now = clock.unix()
    order = Order(
        id=ids.same_id(action, endpoint, now), attempt=1, press="p1", district="d1", site="s1", step="staff",
        action=action, mode=mode, made_at=now, expires_at=now + 60, deadline_seconds=5.0, kind="lockdown",
        endpoint=Endpoint(id=endpoint, name="Staff phones, Lincoln", gateway="webpush", device="staff-s1"),
        params=params or {"title": "Lockdown", "body": "Locks, lights, out of sight.", "url": "/incidents/1"},
    )  # fmt: skip
    return signing.Signer().signed(order)


class Staff:
    """A gateway, a push host, and browsers that have subscribed."""

    def __init__(self, installation: Any) -> None:
        self.place = installation
        self.heard: list[dict[str, Any]] = []
        self.host = PushHost(0, self.heard.append, application_key=vapid.vapid_public_key())
        self.subscriptions: list[dict[str, str]] = []

    async def start(self, count: int) -> None:
        await self.host.start()
        self.subscriptions = [self.host.subscribe(f"phone {number}") for number in range(count)]
        await self.configure(self.subscriptions)
        await self.place.run(WebPush())

    async def configure(self, subscriptions: list[Any]) -> None:
        entry = {"endpoint": "e1", "name": "Staff phones, Lincoln", "district": "d1", "site": "s1", "test": False}
        await self.place.put_config("webpush", [entry | {"subscriptions": subscriptions}], {})

    async def order(self, order: Order) -> Receipt:
        before = len(self.place.messages(Receipt, "receipt"))
        assert await self.place.bus.keep(subject("d1", "s1", "order", "webpush", "staff-s1"), order, order.id)
        return (await self.place.wait_for(Receipt, "receipt", before + 1, 9))[-1]


@pytest.fixture
async def staff(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Staff]:
    monkeypatch.setenv("WATCHBELL_PUSH_HERE", "1")
    found = Staff(installation)
    await found.start(30)
    yield found
    await found.host.stop()


async def test_every_phone_is_pushed_to(staff: Staff) -> None:
    receipt = await staff.order(make_order())
    assert receipt.state == "done" and receipt.detail == {"sent": 30, "reached": 30, "failed": 0, "gone": []}
    assert {report["to"] for report in staff.heard} == {f"phone {number}" for number in range(30)}
    body = staff.heard[0]["body"]
    assert (body["title"], body["mode"], body["clear"]) == ("Lockdown", "real", False)
    assert staff.host.problems == []
    assert {staff.host.headers[0][name] for name in ("Urgency", "TTL")} == {"high", "3600"}


async def test_the_clearing_push_takes_the_alarms_topic(staff: Staff) -> None:
    await staff.order(make_order())
    assert (await staff.order(make_order("clear_push", body="Go back to class."))).state == "done"
    assert staff.heard[-1]["body"]["clear"] and staff.heard[-1]["body"]["title"] == "All clear"
    assert len({headers["Topic"] for headers in staff.host.headers}) == 1


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_a_drill_reaches_staff_and_says_so(staff: Staff, mode: str) -> None:
    assert (await staff.order(make_order(mode=mode))).state == "done"
    body = staff.heard[0]["body"]
    assert body["title"] == f"{mode.upper()}: Lockdown" and body["mode"] == mode


async def test_those_who_have_unsubscribed_are_named(staff: Staff) -> None:
    gone = {staff.subscriptions[0]["id"], staff.subscriptions[1]["id"]}
    staff.host.gone |= gone
    receipt = await staff.order(make_order())
    assert receipt.state == "done" and receipt.detail["sent"] == 28 and set(receipt.detail["gone"]) == gone


async def test_a_short_failure_is_tried_again(staff: Staff) -> None:
    staff.host.fail("refuses", 0.3)
    assert (await staff.order(make_order())).detail["sent"] == 30


@pytest.mark.parametrize(("how", "word"), [("refuses", "503"), ("garbles", "500"), ("silent", "answer")])
async def test_a_broken_host_is_a_failed_receipt(staff: Staff, how: str, word: str) -> None:
    staff.host.fail(how, 7)
    receipt = await staff.order(make_order())
    assert receipt.state == "failed" and word in receipt.because and receipt.detail["failed"] == 30


async def test_wrong_subscriptions_do_not_hold_up_good_ones(staff: Staff) -> None:
    await staff.configure([None, {"id": "x"}, {"endpoint": "http://intranet/"}, staff.subscriptions[3]])
    await asyncio.sleep(0.3)
    assert (await staff.order(make_order())).detail == {"sent": 1, "reached": 1, "failed": 0, "gone": []}
    await staff.configure([])
    await asyncio.sleep(0.3)
    assert "Nobody has subscribed" in (await staff.order(make_order())).because
    assert "not configured" in (await staff.order(make_order(endpoint="e7"))).because


async def test_another_senders_key_is_refused_by_the_host(staff: Staff) -> None:
    staff.host.application_key = "another"
    receipt = await staff.order(make_order())
    assert receipt.state == "failed" and "403" in receipt.because


def test_a_long_text_is_cut_to_fit(installation: Any) -> None:
    raw = build_payload(make_order(title="t" * 900, body="\u00e9" * 5000, url="u" * 900))
    assert len(raw) <= 3993


@pytest.mark.parametrize(
    ("audience", "reached"),
    [
        (None, 3), ({"roles": ["nurse"], "users": []}, 1), ({"roles": [], "users": ["u2"]}, 1),
        ({"roles": ["nurse", "office"], "users": [], "not": ["u1"]}, 1), ({"roles": ["police"], "users": []}, None),
    ],
)  # fmt: skip
async def test_a_quiet_alert_is_pushed_to_those_meant(staff: Staff, audience: Any, reached: int | None) -> None:
    roles = ("nurse", "office", "teacher")
    held = [one | {"user": f"u{i}", "roles": [roles[i - 1]]} for i, one in enumerate(staff.subscriptions[:3], 1)]
    await staff.configure(held)
    await asyncio.sleep(0.3)
    receipt = await staff.order(make_order(title="Staff assist", audience=audience))
    if reached is None:
        assert receipt.state == "failed" and "None of those who are meant" in receipt.because
    else:
        assert receipt.state == "done" and receipt.detail["reached"] == reached == len(staff.heard)


async def test_phones_prove_their_life_by_their_push_host(staff):
    (told,) = await staff.place.wait_for(DeviceStatus, "status", 1)
    subscribed = {"subscribed": len(staff.subscriptions)}
    assert (told.endpoint, told.state, told.detail) == ("e1", "online", subscribed)
    assert not staff.heard, "nobody was pushed to"


def test_a_group_of_phones_is_judged_by_its_hosts():
    assert judge_hosts([]).state == "trouble"
    assert judge_hosts([Looked("silent", "It did not answer."), Looked("online")]).state == "online"
    assert judge_hosts([Looked("silent", "It did not answer.")]).because == "No push host answers: It did not answer."
    assert judge_hosts([Looked("trouble", "It refuses our key (403): renew")]).state == "online"


@pytest.mark.parametrize(
    ("purpose", "holds", "urgency", "ttl"),
    [("emergency", 36000.0, "high", 4 * 3600), ("emergency", 900.0, "high", 900),
     ("attendance", 90000.0, "normal", 43200),
     ("routine", 900000.0, "low", 86400), ("newsletter", -5.0, "low", 60)],
)  # fmt: skip
def test_how_soon_and_how_long_a_push_host_is_to_try(purpose: str, holds: float, urgency: str, ttl: int) -> None:
    made = Batch(
        id="b", attempt=1, district="d1", site="", mailing="m" * 40, channel="push", purpose=purpose, mode="real",
        endpoint=Endpoint(id="e1", name="Push", gateway="webpush", device="e1"),
        bodies=[Body(language="en", short="x")],
        recipients=[], made_at=clock.unix(), expires_at=clock.unix() + holds,
    )  # fmt: skip
    found = Headers.of(made)
    assert (found.urgency, found.topic) == (urgency, "m" * 32) and ttl - 2 <= found.ttl <= ttl
    payload = json.loads(build_notice(made, Recipient("0" * 32, "{}", "en")))
    assert payload["quiet"] is (purpose != "emergency") and payload["kind"] == "notice"


async def test_a_name_that_stands_for_an_inner_address_is_not_posted_to(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    async def look_up(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", staff.host.port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    inner = staff.subscriptions[0] | {"endpoint": f"https://push.example:{staff.host.port}/push/x"}
    await staff.configure([inner])
    await asyncio.sleep(0.5)
    receipt = await staff.order(make_order())
    assert receipt.state == "failed" and "cannot be reached" in receipt.because and not staff.heard
    with pytest.raises(OSError, match="inside the house"):
        await OutsideResolver().resolve("push.example", staff.host.port)
