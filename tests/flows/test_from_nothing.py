"""An installation without the demo: a district begins, is set up through its pages, and a real press is answered."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.beginning.walk import ACCOUNT, KEY
from tests.flows.installation import Installation
from watchbell.gateways.siadc09.peer import Panel, Reply

EMAIL = "dana@elm.invalid"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    """`watchbell up` in an empty home, without the demo."""
    home = tmp_path / "home"
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


def press(place: Installation) -> Reply:
    async def once() -> Reply:
        host, port = (place.home / "gateways" / "siadc09" / "address").read_text().split(":")
        panel = Panel(ACCOUNT, host, int(port), key=bytes.fromhex(KEY), wait_seconds=1.0)
        try:
            return await panel.press("001")
        finally:
            panel.hang_up()

    return asyncio.run(once())


def test_a_district_begins_and_its_first_button_is_answered(empty: Installation) -> None:
    told = run(empty, "-m", "watchbell.project.cli", "district", "add", "elm", "Elm School District", "--email", EMAIL,
               "--person", "Dana", "--timezone", "America/Denver")  # fmt: skip
    assert f"http://localhost:{empty.port}/accounts/password/reset/key/" in told
    made = json.loads(run(empty, "-m", "tests.beginning.walk", EMAIL).splitlines()[-1])
    token = run(empty, "-m", "watchbell.project.cli", "token", "--user", EMAIL, "--name", "test").split()[-1]
    empty.tokens["director"] = token
    empty.wait_until(lambda: (empty.home / "gateways" / "siadc09" / "address").exists(), 20, "the receiver is told")
    empty.wait_until(lambda: empty.health()["roles"]["reflex"]["state"] == "ok", 20, "the reflex has its snapshot")
    empty.wait_until(lambda: press(empty).answer == "ACK", 20, "the panel is known and answered")
    incident = empty.open_incident()
    assert (incident["site"], incident["place_name"], incident["mode"]) == (made["site"], "Room 101", "real")
    states = empty.wait_until(
        lambda: (found := {r["gateway"]: r["state"] for r in empty.incident(incident["id"])["receipts"]})
        and found.get("screens") == "done" and found, 20, "the staff's screens are told",
    )  # fmt: skip
    assert {"osdp", "rtppaging", "eido", "screens"} <= set(states)
