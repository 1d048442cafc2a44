"""The same code on a district's own PostgreSQL and NATS: two addresses, nothing else."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.flows.elsewhere import Nats, Postgres
from tests.flows.installation import Installation

pytestmark = pytest.mark.long


class OnOwnEngines(Installation):
    """An installation whose engines are somebody else's."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.postgres, self.nats = Postgres(folder / "pg"), Nats(folder / "nats")
        home = folder / "home"
        home.mkdir()
        super().__init__(home)
        self.environment |= {"WATCHBELL_DATABASE_URL": self.postgres.url, "WATCHBELL_NATS_URL": self.nats.url}

    def run(self, *command: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "watchbell.project.cli", *command], env={**self.environment, **more},
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnOwnEngines]:
    """A demo district on engines that were there before it."""
    made = OnOwnEngines(tmp_path_factory.mktemp("own"))
    try:
        made.postgres.make()
        printed = made.run("enrol", "all")
        assert printed.returncode == 0, printed.stderr
        made.nats.make(printed.stdout)
        made.start()
        yield made
    finally:
        made.stop()
        made.nats.stop()
        made.postgres.stop()


def test_a_district_runs_on_its_own_engines(elsewhere: OnOwnEngines) -> None:
    health = elsewhere.health()
    assert not health["engines"]["postgres"]["embedded"] and not health["engines"]["nats"]["embedded"]
    assert not (elsewhere.home / "postgres").exists() and not (elsewhere.home / "nats").exists()
    assert elsewhere.press("001").answer == "ACK"
    incident = elsewhere.settled(elsewhere.open_incident()["id"])
    assert {r["state"] for r in incident["receipts"] if r["action"] == "lock_door"} == {"done"}
    elsewhere.clear_all()


def test_the_application_is_walled_in_there_too(elsewhere: OnOwnEngines) -> None:
    password = (elsewhere.home / "secrets" / "postgres_app").read_text()
    address = {"host": "127.0.0.1", "port": elsewhere.postgres.port, "dbname": "district"}
    with psycopg.connect(**address, user="watchbell_app", password=password) as link:  # type: ignore[arg-type]
        row = link.execute(
            "select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user"
        )
        assert row.fetchone() == (False,)
        assert link.execute("select count(*) from incidents_incident").fetchone() == (0,), "without a district: nothing"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            link.execute("drop table incidents_incident")


def test_it_lives_through_both_engines_restarts(elsewhere: OnOwnEngines) -> None:
    elsewhere.nats.stop(signal.SIGKILL)
    elsewhere.wait_until(
        lambda: elsewhere.health()["engines"]["nats"]["state"] == "down", 10, "the health page says so"
    )
    elsewhere.nats.start()
    elsewhere.postgres.stop(signal.SIGQUIT)
    elsewhere.wait_until(lambda: elsewhere.health()["engines"]["postgres"]["state"] == "down", 10, "it says so")
    assert elsewhere.press("001").answer == "ACK"
    elsewhere.postgres.start()
    elsewhere.wait_until(lambda: elsewhere.health().get("status") == "ok", 30, "all is well again")
    incident = elsewhere.settled(elsewhere.open_incident(30)["id"])
    assert {r["state"] for r in incident["receipts"] if r["action"] == "lock_door"} == {"done"}
    elsewhere.clear_all()


def test_it_starts_again_and_is_backed_up(elsewhere: OnOwnEngines, tmp_path: Path) -> None:
    elsewhere.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", elsewhere.port), 1)
    elsewhere.start()
    assert elsewhere.incidents("closed"), "what was, is"
    told = elsewhere.run("backup", str(tmp_path / "own.backup"), WATCHBELL_BACKUP_PASSPHRASE="a long passphrase")
    assert told.returncode == 0, told.stderr
