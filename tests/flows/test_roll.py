"""The roll call on a running district: three teachers, one of them offline, a substitute, a guest; nothing is lost."""

import time
import urllib.request
import uuid
from datetime import datetime, timedelta
from typing import Any

from tests.flows.installation import Installation

Report = dict[str, Any]


def report(person: str = "", state: str = "safe", place: str = "", at: datetime | None = None, **more: Any) -> Report:
    words = {"id": str(uuid.uuid4()), "state": state, "way": "class", **more}
    if at is not None:
        words["made_at"] = at.isoformat()
    return {**words, **({"person": person} if person else {}), **({"place": place} if place else {})}


def send(district: Installation, incident: str, reports: list[Report], role: str) -> list[str]:
    answer = district.call("POST", f"/incidents/{incident}/check-ins", {"reports": reports}, role)
    return [one["verdict"] for one in answer["verdicts"]]


def roll(district: Installation, incident: str, role: str = "director") -> dict[str, Any]:
    return dict(district.call("GET", f"/incidents/{incident}/roll", role=role))


def test_three_teachers_one_offline_a_substitute_and_a_guest(district: Installation) -> None:
    assert district.press("001").answer == "ACK"
    opened = district.open_incident()
    incident, begun = opened["id"], datetime.fromisoformat(opened["opened_at"])
    start = roll(district, incident)
    assert start["totals"]["silent"] == start["totals"]["rooms"] > 50
    rooms: dict[str, list[str]] = {}
    for one in start["unknown"]:
        rooms.setdefault(one["place"], []).append(one["person"])
    first, second, third = [place for place, people in rooms.items() if place and len(people) > 12][:3]
    # the first two are online; the third's phone is not: its reports are made now and come later
    offline = [report(person, at=begun + timedelta(seconds=1), place=third) for person in rooms[third]]
    taken = send(district, incident, [report(person, place=first) for person in rooms[first]], "teacher")
    assert set(taken) == {"kept"}
    sick, *others = rooms[second]
    reports = [report(sick, "absent", second), *(report(person, place=second) for person in others)]
    assert set(send(district, incident, reports, "nurse")) == {"kept"}
    # a substitute in the gym has somebody of the third room, and three parents
    lost = rooms[third][0]
    guests = report(name="Parents", kind="guest", count=3, place=first)
    assert set(send(district, incident, [report(lost, place=second), guests], "officer")) == {"kept"}
    now = roll(district, incident)
    assert now["totals"]["guests"] == 3 and now["totals"]["silent"] == start["totals"]["silent"] - 2
    assert now["rooms"][0]["is_silent"], "silent rooms first"
    assert not now["questions"]
    # the third's phone is back: everything arrives, twice, and the child who is said in two rooms is a question
    assert set(send(district, incident, offline, "office")) == {"kept"}
    assert set(send(district, incident, offline, "office")) == {"repeated"}
    now = roll(district, incident)
    assert [one["person"] for one in now["questions"]] == [lost]
    assert len(now["questions"][0]["rivals"]) == 2
    expected = len(rooms[first]) + len(rooms[second]) + len(rooms[third])
    assert now["totals"]["accounted"] == expected
    # the office answers; the dispatcher never saw a name of somebody who is safe
    told = roll(district, incident, "dispatcher")
    assert "people" not in told and "unknown" not in told and told["totals"]["accounted"] == expected
    rival = next(one for one in now["questions"][0]["rivals"] if one["by"] != "Luis Diaz")
    body = {"subject": now["questions"][0]["subject"], "report": rival["id"], "because": "asked by radio"}
    assert district.call("POST", f"/incidents/{incident}/roll/answers", body, "office") == {"kept": True}
    assert not roll(district, incident)["questions"]
    rooms_told = district.call("GET", f"/incidents/{incident}/rooms")["items"]
    assert sum(1 for one in rooms_told if one["state"] == "safe") == 3
    steps = district.call("GET", f"/incidents/{incident}/roll/progress")["steps"]
    assert steps[-1]["people"] == expected, "guests count besides"


def test_two_hundred_reports_from_many_phones_at_once_are_all_kept(district: Installation) -> None:
    from concurrent.futures import ThreadPoolExecutor

    assert district.press("001").answer == "ACK"
    incident = district.open_incident()["id"]
    people = [one["person"] for one in roll(district, incident)["unknown"]][:200]
    batches = [[report(person) for person in people[start : start + 25]] for start in range(0, 200, 25)]
    district.token("teacher")
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        verdicts = [
            one for found in pool.map(lambda b: send(district, incident, b, "teacher"), batches) for one in found
        ]
    assert verdicts == ["kept"] * 200
    print(f"200 reports in 8 batches at once: {time.monotonic() - began:.2f} s")
    assert len(roll(district, incident)["people"]) == 200


def test_the_roll_of_a_whole_school_takes_few_statements(district: Installation) -> None:
    assert district.press("001").answer == "ACK"
    incident = district.open_incident()["id"]
    counts = []
    for path in (f"/incidents/{incident}/roll", "/cards/mine"):
        request = urllib.request.Request(f"http://127.0.0.1:{district.port}/api/v1{path}")
        request.add_header("Authorization", f"Bearer {district.token('nurse')}")
        for _ in range(2):  # the first look at names is written down
            with urllib.request.urlopen(request, timeout=20) as answer:
                told = answer.headers["Server-Timing"]
        counts.append(int(told.split('desc="')[1].strip('"')))
    # three of them say who asks: token, membership, roles
    assert counts[0] <= 15, counts
    print(f"statements of the roll and of the cards: {counts}")
