"""A school's link to the hub is cut: its machine locks, speaks and alerts by itself; all is told afterwards."""

import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.installation import Installation, free_port
from watchbell.line import ids

pytestmark = pytest.mark.long


class Link:
    """The wire between a school and the hub, that somebody can cut. beside: goes through the same cable."""

    def __init__(self, target: int, beside: "Link | None" = None) -> None:
        self.target, self.is_cut, self.beside = target, False, beside
        self._pairs: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 2)
            except OSError:
                near.close()
                continue
            self._pairs += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        try:
            while raw := one.recv(65536):
                other.sendall(raw)
        except OSError:
            pass
        for end in (one, other):
            end.close()

    def cut(self) -> None:
        if self.beside is not None:
            self.beside.cut()
        self.is_cut = True
        for end in self._pairs:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._pairs.clear()

    def mend(self) -> None:
        if self.beside is not None:
            self.beside.mend()
        self.is_cut = False


class Edge(Installation):
    """The machine of one school, in a home of its own."""

    def __init__(self, hub: Installation, home: Path) -> None:
        super().__init__(home)
        self.hub = hub
        for name in ("WATCHBELL_DEMO", "WATCHBELL_SIMULATOR_PORT"):
            self.environment.pop(name, None)
        self.environment["WATCHBELL_PUBLIC_URL"] = f"http://localhost:{self.port}"

    def start(self, seconds: float = 60) -> float:
        began = time.monotonic()
        log = open(self.home.with_suffix(".log"), "ab")  # noqa: SIM115 - the child keeps it
        self.process = subprocess.Popen(
            [sys.executable, "-m", "watchbell.project.cli", "edge"], env=self.environment, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        log.close()
        self.wait_until(lambda: self.health().get("status") == "ok", seconds, "the edge is well")
        return time.monotonic() - began

    def played(self) -> dict[str, Any]:
        return self.hub.played()

    def token(self, role: str = "director") -> str:
        return self.hub.token(role)

    def ticket(self, kind: str, **claims: Any) -> str:
        """A ticket as the hub signs one at sign-in."""
        code = "import json, sys; from watchbell.line import signing; "
        code += "print(signing.make_ticket(json.loads(sys.argv[1]), 3600))"
        out = subprocess.run(
            [sys.executable, "-c", code, json.dumps({"kind": kind, **claims})], env=self.hub.environment, check=True,
            capture_output=True, text=True,
        )  # fmt: skip
        return out.stdout.strip()


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Edge, Link]]:
    """A hub, and the first school's own machine at the other end of a link."""
    folder = tmp_path_factory.mktemp("cut")
    (folder / "hub").mkdir()
    (folder / "edge").mkdir()
    hub = Installation(folder / "hub")
    leaf_port = free_port()
    pages = Link(hub.port)
    link = Link(leaf_port, beside=pages)
    hub.environment["WATCHBELL_LEAF_PORT"] = str(leaf_port)
    edge = Edge(hub, folder / "edge")
    try:
        hub.start()
        sites = hub.call("GET", "/sites?limit=50")["items"]
        first = hub.played()["panels"][0]["site"]
        code = next(site["code"] for site in sites if site["id"] == first)
        archive = folder / "edge.tar"
        made = subprocess.run(
            [sys.executable, "-m", "watchbell.project.cli", "enrol", "edge", "--district", "demo", "--site", code,
             "--hub", f"nats-leaf://127.0.0.1:{link.port}", "--to", str(archive)],
            env={**hub.environment, "WATCHBELL_PUBLIC_URL": f"http://127.0.0.1:{pages.port}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        assert archive.stat().st_mode & 0o777 == 0o600
        with tarfile.open(archive) as opened:
            opened.extractall(edge.home, filter="data")
        hub.stop()
        hub.start()
        edge.start()
        hub.wait_until(lambda: len(hub.health().get("edges", {})) >= 5, 20, "the hub hears the edge")
        yield hub, edge, link
    finally:
        edge.stop()
        hub.stop()


def _site(hub: Installation) -> str:
    return str(hub.played()["panels"][0]["site"])


def _locked(hub: Installation, since: float) -> int:
    return sum(1 for one in hub.outside("doors") if one["at_unix"] > since and one["body"].endswith(" on"))


def test_with_the_link_there_the_hub_sees_what_the_school_s_machine_does(
    school: tuple[Installation, Edge, Link],
) -> None:
    hub, edge, _ = school
    assert edge.press("001").answer == "ACK"
    incident = hub.settled(hub.open_incident()["id"])
    doors = [r for r in incident["receipts"] if r["action"] == "lock_door"]
    assert doors and {r["state"] for r in doors} == {"done"}
    assert {r["state"] for r in incident["receipts"] if r["action"] == "tell_dispatch"} == {"done"}
    hub.clear_all()


def test_cut_off_it_locks_speaks_and_alerts_and_all_arrives_afterwards(
    school: tuple[Installation, Edge, Link],
) -> None:
    hub, edge, link = school
    site, began = _site(hub), time.time()  # noqa: TID251 - compared with what the played world noted
    before = {one["id"] for one in hub.incidents()}
    district = hub.call("GET", "/sites?limit=1")["items"][0].get("district") or _district_of(edge)
    rights = {right: [site] for right in ("alarms.raise", "incidents.view", "alerts.answer")}
    claims = {"user": str(ids.new_id()), "name": "Ana Ruiz", "role": "teacher", "district": district, "sites": [site],
              "rights": rights, "roles": [["teacher", [site]]]}  # fmt: skip
    live, press = edge.ticket("live", topics=[], **claims), edge.ticket("press", modes=["real"], **claims)
    heard = _listen(edge, live)
    link.cut()
    edge.wait_until(lambda: edge.health()["engines"]["hub"]["state"] == "cut off", 20, "the edge says it is cut off")
    assert edge.press("001").answer == "ACK"
    edge.wait_until(lambda: _locked(hub, began), 10, "doors are locked without the hub")
    edge.wait_until(lambda: any(o["at_unix"] > began for o in hub.outside("paging")), 10, "speakers speak")
    alert = edge.wait_until(lambda: next((e for e in heard if e.get("title")), None), 10, "screens show it")
    assert _post(edge, "/live/confirm", {"ticket": live, "press": alert["press"]})["confirmed"] is True
    body = {"kind": "lockdown", "site": site, "place": None, "mode": "real", "note": "seen from room 12"}
    assert _post(edge, "/api/v1/alarms", body, Authorization=f"Ticket {press}")["id"]
    assert "cannot be reached" in _get(edge, "/incidents"), "pages say what still works"
    assert {one["id"] for one in hub.incidents()} == before, "the hub knows nothing yet"
    link.mend()
    found = hub.wait_until(
        lambda: [one for one in hub.incidents("open") if one["id"] not in before], 30, "the hub hears of it"
    )
    assert len(found) == 1
    incident = hub.settled(found[0]["id"], 60, 3.0)
    assert len(incident["cause_ids"]) == 2, "the panel's press and the teacher's, once each"
    doors = [r for r in incident["receipts"] if r["action"] == "lock_door"]
    assert doors and {r["state"] for r in doors} == {"done"}
    assert len({r["order_id"] for r in doors}) == len(doors) == len({r["endpoint_id"] for r in doors})
    assert any("Ana Ruiz" in json.dumps(entry) for entry in incident["timeline"]), "who confirmed or pressed is told"
    hub.clear_all()


def test_a_machine_that_starts_while_cut_off_still_acts(school: tuple[Installation, Edge, Link]) -> None:
    hub, edge, link = school
    link.cut()
    edge.stop()
    began = time.time()  # noqa: TID251 - compared with what the played world noted
    log = open(edge.home.with_suffix(".log"), "ab")  # noqa: SIM115 - the child keeps it
    edge.process = subprocess.Popen(
        [sys.executable, "-m", "watchbell.project.cli", "edge"], env=edge.environment, stdout=log, stderr=log,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    log.close()
    edge.wait_until(
        lambda: edge.health().get("roles", {}).get("reflex", {}).get("state") == "ok"
        and all(one["state"] == "ok" for one in edge.health()["gateways"].values()), 30, "all roles are there",
    )  # fmt: skip
    time.sleep(4)
    assert edge.press("001").answer == "ACK"
    edge.wait_until(lambda: _locked(hub, began), 15, "doors are locked")
    os.killpg(edge.pid_of("gateway/osdp"), signal.SIGKILL)
    link.mend()
    hub.wait_until(lambda: hub.incidents("open"), 30, "the hub hears of it")
    hub.settled(hub.incidents("open")[0]["id"], 60, 3.0)
    hub.clear_all()


def _district_of(edge: Edge) -> str:
    return str(json.loads((edge.home / "edge.json").read_text())["district"])


def _listen(edge: Edge, ticket: str) -> list[dict[str, Any]]:
    """Alerts of a live stream at the edge, as they come."""
    heard: list[dict[str, Any]] = []
    answer = urllib.request.urlopen(f"http://127.0.0.1:{edge.port}/live/events?ticket={ticket}", timeout=120)

    def read() -> None:
        for line in answer:
            if line.startswith(b"data: {"):
                heard.append(json.loads(line[6:]))

    threading.Thread(target=read, daemon=True).start()
    return heard


def _post(edge: Edge, path: str, body: Any, **headers: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{edge.port}{path}", json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers}, method="POST",
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def _get(edge: Edge, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{edge.port}{path}", timeout=15) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()
