"""Every zone tests itself at the district's hour, by a clock that stays moved."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.flows.installation import Installation
from watchbell.line import clock

pytestmark = pytest.mark.long


def test_by_night_every_zone_tests_itself_and_says_who_heard(movable: Installation) -> None:
    own = movable
    here = (clock.now() + timedelta(seconds=own.shifted)).astimezone(ZoneInfo("America/Chicago"))
    is_past = (here.hour, here.minute) >= (2, 30)  # the job looks each real minute whether the hour has come
    night = (here + timedelta(days=int(is_past))).replace(hour=2, minute=30, second=5)
    own.shift((night - here).total_seconds())
    broken = own.played()["paging_zones"][0]["endpoint"]
    own.fail(broken, "silent", 3000)

    def done() -> list[dict[str, Any]]:
        rows = own.call("GET", "/paging-zones?limit=200").get("items", [])
        return rows if rows and all(row["test"] and row["test"]["done_at"] for row in rows) else []

    rows = own.wait_until(done, 300, "every zone has tested itself")
    tests = {row["id"]: row["test"] for row in rows}
    assert all(test["is_nightly"] for test in tests.values())
    bad = tests.pop(broken)
    assert bad["verdict"] == "unheard" and bad["heard"] == 0 < bad["of"]
    by_gateway = {name: [tests[row["id"]] for row in rows if row["gateway"] == name and row["id"] in tests]
                  for name in ("rtppaging", "sip")}  # fmt: skip
    assert len(by_gateway["rtppaging"]) == 39 and len(by_gateway["sip"]) == 58
    unheard = [
        row for row in rows if row["id"] in tests and row["test"]["verdict"] not in ("heard", "sent", "answered")
    ]
    why = [f"{row['name']}: {row['test']['verdict']}, {set(row['test']['unheard'].values())}" for row in unheard]
    assert not why, "\n".join(why)
    assert all(test["heard"] == test["of"] > 0 for test in by_gateway["rtppaging"])
    assert {test["verdict"] for test in by_gateway["sip"]} == {"answered"}, (
        "a telephone takes the call; none hears back"
    )
    own.wait_until(
        lambda: own.call("GET", f"/equipment/{broken}").get("state") == "trouble", 20, "the zone is in trouble"
    )
