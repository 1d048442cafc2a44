"""A whole installation in a folder of its own, started as an operator starts it, and its own hands to break it."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from watchbell.district.accounts.facts import DEMO_ACCOUNTS
from watchbell.gateways.siadc09.peer import Panel, Reply


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


#: `watchbell token` for everybody at once: most of its time goes by before its first line.
TOKENS = """
import contextlib, io, sys
from watchbell.project.cli import main
for role in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()) as told:
        assert main(["token", "--user", f"{role}@demo.invalid", "--name", "test"]) in (0, None)
    print(told.getvalue().split()[-1])
"""
#: Gateways that listen: any port, so that installations stand beside each other.
LISTENERS = ("EIDO", "VOICECALL", "CAP", "BLEBADGE", "SIP", "PBX", "PBX_SIP", "HELD", "SMTP", "SMS", "SIPTRUNK")


class Installation:
    """`watchbell up --demo` (or without the demo) in `home`, on ports of its own."""

    def __init__(self, home: Path, demo: bool = True) -> None:
        self.home = home
        self.is_demo = demo
        self.port, self.simulator_port = free_port(), free_port()
        self.environment = {
            **os.environ, "WATCHBELL_HOME": str(home), "WATCHBELL_PORT": str(self.port),
            "WATCHBELL_SIMULATOR_PORT": str(self.simulator_port), "WATCHBELL_TEST": "1",
            "WATCHBELL_DEMO": "1" if demo else "0",
            "WATCHBELL_PUBLIC_URL": f"http://localhost:{self.port}",
            "WATCHBELL_GATEWAY_SIADC09_PORT": str(free_port()),  # panels find it again after its death
            **{f"WATCHBELL_GATEWAY_{name}_PORT": "0" for name in LISTENERS},
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.tokens: dict[str, str] = {}
        self.sequences: Counter[str] = Counter()
        self.shifted = 0.0

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self, seconds: float = 240, until: Any = None) -> float:
        """Starts and waits until everything is well (or `until()` is true); returns how long that took."""
        began = time.monotonic()
        self.shifted = 0.0
        log = open(self.home.with_suffix(".log"), "ab")  # noqa: SIM115 - the child keeps it
        command = [sys.executable, "-m", "watchbell.project.cli", "up", *(["--demo"] if self.is_demo else [])]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        log.close()
        self.wait_until(until or (lambda: self.health().get("status") == "ok"), seconds, "every role is well")
        return time.monotonic() - began

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
                raise AssertionError(f"it did not stop within 30 s\n{self.log_end()}") from None
            refused = [line for line in self.log_lines() if "permissions violation" in line]
            assert not refused, f"a process asked the bus for what it may not have: {refused[:5]}"

    def health(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))
        except (OSError, ValueError):
            return {}

    def wait_until(self, true: Any, seconds: float, what: str) -> Any:
        """Looks until `true()` is truthy; fails with `what` and the end of the log."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found = true()
            if found:
                return found
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}: {what}\n{self.log_end()}")
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s: {what}\n{json.dumps(self.health())[:1500]}\n{self.log_end()}")

    def log_lines(self) -> list[str]:
        return self.home.with_suffix(".log").read_text(errors="replace").splitlines()

    def log_end(self) -> str:
        return "\n".join(self.log_lines()[-40:])

    def shift(self, seconds: float) -> None:
        """Moves the time of every process on by so much, through the bus; it never goes back."""
        self.shifted += seconds
        say = (
            "import asyncio; from watchbell.line.bus import Bus; from watchbell.wire.subjects import CLOCK\n"
            "async def say():\n bus = await Bus.connect('test', wait_seconds=20)\n"
            f" await bus.say(CLOCK, b'{self.shifted:g}')\n await bus.nc.flush()\n await bus.close()\n"
            "asyncio.run(say())"
        )
        subprocess.run([sys.executable, "-c", say], env=self.environment, check=True, timeout=60)

    # -- breaking it -----------------------------------------------------------------------------------------------

    def pid_of(self, name: str) -> int:
        health = self.health()
        found = {**health["roles"], **{f"gateway/{k}": v for k, v in health["gateways"].items()}, **health["engines"]}
        return int(found[name]["pid"])

    def kill(self, name: str) -> None:
        """kill -9, the whole process group of a role."""
        pid = self.pid_of(name)
        if name in ("postgres", "nats"):
            os.kill(pid, signal.SIGKILL)
        else:
            os.killpg(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def held(self, name: str) -> Any:
        """A role stands still, alive to the rest, then dies by kill -9 without having done another thing."""
        pid = self.pid_of(name)
        os.killpg(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(pid, signal.SIGKILL)

    def told(self) -> dict[str, dict[str, Any]]:
        """What the supervisor itself says of every role and gateway, also while the page is away."""
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            link.connect((self.home / "run" / "supervisor.path").read_text())
            raw = b""
            while piece := link.recv(65536):
                raw += piece
            found = json.loads(raw)
            return {**found["roles"], **{f"gateway/{name}": state for name, state in found["gateways"].items()}}
        return {}

    def state_of(self, name: str) -> str:
        """What the health page says of a role or gateway; "" when there is no page."""
        health = self.health()
        if not health:
            return ""
        group, name = ("gateways", name.removeprefix("gateway/")) if name.startswith("gateway/") else ("roles", name)
        return str(health[group][name]["state"])

    @contextlib.contextmanager
    def _unwatched(self) -> Any:
        """The supervisor stands still and cannot start again what has ended."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def away(self, name: str) -> Any:
        """A role is gone by kill -9 and stays gone."""
        pid = self.pid_of(name)
        with self._unwatched():
            os.killpg(pid, signal.SIGKILL)
            yield

    @contextlib.contextmanager
    def without_postgres(self) -> Any:
        """The database is gone by kill -9 and stays gone."""
        pid = self.pid_of("postgres")
        try:
            with self._unwatched():
                os.kill(pid, signal.SIGKILL)
                yield
        finally:
            if self.shifted:  # whoever stood still has not heard it, and tells those who start what it knows
                time.sleep(1.0)
                self.shift(0.0)

    # -- using it ----------------------------------------------------------------------------------------------------

    def token(self, role: str = "director") -> str:
        if role not in self.tokens:
            command = [sys.executable, "-c", TOKENS, *DEMO_ACCOUNTS]
            out = subprocess.run(command, env=self.environment, check=True, capture_output=True)
            self.tokens |= dict(zip(DEMO_ACCOUNTS, out.stdout.decode().split(), strict=True))
        return self.tokens[role]

    def call(
        self, method: str, path: str, body: Any = None, role: str = "director", *, may_ask_again: bool = True
    ) -> Any:
        """An API call; a problem document comes back as a dict with its status."""
        raw = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self.token(role)}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.port}/api/v1{path}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, raw, headers, method=method), timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except (ConnectionResetError, http.client.RemoteDisconnected):
            if method != "GET" or not may_ask_again:
                raise
            return self.call(method, path, body, role, may_ask_again=False)  # as a browser does

    def outside(self, channel: str, since: str = "") -> list[dict[str, Any]]:
        """What the outside world received; the simulator keeps the newest 2,000 of a channel."""
        query = "?" + urllib.parse.urlencode({"since": since}) if since else ""
        url = f"http://127.0.0.1:{self.simulator_port}/outside/{channel}{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return list(json.load(answer))

    def mark(self, channel: str) -> str:
        """The moment of the newest entry of a channel, for `since`: counts say nothing once a channel is full."""
        found = self.outside(channel)
        return str(found[-1]["at"]) if found else "2000-01-01T00:00:00+00:00"

    def fail(self, endpoint: str, how: str, seconds: float) -> None:
        body = json.dumps({"endpoint": endpoint, "how": how, "seconds": seconds}).encode()
        url = f"http://127.0.0.1:{self.simulator_port}/fail"
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10).close()

    def played(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "demo" / "played.json").read_text()))

    def panel(self, site: int = 0) -> Panel:
        """A panel of the district, as a peer of its own."""
        told = self.played()["panels"][site]
        return self.panel_of(told["account"], told["key"])

    def panel_of(self, account: str, key: str) -> Panel:
        """A panel of any account; `key`: hexadecimal or "". It does not begin to count anew: two reports of one
        second with one sequence number are one report sent twice."""
        host, port = (self.home / "gateways" / "siadc09" / "address").read_text().split(":")
        panel = Panel(account, host, int(port), key=bytes.fromhex(key) if key else None, wait_seconds=1.0)
        self.sequences[account] += 50
        panel.sequence = self.sequences[account] % 9900
        return panel

    def press(self, zone: str = "001", site: int = 0) -> Reply:
        """A real button over real DC-09; returns when the receiver has acknowledged."""
        return asyncio.run(self._press(zone, site))

    async def _press(self, zone: str, site: int) -> Reply:
        panel = self.panel(site)
        try:
            return await panel.press(zone)
        finally:
            panel.hang_up()

    def incidents(self, state: str = "") -> list[dict[str, Any]]:
        return list(self.call("GET", f"/incidents?state={state}&limit=500").get("items", []))

    def incident(self, incident_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/incidents/{incident_id}"))

    def open_incident(self, seconds: float = 20) -> dict[str, Any]:
        """The one incident that is open now, once it is recorded."""
        found = self.wait_until(lambda: self.incidents("open"), seconds, "an incident is open")
        return self.incident(found[0]["id"])

    def settled(self, incident_id: str, seconds: float = 30, quiet_seconds: float = 1.0) -> dict[str, Any]:
        """The incident once no order waits for a receipt any more and nothing was added for `quiet_seconds`."""

        since, count = time.monotonic(), 0

        def look() -> dict[str, Any] | None:
            nonlocal since, count
            found = self.incident(incident_id)
            states = [receipt["state"] for receipt in found["receipts"]]
            if "asked" in states or len(states) != count:
                since, count = time.monotonic(), len(states)
            return found if count and time.monotonic() - since > quiet_seconds else None

        return self.wait_until(look, seconds, "every order has its receipt")

    def pages_on(self) -> list[str]:
        """What is being paged now, as the gateway keeps it for its next start."""
        path = self.home / "gateways" / "rtppaging" / "pages.json"
        kept = json.loads(path.read_text())["pages"] if path.exists() else []
        return [f"{page['mode']} {page['prompt']} of {page['owner']} in {page['zone']}" for page in kept]

    def clear_all(self) -> None:
        """Gives the all-clear to whatever is open and waits until everything is closed."""
        said: list[Any] = []
        for incident in self.incidents("open"):
            if incident["state"] == "open":
                for role in ("director", "police"):  # where the plan asks for two people, the second one ends it
                    told = self.call("POST", f"/incidents/{incident['id']}/all-clear", {"why": "test"}, role)
                    said.append(told)
                    if told.get("state") != "open":
                        break
        try:
            self.wait_until(lambda: not self.incidents("open"), 40, "every incident is closed")
        except AssertionError as error:
            left = [self.incident(incident["id"]) for incident in self.incidents("open")]
            receipts = [(i["state"], r) for i in left for r in i["receipts"] if r["state"] != "done"]
            waiting = [(state, r["step"], r["endpoint"], r["state"], r["because"]) for state, r in receipts]
            raise AssertionError(f"{error}\n{said}\n{waiting}\n{[i['timeline'][-6:] for i in left]}") from None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """The demo in a home of its own inside `folder`, started and well; it ends with the block."""
    home = folder / "home"
    home.mkdir()
    made = Installation(home)
    try:
        made.start()
        yield made
    finally:
        made.stop()
