"""Calls that raise: a dialled code, and a 911 call that the telephone system tells of; with the database down too."""

import json
import time
import urllib.request
from datetime import datetime
from typing import Any

from tests.flows.installation import Installation
from watchbell.line import clock


def act(district: Installation, what: str, **asked: Any) -> dict[str, Any]:
    body = json.dumps({"what": what, **asked}).encode()
    url = f"http://127.0.0.1:{district.simulator_port}/act"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return dict(json.load(answer))


def phone(district: Installation, number: int = 0) -> dict[str, Any]:
    """A telephone in a known room of the district's first site."""
    site = district.played()["panels"][0]["site"]
    placed = [one for one in district.played()["pbx"]["phones"] if one["place"] and one["site"] == site]
    return dict(placed[number])


def is_registered(district: Installation) -> bool:
    found = district.call("GET", "/equipment?kind=pbx&limit=5")
    return any(one["state"] == "online" for one in found["items"])


def wait_ready(district: Installation) -> None:
    district.wait_until(lambda: is_registered(district), 30, "the gateway has registered at the telephone system")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def shown_to_office(incident: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in incident["receipts"] if one["action"] == "tell_screens" and one["state"] == "done"]


def test_a_dialled_code_raises_a_lockdown_with_the_room_and_the_caller_is_told(district: Installation) -> None:
    wait_ready(district)
    caller = phone(district)
    act(district, "dial_code", extension=caller["extension"], code="*99")
    incident = district.settled(district.open_incident()["id"])
    assert (incident["kind"], incident["mode"], incident["place"]) == ("lockdown", "real", caller["place"])
    assert f"Extension {caller['extension']} dialled *99" in str(incident["timeline"])
    paged = [one for one in incident["receipts"] if one["action"] == "start_page"]
    assert {one["state"] for one in paged} == {"done"}, paged
    started = [one for one in district.outside("sip") if one["body"]["what"] == "page_started"]
    assert len(started) >= 3, "two speakers and the page group have answered"
    told = district.wait_until(
        lambda: [one["body"] for one in district.outside("sip") if one["body"]["what"] == "confirmed"], 30, "told"
    )
    assert told[0]["answer"] == 200 and told[0]["heard_seconds"] > 2


def test_a_911_call_reaches_the_office_within_three_seconds_and_joins_the_lockdown(district: Installation) -> None:
    wait_ready(district)
    since = district.mark("eido")
    district.press("001")
    lockdown = district.open_incident()
    caller = phone(district, 3)
    began = clock.unix()
    act(district, "call_911", extension=caller["extension"], how="both")
    words = f"911 was called from {caller['name']} (ext. {caller['extension']})"
    found = district.wait_until(
        lambda: (one := district.incident(lockdown["id"])) and words in str(one["timeline"]) and one, 10, words
    )

    def shown_since() -> list[float]:
        moments = [moment(one["done_at"]) for one in shown_to_office(district.incident(lockdown["id"]))]
        return [at for at in moments if at > began]

    shown = district.wait_until(shown_since, 10, "the front office's screens show it")
    assert min(shown) - began < 3.0, f"{min(shown) - began:.1f} s"
    assert sum(words in row["what"] for row in found["timeline"]) == 1 and len(found["cause_ids"]) == 2
    assert len(district.call("GET", "/incidents?state=open")["items"]) == 1

    def told() -> list[dict[str, Any]]:
        entries = district.outside("eido", since)
        return [one["body"] for one in entries if one["to"] == "Tallgrass County 911"]

    def of_the_call() -> list[dict[str, Any]]:
        return [one for one in told() if "911 called from" in str(one.get("notesComponent"))]

    heard = district.wait_until(of_the_call, 15, "the centre hears of the call")[-1]
    numbers = heard["callbackComponent"][0]["callBackInformationUri"]
    assert numbers[0].startswith("tel:+1573555"), "who called can be called back"
    assert len({one["$id"] for one in told()}) == 1, "a press and a call are one incident at the centre"


def test_a_911_call_by_itself_is_a_quiet_incident_told_once_however_often_it_is_told(district: Installation) -> None:
    wait_ready(district)
    caller = phone(district, 5)
    act(district, "call_911", extension=caller["extension"], how="both")
    incident = district.settled(district.open_incident()["id"])
    assert incident["kind"] == "call_911"
    assert len(incident["cause_ids"]) == 1
    assert {one["action"] for one in incident["receipts"]} <= {"tell_screens", "push_staff", "tell_dispatch"}
    assert shown_to_office(incident)
    assert "Call back +1573555" in str(incident["timeline"])
    other = phone(district, 6)
    act(district, "call_911", extension=other["extension"], how="webhook")
    joined = district.wait_until(
        lambda: len((one := district.incident(incident["id"]))["cause_ids"]) == 2 and one, 15, "a second caller joins"
    )
    assert len([one for one in joined["receipts"] if one["action"] == "tell_dispatch"]) == len(
        [one for one in incident["receipts"] if one["action"] == "tell_dispatch"]
    ), "the centre hears of the incident once"


def test_with_postgres_down_a_911_call_still_reaches_the_screens(district: Installation) -> None:
    wait_ready(district)
    caller = phone(district, 7)
    with district.without_postgres():
        told = act(district, "call_911", extension=caller["extension"], how="webhook")
        assert told["webhook"] == [200]
        time.sleep(2)
    incident = district.settled(district.open_incident()["id"])
    assert incident["kind"] == "call_911" and shown_to_office(incident)


def test_a_call_to_933_is_a_test_and_tells_no_centre(district: Installation) -> None:
    wait_ready(district)
    act(district, "call_911", extension=phone(district, 8)["extension"], dialed="933", how="webhook")
    incident = district.settled(district.open_incident()["id"])
    assert incident["mode"] == "test" and incident["kind"] == "call_911"
    told = [one for one in incident["receipts"] if one["action"] == "tell_dispatch"]
    assert all(one["state"] == "failed" and one["because"].startswith("Refused") for one in told)
