"""An installation without the demo: districts begin, are set up through their pages, and real presses are answered."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.beginning.walk import ACCOUNT, KEY
from tests.flows.installation import Installation
from watchbell.gateways.siadc09.peer import Reply

OAK = "7302"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`watchbell up` in an empty home, without the demo."""
    home = Path(tmp_path_factory.mktemp("empty")) / "home"
    home.mkdir()
    made = Installation(home, demo=False)
    try:
        made.start(until=lambda: all(role["state"] != "starting" for role in made.health().get("roles", {"": {
            "state": "starting"}}).values()))  # fmt: skip
        yield made
    finally:
        made.stop()


def run(place: Installation, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], env=place.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def begin(place: Installation, name: str, account: str) -> dict[str, Any]:
    """A district from its first command to its plan; its director's token is kept under its name."""
    email = f"dana@{name}.invalid"
    told = run(place, "-m", "watchbell.project.cli", "district", "add", name, f"{name.title()} School District",
               "--email", email, "--person", "Dana", "--timezone", "America/Denver")  # fmt: skip
    assert f"http://localhost:{place.port}/accounts/password/reset/key/" in told
    made = json.loads(run(place, "-m", "tests.beginning.walk", email, account).splitlines()[-1])
    token = run(place, "-m", "watchbell.project.cli", "token", "--user", email, "--name", "test")
    place.tokens[name] = token.split()[-1]
    return dict(made)


async def press(place: Installation, account: str) -> Reply:
    panel = place.panel_of(account, KEY)
    try:
        return await panel.press("001")
    finally:
        panel.hang_up()


def answered(place: Installation, name: str, account: str) -> dict[str, Any]:
    """A district whose first button has been answered."""
    made = begin(place, name, account)
    place.wait_until(lambda: (place.home / "gateways" / "siadc09" / "address").exists(), 20, "the receiver is told")
    place.wait_until(lambda: place.health()["roles"]["reflex"]["state"] == "ok", 20, "the reflex has its snapshot")
    place.wait_until(lambda: asyncio.run(press(place, account)).answer == "ACK", 20, "the panel is known and answered")
    return made


def incidents(place: Installation, name: str) -> list[dict[str, Any]]:
    """None as well while the database is away."""
    return list(place.call("GET", "/incidents?state=open&limit=100", role=name).get("items", []))


@pytest.mark.long
def test_a_district_begins_and_its_first_button_is_answered(empty: Installation) -> None:
    made = answered(empty, "elm", ACCOUNT)
    empty.tokens["director"] = empty.tokens["elm"]
    incident = empty.open_incident()
    assert (incident["site"], incident["place_name"], incident["mode"]) == (made["site"], "Room 101", "real")
    states = empty.wait_until(
        lambda: (found := {r["gateway"]: r["state"] for r in empty.incident(incident["id"])["receipts"]})
        and found.get("screens") == "done" and found, 20, "the staff's screens are told",
    )  # fmt: skip
    assert {"osdp", "rtppaging", "eido", "screens"} <= set(states)


def presses_of(place: Installation, name: str) -> list[str]:
    """The presses of the one incident that is open in a district; it must be one."""
    found = incidents(place, name)
    assert len(found) <= 1, found
    return list(place.call("GET", f"/incidents/{found[0]['id']}", role=name)["cause_ids"]) if found else []


@pytest.mark.parametrize("victim", ["", "worker", "reflex", "postgres"])
def test_two_districts_press_at_once_and_never_meet(empty: Installation, victim: str) -> None:
    """The same button of two districts at the same moment, also while what they share has just been killed."""
    for name, account in (("elm", ACCOUNT), ("oak", OAK)):
        if name not in empty.tokens:
            answered(empty, name, account)
        empty.wait_until(lambda name=name: presses_of(empty, name), 20, "its press is recorded")
    before = {name: len(presses_of(empty, name)) for name in ("elm", "oak")}

    async def both() -> list[Reply]:
        return await asyncio.gather(press(empty, ACCOUNT), press(empty, OAK))

    if victim:
        empty.kill(victim)
    assert [reply.answer for reply in asyncio.run(both())] == ["ACK", "ACK"]
    empty.wait_until(
        lambda: all(len(presses_of(empty, name)) == before[name] + 1 for name in before), 40, "both are recorded once"
    )
    own = {}
    for name, other in (("elm", "oak"), ("oak", "elm")):
        incident = incidents(empty, name)[0]["id"]
        found = empty.call("GET", f"/incidents/{incident}", role=name)
        equipment = empty.call("GET", "/equipment?limit=500", role=name)["items"]
        own[name] = {one["id"] for one in equipment}
        asked = {one["endpoint_id"] for one in found["receipts"] if one["gateway"] != "screens"}
        assert asked and asked <= own[name], f"{name}'s press asked what is not its own"
        assert empty.call("GET", f"/incidents/{incident}", role=other)["status"] == 404
    assert not own["elm"] & own["oak"]
