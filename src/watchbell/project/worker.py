"""The worker: inboxes in lanes, leased reactions, the auditor, snapshots and the audit seal, each on its own pace."""

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from nats.aio.msg import Msg

from watchbell.communication.channels.inbox import take_all as take_told
from watchbell.communication.channels.jobs import feed_carriers, tend_mailings
from watchbell.district.accounts import inbox as accounts
from watchbell.district.equipment import inbox as equipment
from watchbell.district.equipment.inbox import take_statuses
from watchbell.district.equipment.jobs import watch_silence
from watchbell.field.paging import inbox as paging
from watchbell.field.paging.jobs import publish_missing_recordings
from watchbell.field.panic.inbox import take_press, take_refusal, take_session_word
from watchbell.field.panic.jobs import end_sessions
from watchbell.kernel import audit, jobs, journal
from watchbell.kernel.acting import acting_in
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import DeadLetter, District
from watchbell.line import clock
from watchbell.line.bus import Bus, acknowledge
from watchbell.line.heartbeat import beat
from watchbell.response.dispatch.jobs import update_centres
from watchbell.response.incidents import inbox as incidents
from watchbell.response.incidents.jobs import audit_incidents
from watchbell.response.plans.jobs import PUBLISHER
from watchbell.wire.subjects import HEARD_FOLLOWS, RECORDED_FOLLOWS, TOLD_FOLLOWS, WORKER_FOLLOWS, Follower

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)
MOST_FAILURES = 5
FEED_SECONDS = 0.2
#: With so many orders or receipts waiting, the board does not show yet what has been answered.
BEHIND = 50
#: A press is written down before what came of it, which waits this long at most and shares one process with it.
FIRST_SECONDS = 0.5
#: While presses wait, the others write so many at once: their transactions hold turns that presses wait for.
FEW = 25
#: So many portions of reactions are carried out in one turn.
MOST_SWEEPS = 4
#: A duty rests this many times as long as it took: in a storm what comes round leaves the time to what comes in.
RESTS = 2.0
Take = Callable[[Sequence[bytes]], None]


def _presses(raws: Sequence[bytes]) -> None:
    for raw in raws:
        take_press(raw)


def _orders(raws: Sequence[bytes]) -> None:
    """An announcement's orders stand in its own rows before they are asked."""
    rest = [raw for raw in raws if not paging.is_ours(raw) and not equipment.is_ours(raw)]
    if rest:
        incidents.take_orders(rest)


def _receipts(raws: Sequence[bytes]) -> None:
    ours = [raw for raw in raws if paging.is_ours(raw)]
    rest = [raw for raw in raws if not paging.is_ours(raw)]
    if ours:
        paging.take_receipts(ours)
    alarms = [raw for raw in rest if not equipment.is_ours(raw)]
    if alarms:
        equipment.take_receipts(alarms)  # before the board: a plan beside it must not show less than it says
        incidents.take_receipts(alarms)
    if rest:
        accounts.take_receipts(rest)


def _statuses(raws: Sequence[bytes]) -> None:
    """Device states; refused frames and words about test sessions travel with them, so that they are not lost."""
    rest = [raw for raw in raws if b'"peer":' not in raw or not take_refusal(raw)]
    take_statuses([raw for raw in rest if b'"session_mode":' not in raw or not take_session_word(raw)])


class Lane:
    """One stream's messages, taken in order by one thread, in batches of one district. Acknowledged after commit."""

    def __init__(
        self, stream: str, take: Take, most: int, linger_seconds: float, others: tuple[str, ...] = (),
        follows: Follower | None = None,
    ) -> None:  # fmt: skip
        self.follows = follows or next(one for one in WORKER_FOLLOWS if one.stream == stream)
        self.stream, self.take, self.most, self.linger_seconds = stream, take, most, linger_seconds
        self.others = others  # senders on this stream whose messages are for somebody else
        self.queue: asyncio.Queue[Msg] = asyncio.Queue()
        self.pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix=f"lane-{stream}")
        self.held: dict[int, Msg] = {}  # by its number in the stream
        self.taken = 0
        self.after: Lane | None = None  # the lane that goes first

    async def start(self, bus: Bus) -> None:
        """Follows the stream with a durable consumer shared by all workers."""
        await bus.catch_up(self.follows, self._hold)

    async def _hold(self, message: Msg) -> None:
        """What comes again while it waits here is not taken twice: a backlog must not grow by its own age."""
        number = _number_of(message)
        is_here = number in self.held
        self.held[number] = message  # the newest delivery is the one to acknowledge
        if not is_here:
            await self.queue.put(message)

    async def say_still_at_it(self) -> None:
        """While this process lives, its messages are not given to another; when it dies, they are, after seconds."""
        while True:
            await asyncio.sleep(self.follows.ack_seconds / 3)
            for count, message in enumerate(list(self.held.values())):
                if count % 50 == 49:
                    await asyncio.sleep(0)  # saying so never waits by itself; the heartbeat must not wait for it
                with contextlib.suppress(Exception):
                    await message.in_progress()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self.queue.get()]
            if self.linger_seconds:
                await asyncio.sleep(self.linger_seconds)
            if self.after is not None:
                await self.after.let_go_first()
            most = self.most if self.after is None or not self.after.held else FEW
            while len(batch) < most and not self.queue.empty():
                batch.append(self.queue.get_nowait())
            by_district: dict[str, list[Msg]] = defaultdict(list)
            for message in batch:
                words = message.subject.split(".")
                if words[4] not in self.others:
                    by_district[words[1]].append(message)
            for district, messages in by_district.items():
                await loop.run_in_executor(self.pool, self._take_all, district, messages)
            for message in batch:
                await acknowledge(self.held.pop(_number_of(message), message))
            self.taken += len(batch)

    async def let_go_first(self) -> None:
        """Waits while this lane has something to write down."""
        began = clock.monotonic()
        while self.held and clock.monotonic() - began < FIRST_SECONDS:
            await asyncio.sleep(0.005)

    def _take_all(self, district: str, messages: list[Msg]) -> None:
        """Takes the batch whole; when it fails, one by one, so that one bad message costs only itself."""
        failures = 0
        while True:
            try:
                with acting_in(UUID(district)):
                    self.take([message.data for message in messages])
                return
            except AWAY as error:
                log.warning("%s: the database is away, waiting: %s", self.stream, str(error).split("\n")[0])
                _reconnect()
            except Exception as error:
                failures += 1
                if len(messages) > 1:
                    for message in messages:
                        self._take_all(district, [message])
                    return
                log.exception("%s: message on %s failed", self.stream, messages[0].subject)
                if failures >= MOST_FAILURES:
                    self._bury(district, messages[0], error)
                    return
                _sleep(0.1 * failures)

    def _bury(self, district: str, message: Msg, error: Exception) -> None:
        """After five failures the message is kept for people to see, never dropped."""
        while True:
            try:
                with acting_in(UUID(district)), recorded_batch("dead letter"):
                    DeadLetter.objects.create(
                        stream=self.stream, subject=message.subject, error=f"{type(error).__name__}: {error}"[:4000],
                        body=message.data.decode("utf-8", "replace").replace("\x00", "")[:100_000],
                    )  # fmt: skip
                return
            except AWAY:
                _reconnect()
            except Exception:
                log.exception("a message of no known district on %s: %r", message.subject, message.data[:500])
                return


def _number_of(message: Msg) -> int:
    return int(message.metadata.sequence.stream)


def _reconnect() -> None:
    with contextlib.suppress(Exception):
        connection.close()
    _sleep(0.25)


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


class Duties:
    """What is done again and again, each on its own pace and thread. first: called before each turn, may wait."""

    def __init__(self, first: Callable[[], Awaitable[None]] | None = None) -> None:
        self._first = first
        self._problems: dict[str, str] = {}

    def problem(self) -> str:
        """What keeps which of them from being done, in words."""
        return "; ".join(f"{name}: {why}" for name, why in self._problems.items())

    async def every(self, seconds: float, name: str, duty: Callable[[], Any]) -> None:
        """Does it for ever, `seconds` after it began the last time, or after a rest when it took long."""
        pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix=name)
        loop = asyncio.get_running_loop()
        while True:
            if self._first is not None:
                await self._first()
            began, rests = clock.monotonic(), RESTS if seconds >= 1.0 else 0.0
            try:
                await loop.run_in_executor(pool, _fresh, duty)
                self._problems.pop(name, None)
            except AWAY as error:
                rests = 0.0  # it was waiting, and has nothing to rest from
                self._problems[name] = f"the database is away ({str(error).split(chr(10))[0][:120]})"
            except Exception as error:
                log.exception("%s failed", name)
                self._problems[name] = f"{type(error).__name__}: {str(error)[:200]}"
            took = clock.monotonic() - began
            await asyncio.sleep(max(0.02, seconds - took, rests * took))


class Worker:
    """All lanes and periodic duties of one worker process."""

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self.lanes = [
            Lane("PRESS", _presses, 20, 0.0, others=("hub",)),
            Lane("ORDER", _orders, 500, 0.05),
            Lane("RECEIPT", _receipts, 500, 0.05),
            Lane("STATUS", _statuses, 500, 0.2),
        ]
        for lane in self.lanes[1:]:
            lane.after = self.lanes[0]
        self.duties = Duties(self.lanes[0].let_go_first)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`; what was taken and not committed comes again from the stream."""
        bus = await Bus.connect("worker", wait_seconds=1e9)
        tasks = [asyncio.create_task(beat(bus, "worker", self.instance, self._state))]
        for lane in self.lanes:
            await lane.start(bus)
            tasks += [asyncio.create_task(lane.run()), asyncio.create_task(lane.say_still_at_it())]
        tasks += [
            asyncio.create_task(self.duties.every(0.2, "reactions", _sweep)),
            asyncio.create_task(self.duties.every(1.0, "audit seal", _alone("seal", audit.seal_all))),
            asyncio.create_task(self.duties.every(1.0, "snapshots", _alone("snapshots", PUBLISHER.publish_changes))),
            asyncio.create_task(self.duties.every(1.0, "auditor", _alone("auditor", self._audit_all))),
            asyncio.create_task(self.duties.every(5.0, "silence watch", _alone("silence", _everywhere(watch_silence)))),
            asyncio.create_task(
                self.duties.every(30.0, "recordings", _alone("recordings", _everywhere(publish_missing_recordings)))
            ),
            asyncio.create_task(
                self.duties.every(1.0, "updates to centres", _alone("updates", _everywhere(update_centres)))
            ),
        ]
        log.info("worker ready")
        await stop.wait()
        for task in tasks:
            task.cancel()
        await bus.close()

    def _audit_all(self) -> None:
        is_behind = any(lane.queue.qsize() > BEHIND for lane in self.lanes if lane.stream in ("ORDER", "RECEIPT"))
        for district in District.objects.values_list("id", flat=True):
            with acting_in(district):
                audit_incidents(is_behind)
                end_sessions()

    def _state(self) -> dict[str, Any]:
        waiting = {lane.stream: lane.queue.qsize() for lane in self.lanes}
        because = self.duties.problem()
        return {"state": "degraded" if because else "ok", "because": because, "detail": {"waiting": waiting}}


def _fresh(duty: Callable[[], Any]) -> Any:
    close_old_connections()
    try:
        return duty()
    except AWAY:
        connection.close()
        raise


def _alone(name: str, duty: Callable[[], Any]) -> Callable[[], Any]:
    """`duty`, for the one worker whose session holds the lock; when that ends, another takes it at its next turn."""

    def run() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtext(%s))", [f"worker:{name}"])
            is_mine = cursor.fetchone()[0]
        return duty() if is_mine else None

    return run


def _sweep() -> None:
    """A few portions: between its turns presses go first, however much waits."""
    for _ in range(MOST_SWEEPS):
        if journal.sweep() < journal.PORTION:
            return


def _everywhere(duty: Callable[[], Any]) -> Callable[[], None]:
    """`duty` in each district; what fails in one keeps no other from its turn, and is raised after the last."""

    def run() -> None:
        failed = []
        for district, name in District.objects.values_list("id", "name"):
            try:
                with acting_in(district):
                    duty()
            except Exception as error:
                if not connection.is_usable():
                    raise
                log.exception("in district %s", district)
                failed.append(f"{name}: {error or type(error).__name__}")
        if failed:
            raise RuntimeError("; ".join(failed)[:1000])

    return run


async def main(stop: asyncio.Event) -> None:
    """Runs one worker until `stop`."""
    bus_thread.name_process("worker")
    await Worker(str(os.getpid())).run(stop)


class SlowWork:
    """Slow and periodic jobs, and messages to people; begun again when the database was away."""

    def __init__(self) -> None:
        self.problem = ""
        self.telling = Duties()
        self.told = Lane("TOLD", take_told, 100, 0.02, follows=TOLD_FOLLOWS)
        self.heard = Lane("TOLD", take_told, 100, 0.02, follows=HEARD_FOLLOWS)
        self.recorded = Lane("TOLD", paging.take_recorded, 4, 0.0, follows=RECORDED_FOLLOWS)

    def state(self) -> dict[str, Any]:
        because = "; ".join(filter(None, (self.problem, self.telling.problem())))
        waiting = {"TOLD": self.told.queue.qsize(), "HEARD": self.heard.queue.qsize(),
                   "RECORDED": self.recorded.queue.qsize()}  # fmt: skip
        return {"state": "degraded" if because else "ok", "because": because, "detail": {"waiting": waiting}}

    async def tell_people(self, bus: Bus) -> None:
        """Hands batches to carriers and writes down what became of them, for ever."""
        lanes = (self.told, self.heard, self.recorded)
        await asyncio.gather(*(lane.start(bus) for lane in lanes))
        await asyncio.gather(
            *(lane.run() for lane in lanes), *(lane.say_still_at_it() for lane in lanes),
            self.telling.every(FEED_SECONDS, "messages", _alone("messages", _everywhere(feed_carriers))),
            self.telling.every(2.0, "mailings", _alone("mailings", _everywhere(tend_mailings))),
        )  # fmt: skip

    def _begun(self) -> None:
        self.problem = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`."""
        while not stop.is_set():
            try:
                await jobs.work(stop, begun=self._begun)
            except Exception as error:
                self.problem = f"jobs wait: {str(error).split(chr(10))[0][:160] or type(error).__name__}"
                log.warning("%s", self.problem)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 0.5)


async def work_slowly(stop: asyncio.Event) -> None:
    """Runs slow and periodic jobs until `stop`."""
    bus_thread.name_process("worker")
    bus = await Bus.connect("worker", wait_seconds=1e9)
    slow = SlowWork()
    beating = asyncio.create_task(beat(bus, "worker/slow", str(os.getpid()), slow.state))
    telling = asyncio.create_task(slow.tell_people(bus))
    await slow.run(stop)
    telling.cancel()
    beating.cancel()
    await bus.close()
