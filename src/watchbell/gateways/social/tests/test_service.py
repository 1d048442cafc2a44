"""Posts at played networks over real sockets and a real bus: once each, corrected, taken back, refused, awaited."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from watchbell.gateways.conftest import Installation
from watchbell.gateways.journal import Journal
from watchbell.gateways.social.peer import Account, Networks
from watchbell.gateways.social.service import Social
from watchbell.line import clock, signing
from watchbell.line.ids import new_id
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject
from watchbell.wire.tell import Batch, Body, Recipient, Result, Told

DISTRICT = "0190d1f0-0000-7000-8000-000000000001"
LINK = "https://status.cedar.example.org/notices/12.html"
SECRETS = {"page": "page-token", "x": "x-token", "test": "test-token"}


class Office:
    """A gateway with a page, an X account and a test account at played networks."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.heard: list[dict[str, Any]] = []
        self.page = Account(network="facebook", account="1001", token="page-token", name="Our page")
        self.x = Account(network="x", account="2002", token="x-token", name="Our X")
        self.test = Account(network="x", account="3003", token="test-token", name="Test X")
        self.networks = Networks(0, self.heard.append, [self.page, self.x, self.test])
        self.gateway: Social

    async def start(self) -> None:
        await self.networks.start()
        await self.put(SECRETS)
        self.gateway = await self.place.run(Social())  # type: ignore[assignment]

    async def put(self, secrets: dict[str, str]) -> None:
        common = {"district": DISTRICT, "site": None, "url": self.networks.url}
        await self.place.put_config("social", [
            {**common, "endpoint": "page", "name": "Our page", "network": "facebook", "account": "1001", "test": False},
            {**common, "endpoint": "x", "name": "Our X", "network": "x", "account": "2002", "test": False},
            {**common, "endpoint": "test", "name": "Test X", "network": "x", "account": "3003", "test": True},
        ], secrets)  # fmt: skip

    async def post(
        self, to: str, short: str = "A water main broke.", *, mode: str = "real", is_test: bool = False, id: str = "",
        **fields: str,
    ) -> tuple[Told, Result | None]:  # fmt: skip
        endpoint = Endpoint(id=to, name=to, gateway="social", device=to, test=is_test)
        batch = Batch(
            id=id or new_id().hex, attempt=1, district=DISTRICT, site="", mailing="m", channel="post",
            purpose="routine", mode=mode, endpoint=endpoint, made_at=clock.unix(), expires_at=clock.unix() + 60,
            bodies=[Body(language="en", subject="Lincoln High is closed", short=short)],
            recipients=[Recipient(new_id().hex, to, "en", fields={"page": LINK, **fields})],
        )  # fmt: skip
        where = subject(DISTRICT, None, "tell", "social", to)
        await self.place.bus.js.publish(where, encode(signing.Signer().signed(batch)))
        async with asyncio.timeout(15):
            while not (found := [one for one in self.place.messages(Told, "told")
                                 if one.batch == batch.id and one.is_last]):  # fmt: skip
                await asyncio.sleep(0.01)
        results = [one for told in self.place.messages(Told, "told") if told.batch == batch.id for one in told.results]
        return found[-1], results[-1] if results else None


@pytest.fixture
async def office(installation: Installation) -> AsyncIterator[Office]:
    made = Office(installation)
    await made.start()
    yield made
    await made.networks.stop()


async def test_a_post_stands_at_both_networks_and_is_edited_answered_and_taken_back(office: Office) -> None:
    _, on_page = await office.post("page")
    _, on_x = await office.post("x")
    assert on_page and on_x and (on_page.state, on_x.state) == ("sent", "sent")
    assert office.page.posts[on_page.ref]["text"] == f"Lincoln High is closed\n\nA water main broke.\n\n{LINK}"
    assert office.x.posts[on_x.ref]["text"] == f"Lincoln High is closed. A water main broke. {LINK}"
    _, edited = await office.post("page", "Corrected: until noon.", replaces_ref=on_page.ref)
    assert edited and edited.ref == on_page.ref and "until noon" in office.page.posts[on_page.ref]["text"]
    assert len(office.page.posts) == 1
    _, answered = await office.post("x", "Corrected: until noon.", replaces_ref=on_x.ref)
    assert answered and office.x.posts[answered.ref]["reply_to"] == on_x.ref
    for to, ref in (("page", on_page.ref), ("x", f"{on_x.ref},{answered.ref}")):
        _, gone = await office.post(to, replaces_ref=ref, take_back="1")
        assert gone and (gone.state, gone.because) == ("sent", "")
    assert not office.page.posts and not office.x.posts
    _, anew = await office.post("page", "It is over.", replaces_ref=on_page.ref)
    assert anew and anew.ref in office.page.posts, "what cannot be edited any more is posted"


async def test_a_long_text_is_a_thread_at_x(office: Office) -> None:
    words = " ".join(f"Bus {number} leaves at {number} past three." for number in range(1, 20))
    _, found = await office.post("x", words)
    assert found
    refs = found.ref.split(",")
    assert len(refs) > 1 and [office.x.posts[ref]["reply_to"] for ref in refs] == ["", *refs[:-1]]
    office.x.allowed = 1
    told, part = await office.post("x", words.replace("Bus", "Coach"))
    assert part and part.state == "sent" and "Only 1 of" in part.because and told.carrier == "slow"


async def test_the_same_words_are_not_posted_again(office: Office) -> None:
    for to in ("page", "x"):
        await office.post(to)
        told, again = await office.post(to)
        assert again and again.state == "sent" and "already" in again.because and told.carrier == "ok"
    assert len(office.page.posts) == len(office.x.posts) == 1


async def test_an_expired_token_is_said_with_where_it_is_renewed(office: Office) -> None:
    office.networks.fail("expired", 60)
    for to in ("page", "x"):
        told, result = await office.post(to)
        assert told.carrier == "refuses" and "expired" in told.because and "renew it under Equipment" in told.because
        assert result and result.state == "later"
        assert not any(secret in told.because for secret in SECRETS.values())
    probed = {one.endpoint: one for one in await office.gateway.probe()}
    assert probed["page"].state == "trouble" and "renew it" in probed["page"].because
    office.networks.fail("", 0)
    assert {one.state for one in await office.gateway.probe()} == {"online"}
    told, result = await office.post("x")
    assert told.carrier == "ok" and result and result.state == "sent"


async def test_a_limit_is_waited_for_without_asking_again(office: Office) -> None:
    office.x.allowed, office.x.resets_at = 0, clock.unix() + 1.5
    told, result = await office.post("x")
    assert told.carrier == "slow" and "again at" in told.because and result and result.state == "later"
    asked = len(office.networks.asked)
    told, result = await office.post("x")
    assert told.carrier == "slow" and result is None and len(office.networks.asked) == asked, (
        "nobody is asked meanwhile"
    )
    assert [one.state for one in await office.gateway.probe() if one.endpoint == "x"] == ["trouble"]
    await asyncio.sleep(2.2)
    _, result = await office.post("x")
    assert result and result.state == "sent"
    office.page.allowed = 0
    told, _ = await office.post("page")
    assert told.carrier == "slow" and office.gateway._closed["page"][0] > clock.unix() + 100, "by its usage header"


async def test_drills_reach_the_test_account_only(office: Office) -> None:
    for mode in ("drill", "test"):
        for to in ("page", "x"):
            told, result = await office.post(to, mode=mode, is_test=True)
            assert told.carrier == "refuses" and "never reaches" in told.because and result is None
        told, result = await office.post("test", f"This is a {mode}.", mode=mode, is_test=True)
        assert told.carrier == "ok" and result and result.state == "sent"
    assert not office.page.posts and not office.x.posts and len(office.test.posts) == 2


async def test_a_network_that_is_away_or_talks_nonsense(office: Office) -> None:
    office.networks.fail("refuses", 60)
    told, result = await office.post("page")
    assert told.carrier == "down" and result and result.state == "later"
    office.networks.fail("garbles", 60)
    told, result = await office.post("x")
    assert told.carrier == "down" and result and result.state == "unsure", "it may stand there: never twice"
    await office.networks.stop()
    told, result = await office.post("x", "Another text.")
    assert told.carrier == "down" and result and result.state == "later" and "cannot be reached" in result.because
    assert {one.state for one in await office.gateway.probe()} == {"silent"}


async def test_what_may_have_been_posted_before_a_kill_is_not_posted_again(office: Office) -> None:
    batch, person = new_id().hex, new_id().hex
    journal = Journal(office.gateway.folder / "batches" / f"{batch}.1")
    journal.begin([person])
    journal.close()
    endpoint = Endpoint(id="x", name="x", gateway="social", device="x")
    made = Batch(
        id=batch, attempt=1, district=DISTRICT, site="", mailing="m", channel="post", purpose="routine", mode="real",
        endpoint=endpoint, made_at=clock.unix(), expires_at=clock.unix() + 60,
        bodies=[Body(language="en", short="Hello")], recipients=[Recipient(person, "x", "en")],
    )  # fmt: skip
    where = subject(DISTRICT, None, "tell", "social", "x")
    await office.place.bus.js.publish(where, encode(signing.Signer().signed(made)))
    told = await office.place.wait_for(Told, "told")
    assert told[0].results[0].state == "unsure" and not office.x.posts


async def test_an_account_without_a_token_says_so(office: Office) -> None:
    await office.put({"page": "page-token"})
    await asyncio.sleep(0.3)
    told, result = await office.post("x")
    assert told.carrier == "refuses" and "no access token" in told.because and result is None
    found: list[DeviceStatus] = await office.gateway.probe()
    assert [one.state for one in found] == ["online", "trouble", "trouble"]
