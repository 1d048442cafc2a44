"""Reflex and screens on a real bus, no database: the few are told, then further people; an answer ends the waiting."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from watchbell.gateways.conftest import Installation, installation
from watchbell.kernel import bus_rights
from watchbell.line import bus as line_bus
from watchbell.line import clock, signing
from watchbell.project.live import Client, Hub
from watchbell.reflex.run import Reflex
from watchbell.reflex.tests.test_audience import SITE
from watchbell.wire.base import encode
from watchbell.wire.order import Acknowledged, Order
from watchbell.wire.press import OrdersAsked, PanicPressed
from watchbell.wire.snapshot import SiteSnapshot
from watchbell.wire.subjects import SNAPSHOTS, snapshot_key, subject

__all__ = ["installation"]


class House:
    """One reflex and one web process on the bus, with open screens."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.hub, self.reflex = Hub(), Reflex("test")
        self.stop = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await line_bus.make_streams(self.place.bus, bus_rights.followers())
        bucket = await self.place.bus.bucket(SNAPSHOTS)
        await bucket.put(snapshot_key("d", "s"), encode(signing.Signer().signed(SITE)))
        self.tasks = [asyncio.create_task(self.reflex.run(self.stop)), asyncio.create_task(self.hub._follow())]
        async with asyncio.timeout(20):
            while self.hub.bus is None or not self.reflex.snapshots:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)

    async def end(self) -> None:
        clock.shift(0.0)
        self.stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.tasks[0], 5)
        self.tasks[1].cancel()
        if self.hub.bus is not None:
            await self.hub.bus.close()

    def screen(self, user: str, role: str) -> Client:
        rights = {"incidents.view": None, "alerts.answer": None}
        words = {"user": user, "role": role, "name": user.title(), "sites": None, "district": "d"}
        client = Client({**words, "rights": rights, "roles": [[role, None]]}, frozenset())
        self.hub.join(client)
        return client

    async def press(self, **more: Any) -> str:
        words: dict[str, Any] = {
            "id": "p1", "district": "d", "site": "s", "kind": "staff_assist", "mode": "real", "device": "console/t",
            "gateway": "console", "received_at": clock.unix(), "place": "r", "by": "t", "by_name": "Tea",
        }  # fmt: skip
        pressed = PanicPressed(**{**words, **more})
        assert await self.place.bus.keep(subject("d", "s", "press", "console", "t"), pressed, pressed.id)
        return pressed.id


def told(client: Client, name: str) -> list[bytes]:
    """The events `name` that wait for a client, taken out."""
    found = []
    while not client.queue.empty():
        event = client.queue.get_nowait()
        if event is not None and f"event: {name}\n".encode() in event:
            found.append(event)
    return found


async def wait_told(client: Client, name: str, seconds: float = 8.0) -> bytes:
    async with asyncio.timeout(seconds):
        while not (found := told(client, name)):
            await asyncio.sleep(0.05)
    return found[0]


@pytest.fixture
async def house(installation: Installation) -> AsyncIterator[House]:
    made = House(installation)
    await made.start()
    yield made
    await made.end()


async def test_the_few_are_told_and_after_30_seconds_all_of_their_roles(house: House) -> None:
    bo, cy, ed, presser = (house.screen(user, role) for user, role in
                           (("bo", "officer"), ("cy", "principal"), ("ed", "teacher"), ("t", "teacher")))  # fmt: skip
    await house.press()
    assert b'"users": ["ana", "bo"]' in await wait_told(bo, "alert")
    await asyncio.sleep(0.5)
    assert not told(cy, "alert") and not told(ed, "alert") and not told(presser, "alert")
    clock.shift(31.0)
    assert b'"waited_seconds": 30' in await wait_told(ed, "alert")
    assert not told(cy, "alert"), "the escalation names nurse and teacher only"


async def test_somebody_on_the_way_is_told_to_who_pressed_and_ends_the_waiting(house: House) -> None:
    bo, ed, presser = (house.screen(user, role) for user, role in
                       (("bo", "officer"), ("ed", "teacher"), ("t", "teacher")))  # fmt: skip
    press = await house.press()
    await wait_told(bo, "alert")
    assert not await house.hub.confirm(ed.claims, press, "on_my_way"), "who was not asked cannot answer"
    assert await house.hub.confirm(bo.claims, press, "on_my_way", "k1")
    assert await house.hub.confirm(bo.claims, press, "on_my_way", "k1"), "a repeat is welcome and counts once"
    event = await wait_told(presser, "progress")
    assert b'"name": "Bo"' in event and b'"place_name": "Room of bo"' in event
    answers = [one for one in house.place.messages(Acknowledged, "receipt") if one.what == "on_my_way"]
    assert len({one.id for one in answers}) == 1
    clock.shift(31.0)
    await asyncio.sleep(1.0)
    assert not told(ed, "alert")


async def test_police_are_reset_first_and_only_this_alarm_is_taken_back(house: House) -> None:
    bo = house.screen("bo", "officer")
    await house.press()
    await house.press(id="p2", place=None, place_name="Gate")
    await wait_told(bo, "alert")
    await asyncio.sleep(1.0)
    assert {key[1] for key in house.hub.alerts} == {"p1", "p2"}
    given = house.place.messages(Order, "order")
    screens = next(one for one in given if one.press == "p1")
    now = clock.unix()
    words = {"made_at": now, "expires_at": now + 60, "signature": "", "attempt": 1}
    police = Order(**{**_fields(screens), **words, "id": "c1", "action": "clear_dispatch", "deadline_seconds": 5.0,
                      "endpoint": _endpoint("eido")})  # fmt: skip
    rest = Order(**{**_fields(screens), **words, "id": "c2", "action": "clear_screens"})
    asked = OrdersAsked(
        id="o1", district="d", site="s", incident="i", orders=[rest, police], clears=["p1"], asked_at=now
    )
    await house.place.bus.keep(subject("d", "s", "press", "hub", "i"), asked, asked.id)
    await wait_told(bo, "clear")
    sent: list[str] = []
    async with asyncio.timeout(5):
        while "clear_screens" not in sent:  # the screens may have heard it before we did
            await asyncio.sleep(0.05)
            sent = [one.action for one in house.place.messages(Order, "order") if one.id in ("c1", "c2")]
    assert sent[0] == "clear_dispatch"
    assert {key[1] for key in house.hub.alerts} == {"p2"}, "the other call for help is still on"


async def test_duress_is_shown_to_no_screen_of_whom_it_is_about(house: House) -> None:
    bo, presser, nurse = (house.screen(user, role) for user, role in
                          (("bo", "nurse"), ("ana", "nurse"), ("ed", "teacher")))  # fmt: skip
    press = await house.press(kind="duress", by="ana")
    assert b'"kind": "duress"' in await wait_told(bo, "alert")
    assert await house.hub.confirm(bo.claims, press, "on_my_way")
    await asyncio.sleep(1.0)
    assert not told(presser, "alert") and not told(presser, "progress") and not told(nurse, "progress")


def _fields(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__struct_fields__}


def _endpoint(gateway: str) -> Any:
    return type(_any_endpoint())(id="E", name="911", gateway=gateway, device="E")


def _any_endpoint() -> Any:
    return next(iter(SITE.plans.values())).steps[0].orders[0].endpoint


assert isinstance(SITE, SiteSnapshot)
