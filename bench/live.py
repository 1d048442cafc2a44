"""1,000 live pages on one web process: how long until the last of them hears of a change."""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.home import demo
from bench.press import spread
from tests.flows.installation import Installation
from watchbell.wire.subjects import live_subject

CLIENTS, ROUNDS = 1000, 20
#: What every home page follows, and nothing touches while no alarm is on.
TOPIC = "incidents:all"


async def measure(made: Installation) -> dict[str, object]:
    import nats

    token = made.token()
    heard: list[asyncio.Event] = [asyncio.Event() for _ in range(CLIENTS)]
    request = (f"GET /api/v1/live?topics={TOPIC} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
               "Accept: text/event-stream\r\n\r\n").encode()  # fmt: skip

    async def follow(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
        writer.write(request)
        while line := await reader.readline():
            if b'"incidents:all"' in line:
                heard[number].set()

    began = time.perf_counter()
    tasks = []
    for number in range(CLIENTS):
        tasks.append(asyncio.create_task(follow(number)))
        if number % 50 == 0:
            await asyncio.sleep(0.02)
    url = (made.home / "run" / "nats.url").read_text()
    nc = await nats.connect(url, nkeys_seed=str(made.home / "keys" / "test.nk"))
    district = made.played()["district"]
    while _clients(made) < CLIENTS:
        await asyncio.sleep(0.1)
    connected = time.perf_counter() - began
    times, missed = [], 0
    for _ in range(ROUNDS):
        for event in heard:
            event.clear()
        began = time.perf_counter()
        await nc.publish(live_subject(district, TOPIC), TOPIC.encode())
        _done, pending = await asyncio.wait([asyncio.create_task(event.wait()) for event in heard], timeout=5)
        times.append(time.perf_counter() - began)
        missed += len(pending)
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await nc.close()
    return {"clients": CLIENTS, "connect_all_seconds": round(connected, 2), "last client hears ms": spread(times),
            "missed": missed}  # fmt: skip


def _clients(made: Installation) -> int:
    """How many the web process counts; 0 while it has no time to answer."""
    web = made.health().get("roles", {}).get("web", {})
    return int(web.get("detail", {}).get("live_clients", 0))


def main() -> None:
    with demo() as made:
        print(json.dumps(asyncio.run(measure(made))))


if __name__ == "__main__":
    main()
