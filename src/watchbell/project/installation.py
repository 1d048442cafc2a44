"""Makes an installation ready: roles, schema, walls; a new cluster comes from a kept copy if there is one."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from watchbell.kernel import engines
from watchbell.line import config

PACKAGE = Path(__file__).parent.parent
#: So many copies of a kind are kept: checkouts that share one environment do not take each other's away.
MOST_COPIES = 4


def copies_folder() -> Path:
    """Where clusters made earlier on this machine are kept, beside the environment that made them."""
    path = Path(sys.prefix) / "share" / "watchbell"
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)
    return path


def mark() -> str:
    """Changes with every migration, model, and generator of demo data."""
    floors = ("kernel", "district", "field", "response", "prevention", "communication")
    return engines.fingerprint(*(PACKAGE / one for one in floors))


def schema_mark() -> str:
    """Changes with every migration, and with what raises the walls."""
    return engines.fingerprint(PACKAGE, only=frozenset({"migrations", "models", "tenancy", "engines"}))


def copy_of(kind: str) -> Path:
    """The kept cluster of `kind` ("schema" or "demo") for this code."""
    return copies_folder() / f"{kind}-{schema_mark() if kind == 'schema' else mark()}"


def keep_copy(kind: str) -> None:
    """Keeps this home's stopped cluster, its passwords and its demo files for later homes; older copies go."""
    target = copy_of(kind)
    others = sorted(copies_folder().glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime)
    for old in others[: -MOST_COPIES + 1]:
        shutil.rmtree(old, ignore_errors=True)
    building = target.with_name(f".{target.name}.{os.getpid()}")
    building.mkdir(mode=0o700)
    shutil.copytree(engines.data_folder(), building / "postgres")
    secrets = {"postgres": engines.passwords(), "secret_key": config.secret_key()}
    config.write_private(building / "secrets.json", json.dumps(secrets).encode())
    if (config.home() / "demo").exists():
        shutil.copytree(config.home() / "demo", building / "demo")
    if target.exists():
        shutil.rmtree(building)
    else:
        building.rename(target)


def has_cluster() -> bool:
    """Whether this home has its database: an embedded cluster made before, or a server of the operator's."""
    return not engines.is_embedded() or (engines.data_folder() / "PG_VERSION").exists()


def take_over_key(kind: str) -> None:
    """A kept copy of the demo brings the secret key its fields were encrypted with: made on this machine, for demos
    only. Before anything reads this home's key; nothing to do where the home has its database already."""
    if kind == "demo" and not has_cluster() and not config.setting("SECRET_KEY") and copy_of(kind).exists():
        secrets = json.loads((copy_of(kind) / "secrets.json").read_text())
        config.write_private(config.private_folder("secrets") / "secret_key", secrets["secret_key"].encode())


def make_cluster(kind: str) -> bool:
    """A new cluster for this home, from a kept copy if there is one; True when it came from a copy."""
    kept = copy_of(kind)
    if not kept.exists():
        engines.make_cluster()
        return False
    secrets = json.loads((kept / "secrets.json").read_text())
    if (kept / "demo").exists():
        shutil.copytree(kept / "demo", config.home() / "demo", dirs_exist_ok=True)
    engines.make_cluster(kept / "postgres")
    config.write_private(config.private_folder("secrets") / "copied.json", json.dumps(secrets["postgres"]).encode())
    return True


def take_over_passwords() -> None:
    """After a copied cluster's first start: this home's own passwords."""
    path = config.private_folder("secrets") / "copied.json"
    if path.exists():
        engines.reset_passwords(json.loads(path.read_text()))
        path.unlink()


def bring_schema_up(quiet: bool = True) -> bool:
    """Roles, migrations as their owner, policies and grants; True when something was migrated."""
    engines.make_roles()
    note = config.private_folder("run") / "schema"
    if note.exists() and note.read_text() == mark() and engines.is_embedded():
        return False
    _migrate(engines.owner_options(), quiet)
    config.write_private(note, mark().encode())
    return True


def _migrate(options: dict[str, str], quiet: bool) -> None:
    from django.core.management import call_command
    from django.db import connections

    from watchbell.kernel.tenancy import raise_walls

    settings = dict(connections.settings["default"])
    settings.update(USER=options["user"], PASSWORD=options["password"], NAME=options["dbname"])
    connections.settings["owner"] = settings
    try:
        call_command("migrate", database="owner", verbosity=0 if quiet else 1, interactive=False)
        raise_walls("owner")
    finally:
        connections["owner"].close()
        del connections.settings["owner"]


def district_count() -> int:
    from watchbell.kernel.models import District

    return District.objects.count()


def demo_password() -> str:
    """The password of the demo accounts in this home."""
    return config.secret("demo_password", 9)


def write_json(path: Path, body: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    config.write_private(path, json.dumps(body, indent=1).encode())
