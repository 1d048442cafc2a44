"""The day the whole county looks: the file copy with the application down, beside the same page through Django."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import statistics
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.home import demo
from bench.press import spread
from tests.flows.installation import Installation

#: A usual day's peak of a district's site, and a hundred times that.
USUAL_PER_SECOND, FLOOD = 5, 100
CONNECTIONS, SECONDS = 64, 8.0


def ask_once(port: int, path: str, cookie: str = "") -> tuple[int, str, bytes]:
    """(status, ETag, body) of one request."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = line.getresponse()
    found = answer.status, answer.headers.get("ETag") or "", answer.read()
    line.close()
    return found


class Crowd:
    """Browsers that ask for one thing over and over, each over its own connection."""

    def __init__(self, port: int, path: str, *headers: str) -> None:
        lines = "".join(f"{one}\r\n" for one in headers)
        self._port = port
        self._request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()
        self.times: list[float] = []
        self.statuses: dict[str, int] = {}
        self.lost = 0

    async def run(self, seconds: float, connections: int) -> dict[str, object]:
        until = time.perf_counter() + seconds
        began = time.perf_counter()
        await asyncio.gather(*(self._look(until) for _ in range(connections)))
        took = time.perf_counter() - began
        rate = len(self.times) / took
        p99 = statistics.quantiles(self.times, n=100)[98] * 1000 if len(self.times) > 100 else float("nan")
        return {"per second": round(rate), "p99 ms": round(p99, 1), "answers": self.statuses, "lost": self.lost}

    async def _look(self, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while time.perf_counter() < until:
            began = time.perf_counter()
            try:
                writer.write(self._request)
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)
                await self._read_body(reader, head.lower())
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                self.lost += 1
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                continue
            self.times.append(time.perf_counter() - began)
            status = head[9:12].decode()
            self.statuses[status] = self.statuses.get(status, 0) + 1
        writer.close()

    async def _read_body(self, reader: asyncio.StreamReader, head: bytes) -> None:
        if b"content-length: " in head:
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        elif b"transfer-encoding: chunked" in head:
            while size := int((await reader.readline()).strip(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()


def sign_in(made: Installation) -> str:
    """A session cookie of the director."""
    line = http.client.HTTPConnection("localhost", made.port, timeout=20)
    line.request("GET", "/accounts/login/")
    answer = line.getresponse()
    page = answer.read().decode()
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    mark = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    password = (made.home / "secrets" / "demo_password").read_text().strip()
    form = {"csrfmiddlewaretoken": mark, "login": "director@demo.invalid", "password": password}
    line.request("POST", "/accounts/login/", urllib.parse.urlencode(form), {
        "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Referer": f"http://localhost:{made.port}/"
    })  # fmt: skip
    answer = line.getresponse()
    answer.read()
    names = [one.split(";")[0] for one in answer.headers.get_all("Set-Cookie") or []]
    return "; ".join([cookie, *names])


def wait_for_copy(made: Installation, path: str) -> None:
    until = time.monotonic() + 90
    while ask_once(made.port, path)[0] != 200:
        if time.monotonic() > until:
            raise TimeoutError(f"{path} was not published")
        time.sleep(0.5)


@contextlib.contextmanager
def application_down(made: Installation) -> Iterator[int]:
    """Postgres, NATS and every role but web are gone by kill -9 and stay gone; how many."""
    health = made.health()
    roles = [name for name in (*health["roles"], *(f"gateway/{name}" for name in health["gateways"])) if name != "web"]
    names = [name for name in (*roles, "nats", "postgres") if name != "supervisor"]
    pids = {name: made.pid_of(name) for name in names}
    assert made.process is not None
    os.kill(made.process.pid, signal.SIGSTOP)  # it would start them again
    try:
        for name, pid in pids.items():
            (os.kill if name in ("postgres", "nats") else os.killpg)(pid, signal.SIGKILL)
        time.sleep(1)
        yield len(pids)
    finally:
        os.kill(made.process.pid, signal.SIGCONT)


async def measure(made: Installation) -> dict[str, object]:
    copy = "/public/demo/"
    wait_for_copy(made, copy)
    cookie = sign_in(made)
    django = "/website/preview/index.html"
    assert ask_once(made.port, django, cookie)[0] == 200
    _, etag, _ = ask_once(made.port, copy)
    packed = "Accept-Encoding: gzip"
    results: dict[str, object] = {}
    results["the same page through Django"] = await Crowd(made.port, django, f"Cookie: {cookie}", packed).run(
        SECONDS, 8
    )
    results["the copy, all well"] = await Crowd(made.port, copy, packed).run(SECONDS, CONNECTIONS)
    with application_down(made) as gone:
        results["application down"] = f"{gone} processes are gone, Postgres and NATS among them"
        status, _, body = ask_once(made.port, django, cookie)
        results["Django meanwhile"] = f"{status}, {len(body)} bytes"
        for name, path, *headers in (
            ("status page, application down", copy, packed),
            ("status page, asked with its mark", copy, f"If-None-Match: {etag}"),
            ("banner.json, application down", "/public/demo/banner.json", packed),
        ):
            results[name] = await Crowd(made.port, path, *headers).run(SECONDS, CONNECTIONS)
        results["at the pace of the flood"] = await pace(made, copy)
    return results


async def pace(made: Installation, path: str) -> dict[str, object]:
    """A hundred times a usual peak, each look a connection of its own, as a county does: how long each waits."""
    times: list[float] = []
    failed = 0

    async def look() -> None:
        nonlocal failed
        began = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            raw = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            failed += b" 200 " not in raw[:20]
        except (OSError, TimeoutError):
            failed += 1
        times.append(time.perf_counter() - began)

    tasks = []
    for number in range(int(SECONDS * USUAL_PER_SECOND * FLOOD)):
        tasks.append(asyncio.create_task(look()))
        if number % 10 == 9:
            await asyncio.sleep(10 / (USUAL_PER_SECOND * FLOOD))
    await asyncio.gather(*tasks)
    return {"looks a second": USUAL_PER_SECOND * FLOOD, "ms": spread(times), "failed": failed}


def main() -> None:
    with demo() as made:
        print(json.dumps(asyncio.run(measure(made))))


if __name__ == "__main__":
    main()
