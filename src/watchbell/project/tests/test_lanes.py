"""A lane that holds more than it can take at once."""

import asyncio
import time
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db.utils import OperationalError

from watchbell.line import clock
from watchbell.project import worker
from watchbell.project.worker import Lane
from watchbell.wire.subjects import WORKER_FOLLOWS

BUSY_SECONDS = 0.002
DISTRICT = uuid4()


class Claimed:
    """A message whose claim costs time and never waits, as a publish on an open connection."""

    def __init__(self) -> None:
        self.claims = 0

    async def in_progress(self) -> None:
        self.claims += 1
        ends = clock.monotonic() + BUSY_SECONDS
        while clock.monotonic() < ends:
            pass


async def test_claims_of_a_full_lane_leave_the_heartbeat_its_turn() -> None:
    lane = Lane("PRESS", lambda raws: None, 20, 0.0)
    messages = [Claimed() for _ in range(lane.follows.most_pending)]
    lane.held = {id(one): one for one in messages}  # type: ignore[misc]
    claiming = asyncio.create_task(lane.say_still_at_it())
    turns = 0
    async with asyncio.timeout(30):
        while not all(one.claims for one in messages):
            before = clock.monotonic()
            await asyncio.sleep(0)
            if clock.monotonic() - before > BUSY_SECONDS:
                turns += 1
            else:
                await asyncio.sleep(0.01)
    claiming.cancel()
    lane.pool.shutdown()
    assert turns >= len(messages) / 100


def test_no_lane_holds_more_than_it_can_claim() -> None:
    """Each held message is claimed three times in its time; a thousand of them is what a starved process can do."""
    for follower in WORKER_FOLLOWS:
        assert follower.most_pending * 3 / follower.ack_seconds <= 1000


class Delivered:
    """A message of the stream, as one of its deliveries."""

    def __init__(self, number: int, delivery: int) -> None:
        self.metadata = SimpleNamespace(sequence=SimpleNamespace(stream=number))
        self.subject, self.data = f"wb.{DISTRICT}.site.press.siadc09.x", b"%d" % number
        self.reply, self.delivery = "$JS.ACK.x", delivery
        self.is_done = False

    async def in_progress(self) -> None: ...

    async def ack(self) -> None:
        self.is_done = True


async def test_what_comes_again_while_it_waits_is_taken_once_and_its_newest_delivery_acknowledged() -> None:
    taken: list[bytes] = []
    lane = Lane("PRESS", taken.extend, 20, 0.0)
    deliveries = [Delivered(number, delivery) for delivery in range(7) for number in range(100)]
    for one in deliveries:
        await lane._hold(one)  # type: ignore[arg-type]
    assert lane.queue.qsize() == len(lane.held) == 100
    running = asyncio.create_task(lane.run())
    async with asyncio.timeout(10):
        while lane.taken < 100:
            await asyncio.sleep(0.01)
    running.cancel()
    lane.pool.shutdown()
    assert sorted(taken, key=int) == [b"%d" % number for number in range(100)]
    assert {one.delivery for one in deliveries if one.is_done} == {6} and not lane.held


async def test_a_duty_rests_from_its_work_and_not_from_waiting_for_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wait_in_vain() -> None:
        time.sleep(0.6)
        if len(rests) < 2:
            raise OperationalError("connection refused")

    async def rest(seconds: float) -> None:
        if asyncio.current_task() is not mine:  # somebody else's, on this loop or in another thread
            return await sleep(seconds)
        rests.append(seconds)
        if len(rests) == 3:
            raise asyncio.CancelledError
        return None

    rests: list[float] = []
    mine, sleep = asyncio.current_task(), asyncio.sleep
    monkeypatch.setattr("asyncio.sleep", rest)
    with pytest.raises(asyncio.CancelledError):
        await worker.Duties().every(1.0, "slow", wait_in_vain)
    assert max(rests[:2]) <= 0.4 and rests[2] >= 1.2
