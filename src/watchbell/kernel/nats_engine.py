"""The embedded NATS server: its configuration, start, and the port it keeps."""

import socket
import subprocess
import sys
import time
from pathlib import Path

from watchbell.kernel.bus_rights import authorization, edge_names, is_shiftable
from watchbell.line import config
from watchbell.line.bus import key_file
from watchbell.line.edges import edges, own_edge
from watchbell.wire.subjects import HUB_DOMAIN, token


def write_config() -> Path:
    """The server's configuration: loopback only, one user a process, each with its own subjects."""
    store = config.private_folder("nats")
    path = store / "server.conf"
    port = _port("nats.url")
    text = f"listen: 127.0.0.1:{port}\nmax_payload: 4MB\nwrite_deadline: 5s\n" + (
        _leaf_part() if config.is_edge() else _hub_part(store)
    )
    config.write_private(path, text.encode())
    (config.home() / "run" / "nats.url").write_text(f"nats://127.0.0.1:{port}")
    return path


def _hub_part(store: Path) -> str:
    """Streams, and for machines at schools an address for their leaves: on loopback, where a tunnel ends."""
    text = "server_name: watchbell\n"
    text += f'jetstream {{ domain: {HUB_DOMAIN}, store_dir: "{store}", max_mem: 256MB, max_file: 8GB }}\n'
    if any(edge.is_leaf for edge in edges()):
        port = int(config.setting("LEAF_PORT") or _port("leaf.url"))
        (config.home() / "run" / "leaf.url").write_text(f"nats-leaf://127.0.0.1:{port}")
        text += f"leafnodes {{ listen: 127.0.0.1:{port} }}\n"
    return text + authorization()


def _leaf_part() -> str:
    """No streams of its own: what happens here is told here at once, and kept by the hub when the link is there."""
    edge = own_edge()
    names = [*edge_names(edge), config.process_name("supervisor"), *(["test"] if is_shiftable() else [])]
    return (
        f"server_name: watchbell-{token(edge.where)}\nleafnodes {{ reconnect: 1s, remotes: [ "
        f'{{ url: "{edge.hub}", nkey: {key_file(edge.name).read_text().strip()} }} ] }}\n' + authorization(names)
    )


def _port(note: str) -> int:
    """The port this home used before when it is free, else any: two installations run side by side."""
    folder = config.home() / "run"
    folder.mkdir(exist_ok=True)
    path = folder / note
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
