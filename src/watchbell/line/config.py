"""Settings: environment first, then `WATCHBELL_HOME/watchbell.toml`, then the default."""

import contextlib
import hashlib
import os
import secrets
import tempfile
import tomllib
from functools import cache
from pathlib import Path

from watchbell.wire.subjects import EVERYWHERE, join_where


def home() -> Path:
    """The installation's folder (`WATCHBELL_HOME`), made when missing; only the owner opens what is private in it."""
    told = os.environ.get("WATCHBELL_HOME")
    return _home(told or str(Path("var") if Path("pyproject.toml").exists() else Path.home() / ".watchbell"))


@cache
def _home(told: str) -> Path:
    path = Path(told).expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def keep_first(path: Path, raw: bytes) -> bytes:
    """Writes `raw` (0600) unless somebody was first; returns what is there. Two processes starting agree on a key."""
    if not path.exists():
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        write_private(temporary, raw)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        temporary.unlink()
    return path.read_bytes()


@cache
def _file(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text()) if path.exists() else {}


def setting(name: str, default: str = "") -> str:
    """The text of setting `WATCHBELL_<NAME>`."""
    value = os.environ.get(f"WATCHBELL_{name}")
    if value is not None:
        return value
    found = _file(home() / "watchbell.toml").get(name.lower())
    return str(found) if found is not None else default


def private_folder(name: str) -> Path:
    """A folder of the home that only the owner opens (0700)."""
    path = home() / name
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def run_folder() -> Path:
    """A short folder for sockets (their paths end at 107 bytes), named by a hash of the home."""
    mark = hashlib.sha256(str(home()).encode()).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"watchbell-{mark}"
    path.mkdir(mode=0o755, exist_ok=True)
    return path


def write_private(path: Path, raw: bytes) -> None:
    """Writes `raw` so that only the owner reads it (0600), whole or not at all, and durable before returning."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, raw)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, path)


def secret(name: str, length: int = 32) -> str:
    """A secret made at first use and kept in the home with mode 0600: URL-safe text."""
    return _secret(home() / "secrets" / name, length)


@cache
def _secret(path: Path, length: int) -> str:
    """Read once a process: every field that is opened asks for it."""
    private_folder(path.parent.name)
    return keep_first(path, secrets.token_urlsafe(length).encode()).decode().strip()


def secret_key() -> str:
    """`WATCHBELL_SECRET_KEY`, made on first start."""
    return setting("SECRET_KEY") or secret("secret_key", 48)


def secret_keys() -> tuple[str, ...]:
    """The key of today, then those of `WATCHBELL_SECRET_KEYS_OLD` (comma between them), which still open things."""
    return (secret_key(), *(key for key in setting("SECRET_KEYS_OLD").split(",") if key))


def gateway_port(name: str, default: int) -> int:
    """The port of a gateway: `WATCHBELL_GATEWAY_<NAME>_PORT`, else `default` (from its standing.toml); 0 = any."""
    return int(setting(f"GATEWAY_{name.upper()}_PORT", str(default)))


def where() -> str:
    """What this machine serves: "*" all of it, else one district or site (`WATCHBELL_DISTRICT`, `WATCHBELL_SITE`)."""
    return join_where(setting("DISTRICT"), setting("SITE"))


def process_name(name: str) -> str:
    """How a process calls itself on the bus: at an edge with the part it serves, e.g. "gateway/osdp@<district>"."""
    return name if where() == EVERYWHERE else f"{name}@{where()}"


def is_edge() -> bool:
    """True on a machine at a school that has its own NATS leaf and goes on when the hub is cut off."""
    return setting("EDGE") == "1"


def bind() -> str:
    return setting("BIND", "127.0.0.1")


def port() -> int:
    return int(setting("PORT", "8000"))


def public_url() -> str:
    return setting("PUBLIC_URL", f"http://localhost:{port()}").rstrip("/")


def is_demo() -> bool:
    """True where `--demo` was given: played equipment and demo accounts exist only there."""
    return setting("DEMO") == "1"
