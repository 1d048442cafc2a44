"""The path that must never fail: from a button's bytes to the all-clear, with a fault at each arrow."""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.flows.installation import Installation

#: What a killed worker held comes to another after 1.5 s: silence counts only after that.
AFTER_A_DEATH = 3.0


def orders(incident: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [receipt for receipt in incident["receipts"] if receipt["action"] == action]


def states(incident: dict[str, Any]) -> Counter[str]:
    return Counter(receipt["state"] for receipt in incident["receipts"])


def assert_told_the_truth(district: Installation, incident: dict[str, Any]) -> None:
    """Nothing lost, nothing twice: each endpoint has one order, and every door the board calls locked is locked."""
    seen = Counter((r["endpoint_id"], r["action"], r["is_reset"]) for r in incident["receipts"])
    assert max(seen.values()) == 1, [key for key, count in seen.items() if count > 1]
    switched = {entry["raw"]: entry["body"] for entry in district.outside("doors")}
    for order in orders(incident, "lock_door"):
        if order["state"] == "done":
            assert switched.get(order["endpoint_id"], "").endswith(" on"), f"{order['endpoint']} is not locked"


def test_a_press_reaches_every_endpoint_and_the_all_clear_takes_it_all_back(district: Installation) -> None:
    reply = district.press("001")
    assert reply.answer == "ACK"
    incident = district.settled(district.open_incident()["id"])
    assert incident["kind"] == "lockdown" and incident["mode"] == "real"
    for action in ("lock_door", "start_page", "tell_dispatch", "tell_screens"):
        assert {order["state"] for order in orders(incident, action)} == {"done"}, action
    assert len(orders(incident, "tell_dispatch")) == 2, "the training desk must not hear of a real alarm"
    assert_told_the_truth(district, incident)
    told = district.outside("eido")
    assert any("Main office" in str(entry) for entry in told), "911 must hear the room"

    cleared = district.call("POST", f"/incidents/{incident['id']}/all-clear", {"why": "a test"})
    assert cleared["state"] in ("clearing", "closed")
    closed = district.wait_until(
        lambda: (found := district.incident(incident["id"]))["state"] == "closed" and found, 30, "closed"
    )
    resets = [receipt for receipt in closed["receipts"] if receipt["is_reset"]]
    assert len(resets) == len([r for r in incident["receipts"] if r["action"] != "place_call"])
    assert {receipt["state"] for receipt in resets} == {"done"}
    assert closed["closed_at"] and "All-clear given" in str(closed["timeline"])


@pytest.mark.parametrize(
    "victim", ["reflex", "worker", "web", "gateway/osdp", "gateway/rtppaging", "gateway/eido", "gateway/siadc09"]
)
def test_a_role_killed_in_the_middle_of_a_press_loses_nothing(district: Installation, victim: str) -> None:
    pid = district.pid_of(victim)
    assert district.press("001").answer == "ACK"
    killed_at = time.monotonic()
    district.kill(victim)
    district.wait_until(
        lambda: district.health() and district.pid_of(victim) != pid
        and _state_of(district, victim) == "ok", 30, f"{victim} is back"
    )  # fmt: skip
    back_seconds = time.monotonic() - killed_at
    incident = district.settled(district.open_incident()["id"], 45, quiet_seconds=AFTER_A_DEATH)
    assert {order["state"] for order in orders(incident, "lock_door")} == {"done"}
    assert {order["state"] for order in orders(incident, "start_page")} == {"done"}
    assert {order["state"] for order in orders(incident, "tell_dispatch")} == {"done"}
    assert_told_the_truth(district, incident)
    assert len(incident["cause_ids"]) == 1
    print(f"{victim} was back after {back_seconds:.1f} s")


def _state_of(district: Installation, name: str) -> str:
    health = district.health()
    if name.startswith("gateway/"):
        return str(health["gateways"][name.removeprefix("gateway/")]["state"])
    return str(health["roles"][name]["state"])


def test_with_postgres_gone_for_the_whole_press_doors_lock_and_the_record_follows(district: Installation) -> None:
    before = len(district.outside("doors"))
    with district.without_postgres():
        assert district.press("001").answer == "ACK"
        district.wait_until(lambda: len(district.outside("doors")) > before + 10, 15, "doors lock without Postgres")
        answer = district.call("POST", "/alarms", {"kind": "medical", "site": district.played()["panels"][0]["site"]})
        assert "id" in answer, answer
    found = district.wait_until(lambda: len(district.incidents("open")) == 2 and district.incidents("open"), 60,
                                "both presses are recorded")  # fmt: skip
    lockdown = next(one for one in found if one["kind"] == "lockdown")
    incident = district.settled(lockdown["id"], 30, quiet_seconds=AFTER_A_DEATH)
    assert len(incident["cause_ids"]) == 1
    assert {order["state"] for order in orders(incident, "lock_door")} == {"done"}
    assert_told_the_truth(district, incident)


def test_nats_killed_during_a_press_makes_the_panel_repeat_and_nothing_is_lost(district: Installation) -> None:
    district.kill("nats")
    assert district.press("001").answer == "ACK"
    incident = district.settled(district.open_incident(40)["id"], 60)
    assert len(incident["cause_ids"]) == 1, "the panel's repeats are one press"
    assert {order["state"] for order in orders(incident, "lock_door")} == {"done"}


def test_the_same_frame_twice_is_one_press(district: Installation) -> None:
    async def twice() -> list[str]:
        panel = district.panel()
        first = await panel.press("001")
        panel.sequence -= 1
        second = await panel.press("001")
        panel.hang_up()
        return [first.answer, second.answer]

    assert asyncio.run(twice()) == ["ACK", "ACK"]
    incident = district.settled(district.open_incident()["id"])
    assert len(incident["cause_ids"]) <= 2
    assert len(district.incidents("open")) == 1


def test_an_all_clear_in_the_first_second_takes_everything_back(district: Installation) -> None:
    """The orders are written down after the press: an all-clear that is as quick as that must not miss them."""
    for _ in range(3):
        assert district.press("001").answer == "ACK"
        incident = district.open_incident()["id"]
        district.call("POST", f"/incidents/{incident}/all-clear", {"why": "at once"})
        # each time for as long as a late order may take to come: closed is not over yet
        district.wait_until(
            lambda i=incident: district.incident(i)["state"] == "closed" and not district.pages_on(), 40, "it is over"
        )
        found = district.settled(incident)
        done = {kind: {o["endpoint_id"] for o in orders(found, kind) if o["state"] == "done"}
                for kind in ("lock_door", "release_door", "start_page", "stop_page")}  # fmt: skip
        assert done["lock_door"] and done["start_page"]
        assert done["lock_door"] <= done["release_door"] and done["start_page"] <= done["stop_page"]
        assert district.incident(incident)["state"] == "closed"


def test_a_door_that_comes_back_after_the_all_clear_is_not_locked(district: Installation) -> None:
    district.press("001")
    found = district.settled(district.open_incident()["id"])
    door = next(o for o in orders(found, "lock_door") if o["state"] == "done")["endpoint_id"]
    district.clear_all()
    district.fail(door, "silent", 8)
    district.press("001")
    incident = district.open_incident()["id"]
    district.wait_until(lambda: orders(district.incident(incident), "lock_door"), 10, "the doors have been asked")
    district.call("POST", f"/incidents/{incident}/all-clear", {"why": "at once"})

    def is_released() -> bool:
        found = district.incident(incident)
        states = [o["state"] for o in orders(found, "release_door") if o["endpoint_id"] == door]
        return found["state"] == "closed" and states == ["done"]

    district.wait_until(is_released, 60, "the door is back and released")
    time.sleep(6)  # as long as it would be asked again
    (lock,) = (o for o in orders(district.incident(incident), "lock_door") if o["endpoint_id"] == door)
    (release,) = (o for o in orders(district.incident(incident), "release_door") if o["endpoint_id"] == door)
    assert release["state"] == "done"
    assert lock["state"] != "done" or lock["done_at"] < release["done_at"], (lock, release)


def test_many_buttons_at_one_site_are_one_incident_with_many_dots(district: Installation) -> None:
    site = district.played()["panels"][0]["site"]
    rooms = district.call("GET", f"/places?site={site}&kind=room&limit=40")["items"]
    assert len(rooms) == 40

    def press(room: dict[str, Any]) -> Any:
        body = {"kind": "lockdown", "site": site, "place": room["id"], "place_name": room["name"]}
        return district.call("POST", "/alarms", body, role="teacher")

    with ThreadPoolExecutor(20) as pool:
        assert all("id" in answer for answer in pool.map(press, rooms))
    incident_id = district.open_incident()["id"]
    district.wait_until(
        lambda: len(district.incident(incident_id)["cause_ids"]) == 40, 30, "40 presses in one incident"
    )
    told = str(district.incident(incident_id)["timeline"])
    assert all(room["name"] in told for room in rooms), "each room stands in the record"
    assert len(district.incidents("open")) == 1
    incident = district.settled(incident_id)
    assert len(orders(incident, "lock_door")) == len({o["endpoint_id"] for o in orders(incident, "lock_door")})


@pytest.mark.long  # four presses a second on two slow cores: more than its two minutes
def test_a_storm_of_500_presses_loses_none(district: Installation) -> None:
    async def storm(site: int) -> int:
        panel = district.panel(site)
        count = 0
        for _ in range(50):
            count += (await panel.press("001")).answer == "ACK"
        panel.hang_up()
        return count

    async def all_sites() -> int:
        return sum(await asyncio.gather(*(storm(site) for site in range(10))))

    assert asyncio.run(all_sites()) == 500

    def recorded() -> int:
        time.sleep(2)  # looking at ten boards costs as much as recording a press
        return sum(len(district.incident(i["id"])["cause_ids"]) for i in district.incidents("open"))

    district.wait_until(lambda: recorded() == 500, 120, "all 500 are recorded")
    assert len(district.incidents("open")) == 10


def test_a_drill_never_reaches_police_and_a_real_press_ends_it(district: Installation) -> None:
    site = district.played()["panels"][0]["site"]
    before = district.mark("eido")
    district.call("POST", "/alarms", {"kind": "lockdown", "site": site, "mode": "drill"})
    drill = district.settled(district.open_incident()["id"], 40)
    assert drill["mode"] == "drill"
    refused = orders(drill, "tell_dispatch")
    assert refused and all("never reaches" in order["because"] for order in refused)
    assert not district.outside("eido", before), "a drill got out"

    assert district.press("001").answer == "ACK"
    district.wait_until(lambda: district.incident(drill["id"])["state"] != "open", 20, "the drill has ended")
    real = next(one for one in district.incidents("open") if one["mode"] == "real")
    settled = district.settled(real["id"], 40)
    assert {order["state"] for order in orders(settled, "lock_door")} == {"done"}
    district.wait_until(lambda: district.incident(drill["id"])["state"] == "closed", 30, "the drill is over")
    switched = {entry["raw"]: entry["body"] for entry in district.outside("doors")}  # the newest of each door
    locked = {order["endpoint_id"] for order in orders(settled, "lock_door")}
    assert locked and all(switched[door].endswith(" on") for door in locked), "the drill's end left the doors locked"


def test_an_unknown_button_still_raises(district: Installation) -> None:
    assert district.press("987").answer == "ACK"
    incident = district.open_incident()
    assert "not listed" in str(incident["timeline"]) and "place unknown" in str(incident["timeline"])


def test_a_teacher_may_press_but_not_give_the_all_clear(district: Installation) -> None:
    site = district.played()["panels"][0]["site"]
    assert "id" in district.call("POST", "/alarms", {"kind": "lockdown", "site": site}, role="teacher")
    incident = district.open_incident()
    answer = district.call("POST", f"/incidents/{incident['id']}/all-clear", {}, role="teacher")
    assert answer["status"] == 403
    assert district.call("POST", "/alarms", {"kind": "lockdown", "site": site}, role="parent")["status"] == 403
