"""Asked over real sockets where telephones are."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from watchbell.gateways.held.codec import Answer, LocationRequest
from watchbell.gateways.held.peer import ask_location, fetch_location
from watchbell.gateways.held.service import KEY_SECONDS, HeldGateway
from watchbell.line import clock
from watchbell.line.pidflo import Location, parse_pidf_lo

CIVIC = {"country": "US", "A1": "MO", "A3": "Cedar Valley", "HNO": "1200", "RD": "Lincoln", "FLR": "1", "ROOM": "12"}


class Office:
    def __init__(self, installation: Any) -> None:
        self.place = installation
        self.gateway: HeldGateway

    async def start(self, own_ip: str = "10.9.9.9", clients: tuple[str, ...] = ()) -> None:
        phone = {"kind": "phone", "district": "d1", "site": "s1", "civic": CIVIC}
        entries = [
            {"kind": "location_server", "endpoint": "l1", "name": "Location server", "district": "d1",
             "clients": list(clients)},
            {**phone, "endpoint": "t1", "extension": "4312", "elin": "+15735554312", "mac": "00:1B:44:11:3A:B7",
             "ip": own_ip, "place": "p12", "latitude": 38.9, "longitude": -92.3},
            {**phone, "endpoint": "t2", "extension": "4313", "place": None},
            {**phone, "endpoint": "t3", "extension": "4314", "place": "p13"},
            {**phone, "endpoint": "t4", "extension": "7777", "district": "d2", "place": "p1"},
        ]  # fmt: skip
        await self.place.put_config("held", entries, {"l1": "token"})
        self.gateway = await self.place.run(HeldGateway())

    async def ask(self, *identities: tuple[str, str], token: str = "token", **more: Any) -> Answer:
        answer = await ask_location(self.gateway.address, LocationRequest(identities=identities, **more), token)
        assert isinstance(answer, Answer), answer
        return answer


@pytest.fixture
async def office(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_HELD_PORT", "0")
    yield Office(installation)
    clock.shift(0)


@pytest.mark.parametrize(
    "identity",
    [("extension", "4312"), ("uri", "sip:4312@pbx"), ("uri", "tel:+1-573-555-4312"), ("number", "15735554312"),
     ("mac", "001b44113ab7"), ("ip", "10.9.9.9")],
)  # fmt: skip
async def test_a_telephone_is_found_by_each_identity(office: Office, identity: tuple[str, str]) -> None:
    await office.start()
    if identity[0] == "number":
        identity = ("number", "+15735554312")
    answer = await office.ask(identity)
    assert parse_pidf_lo(answer.pidf) == Location(civic=CIVIC, latitude=38.9, longitude=-92.3)
    assert len(answer.uris) == 1


async def test_each_form_is_given_when_it_is_known(office: Office) -> None:
    await office.start()
    civic = await office.ask(("extension", "4312"), types=("civic",))
    assert civic.uris == () and parse_pidf_lo(civic.pidf) == Location(civic=CIVIC)
    point = await office.ask(("extension", "4312"), types=("geodetic",), is_exact=True)
    assert parse_pidf_lo(point.pidf) == Location(civic={}, latitude=38.9, longitude=-92.3)
    assert (await office.ask(("extension", "4314"), types=("geodetic",), is_exact=True)).error == "cannotProvideLiType"
    instead = await office.ask(("extension", "4314"), types=("geodetic",))
    assert parse_pidf_lo(instead.pidf) == Location(civic=CIVIC)


async def test_a_reference_gives_the_location_and_ends(office: Office) -> None:
    await office.start()
    answer = await office.ask(("extension", "4312"), types=("locationURI",))
    assert answer.pidf == "" and len(answer.uris[0].rpartition("/")[2]) >= 32
    status, kind, text = await fetch_location(answer.uris[0])
    assert (status, kind) == (200, "application/pidf+xml") and parse_pidf_lo(text).civic == CIVIC  # type: ignore[union-attr]
    by_post = await ask_location("", LocationRequest(types=("civic",)), path=answer.uris[0])
    assert isinstance(by_post, Answer) and parse_pidf_lo(by_post.pidf) == Location(civic=CIVIC)
    assert (await fetch_location(answer.uris[0][:-1] + "x"))[0] == 404
    clock.shift(KEY_SECONDS + 1)
    assert (await fetch_location(answer.uris[0]))[0] == 404


async def test_who_may_not_ask_gets_no_room(office: Office) -> None:
    await office.start()
    assert (await office.ask(("extension", "4312"), token="")).error == "notLocatable"
    assert (await office.ask(("extension", "4312"), token="wrong")).error == "notLocatable"
    assert (await office.ask(("extension", "7777"))).error == "locationUnknown", "another district's telephone"
    assert (await office.ask(("extension", "4313"))).error == "locationUnknown", "no room is known"
    assert (await office.ask(("extension", "1"))).error == "locationUnknown"
    assert (await office.ask(token="")).error == "locationUnknown", "this machine is no telephone"


async def test_a_telephone_asks_for_itself_without_a_token(office: Office) -> None:
    await office.start(own_ip="127.0.0.1")
    assert parse_pidf_lo((await office.ask(token="")).pidf).civic["ROOM"] == "12"  # type: ignore[union-attr]
    assert (await office.ask(("ip", "127.0.0.1"), token="")).error == ""


async def test_listed_networks_may_ask_and_bad_requests_are_answered_by_code(office: Office) -> None:
    await office.start(clients=("127.0.0.0/8",))
    assert (await office.ask(("extension", "4312"), token="")).error == ""
    for raw, code in ((b"<x", "xmlError"), (b"<x/>", "requestError")):
        answer = await ask_location(office.gateway.address, raw)
        assert isinstance(answer, Answer) and answer.error == code
    request = LocationRequest(identities=(("extension", "4312"),))
    assert await ask_location(office.gateway.address, request, "token", "text/xml") == 415


async def test_it_answers_from_its_own_disk_with_everything_else_away(office: Office) -> None:
    await office.start()
    await office.place.halt()
    await office.place.stop_nats()
    os.environ["WATCHBELL_NATS_URL"] = "nats://127.0.0.1:1"
    office.gateway = await office.place.run(HeldGateway())
    assert (await office.ask(("extension", "4312"))).error == ""
    await office.place.start_nats()
