"""A role dies at each arrow of the path: it stands still when its turn comes, and is killed before it has answered."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.flows.installation import Installation
from tests.flows.test_panic_press import AFTER_A_DEATH, assert_told_the_truth, orders
from watchbell.line import clock

#: The promise in seconds, and by how much a busy machine with two cores may miss it.
BACK_WITHIN = {"reflex": 2.0, "gateway/siadc09": 2.0, "gateway/osdp": 2.0, "web": 6.0, "worker": 6.0}
MARGIN = 2.0


def assert_all_was_done_once(district: Installation, incident: dict[str, Any], since: float) -> None:
    """Every immediate order is done, the board is true, and 911 has heard of one emergency."""
    for action in ("lock_door", "start_page", "tell_dispatch", "tell_screens"):
        found = orders(incident, action)
        assert found and {order["state"] for order in found} == {"done"}, action
    assert_told_the_truth(district, incident)
    assert len(incident["cause_ids"]) == 1
    locked = [
        entry for entry in district.outside("doors") if entry["at_unix"] > since and entry["body"].endswith(" on")
    ]
    assert {order["endpoint_id"] for order in orders(incident, "lock_door")} <= {entry["raw"] for entry in locked}


def cleared(district: Installation, incident_id: str) -> dict[str, Any]:
    """The incident once it is closed."""
    return dict(
        district.wait_until(
            lambda: (found := district.incident(incident_id))["state"] == "closed" and found, 45, "the alarm is over"
        )
    )


def test_the_receiver_dies_before_it_has_answered_the_panel(district: Installation) -> None:
    began = clock.unix()
    with ThreadPoolExecutor(1) as pool:
        with district.held("gateway/siadc09"):
            pressing = pool.submit(district.press, "001")
            time.sleep(0.4)
            assert not pressing.done(), "no answer before the press is safe"
        reply = pressing.result(30)
    assert reply.answer == "ACK", "the panel repeats until it is answered"
    incident = district.settled(district.open_incident()["id"])
    assert_all_was_done_once(district, incident, began)


def test_the_reflex_dies_between_press_and_orders(district: Installation) -> None:
    began = clock.unix()
    with district.held("reflex"):
        assert district.press("001").answer == "ACK"
        waiting = district.open_incident()
        assert not waiting["receipts"], "nothing has been asked yet, and the board does not pretend"
    incident = district.settled(waiting["id"], quiet_seconds=AFTER_A_DEATH)
    assert_all_was_done_once(district, incident, began)


@pytest.mark.parametrize("gateway", ["osdp", "rtppaging", "eido"])
def test_a_gateway_dies_between_order_and_receipt(district: Installation, gateway: str) -> None:
    began = clock.unix()
    action = {"osdp": "lock_door", "rtppaging": "start_page", "eido": "tell_dispatch"}[gateway]
    with district.held(f"gateway/{gateway}"):
        assert district.press("001").answer == "ACK"
        incident_id = district.open_incident()["id"]
        asked = district.wait_until(  # telephones speak pages, too: of one gateway's orders only
            lambda: [o for o in orders(district.incident(incident_id), action) if o["gateway"] == gateway], 10,
            "the orders are out",
        )  # fmt: skip
        assert {order["state"] for order in asked} <= {"asked", "late"}, "nobody claims what has not happened"
    incident = district.settled(incident_id, 45, quiet_seconds=AFTER_A_DEATH)
    assert_all_was_done_once(district, incident, began)


def test_the_worker_dies_between_receipt_and_row(district: Installation) -> None:
    began = clock.unix()
    with district.held("worker"):
        assert district.press("001").answer == "ACK"
        district.wait_until(
            lambda: len([entry for entry in district.outside("doors") if entry["at_unix"] > began]) > 10,
            15,
            "doors lock",
        )
        time.sleep(1)  # their receipts lie in the stream, given to a worker that will not write them
        assert not district.incidents("open"), "no row yet"
    incident = district.settled(district.open_incident()["id"], 45, quiet_seconds=AFTER_A_DEATH)
    assert_all_was_done_once(district, incident, began)


@pytest.mark.parametrize("victim", ["reflex", "worker", "gateway/osdp"])
def test_a_role_dies_during_the_all_clear(district: Installation, victim: str) -> None:
    assert district.press("001").answer == "ACK"
    incident = district.settled(district.open_incident()["id"])
    with district.held(victim):
        answer = district.call("POST", f"/incidents/{incident['id']}/all-clear", {"why": "a test"})
        assert answer["state"] == "clearing", "not over before every endpoint has confirmed"
        time.sleep(0.5)
    closed = cleared(district, incident["id"])
    resets = [receipt for receipt in closed["receipts"] if receipt["is_reset"]]
    assert len(resets) == len({(r["endpoint_id"], r["action"]) for r in resets}), "each endpoint is reset once"
    assert {receipt["state"] for receipt in resets} == {"done"}
    last = {entry["raw"]: entry["body"] for entry in district.outside("doors")}
    assert not [
        name for name in {r["endpoint_id"] for r in orders(incident, "lock_door")} if last[name].endswith(" on")
    ]


def test_the_page_dies_with_the_all_clear_in_its_hands(district: Installation) -> None:
    assert district.press("001").answer == "ACK"
    incident = district.settled(district.open_incident()["id"])
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(district.call, "POST", f"/incidents/{incident['id']}/all-clear", {"why": "a test"})
        time.sleep(0.02)
        district.kill("web")
        broken = asking.exception(20)
    district.wait_until(lambda: district.state_of("web") == "ok", 30, "the page is back")
    found = district.incident(incident["id"])
    assert broken is None or found["state"] in ("open", "clearing", "closed")
    if found["state"] == "open":  # it had not begun: whoever asked saw no answer, and asks again
        district.call("POST", f"/incidents/{incident['id']}/all-clear", {"why": "again"})
    assert {r["state"] for r in cleared(district, incident["id"])["receipts"] if r["is_reset"]} == {"done"}


@pytest.mark.parametrize("victim", sorted(BACK_WITHIN))
def test_a_crashed_role_is_back_in_time(district: Installation, victim: str) -> None:
    pid, restarts = district.pid_of(victim), 0
    supervisor = district.told()
    restarts = supervisor[victim]["restarts"]
    began = time.monotonic()
    district.kill(victim)
    while not (
        (found := district.told().get(victim, {})) and found["pid"] != pid and found["state"] == "ok"
        and time.monotonic() - began < 30
    ):  # fmt: skip
        time.sleep(0.02)
    seconds = time.monotonic() - began
    print(f"{victim} was back after {seconds:.2f} s")
    assert seconds < BACK_WITHIN[victim] * MARGIN
    assert district.told()[victim]["restarts"] == restarts + 1
