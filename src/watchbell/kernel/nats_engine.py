"""The embedded NATS server: its keys and permissions by role, start and stop."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import nkeys

from watchbell.line import config
from watchbell.line.bus import key_file
from watchbell.line.errors import Refused
from watchbell.wire.subjects import CONFIG, SNAPSHOTS

GATEWAYS = ("siadc09", "osdp", "rtppaging", "eido", "voicecall", "webpush")
ROLES = ("web", "worker", "reflex", "supervisor", "simulator", "test")
#: What every process needs to use JetStream and to answer.
_ANY_PUBLISH = ["$JS.API.>", "$JS.ACK.>", "$JS.FC.>", "_INBOX.>", "wbsys.heartbeat.>"]
_ANY_HEAR = ["_INBOX.>", "wbsys.clock"]


def rights_of(name: str) -> tuple[list[str], list[str]]:
    """(subjects `name` may publish, subjects it may hear)."""
    if name.startswith("gateway/"):
        gateway = name.removeprefix("gateway/")
        own = [f"wb.*.*.{what}.{gateway}.>" for what in ("press", "receipt", "status", "telemetry")]
        return own, [f"wb.*.*.order.{gateway}.>", f"$KV.{CONFIG}.{gateway}"]
    rights: dict[str, tuple[list[str], list[str]]] = {
        "web": (
            [
                "wb.*.*.press.console.>",
                "wb.*.*.press.hub.>",
                "wb.*.*.receipt.screens.>",
                "wb.*.live.>",
                "wb.*.*.status.screens.>",
            ],
            ["wb.*.live.>", "wb.*.*.order.screens.>", "wbsys.heartbeat.>", f"$KV.{SNAPSHOTS}.>"],
        ),
        "worker": (
            ["wb.*.*.press.hub.>", "wb.*.live.>", f"$KV.{SNAPSHOTS}.>", f"$KV.{CONFIG}.>"],
            ["wb.*.*.press.>", "wb.*.*.receipt.>", "wb.*.*.status.>", "wbsys.heartbeat.>", "deliver.>"],
        ),
        "reflex": (
            ["wb.*.*.order.>", "wb.*.*.receipt.reflex.>"],
            ["wb.*.*.press.>", "wb.*.*.receipt.>", f"$KV.{SNAPSHOTS}.>"],
        ),
        "supervisor": (["wbsys.>", "$KV.>"], [">"]),
        "simulator": (["wbsys.heartbeat.>"], []),
        "test": ([">"], [">"]),
    }
    return rights[name]


def _public_key(name: str) -> str:
    seed = config.keep_first(key_file(name), nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    return nkeys.from_seed(seed).public_key.decode()


def enrol_key(name: str) -> tuple[str, Path]:
    """(public key, where the seed lies) of process `name`, made when missing. Raises Refused for an unknown name."""
    if name not in names():
        raise Refused(f"Only these can be enrolled: {', '.join(names())}.")
    return _public_key(name), key_file(name)


def names() -> list[str]:
    """Every process with a key of its own. The test key exists only where a test or the demo asked for it."""
    given = [role for role in ROLES if role not in ("test", "simulator") or config.setting("DEMO") or _is_test()]
    enrolled = [f"gateway/{name}" for name in GATEWAYS]
    return given + enrolled


def _is_test() -> bool:
    return config.setting("TEST") == "1"


def _quoted(subjects: list[str]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"


def write_config() -> Path:
    """The server's configuration: loopback only, one user a process, each with its own subjects."""
    users = []
    for name in names():
        publish, hear = rights_of(name)
        users.append(
            f"  {{ nkey: {_public_key(name)}, permissions: {{ publish: {_quoted(publish + _ANY_PUBLISH)}, "
            f"subscribe: {_quoted(hear + _ANY_HEAR)} }} }}"
        )
    store = config.private_folder("nats")
    path = store / "server.conf"
    port = _port()
    text = (
        f"listen: 127.0.0.1:{port}\nserver_name: watchbell\nmax_payload: 4MB\nwrite_deadline: 5s\n"
        f'jetstream {{ store_dir: "{store}", max_mem: 256MB, max_file: 8GB }}\n'
        "authorization {\n users = [\n" + ",\n".join(users) + "\n ]\n}\n"
    )
    config.write_private(path, text.encode())
    folder = config.home() / "run"
    folder.mkdir(exist_ok=True)
    (folder / "nats.url").write_text(f"nats://127.0.0.1:{port}")
    return path


def _port() -> int:
    """The port this home used before when it is free, else any: two installations run side by side."""
    path = config.home() / "run" / "nats.url"
    wanted = int(path.read_text().rsplit(":", 1)[1]) if path.exists() else 0
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("No free port on 127.0.0.1 for NATS.")


def start_nats() -> "subprocess.Popen[bytes]":
    """Starts the server as a child and waits until its port answers."""
    path = write_config()
    binary = Path(sys.executable).parent / "nats-server"
    log = open(config.home() / "nats.log", "ab")  # noqa: SIM115 - the child keeps it
    child = subprocess.Popen([binary, "-c", path], stdout=log, stderr=log, start_new_session=True)
    log.close()
    port = int((config.home() / "run" / "nats.url").read_text().rsplit(":", 1)[1])
    for _ in range(400):
        if child.poll() is not None:
            raise RuntimeError(f"NATS did not start; see {config.home() / 'nats.log'}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return child
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("NATS did not answer within 8 s.")
