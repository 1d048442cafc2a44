"""After it: a drill is run and closed, its report stands and prints, it counts for the state; silence has a limit."""

import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest

from tests.flows.installation import Installation

#: Says on the bus, with a test's right, that an endpoint lives.
SAY = """
import asyncio, sys
from watchbell.line import clock
from watchbell.line.bus import Bus
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

async def main(district, site, endpoint):
    bus = await Bus.connect("test", wait_seconds=10)
    status = DeviceStatus(district=district, site=site, gateway="modbus", device=endpoint, endpoint=endpoint,
                          state="online", at=clock.unix(), detail={"battery": 77})
    assert await bus.keep(subject(district, site, "status", "modbus", endpoint), status, f"{endpoint}:{status.at}")
    await bus.close()

asyncio.run(main(*sys.argv[1:]))
"""


#: Gives a piece of equipment to the director to answer for.
GIVE = """
import sys
from watchbell.project.django_ready import get_ready
get_ready()
from watchbell.district.accounts.models import User
from watchbell.district.equipment.actions import give_owner
from watchbell.district.people.queries import person_of_user
from watchbell.kernel.acting import acting_in
from watchbell.kernel.permissions import system_actor
district, endpoint = sys.argv[1:]
with acting_in(district):
    person = person_of_user(User.objects.get(email="director@demo.invalid").id)
    assert give_owner(system_actor(district), [endpoint], person.id) == 1
"""


def _drill(district: Installation) -> dict[str, Any]:
    """A lockdown drill with one room checked in, and its all-clear; the closed incident."""
    site = district.played()["panels"][0]["site"]
    before = {one["id"] for one in district.incidents()}
    district.call("POST", "/alarms", {"kind": "lockdown", "site": site, "mode": "drill"})
    made = district.wait_until(
        lambda: [one for one in district.incidents("open") if one["id"] not in before], 20, "the drill is an incident"
    )[0]
    rooms = district.call("GET", f"/incidents/{made['id']}/rooms?limit=3")["items"]
    for room in rooms:
        body = {"place": room["place"], "state": "safe", "accounted": room["students"] + room["staff"]}
        assert district.call("POST", f"/incidents/{made['id']}/check-ins", body)["kept"]
    district.settled(made["id"])
    district.clear_all()
    return district.incident(made["id"])


def _page(district: Installation, path: str) -> bytes:
    headers = {"Authorization": f"Bearer {district.token()}"}
    url = f"http://127.0.0.1:{district.port}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        return bytes(answer.read())


def test_a_drill_has_its_report_within_seconds_and_counts_for_the_state(district: Installation) -> None:
    drill = _drill(district)
    assert (drill["state"], drill["mode"]) == ("closed", "drill")
    found = district.wait_until(
        lambda: [r for r in district.call("GET", "/reviews?mode=drill")["items"] if r["incident"] == drill["id"]],
        40, "the report is drafted",
    )  # fmt: skip
    review = district.call("GET", f"/reviews/{found[0]['id']}")
    facts = review["facts"]
    assert facts["rooms_reported"] == 3 and facts["rooms"] > 3 and facts["steps"] and facts["cleared_by"]
    assert {one["capability"] for one in review["objectives"]} >= {"Physical Protective Measures"}
    assert any("rooms did not report" in one["issue"] for one in review["improvements"])
    note = {"kind": "mend", "text": "The hall door stuck", "entry": "flow"}
    assert district.call("POST", f"/reviews/{review['id']}/notes", note, role="teacher") == {"kept": True}
    assert district.call("POST", f"/reviews/{review['id']}/notes", note, role="teacher") == {"kept": False}
    pdf = _page(district, f"/reviews/{review['id']}/pdf")
    assert pdf.startswith(b"%PDF") and b"/StructTreeRoot" in pdf
    assert b"After-action report" in _page(district, f"/reviews/{review['id']}")
    record = [one for one in district.call("GET", "/drills")["items"] if one["incident"] == drill["id"]]
    assert len(record) == 1 and record[0]["kind"] == "lockdown" and record[0]["lock_seconds"] is not None
    owed = district.call("GET", f"/drills/duties?site={drill['site']}&limit=500")["items"]
    today = record[0]["on"]
    mine = [d for d in owed if d["kind"] == "lockdown" and d["starts_on"] <= today <= d["ends_on"]]
    assert mine and all(duty["done"] >= 1 for duty in mine)


def _thing(district: Installation, endpoint: str) -> dict[str, Any]:
    return dict(district.call("GET", f"/equipment/{endpoint}"))


def _pushed(district: Installation, since: str, name: str) -> list[dict[str, Any]]:
    return [one for one in district.outside("push", since) if name in str(one["body"])]


@pytest.mark.long
def test_a_silent_endpoint_is_flagged_within_a_minute_and_is_back_when_heard(district: Installation) -> None:
    # nobody plays single speakers: nothing else will say that this one lives
    speakers = district.call("GET", "/equipment?kind=speaker&limit=500")["items"]
    speaker = next(one for one in speakers if one["state"] == "online")
    words = [district.played()["district"], speaker["site"], speaker["id"]]

    def say() -> None:
        subprocess.run([sys.executable, "-c", SAY, *words], env=district.environment, check=True, timeout=60)

    owned = [sys.executable, "-c", GIVE, district.played()["district"], speaker["id"]]
    subprocess.run(owned, env=district.environment, check=True, timeout=60)
    since = district.mark("push")
    say()
    heard = district.wait_until(
        lambda: _thing(district, speaker["id"]) if _thing(district, speaker["id"])["battery"] == 77 else None,
        20, "it was heard",
    )  # fmt: skip
    began = time.monotonic()
    assert heard["battery"] == 77 and heard["heard_at"]
    silent = district.wait_until(
        lambda: _thing(district, speaker["id"]) if _thing(district, speaker["id"])["state"] == "silent" else None,
        70, "it is flagged",
    )  # fmt: skip
    assert time.monotonic() - began < 61 and silent["state_because"].startswith("not heard since ")
    assert silent["heard_at"] == heard["heard_at"], "the moment of its last proof of life stays"
    told = district.wait_until(lambda: _pushed(district, since, speaker["name"]), 40, "its owner is pushed to")
    assert len(told) == 1 and "is silent" in str(told[0]) and "director" in str(told[0]["to"])
    say()
    district.wait_until(lambda: _thing(district, speaker["id"])["state"] == "online", 20, "it is back")


@pytest.mark.long
def test_the_centres_lines_zones_screens_and_phones_prove_their_life(district: Installation) -> None:
    for kind in ("dispatch_endpoint", "voice_line", "paging_zone", "screen_group"):
        district.wait_until(
            lambda kind=kind: all(
                one["heard_at"] for one in district.call("GET", f"/equipment?kind={kind}&limit=500")["items"]
            ),
            60, f"every {kind} was heard",
        )  # fmt: skip
    found = district.call("GET", "/readiness")
    assert found["count"] >= 18
    first = next(one for one in found["items"] if one["site"] == district.played()["panels"][0]["site"])
    assert first["buildings"] and first["verdict"] in ("yes", "but"), first
    endpoint = district.played()["eido"][0]["endpoint"]
    district.fail(endpoint, "silent", 60)
    district.wait_until(lambda: _thing(district, endpoint)["state"] == "silent", 40, "the centre is found silent")
    told = district.call("GET", f"/readiness?site={first['site']}")["items"][0]
    assert any("dispatch centre" in reason["text"] for reason in told["reasons"]), told
    district.wait_until(lambda: _thing(district, endpoint)["state"] == "online", 120, "the centre is back")
