"""Backup and restore: database, demo files and settings; keys only under a passphrase."""

import argparse
import base64
import hashlib
import io
import json
import os
import secrets
import subprocess
import tarfile
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet, InvalidToken

from watchbell.kernel import engines
from watchbell.line import clock, config
from watchbell.line.errors import Conflict, Refused, Unavailable

KEY_FOLDERS = ("secrets", "keys")
#: What is no secret. Without edges.json no machine at a school would be known any more, nor its orders trusted.
PLAIN = ("watchbell.toml", "hub.pub", "edges.json", "demo")
LEAST_PASSPHRASE = 12


def _box(passphrase: str, salt: bytes) -> Fernet:
    key = hashlib.scrypt(passphrase.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=64 << 20, dklen=32)
    return Fernet(base64.urlsafe_b64encode(key))


def _passphrase() -> str:
    found = os.environ.get("WATCHBELL_BACKUP_PASSPHRASE", "")
    if len(found) < LEAST_PASSPHRASE:
        raise Refused(f"Set WATCHBELL_BACKUP_PASSPHRASE, at least {LEAST_PASSPHRASE} characters: it locks the keys.")
    return found


def _run(tool: str, options: dict[str, str], *arguments: str, raw: bytes | None = None) -> bytes:
    environment = {**os.environ, "PGPASSWORD": options["password"]}
    place = ["-h", options["host"], "-p", options["port"], "-U", options["user"], "-d", options["dbname"]]
    out = subprocess.run(
        [engines.BINARIES / tool, *place, *arguments], input=raw, capture_output=True, env=environment, check=False
    )
    if out.returncode:
        raise Unavailable(f"{tool} failed: {out.stderr.decode(errors='replace').strip()[-600:]}")
    return out.stdout


def _pack(folders: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for name in folders:
            if (config.home() / name).exists():
                packed.add(config.home() / name, arcname=name)
    return out.getvalue()


def backup(arguments: argparse.Namespace) -> int:
    """Writes one file (0600): a consistent copy of the running installation. Raises Conflict when it exists."""
    path = Path(arguments.path)
    if path.exists():
        raise Conflict(f"{path} exists already; name another file.")
    salt, passphrase = secrets.token_bytes(16), _passphrase()
    super_ = engines.super_options(engines.DATABASE)
    about = {"made_at": clock.now().isoformat(), "salt": salt.hex(), "major": engines.MAJOR}
    parts = {
        "database": _run("pg_dump", super_, "-Fc"),
        "plain": _pack(PLAIN),
        "keys": _box(passphrase, salt).encrypt(_pack(KEY_FOLDERS)),
        "about.json": json.dumps(about).encode(),
    }  # fmt: skip
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as packed:
        for name, raw in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            packed.addfile(entry, io.BytesIO(raw))
    config.write_private(path, out.getvalue())
    print(f"{path}: {path.stat().st_size >> 10} KiB. Without the passphrase its keys cannot be read.")
    return 0


def _read(path: Path) -> dict[str, bytes]:
    try:
        with tarfile.open(path) as packed:
            return {e.name: packed.extractfile(e).read() for e in packed.getmembers() if e.isfile()}  # type: ignore[union-attr]
    except (OSError, tarfile.TarError) as error:
        raise Refused(f"{path} is not a backup of Watchbell: {error}") from error


def restore(arguments: argparse.Namespace) -> int:
    """Fills an empty home. Raises Conflict for one that is not, Refused for a wrong passphrase or another file."""
    if any(entry.name not in ("secrets", "run") for entry in config.home().iterdir()):
        raise Conflict(f"{config.home()} is not empty; restore into a new home (WATCHBELL_HOME).")
    parts = _read(Path(arguments.path))
    try:
        about = json.loads(parts["about.json"])
        keys = _box(_passphrase(), bytes.fromhex(about["salt"])).decrypt(parts["keys"])
    except (KeyError, ValueError, InvalidToken) as error:
        raise Refused("The passphrase is not the one this backup was made with, or the file is damaged.") from error
    for raw in (parts["plain"], keys):
        with tarfile.open(fileobj=io.BytesIO(raw)) as packed:
            packed.extractall(config.home(), filter="data")
    if engines.is_embedded():
        engines.make_cluster()
        server = engines.start_postgres()
    try:
        engines.make_roles()
        _run("pg_restore", engines.super_options(engines.DATABASE), "--exit-on-error", raw=parts["database"])
        with psycopg.connect(**engines.super_options(engines.DATABASE)) as link:  # type: ignore[arg-type]
            count = link.execute("select count(*) from kernel_district").fetchone()
    finally:
        if engines.is_embedded():
            engines.stop_postgres(server, 60)
    print(f"Restored {count[0] if count else 0} districts as of {about['made_at']}. Start it: watchbell up")
    return 0
