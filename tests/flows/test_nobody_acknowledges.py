"""911 takes the alarm and no person looks at it: a call after 30 s, the second centre after 60; any answer stops it.

Time passes only through the clock of `line`, by minutes, which hurts nobody who comes after.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.flows.installation import Installation

CENTRES = ("Tallgrass County 911", "Cedar Valley Police", "Neighbouring county 911")
QUIET_SECONDS = 3.0


@pytest.fixture
def district(installation: Installation) -> Iterator[Installation]:
    """Nothing on; the centres take what comes, and nobody looks at it."""
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well")
    installation.clear_all()
    for centre in CENTRES:
        installation.fail(centre, "unattended", 3000)
    yield installation
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well again")
    installation.clear_all()
    for centre in CENTRES:
        installation.fail(centre, "slow", 0.001)  # the newest fault counts: people are there again


def press(district: Installation) -> None:
    site = district.played()["panels"][0]["site"]
    answer = district.call("POST", "/alarms", {"kind": "lockdown", "site": site})
    assert "id" in answer, answer


def calls(incident: dict[str, Any]) -> list[dict[str, Any]]:
    return [receipt for receipt in incident["receipts"] if receipt["action"] == "place_call"]


def told(incident: dict[str, Any]) -> set[str]:
    return {r["endpoint"] for r in incident["receipts"] if r["action"] == "tell_dispatch" and r["state"] == "done"}


def after_press(incident: dict[str, Any], receipt: dict[str, Any]) -> float:
    """Seconds from the press until an order was asked, by the installation's own clock."""
    moments = [datetime.fromisoformat(text) for text in (incident["opened_at"], receipt["asked_at"])]
    return (moments[1] - moments[0]).total_seconds()


def heard(district: Installation, channel: str, name: str = "") -> int:
    return sum(1 for entry in district.outside(channel) if not name or entry["to"] == name)


def test_nobody_acknowledges_so_somebody_is_called_and_then_the_second_centre_is_told(district: Installation) -> None:
    neighbour = heard(district, "eido", CENTRES[2])
    press(district)
    incident = district.settled(district.open_incident()["id"])
    assert told(incident) == set(CENTRES[:2]) and calls(incident) == []
    waiting = district.call("GET", f"/incidents/{incident['id']}/dispatch")
    assert waiting["acknowledged_by"] == "" and [one["what"] for one in waiting["coming"]] == [
        "voice call", "tell Neighbouring county 911", "voice call"]  # fmt: skip

    district.shift(31)
    called = district.wait_until(
        lambda: calls(district.incident(incident["id"])), 20, "a call is ordered 30 s after the press"
    )
    assert after_press(incident, called[0]) >= 30
    said = district.wait_until(lambda: "code" in str(district.outside("voice")), 20, "the call says the code")
    assert said

    district.shift(30)
    district.wait_until(
        lambda: told(district.incident(incident["id"])) == set(CENTRES), 20, "the second centre is told after 60 s"
    )
    district.wait_until(lambda: len(calls(district.incident(incident["id"]))) == 2, 20, "and called again")
    time.sleep(QUIET_SECONDS)
    after = district.incident(incident["id"])
    assert len(calls(after)) == 2 and heard(district, "eido", CENTRES[2]) == neighbour + 1
    (second,) = [one for one in after["receipts"] if one["endpoint"] == CENTRES[2] and not one["is_reset"]]
    assert after_press(after, second) >= 60


def test_an_acknowledgement_on_the_page_stops_it(district: Installation) -> None:
    press(district)
    incident = district.settled(district.open_incident()["id"])
    where = f"/incidents/{incident['id']}/dispatch"
    assert district.call("POST", f"{where}/acknowledge", {}, role="director")["status"] == 403
    assert district.call("POST", f"{where}/acknowledge", {}, role="dispatcher") == {"acknowledged": True}
    taken = district.wait_until(
        lambda: (found := district.call("GET", where))["acknowledged_by"] and found, 10, "the school sees it"
    )
    assert "Jo Lindqvist" in taken["acknowledged_by"] and taken["coming"] == []
    district.shift(65)
    time.sleep(QUIET_SECONDS)
    after = district.incident(incident["id"])
    assert calls(after) == [] and CENTRES[2] not in told(after)


def test_a_centre_s_own_acknowledgement_stops_it_and_units_come(district: Installation) -> None:
    for centre in CENTRES:
        district.fail(centre, "slow", 0.001)
    press(district)
    incident = district.settled(district.open_incident()["id"])
    where = f"/incidents/{incident['id']}/dispatch"
    district.wait_until(lambda: district.call("GET", where)["acknowledged_by"], 15, "a call-taker has it")
    units = district.wait_until(lambda: district.call("GET", where)["units"], 15, "units are named")
    assert {unit["name"] for unit in units} >= {"Adam 12", "Medic 4"} and units[0]["state"] == "en_route"
    district.shift(65)
    time.sleep(QUIET_SECONDS)
    assert calls(district.incident(incident["id"])) == []


def test_a_reflex_killed_in_between_still_goes_further_exactly_once(district: Installation) -> None:
    voice = heard(district, "voice")
    press(district)
    incident = district.settled(district.open_incident()["id"])
    pid = district.pid_of("reflex")
    district.kill("reflex")
    district.wait_until(
        lambda: district.health() and district.pid_of("reflex") != pid and district.state_of("reflex") == "ok", 30,
        "the reflex is back",
    )  # fmt: skip
    district.shift(31)
    district.wait_until(lambda: calls(district.incident(incident["id"])), 20, "it goes further")
    district.kill("reflex")
    time.sleep(QUIET_SECONDS + 3)
    after = district.settled(incident["id"], 45)
    assert len(calls(after)) == 1 and heard(district, "voice") <= voice + 1 + 2, after["timeline"][:4]
    assert CENTRES[2] not in told(after)


def test_with_postgres_gone_for_all_of_it_911_is_called_and_the_record_follows(district: Installation) -> None:
    site = district.played()["panels"][0]["site"]
    district.call("GET", f"/incidents?site={site}")  # the token has been looked up once
    voice, neighbour = heard(district, "voice"), heard(district, "eido", CENTRES[2])
    with district.without_postgres():
        press(district)
        time.sleep(2)
        district.shift(31)
        district.wait_until(lambda: heard(district, "voice") > voice, 20, "a call without Postgres")
        district.shift(30)
        district.wait_until(
            lambda: heard(district, "eido", CENTRES[2]) > neighbour, 20, "the second centre without Postgres"
        )
    district.wait_until(
        lambda: district.health().get("status") == "ok", 120, "Postgres is back, and every role is well"
    )
    incident = district.settled(district.open_incident(60)["id"], 60, quiet_seconds=QUIET_SECONDS)
    assert len(calls(incident)) == 2 and told(incident) == set(CENTRES)


def test_what_becomes_of_the_incident_is_told_in_updates(district: Installation) -> None:
    press(district)
    incident = district.settled(district.open_incident()["id"])
    place = district.call("GET", f"/incidents/{incident['id']}/rooms")["items"][0]["place"]
    body = {"place": place, "state": "injured", "accounted": 3, "note": "Tourniquet on"}
    district.call("POST", f"/incidents/{incident['id']}/check-ins", body)

    def documents() -> list[Any]:
        return [e["body"] for e in district.outside("eido") if e["to"] == CENTRES[0] and "Tourniquet" in str(e["body"])]

    district.wait_until(documents, 15, "911 hears of the room")
    after = district.settled(incident["id"])
    updates = [one for one in after["receipts"] if one["action"] == "update_dispatch"]
    assert {one["endpoint"] for one in updates} == set(CENTRES[:2]) and {one["state"] for one in updates} == {"done"}
    link = documents()[-1]["additionalDataComponent"][0]["additionalDataByReferenceUrl"]
    assert f"http://localhost:{district.port}/d/" in link
