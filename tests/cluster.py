"""One PostgreSQL cluster a test run, one database a process: copied from the schema's kept cluster."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from watchbell.kernel import engines
from watchbell.line import config
from watchbell.project import installation

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
#: Losing a test's data at a power cut costs nothing; waiting for the disk does.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _home(path: Path) -> Iterator[None]:
    before = os.environ["WATCHBELL_HOME"]
    os.environ["WATCHBELL_HOME"] = str(path)
    try:
        yield
    finally:
        os.environ["WATCHBELL_HOME"] = before


def _make_copy(folder: Path) -> None:
    """As `watchbell prepare` does, for the schema alone."""
    home = folder / "prepare"
    settings = {"WATCHBELL_HOME": str(home), "WATCHBELL_DEMO": "0", "WATCHBELL_PREPARE": "schema"}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WATCHBELL_")} | settings
    environment["PYTHONPATH"] = str(SOURCE)
    subprocess.run(
        [sys.executable, "-m", "watchbell.project.starting"], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    shutil.rmtree(home, ignore_errors=True)


def _start(folder: Path) -> None:
    if not installation.copy_of("schema").exists():
        _make_copy(folder)
    installation.make_cluster("schema")
    child = engines.start_postgres(SETTINGS)
    installation.take_over_passwords()
    engines.make_roles()
    (folder / "postgres.pid").write_text(str(child.pid))
    (folder / "sockets").write_text(str(engines.run_folder()))
    child.returncode = 0  # the run ends it by its number, whoever started it: no warning for a child left behind


def ensure(folder: Path) -> dict[str, str]:
    """Starts the run's cluster unless it runs; how the application connects to it, but for the database's name."""
    with _locked(folder / "lock"), _home(folder / "cluster"):
        if not (folder / "postgres.pid").exists():
            _start(folder)
        return engines.app_options()


def make_database(folder: Path, name: str) -> None:
    """A fresh database `name` with the whole schema and no row."""
    with _locked(folder / "lock"), _home(folder / "cluster"), engines.connect_super() as super_:
        super_.execute(f"drop database if exists {name} with (force)".encode())
        super_.execute(
            f"create database {name} template {engines.DATABASE} owner {engines.OWNER} strategy file_copy".encode()
        )


def superuser_of(folder: Path, name: str) -> "engines.psycopg.Connection[tuple[object, ...]]":
    """A connection that row-level security does not hold back, for tests that look behind the wall."""
    with _home(folder / "cluster"):
        return engines.connect_super(name)


def stop(folder: Path) -> None:
    """Ends the run's cluster, if one was started."""
    path = folder / "postgres.pid"
    if not path.exists():
        return
    pid = int(path.read_text())
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
    for _ in range(200):
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.02)
    shutil.rmtree((folder / "sockets").read_text(), ignore_errors=True)
    with _home(folder / "cluster"):
        config._file.cache_clear()
