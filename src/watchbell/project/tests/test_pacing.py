"""What changes thousands of times a minute is told to open pages once a second, and never lost."""

import asyncio
import json

from watchbell.project.live import Client, Hub
from watchbell.project.pacing import Pace


class Said:
    """A message on the bus that says a topic was touched."""

    def __init__(self, topic: str) -> None:
        self.subject, self.data = "wb.cedar.live.x", topic.encode()


def touches(client: Client) -> list[str]:
    found = []
    while not client.queue.empty():
        event = client.queue.get_nowait()
        assert event is not None, "the client was not cut"
        found.append(json.loads(event.split(b"data: ")[1])["topic"])
    return found


async def test_a_campaign_of_45_000_messages_is_told_once_a_second() -> None:
    hub, topic = Hub(), "progress:notice:1"
    hub.pace = Pace(0.2)
    follower = Client({"district": "cedar", "sites": []}, frozenset({topic, "incident:2"}))
    elsewhere = Client({"district": "birch", "sites": []}, frozenset({topic}))
    for client in (follower, elsewhere):
        hub.join(client)
    began, rounds = asyncio.get_running_loop().time(), 0
    for rounds in range(1, 451):
        for _ in range(100):
            await hub._hear_touch(Said(topic))  # type: ignore[arg-type]
        if not rounds % 45:
            await asyncio.sleep(0.02)
    took = asyncio.get_running_loop().time() - began
    await asyncio.sleep(1.0)  # the last is passed on, and the time after it has passed, too
    heard = touches(follower)
    assert 2 <= len(heard) <= took / 0.2 + 2, "the first at once, the last not lost, none between"
    assert touches(elsewhere) == [], "another district hears nothing"
    await hub._hear_touch(Said(topic))  # type: ignore[arg-type]
    assert touches(follower) == [topic], "after a pause it is told at once"


async def test_an_incident_s_touches_are_all_told_at_once() -> None:
    hub = Hub()
    follower = Client({"district": "cedar", "sites": []}, frozenset({"incident:2"}))
    hub.join(follower)
    for _ in range(5):
        await hub._hear_touch(Said("incident:2"))  # type: ignore[arg-type]
    assert touches(follower) == ["incident:2"] * 5


async def test_each_topic_has_its_own_pace() -> None:
    said: list[str] = []
    pace = Pace(0.05)
    for word in ("a", "b", "a", "a", "b"):
        pace.pass_on(word, lambda word=word: said.append(word))  # type: ignore[misc]
    assert said == ["a", "b"]
    await asyncio.sleep(0.08)
    assert said == ["a", "b", "a", "b"]
    await asyncio.sleep(0.1)
    assert said == ["a", "b", "a", "b"]
