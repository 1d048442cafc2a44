"""Two web processes, two workers, two reflexes: one of each is killed while people press and pages are asked for."""

import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.installation import Installation
from tests.flows.test_panic_press import AFTER_A_DEATH, assert_told_the_truth, orders
from watchbell.line.ids import new_id

pytestmark = pytest.mark.long

TWO = {"WATCHBELL_WEB_WORKERS": "2", "WATCHBELL_WORKERS": "2", "WATCHBELL_REFLEXES": "2"}
#: The longest anybody may wait for an answer while one of two is dead, on two busy cores.
PATIENCE_SECONDS = 3.0
#: A press given to the worker that was killed comes to the other after 1.5 s.
RECORDED_SECONDS = 4.0


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with two of each."""
    home = Path(tmp_path_factory.mktemp("two")) / "home"
    home.mkdir()
    made = Installation(home)
    made.environment |= TWO
    try:
        made.start()
        made.token()
        yield made
    finally:
        made.stop()


class Visitors(threading.Thread):
    """People who ask for a page and press, one after the other, until told to stop.

    A connection that breaks under a request is tried once more, as a browser does; `broken` counts those.
    """

    def __init__(self, place: Installation, site: str) -> None:
        super().__init__(daemon=True)
        self.place, self.site = place, site
        self.ends = threading.Event()
        self.answers: Counter[int] = Counter()
        self.presses: list[str] = []
        self.broken = 0
        self.longest = 0.0
        self.failed: list[str] = []

    def run(self) -> None:
        asked = 0
        while not self.ends.is_set():
            self._ask("GET", "/api/v1/incidents?state=open", b"")
            asked += 1
            time.sleep(0.05)
            if asked % 5:
                continue
            key = str(new_id())
            body = b'{"kind": "medical", "site": "%s"}' % self.site.encode()
            if self._ask("POST", "/api/v1/alarms", body, key) == 201:
                self.presses.append(key)

    def _ask(self, method: str, path: str, body: bytes, key: str = "") -> int:
        headers = {"Authorization": f"Bearer {self.place.token()}", "Idempotency-Key": key}
        wanted = urllib.request.Request(
            f"http://127.0.0.1:{self.place.port}{path}", body or None, headers, method=method
        )
        began = time.monotonic()
        for _ in range(2):
            try:
                with urllib.request.urlopen(wanted, timeout=10) as answer:
                    status = int(answer.status)
                    break
            except urllib.error.HTTPError as error:
                status = error.code
                break
            except OSError as error:
                status, self.broken = 0, self.broken + 1
                self.failed.append(str(error))
        self.longest = max(self.longest, time.monotonic() - began)
        self.answers[status] += 1
        return status


def _web_processes(place: Installation) -> list[int]:
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(place.pid_of("web"))], capture_output=True, check=False)
    found = [int(word) for word in out.stdout.split()]
    return [pid for pid in found if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _kill_one_of(place: Installation, what: str) -> None:
    if what == "web":
        os.kill(_web_processes(place)[0], signal.SIGKILL)
    else:
        place.kill(what)


def test_two_of_each_are_at_work(pair: Installation) -> None:
    assert len(_web_processes(pair)) == 2
    assert {"worker", "worker/2", "reflex", "reflex/2"} <= set(pair.health()["roles"])


@pytest.mark.parametrize("victim", ["web", "worker", "worker/2", "reflex", "reflex/2"])
def test_nobody_waits_when_one_of_two_is_killed(pair: Installation, victim: str) -> None:
    pair.clear_all()
    site = pair.played()["panels"][1]["site"]
    visitors = [Visitors(pair, site) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    try:
        time.sleep(0.5)
        _kill_one_of(pair, victim)
        assert pair.press("001").answer == "ACK"
        pressed_at = time.monotonic()
        locked = pair.wait_until(
            lambda: [i for i in pair.incidents("open") if i["kind"] == "lockdown"], 6, "an incident within seconds"
        )
        recorded_seconds = time.monotonic() - pressed_at
        time.sleep(1.5)
    finally:
        for visitor in visitors:
            visitor.ends.set()
        for visitor in visitors:
            visitor.join(30)
    answers = sum((visitor.answers for visitor in visitors), Counter())
    longest = max(visitor.longest for visitor in visitors)
    print(f"{victim}: {dict(answers)}, longest {longest:.2f} s, recorded after {recorded_seconds:.2f} s,",
          f"{sum(v.broken for v in visitors)} connections broke")  # fmt: skip
    assert set(answers) == {200, 201}, [visitor.failed for visitor in visitors]
    assert longest < PATIENCE_SECONDS and recorded_seconds < RECORDED_SECONDS
    _assert_all_once(pair, locked[0]["id"], [key for visitor in visitors for key in visitor.presses])


def _assert_all_once(pair: Installation, lockdown_id: str, keys: list[str]) -> None:
    incident = pair.settled(lockdown_id, 45, quiet_seconds=AFTER_A_DEATH)
    for action in ("lock_door", "start_page", "tell_dispatch", "tell_screens"):
        assert {order["state"] for order in orders(incident, action)} == {"done"}, action
    assert_told_the_truth(pair, incident)
    medical = next(one for one in pair.incidents("open") if one["kind"] == "medical")
    pair.wait_until(lambda: len(pair.incident(medical["id"])["cause_ids"]) == len(keys), 30, "every press is recorded")
    assert len([one for one in pair.incidents("open")]) == 2
    found = pair.settled(medical["id"], 45)
    asked = Counter((r["endpoint_id"], r["action"]) for r in found["receipts"] if not r["is_reset"])
    assert max(asked.values()) == 1, "joined presses order nothing a second time"
    pair.wait_until(lambda: pair.health().get("status") == "ok", 30, "both are there again")
    pair.clear_all()
