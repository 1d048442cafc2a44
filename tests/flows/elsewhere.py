"""A PostgreSQL cluster and a NATS server that are not Watchbell's: started on TCP, as another team runs them."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from watchbell.kernel import engines


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_open(port: int, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing answers on port {port}")


class Postgres:
    """A cluster on TCP with a database and an owner that is no superuser. `url` is what its team hands over."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._super, self._owner = secrets.token_hex(8), secrets.token_hex(8)
        self.url = f"postgresql://district_owner:{self._owner}@127.0.0.1:{self.port}/district"

    def make(self) -> None:
        """The cluster, its owner and its database, as docs/deploy.md asks for them."""
        who = engines._as_user()
        self.folder.mkdir(mode=0o700)
        engines._own_folder(self.folder)
        password = self.folder.with_name("superuser")
        password.write_text(self._super)
        password.chmod(0o644)
        subprocess.run(
            [engines.BINARIES / "initdb", "-D", self.folder, "-U", "postgres", "--auth=scram-sha-256", "--no-sync",
             f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", **who,
        )  # fmt: skip
        self.start()
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=self._super, autocommit=True
        ) as link:
            link.execute(f"create role district_owner login createrole bypassrls password '{self._owner}'".encode())
            link.execute("create database district owner district_owner")

    def start(self) -> None:
        log = open(self.folder.with_suffix(".log"), "ab")  # noqa: SIM115 - the child keeps it
        self.process = subprocess.Popen(
            [engines.BINARIES / "postgres", "-D", self.folder, "-k", "", "-clisten_addresses=127.0.0.1",
             f"-cport={self.port}", "-cfsync=off", "-cshared_buffers=64MB"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", **engines._as_user(),
        )  # fmt: skip
        log.close()
        _until_open(self.port)
        time.sleep(0.5)

    def stop(self, how: int = signal.SIGINT) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)


class Nats:
    """A server whose configuration takes over what `watchbell enrol all` prints, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.url = f"nats://127.0.0.1:{self.port}"

    def make(self, authorization: str) -> None:
        self.folder.mkdir()
        (self.folder / "server.conf").write_text(
            f'listen: 127.0.0.1:{self.port}\nmax_payload: 4MB\njetstream {{ store_dir: "{self.folder}" }}\n'
            + authorization
        )
        self.start()

    def start(self) -> None:
        log = open(self.folder.with_suffix(".log"), "ab")  # noqa: SIM115 - the child keeps it
        binary = Path(sys.executable).parent / "nats-server"
        self.process = subprocess.Popen([binary, "-c", self.folder / "server.conf"], stdout=log, stderr=log)
        log.close()
        _until_open(self.port)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, how)
            self.process.wait(10)
