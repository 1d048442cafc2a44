"""Families answer a question within minutes: texts written back to played carriers, until each answer stands.

`answers.py [COUNT] [presses]`. Told: replies a second as people write them, answers a second as they are written down,
how long the last one waits, how often pages that are open are told; with "presses" also what a panic press takes
meanwhile. Each reply is counted afterwards: an answer, a thread or a wish, once, with its audit row.
"""

import asyncio
import contextlib
import json
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
import aiohttp
import psutil

from bench.home import demo, send_confirmed
from bench.load import _be_at_home
from bench.press import measure
from tests.flows.installation import Installation

COUNT, AT_ONCE, PRESSES = 1_000, 40, 6
LIMIT_SECONDS = 900.0
ROLES = ("gateway/sms", "worker/slow", "worker", "web", "postgres")
WORDS = {"language": "en", "title": "Are you safe?", "short": "Answer 1 for safe, 2 for I need help."}
OPTIONS = ["Safe", "I need help"]
#: What every twentieth writes; the others answer.
SAID = ["1"] * 10 + ["2"] * 3 + ["Yes, we are safe"] * 3 + ["Where do we pick up our child?"] * 3 + ["STOP"]


def ask(made: Installation, count: int) -> str:
    """A question to so many schools that `count` families can answer; gives the notice once everybody has it."""
    sites = [site["id"] for site in made.call("GET", "/sites?limit=50")["items"]]
    audience = {"kinds": ["family"], "sites": sites, "grades": ["09", "10"] if count <= 2_000 else []}
    body = {"purpose": "attendance", "texts": [WORDS], "audience": audience, "channels": ["text"], "options": OPTIONS}
    notice = made.call("POST", "/notices", body)["id"]
    send_confirmed(made, notice)
    made.wait_until(lambda: made.call("GET", f"/notices/{notice}")["state"] == "sent", 600, "everybody is asked")
    return str(notice)


def query(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the installation's own database, of every district."""
    from watchbell.kernel import engines

    with engines.connect_super(engines.DATABASE) as link:
        return list(link.execute(sql, values).fetchall())


def numbers(notice: str, count: int) -> list[str]:
    """Numbers the question has gone to."""
    rows = query(
        "select distinct d.to from channels_delivery d join channels_mailing m on m.id = d.mailing_id"
        " where m.about = %s and d.channel = 'text' and d.state = 2 order by 1 limit %s",
        f"notice:{notice}", count,
    )  # fmt: skip
    return [row[0] for row in rows]


async def write_back(made: Installation, people: list[str]) -> float:
    """Everybody writes, so many at once; seconds it took."""
    url, waiting = f"http://127.0.0.1:{made.simulator_port}/act", iter(enumerate(people))
    began = time.perf_counter()
    async with aiohttp.ClientSession() as http:

        async def some() -> None:
            for at, number in waiting:
                body = {"what": "text_reply", "from": number, "text": SAID[at % len(SAID)]}
                async with http.post(url, json=body) as answer:
                    assert answer.status == 200, await answer.text()

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


def counted() -> dict[str, int]:
    """What stands of what was written."""
    names = {
        "answers": "select count(*) from notices_answer", "replies": "select count(*) from notices_reply",
        "wishes": "select count(distinct address) from channels_consent where not is_wanted",
        "heard, in the audit log": "select count(*) from kernel_auditrow where action like 'channels.hear%%'",
        "noted, in the audit log": "select count(*) from kernel_auditrow where action like 'notices.note_reply%%'",
    }  # fmt: skip
    return {name: int(query(sql)[0][0]) for name, sql in names.items()}


def used(made: Installation, roles: tuple[str, ...]) -> dict[str, float]:
    """Seconds of CPU each of these has used, with what it has started."""
    found = {}
    for name in roles:
        one = psutil.Process(made.pid_of(name))
        found[name] = 0.0
        for member in (one, *one.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                found[name] += sum(member.cpu_times()[:4])
    return found


class Page:
    """An open page: what it is told, and when, by the live stream."""

    def __init__(self, made: Installation, notice: str) -> None:
        self.told: list[tuple[float, str]] = []
        self._url = f"http://127.0.0.1:{made.port}/api/v1/live?topics=progress:notice:{notice},threads:all"
        self._token = made.token()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        request = urllib.request.Request(self._url, headers={"Authorization": f"Bearer {self._token}"})
        with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(request, timeout=900) as stream:
            for line in stream:
                if line.startswith(b"data:") and b"topic" in line:
                    self.told.append((time.perf_counter(), json.loads(line[5:]).get("topic", "").split(":")[0]))

    def most_a_second(self) -> dict[str, int]:
        """{kind of topic: how often it was told within one second, at most}."""
        found: dict[str, int] = {}
        for kind in {kind for _, kind in self.told}:
            moments = [at for at, one in self.told if one == kind]
            found[kind] = max(sum(at <= other < at + 1 for other in moments) for at in moments)
        return found


async def answer(made: Installation, notice: str, count: int, *, with_presses: bool) -> dict[str, Any]:
    people = numbers(notice, count)
    page = Page(made, notice)
    wanted = sum(SAID[at % len(SAID)] != "STOP" for at in range(len(people)))
    stops = len(people) - wanted
    presses = asyncio.create_task(measure(made, PRESSES)) if with_presses else None
    before, began = used(made, ROLES), time.perf_counter()
    writing = asyncio.create_task(write_back(made, people))
    done = 0
    while time.perf_counter() - began < LIMIT_SECONDS:
        await asyncio.sleep(0.25)
        done = (await asyncio.to_thread(counted))["replies"]
        if done >= wanted and writing.done():
            break
    seconds = time.perf_counter() - began
    wrote = await writing
    after = used(made, ROLES)
    await asyncio.sleep(2)
    found = {"people": len(people), "written a second": round(len(people) / wrote),
             "seconds until each stands": round(seconds, 1), "answers a second": round(done / seconds, 1),
             "the last waited s": round(seconds - wrote, 1), "told a page within a second": page.most_a_second(),
             "CPU ms an answer": {name: round((after[name] - before[name]) / len(people) * 1e3, 2) for name in before},
             "answers in words, stops": [wanted, stops], **counted()}  # fmt: skip
    if presses is not None:
        told = await presses
        found |= {f"meanwhile: {name}": value for name, value in told.items() if name.startswith(("(a)", "(b)"))}
    return found


def main() -> None:
    words = sys.argv[1:]
    count = next((int(word) for word in words if word.isdigit()), COUNT)
    with demo() as made:
        _be_at_home(made.home)
        notice = ask(made, count)
        print(json.dumps(asyncio.run(answer(made, notice, count, with_presses="presses" in words))))


if __name__ == "__main__":
    main()
