"""A real NATS server in a temporary home, and gateways running against it."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from watchbell.gateways.base import Gateway
from watchbell.gateways.mqtt_link import Broker
from watchbell.line import bus as line_bus
from watchbell.line import clock, config, signing
from watchbell.line.bus import Bus
from watchbell.line.loopback_tls import make_loopback_tls
from watchbell.wire.base import Malformed, decode, encode
from watchbell.wire.snapshot import GatewayConfig
from watchbell.wire.subjects import CONFIG, gateway_follows, sender_follows

GATEWAYS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/service.py"))


def find_nats_server() -> str:
    """The nats-server of the environment the tests run in."""
    return shutil.which("nats-server", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "nats-server"


class Installation:
    """One home with its bus. `heard` collects (subject, raw) of everything on `wb.>`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bus: Bus
        self.heard: list[tuple[str, bytes]] = []
        self._ids: set[tuple[str, str]] = set()
        self._server: asyncio.subprocess.Process | None = None
        self._port = -1
        self._running: list[tuple[asyncio.Event, asyncio.Task[None]]] = []
        self._version = 0

    async def start_nats(self) -> None:
        """Starts the server; a second start takes the same port and the same store."""
        ports = self.home / "ports"
        ports.mkdir(exist_ok=True)
        for old in ports.iterdir():
            old.unlink()
        self._server = await asyncio.create_subprocess_exec(
            find_nats_server(), "-a", "127.0.0.1", "-p", str(self._port), "-js", "-sd", str(self.home / "nats"),
            "--ports_file_dir", str(ports), stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        while not (found := list(ports.glob("*.ports"))) or not found[0].read_text().strip():
            await asyncio.sleep(0.01)
        self._port = int(json.loads(found[0].read_text())["nats"][0].rsplit(":", 1)[1])
        os.environ["WATCHBELL_NATS_URL"] = f"nats://127.0.0.1:{self._port}"

    async def stop_nats(self) -> None:
        """Takes the server away."""
        if self._server is not None:
            self._server.kill()
            await self._server.wait()
            self._server = None

    async def connect(self) -> None:
        """Makes the streams and listens to everything. What is said again under the same id, because the stream's word
        was late, counts once, as for whoever follows the stream."""

        async def hear(message: Any) -> None:
            key = (message.headers or {}).get("Nats-Msg-Id", "")
            if not key or (message.subject, key) not in self._ids:
                self._ids.add((message.subject, key))
                self.heard.append((message.subject, message.data))

        self.bus = await Bus.connect("test", wait_seconds=10)
        followers = [follows(name) for name in GATEWAYS for follows in (gateway_follows, sender_follows)]
        await line_bus.make_streams(self.bus, [*followers, sender_follows("played")])
        await self.bus.hear("wb.>", hear)
        await self.bus.nc.flush()

    async def put_config(self, gateway: str, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        """Puts a signed configuration into the bucket."""
        self._version += 1
        sealed = signing.seal(signing.box_public_key(f"gateway-{gateway}"), secrets)
        wanted = GatewayConfig(
            gateway=gateway, version=self._version, made_at=clock.unix(), valid_from=clock.unix(), entries=entries,
            secrets=sealed,
        )  # fmt: skip
        bucket = await self.bus.bucket(CONFIG)
        await bucket.put(gateway, encode(signing.Signer().signed(wanted)))

    async def run(self, gateway: Gateway) -> Gateway:
        """Runs a gateway until the test ends; returns once it is ready."""
        stop = asyncio.Event()
        task = asyncio.create_task(gateway.run(stop))
        self._running.append((stop, task))
        async with asyncio.timeout(10):
            while gateway.state == "starting":
                await asyncio.sleep(0.01)
                if task.done():
                    task.result()
        return gateway

    async def halt(self) -> None:
        """Stops every gateway that runs."""
        for stop, _ in self._running:
            stop.set()
        for _, task in self._running:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(task, 5)
        self._running.clear()

    def messages(self, kind: type[Any], what: str) -> list[Any]:
        """Messages of `kind` heard on subjects of `what` ("press", "status", "receipt")."""
        raws = [raw for subject, raw in self.heard if subject.split(".")[3:4] == [what]]
        return [found for found in (decode(raw, kind) for raw in raws) if not isinstance(found, Malformed)]

    async def wait_for(self, kind: type[Any], what: str, count: int = 1, seconds: float = 15.0) -> list[Any]:
        """`messages`, once there are `count`."""
        async with asyncio.timeout(seconds):
            while len(found := self.messages(kind, what)) < count:
                await asyncio.sleep(0.01)
        return found


@pytest.fixture
async def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    """A home of its own with NATS running and the streams made."""
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    monkeypatch.setenv("WATCHBELL_NATS_URL", "")
    monkeypatch.setenv("WATCHBELL_BIND", "127.0.0.1")
    for name in ("SIADC09", "OSDP", "BLEBADGE", "SMTP"):
        monkeypatch.setenv(f"WATCHBELL_GATEWAY_{name}_PORT", "0")
    config._file.cache_clear()
    place = Installation(tmp_path)
    await place.start_nats()
    await place.connect()
    yield place
    await place.halt()
    await place.bus.close()
    await place.stop_nats()


class Mosquitto:
    """Debian's broker on loopback: TLS by an authority of its own, a password and topics for each user, sessions kept.

    users: {name: (topics to write, topics to read)}; each one's password is "secret-<name>".
    """

    def __init__(self, folder: Path, users: dict[str, tuple[list[str], list[str]]]) -> None:
        self.folder, self.users = folder, users
        self.tls = make_loopback_tls(str(folder))
        self.port = _free_port()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it; a second start takes the same port and what it had kept."""
        self.folder.mkdir(exist_ok=True)
        files = {"ca.pem": self.tls.authority, "cert.pem": self.tls.certificate, "key.pem": self.tls.key}
        lines = []
        for name, (writes, reads) in self.users.items():
            lines += [
                f"user {name}",
                *(f"topic write {one}" for one in writes),
                *(f"topic read {one}" for one in reads),
            ]
        files |= {"acl": "\n".join(lines) + "\n", "mosquitto.conf": self._configuration(), "passwords": ""}
        for name, text in files.items():
            (self.folder / name).write_text(text)
        for name in self.users:
            command = ["mosquitto_passwd", "-b", str(self.folder / "passwords"), name, f"secret-{name}"]
            await (await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)).wait()
        self._process = await asyncio.create_subprocess_exec(
            find_mosquitto(), "-c", str(self.folder / "mosquitto.conf"), stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(10):
            while not await _listens(self.port):
                await asyncio.sleep(0.02)

    def _configuration(self) -> str:
        user = "user root\n" if os.geteuid() == 0 else ""
        return (
            f"{user}listener {self.port} 127.0.0.1\ncafile {self.folder}/ca.pem\ncertfile {self.folder}/cert.pem\n"
            f"keyfile {self.folder}/key.pem\nallow_anonymous false\npassword_file {self.folder}/passwords\n"
            f"acl_file {self.folder}/acl\npersistence true\npersistence_location {self.folder}/\n"
            "autosave_on_changes true\nautosave_interval 1\n"
        )

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None

    def address(self, user: str, client_id: str = "") -> Broker:
        """How `user` reaches it."""
        return Broker(
            host="127.0.0.1", port=self.port, username=user, password=f"secret-{user}", ca=self.tls.authority,
            client_id=client_id or user,
        )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def find_mosquitto() -> str:
    """Debian's mosquitto; a test that needs it fails without, and says what to install."""
    found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.fail("mosquitto is missing: run tools/debian_packages")
    return found


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Mosquitto]]]:
    """Starts brokers: `await mosquitto(users)`."""
    made: list[Mosquitto] = []

    async def start(users: dict[str, tuple[list[str], list[str]]]) -> Mosquitto:
        made.append(Mosquitto(tmp_path / f"broker{len(made)}", users))
        await made[-1].start()
        return made[-1]

    yield start
    for one in made:
        await one.kill()
