"""Which alerts a stream hears and who may answer one, by the rights and roles its claims hold, and where."""

import asyncio
import json
from typing import Any

import pytest

from watchbell.line import signing
from watchbell.project import asgi
from watchbell.project.hearing import Client, holds
from watchbell.project.live import Hub
from watchbell.project.presses import read_press

A, B = "0190d1f0-0000-7000-8000-00000000000a", "0190d1f0-0000-7000-8000-00000000000b"
LOCKDOWN = {"site": A, "audience": None}


def claims(rights: dict[str, Any], roles: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"user": "u", "name": "U", "district": "d", "rights": rights, "roles": roles or [], **more}


@pytest.mark.parametrize(
    ("rights", "hears"),
    [
        ({}, False),
        ({"alarms.raise": None}, False),
        ({"incidents.view": None}, True),
        ({"incidents.view": [B]}, False),
        ({"incidents.view": [B], "alerts.answer": [A]}, True),
    ],
)
def test_an_alert_for_everybody_is_for_those_who_hear_of_alarms_there(rights: dict[str, Any], hears: bool) -> None:
    client = Client(claims(rights, [["parent", None]]), frozenset())
    assert client.is_meant(LOCKDOWN) is hears
    assert client.is_meant({"site": A, "audience": {"users": ["u"]}}) is hears, "named or not"


def test_a_ticket_of_before_that_tells_no_rights_hears_nothing() -> None:
    assert not Client({"user": "u", "role": "teacher", "sites": None, "district": "d"}, frozenset()).is_meant(LOCKDOWN)


def test_an_alert_for_a_role_reaches_everybody_who_holds_it_there_and_nobody_who_holds_it_elsewhere() -> None:
    client = Client(claims({"incidents.view": [A, B]}, [["teacher", [A]], ["nurse", [B]]]), frozenset())
    for_nurses = {"audience": {"roles": ["nurse"], "users": []}}
    assert client.is_meant({"site": B, **for_nurses}) and not client.is_meant({"site": A, **for_nurses})


def test_a_display_shows_the_alerts_of_its_site_that_are_for_everybody() -> None:
    screen = Client({"user": "display:1", "district": "d", "sites": [A], "is_display": True}, frozenset())
    assert screen.is_meant(LOCKDOWN) and not screen.is_meant({**LOCKDOWN, "site": B})
    assert not screen.is_meant({"site": A, "audience": {"roles": ["nurse"], "users": []}})


def test_a_right_counts_at_its_sites_and_a_right_that_is_not_named_nowhere() -> None:
    found = claims({"alarms.raise": [A], "alarms.drill": None})
    assert holds(found, "alarms.raise", A) and not holds(found, "alarms.raise", B)
    assert holds(found, "alarms.drill", B) and not holds(found, "alarms.test", A)


def test_a_mode_is_pressed_where_its_right_is_held() -> None:
    mine = claims({"alarms.raise": [A, B], "alarms.drill": [B]}, sites=[A, B], modes=["real", "drill"])

    def press(site: str, mode: str) -> Any:
        return read_press(json.dumps({"kind": "lockdown", "site": site, "mode": mode}).encode(), mine, "")

    assert press(A, "real").site == A and press(B, "drill").mode == "drill"
    with pytest.raises(asgi.Refused, match="at this site"):
        press(A, "drill")


def ask_to_confirm(ticket: str) -> int:
    told: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps({"press": "p1"}).encode()}

    async def send(message: dict[str, Any]) -> None:
        told.append(message.get("status", 0))

    scope = {"headers": [(b"authorization", f"Ticket {ticket}".encode())], "query_string": b""}
    asyncio.run(asgi._confirm(scope, receive, send))
    return told[0]


def test_nobody_answers_an_alert_without_the_right_to(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []

    async def keep(where: str, message: Any, key: str) -> bool:
        kept.append(message)
        return True

    hub = Hub()
    hub.bus, hub.keep = object(), keep  # type: ignore[assignment, method-assign]
    hub.alerts["d", "p1"] = {**LOCKDOWN, "order": "o1"}
    monkeypatch.setattr(asgi, "hub", hub)
    rights: dict[str, Any]
    for rights, status in (
        ({}, 403), ({"incidents.view": None}, 403), ({"alerts.answer": [B]}, 404),
        ({"incidents.view": [A], "alerts.answer": [B]}, 404), ({"alerts.answer": [A]}, 200),
    ):  # fmt: skip
        assert ask_to_confirm(signing.make_ticket(claims(rights, kind="live"), 60)) == status, rights
    assert [one.site for one in kept] == [A], "what was refused counts nowhere"
