"""Roles run apart, each started alone, with nobody who supervises them: who is well is known all the same."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.elsewhere import Nats, Postgres, free_port

pytestmark = pytest.mark.long  # an installation of its own, role by role
ROLES = ("web", "worker", "reflex", "gateway siadc09 osdp")


class Apart:
    """One home, engines of somebody else, and roles started one by one."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.home, self.port = folder / "home", free_port()
        self.home.mkdir()
        self.postgres, self.nats = Postgres(folder / "pg"), Nats(folder / "nats")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WATCHBELL_")},
            "WATCHBELL_HOME": str(self.home), "WATCHBELL_PORT": str(self.port), "WATCHBELL_TEST": "1",
            "WATCHBELL_DATABASE_URL": self.postgres.url, "WATCHBELL_NATS_URL": self.nats.url,
            "WATCHBELL_GATEWAY_SIADC09_PORT": "0", "WATCHBELL_GATEWAY_OSDP_PORT": "0",
        }  # fmt: skip
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = folder / "log"

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "watchbell.project.cli", *command], env=self.environment, capture_output=True,
            text=True, check=False, timeout=60,
        )  # fmt: skip

    def make(self) -> None:
        """The engines, the keys on the bus, the streams, the schema and a district."""
        self.postgres.make()
        told = self.run("enrol", "all")
        assert told.returncode == 0, told.stderr
        self.nats.make(told.stdout)
        made = (
            "import asyncio; from watchbell.line.bus import Bus, make_streams\n"
            "from watchbell.kernel import bus_rights; from watchbell.project.starting import make_database_ready\n"
            "async def make():\n bus = await Bus.connect('supervisor', wait_seconds=20)\n"
            " await make_streams(bus, bus_rights.followers())\n await bus.close()\n"
            "asyncio.run(make()); make_database_ready(False)"
        )
        out = subprocess.run([sys.executable, "-c", made], env=self.environment, capture_output=True, check=False)
        assert out.returncode == 0, out.stderr.decode()[-3000:]
        begun = self.run("district", "add", "cedar", "Cedar", "--email", "dana@cedar.invalid", "--person", "Dana")
        assert begun.returncode == 0, begun.stderr

    def begin(self, role: str) -> None:
        with self.log.open("ab") as log:
            self.processes[role] = subprocess.Popen(
                [sys.executable, "-m", "watchbell.project.cli", *role.split()], env=self.environment, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def end(self, role: str) -> None:
        process = self.processes.pop(role)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def health(self) -> tuple[int, dict[str, Any]]:
        """(status, document); (0, {}) when nobody answers. Within a second, whatever is away."""
        began = time.monotonic()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                found = answer.status, dict(json.load(answer))
        except urllib.error.HTTPError as error:
            found = error.code, dict(json.load(error))
        except OSError:
            return 0, {}
        assert time.monotonic() - began < 1.0
        return found

    def until(self, true: Callable[[dict[str, Any]], bool], seconds: float = 60) -> tuple[int, dict[str, Any]]:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            status, found = self.health()
            if found and true(found):
                return status, found
            time.sleep(0.2)
        raise AssertionError(f"{self.health()}\n{self.log.read_text(errors='replace')[-3000:]}")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    made = Apart(tmp_path_factory.mktemp("apart"))
    try:
        made.make()
        for role in ROLES:
            made.begin(role)
        yield made
    finally:
        for role in list(made.processes):
            made.end(role)
        made.nats.stop()
        made.postgres.stop()


def is_all_there(found: dict[str, Any]) -> bool:
    """A district without a site has no snapshot for its reflex, which says so; everything else is well."""
    gateways, roles = found["gateways"], dict(found["roles"])
    reflex = roles.pop("reflex")
    is_well = all(one["state"] == "ok" for one in [*gateways.values(), *roles.values()])
    return {"siadc09", "osdp"} == set(gateways) and is_well and reflex["because"] == "no snapshot of any site yet"


def test_every_role_and_gateway_says_itself_that_it_is_alive(apart: Apart) -> None:
    status, found = apart.until(is_all_there)
    assert status == 200 and found["status"] == "degraded"
    assert found["engines"]["postgres"]["state"] == found["engines"]["nats"]["state"] == "ok"
    assert found["gateways"]["siadc09"]["address"].startswith("127.0.0.1:")
    assert abs(found["roles"]["reflex"]["drift_seconds"]) < 1 and found["roles"]["reflex"]["pid"]
    told = apart.run("doctor").stdout
    for line in ("ok    gateway siadc09", "ok    engine postgres", "WRONG role reflex: degraded, no snapshot"):
        assert line in told, told


def test_a_gateway_that_died_is_silent_and_comes_back(apart: Apart) -> None:
    apart.until(is_all_there)
    apart.end("gateway siadc09 osdp")
    status, found = apart.until(lambda told: told["gateways"]["siadc09"]["state"] == "silent", 10)
    assert status == 200 and found["status"] == "degraded"
    assert "no heartbeat for" in found["gateways"]["siadc09"]["because"]
    assert "WRONG gateway siadc09: silent" in apart.run("doctor").stdout
    apart.begin("gateway siadc09 osdp")
    apart.until(lambda told: told["gateways"]["siadc09"]["state"] != "silent", 20)


def test_an_engine_that_is_away_is_told_within_a_second(apart: Apart) -> None:
    apart.until(is_all_there)
    apart.postgres.stop(signal.SIGQUIT)
    status, _ = apart.until(lambda told: told["engines"]["postgres"]["state"] == "down", 10)
    assert status == 200
    apart.postgres.start()
    apart.until(lambda told: told["engines"]["postgres"]["state"] == "ok", 10)
    apart.nats.stop(signal.SIGKILL)
    apart.until(lambda told: told["engines"]["nats"]["state"] == "down", 10)
    status, _ = apart.until(lambda told: told["roles"]["reflex"]["state"] == "silent", 10)
    assert status == 503, "neither the bus nor the reflex: no press moves anything here"
    apart.nats.start()
    apart.until(is_all_there, 30)
