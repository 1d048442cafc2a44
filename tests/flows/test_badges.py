"""Badges, wall buttons, strobes and signs on a whole installation: pressed, felt, shown, with faults at each arrow."""

import itertools
import json
import time
import urllib.request
from typing import Any

import pytest

from tests.flows.installation import Installation
from watchbell.line import clock


def act(district: Installation, what: str, **more: Any) -> dict[str, Any]:
    """Lets the played world do something."""
    body = json.dumps({"what": what, **more}).encode()
    url = f"http://127.0.0.1:{district.simulator_port}/act"
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20) as answer:
        return dict(json.load(answer))


def broker(district: Installation) -> dict[str, Any]:
    return dict(district.played()["mqtt"])


_turn = itertools.count()


def badge_heard_by(district: Installation, fewest: int) -> dict[str, Any]:
    """A badge at a site with at least so many gateways; another each time, for a run of presses goes on for seconds."""
    sites = [one["spot"][0].split("|")[0] for one in broker(district)["gateways"] if one["way"] == "mqtt"]
    found = [one for one in broker(district)["badges"] if sites.count(one["site"]) >= fewest]
    return dict(found[next(_turn) % len(found)])


def orders(incident: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [receipt for receipt in incident["receipts"] if receipt["action"] == action]


def kinds_open(district: Installation) -> dict[str, dict[str, Any]]:
    return {incident["kind"]: incident for incident in district.incidents("open")}


def when_connected(district: Installation) -> None:
    """Everything played is on the broker: gateways of ours are well, and a first press is felt."""
    for name in ("gateway/blebadge", "gateway/mqttsign", "gateway/modbus"):
        district.wait_until(lambda name=name: district.state_of(name) == "ok", 60, f"{name} is well")
    time.sleep(2)


def test_three_presses_ask_for_help_in_the_room_of_the_nearest_gateway_and_are_felt(district: Installation) -> None:
    when_connected(district)
    told = act(district, "press_badge", badge=badge_heard_by(district, 4)["mac"], presses=3)
    assert told["heard_by"] >= 2 and told["felt"][:1] == ["received"], told
    incident = district.settled(district.open_incident()["id"], 40)
    assert incident["kind"] == "staff_assist" and len(incident["cause_ids"]) == 1
    nearest = told["nearest"].split(", ")[1]
    assert nearest in json.dumps(incident), (nearest, incident["timeline"])
    assert not orders(incident, "lock_door") and not orders(incident, "start_strobe")


def test_eight_presses_lock_down_strobes_flash_signs_speak_and_police_answer_to_the_badge(
    district: Installation,
) -> None:
    when_connected(district)
    began = clock.unix()
    badge = badge_heard_by(district, 4)
    act(district, "press_badge", badge=badge["mac"], presses=8)
    district.wait_until(lambda: {"staff_assist", "lockdown"} <= set(kinds_open(district)), 30, "both are open")
    incident = district.settled(kinds_open(district)["lockdown"]["id"], 45)
    assert len(incident["cause_ids"]) == 1
    for action in ("start_strobe", "show_sign", "lock_door"):
        assert {order["state"] for order in orders(incident, action)} == {"done"}, action
    shown = [one["body"]["showing"] for one in district.outside("signs") if one["at_unix"] > began]
    assert shown and all(lines[0] == "LOCKDOWN" for lines in shown)
    assert [one for one in district.outside("strobes") if one["at_unix"] > began]
    district.wait_until(
        lambda: any(one["body"]["pattern"] == "police_acknowledged" for one in district.outside("badges")
                    if one["at_unix"] > began), 30, "the badge feels that police have acknowledged",
    )  # fmt: skip
    district.clear_all()
    last = {one["to"]: one["body"]["showing"] for one in district.outside("signs") if one["at_unix"] > began}
    assert last and not any(last.values()), "the all-clear takes the signs back"


def test_a_wall_button_locks_down_and_its_own_strobes_flash(district: Installation) -> None:
    when_connected(district)
    module = district.played()["io_modules"][0]
    for button in module["buttons"]:
        began = clock.unix()
        act(district, "press_contact", button=button["endpoint"])
        incident = district.settled(district.open_incident()["id"], 45)
        assert incident["kind"] == "lockdown" and button["name"] in str(incident["timeline"])
        names = {one["name"] for one in module["outputs"]}
        flashing = {one["to"] for one in district.outside("strobes") if one["at_unix"] > began and one["to"] in names}
        assert flashing == names
        act(district, "release_contact", button=button["endpoint"])
        district.clear_all()


def test_with_postgres_gone_a_badge_is_felt_and_recorded_afterwards(district: Installation) -> None:
    when_connected(district)
    badge = badge_heard_by(district, 3)
    with district.without_postgres():
        told = act(district, "press_badge", badge=badge["mac"], presses=3)
        assert told["felt"][:1] == ["received"], told
    incident = district.settled(district.open_incident(60)["id"], 45)
    assert incident["kind"] == "staff_assist" and len(incident["cause_ids"]) == 1


def test_a_badge_gateway_process_killed_at_the_press_loses_nothing_and_doubles_nothing(district: Installation) -> None:
    when_connected(district)
    badge = badge_heard_by(district, 4)
    pid = district.pid_of("gateway/blebadge")
    told = act(district, "press_badge", badge=badge["mac"], presses=3)
    district.kill("gateway/blebadge")
    district.wait_until(
        lambda: district.health() and district.pid_of("gateway/blebadge") != pid
        and district.state_of("gateway/blebadge") == "ok", 40, "it is back",
    )  # fmt: skip
    time.sleep(6)  # the badge still shows its press to the new process
    incident = district.settled(district.open_incident()["id"], 40)
    assert len(incident["cause_ids"]) == 1, told


@pytest.mark.long  # test_kept.py of the gateway plays the same on a broker of each kind
def test_a_press_while_the_badge_gateway_process_is_away_is_raised_when_it_returns(district: Installation) -> None:
    when_connected(district)
    badge = badge_heard_by(district, 4)
    with district.away("gateway/blebadge"):
        time.sleep(1)  # the broker has seen its connection end, and keeps for it what comes
        act(district, "press_badge", badge=badge["mac"], presses=3)
    incident = district.settled(district.open_incident(60)["id"], 40)
    assert incident["kind"] == "staff_assist" and len(incident["cause_ids"]) == 1


def test_a_sign_that_is_away_shows_on_the_board_and_in_the_equipment(district: Installation) -> None:
    when_connected(district)
    sign = next(one for one in broker(district)["signs"] if one["kind"] == "sign")
    district.fail(sign["endpoint"], "silent", 20)

    def state() -> str:
        return str(district.call("GET", f"/equipment/{sign['endpoint']}").get("state"))

    district.wait_until(lambda: state() == "silent", 20, "its last will is heard")
    district.wait_until(lambda: state() == "online", 60, "it is back")
