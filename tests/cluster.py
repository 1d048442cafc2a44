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
#: Losing a test's data at a power cut costs nothing; waiting for the disk does. Counting what a table holds between two
#: tests would have the next test's statements planned for an empty one.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB",
            "autovacuum": "off"}  # fmt: skip


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
    (folder / "sockets").write_text(str(config.run_folder()))
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


_FILLED = """
create function pg_temp.filled() returns setof text language plpgsql as $$
declare name text; is_filled boolean;
begin
  for name in select format('%I', tablename) from pg_tables where schemaname = 'public' loop
    execute 'select exists (select 1 from ' || name || ')' into is_filled;
    if is_filled then return next name; end if;
  end loop;
end $$
"""
_kept: set[str] = set()
GROWS = {"kernel_auditrow"}


def _filled(link: "engines.psycopg.Connection[tuple[object, ...]]") -> set[str]:
    return {str(row[0]) for row in link.execute("select * from pg_temp.filled()").fetchall()}


def empty_database(folder: Path, name: str) -> None:
    """Takes out every row a test has committed: far quicker than another database. What the schema brings stays."""
    with _home(folder / "cluster"), engines.connect_super(name) as link:
        link.execute(_FILLED.encode())
        if not _kept:
            with engines.connect_super(engines.DATABASE) as template:
                template.execute(_FILLED.encode())
                _kept.update(_filled(template))
        link.execute("set session_replication_role = replica")  # neither triggers nor references are asked
        for table in sorted(_filled(link) - _kept):
            # A few rows: truncating makes new files for every index. What every test writes must not grow, though.
            link.execute(f"{'truncate' if table in GROWS else 'delete from'} {table}".encode())


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
