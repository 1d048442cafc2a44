"""What every gateway to a carrier does alike: batches of messages, in turn, none twice, and what became of each."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterable
from typing import Any

import nats.errors
from nats.aio.msg import Msg

from watchbell.gateways.base import Gateway
from watchbell.gateways.journal import Journal
from watchbell.line import clock
from watchbell.line.bus import acknowledge
from watchbell.line.ids import new_id
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed, decode
from watchbell.wire.subjects import (
    EVERYWHERE,
    STOPPED,
    heard_subject,
    is_of,
    sender_follows,
    stopped_key,
    subject,
)
from watchbell.wire.tell import Batch, Heard, Recipient, Result, Stopped, Told

log = logging.getLogger(__name__)
TELL_SECONDS = 0.5
MOST_AT_ONCE = 500
CLAIM_SECONDS = 8.0
REFS_SECONDS = 4 * 86400.0
KEEP_SECONDS = 86400.0
FORGET_SECONDS = 3600.0
#: What a message ends with whose time is over before it has gone out.
EXPIRED = "Its time was over before it could go out."
#: What is said of those that were under way with the carrier when we, or it, broke off: nobody asks for them twice.
DIED = "It was just going out when this system broke off: it may have arrived, nobody can say."
HUNG_UP = "It was just going out when the carrier broke off: it may have arrived, nobody can say."
URGENCY = {"emergency": 0, "attendance": 1, "routine": 2, "newsletter": 3}


class Pace:
    """A token bucket: at most `per_second` on average, `burst` at once. 0 or less: no limit."""

    def __init__(self, per_second: float, burst: float | None = None) -> None:
        self.per_second = per_second
        self._most = burst if burst is not None else max(1.0, per_second / 4)
        self._left, self._at = self._most, clock.monotonic()

    async def take(self, count: int = 1) -> None:
        """Returns once `count` more may go."""
        if self.per_second <= 0:
            return
        now = clock.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self.per_second)
        self._at = now
        self._left -= count
        if self._left < 0:
            await asyncio.sleep(-self._left / self.per_second)


class Sending:
    """One batch while it is sent: a protocol says what is about to go out, and what became of it."""

    def __init__(self, batch: Batch, entry: dict[str, Any], journal: Journal, pace: Pace) -> None:
        self.batch, self.entry, self.pace, self._journal = batch, entry, pace, journal
        self.carrier, self.because = "ok", ""
        self.fresh: list[Result] = []

    @property
    def todo(self) -> list[Recipient]:
        """Those nothing is known of, and that have never been about to go out; what a carrier has refused before comes
        last, so that a few bad numbers never stand before the others."""
        done = self._journal.begun | self._journal.results.keys() | self._journal.earlier
        left = [one for one in self.batch.recipients if one.id not in done]
        return sorted(left, key=lambda one: one.id in self._journal.doubted)

    @property
    def unsure(self) -> list[Recipient]:
        """Those that were about to go out when this process died."""
        known = self._journal.results
        return [one for one in self.batch.recipients if one.id in self._journal.begun and one.id not in known]

    @property
    def untried(self) -> list[str]:
        """Those the carrier does not have, and has never had."""
        waiting = {one.id for one in self.todo}
        return [one.id for one in self.batch.recipients if one.id in waiting or self._journal.is_open(one.id)]

    def begin(self, recipients: Iterable[Recipient]) -> None:
        """Call before the first byte that can make these go out."""
        self._journal.begin([one.id for one in recipients])

    def tell(self, *results: Result) -> None:
        """What became of messages: now, or never again."""
        self._journal.end(results)
        self.fresh += results

    def blame(self, carrier: str, because: str) -> None:
        """The carrier is "slow", "refuses" or "down"; what has not been begun goes to another."""
        self.carrier, self.because = carrier, because

    def known(self) -> list[Result]:
        return list(self._journal.results.values())


class Sender(Gateway):
    """A gateway that takes batches. A subclass implements `send_batch`; it refuses drills and tests like any other
    gateway to the outside: they reach carriers marked as for tests only, by the batch's word and by its own entry's.

    Of an entry it reads: "per_second" (0: no limit), "lanes" (batches at once, 1), "test".
    """

    is_outward = True

    def __init__(self) -> None:
        super().__init__()
        self.carriers: dict[str, dict[str, Any]] = {}
        self._batches = self.folder / "batches"
        self._batches.mkdir(parents=True, exist_ok=True)
        self.refs = Memory(self.folder / "refs", REFS_SECONDS, clock.unix())
        self._queues: dict[str, asyncio.PriorityQueue[tuple[int, float, Batch, Msg]]] = {}
        self._lanes: dict[str, list[asyncio.Task[None]]] = {}
        self._beside: set[asyncio.Task[None]] = set()  # an emergency's, while every lane is at work
        self._busy: Counter[str] = Counter()
        self._paces: dict[str, Pace] = {}
        self._held: dict[str, Msg] = {}
        self._running: set[Sending] = set()

    # -- what a protocol writes itself ---------------------------------------------------------------------------

    async def send_batch(self, sending: Sending) -> None:
        """Sends `sending.todo`; may raise OSError or TimeoutError, which mean that the carrier is down."""
        raise NotImplementedError

    def take_other(self, message: Msg) -> bool:
        """Takes what is no batch; False for what it does not know."""
        return False

    # -- configuration -------------------------------------------------------------------------------------------

    def take_carriers(self, entries: list[dict[str, Any]]) -> None:
        """To be called from `apply`."""
        self.carriers = {str(entry["endpoint"]): entry for entry in entries if entry.get("endpoint")}
        self._paces = {key: Pace(float(entry.get("per_second") or 0)) for key, entry in self.carriers.items()}

    async def on_bus(self) -> None:
        await super().on_bus()
        self._forget_old()
        self._tasks = [asyncio.create_task(self._say_still_at_it())]
        if self.where == EVERYWHERE:  # carriers are spoken with from the hub alone
            self._tasks.append(asyncio.create_task(self.bus.catch_up(sender_follows(self.name), self._hear_batch)))

    async def stop(self) -> None:
        for task in [
            *getattr(self, "_tasks", []),
            *(lane for lanes in self._lanes.values() for lane in lanes),
            *self._beside,
        ]:
            task.cancel()
        await super().stop()

    def _forget_old(self) -> None:
        for path in self._batches.iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < clock.unix() - clock.shifted() - KEEP_SECONDS:
                    path.unlink()

    # -- batches -------------------------------------------------------------------------------------------------

    async def _hear_batch(self, message: Msg) -> None:
        found = decode(message.data, Batch)
        if isinstance(found, Malformed) and self.take_other(message):
            return
        if isinstance(found, Malformed) or not self._may_send(found, message.subject):
            log.error("%s: refused a batch that is not genuine on %s", self.name, message.subject)
            await acknowledge(message)
            return
        name = f"{found.id}.{found.attempt}"
        is_here = name in self._held
        self._held[name] = message  # the newest delivery is the one to acknowledge
        if is_here:
            return
        key = found.endpoint.id
        queue = self._queues.setdefault(key, asyncio.PriorityQueue())
        queue.put_nowait((URGENCY.get(found.purpose, 9), clock.monotonic(), found, message))
        lanes = self._lanes.setdefault(key, [])
        wanted = max(1, min(20, int(self.carriers.get(key, {}).get("lanes") or 1)))
        while len(lanes) < wanted:
            lanes.append(asyncio.create_task(self._work_lane(queue)))
        if found.purpose == "emergency" and wanted <= self._busy[key] < 2 * wanted:
            beside = asyncio.create_task(self._work_next(queue))  # it does not wait for a batch of calls to end
            self._beside.add(beside)
            beside.add_done_callback(self._beside.discard)

    def _may_send(self, batch: Batch, where: str) -> bool:
        is_here = is_of(where, batch.district) and batch.endpoint.gateway == self.name
        return is_here and self.verifier.is_genuine(batch)

    async def _work_lane(self, queue: "asyncio.PriorityQueue[tuple[int, float, Batch, Msg]]") -> None:
        while True:
            await self._work_next(queue)

    async def _work_next(self, queue: "asyncio.PriorityQueue[tuple[int, float, Batch, Msg]]") -> None:
        """The most urgent batch of a carrier that waits."""
        _, _, batch, message = await queue.get()
        self._busy[batch.endpoint.id] += 1
        try:
            await self._work_batch(batch)
        except Exception:
            log.exception("%s: batch %s", self.name, batch.id)
        else:
            await acknowledge(self._held.get(f"{batch.id}.{batch.attempt}", message))
        finally:
            self._busy[batch.endpoint.id] -= 1
        self._held.pop(f"{batch.id}.{batch.attempt}", None)

    def forget(self) -> None:
        """Lets go of what is too old to be asked for; once an hour."""
        self._forget_old()
        self.refs.forget(clock.unix())

    async def _say_still_at_it(self) -> None:
        forget_at = clock.monotonic() + FORGET_SECONDS
        while True:
            await asyncio.sleep(CLAIM_SECONDS)
            if clock.monotonic() > forget_at and not self._held:  # not while it sends
                forget_at = clock.monotonic() + FORGET_SECONDS
                self.forget()
            for message in list(self._held.values()):
                with contextlib.suppress(nats.errors.Error, OSError):
                    await message.in_progress()

    def refuse_batch(self, batch: Batch) -> str:
        """Why this batch may not be sent at all, or ""."""
        entry = self.carriers.get(batch.endpoint.id)
        if entry is None:
            return f"{batch.endpoint.name} is not configured here."
        if batch.mode != "real" and not (batch.endpoint.test and entry.get("test")):
            return f"Refused: a {batch.mode} never reaches {batch.endpoint.name}."
        return ""

    async def _work_batch(self, batch: Batch) -> None:
        paths = [self._batches / f"{batch.id}.{attempt}" for attempt in range(1, batch.attempt + 1)]
        earlier: set[str] = set()
        doubted: set[str] = set()
        for path in paths[:-1]:
            if path.exists():
                with contextlib.closing(Journal(path)) as old:
                    earlier |= {one for one in old.begun | old.results.keys() if not old.is_open(one)}
                    doubted |= {one for one, said in old.results.items() if said.code and old.is_open(one)}
        with contextlib.closing(Journal(paths[-1], frozenset(earlier), frozenset(doubted))) as journal:
            await self._work_with(batch, journal)

    async def _work_with(self, batch: Batch, journal: Journal) -> None:
        refused = "" if _is_expired(batch) else self.refuse_batch(batch)
        key = batch.endpoint.id
        sending = Sending(batch, self.carriers.get(key, {}), journal, self._paces.get(key) or Pace(0))
        if journal.results:
            sending.fresh = sending.known()  # said before it died, perhaps
        for one in sending.unsure:
            sending.tell(Result(one.id, "unsure", clock.unix(), DIED))
        self._running.add(sending)
        telling = asyncio.create_task(self._tell_meanwhile(sending))
        try:
            if refused:
                sending.blame("refuses", refused)
            elif sending.todo and not _is_expired(batch) and not await self._is_stopped(batch):
                await self.send_batch(sending)
        except (OSError, TimeoutError) as error:
            sending.blame("down", f"{batch.endpoint.name} did not answer: {error or type(error).__name__}.")
        except Exception as error:
            log.exception("batch %s", batch.id)
            sending.blame("down", f"The gateway failed: {type(error).__name__}.")
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        for one in sending.unsure:
            sending.tell(Result(one.id, "unsure", clock.unix(), HUNG_UP))
        for one in sending.todo if _is_expired(batch) else ():
            sending.tell(Result(one.id, "failed", clock.unix(), EXPIRED, code="expired"))
        await self._tell(sending, is_last=True)
        self._running.discard(sending)

    async def _is_stopped(self, batch: Batch) -> bool:
        """Whether its mailing was stopped while the batch lay here or on the bus. Without an answer it was not: what an
        emergency says goes out."""
        found = decode(await self.bus.read_key(STOPPED, stopped_key(batch.district, batch.mailing)), Stopped)
        return (
            isinstance(found, Stopped)
            and (found.district, found.mailing) == (batch.district, batch.mailing)
            and self.verifier.is_genuine(found)
        )

    async def _tell_meanwhile(self, sending: Sending) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            if sending.fresh:
                await self._tell(sending, is_last=False)

    async def _tell(self, sending: Sending, *, is_last: bool) -> None:
        batch = sending.batch
        fresh, sending.fresh = sending.fresh, []
        parts = [fresh[at : at + MOST_AT_ONCE] for at in range(0, len(fresh), MOST_AT_ONCE)] or [[]]
        for number, part in enumerate(parts):
            for one in part:
                self.keep_ref(batch.endpoint.id, one)
            is_end = is_last and number == len(parts) - 1
            told = Told(
                district=batch.district, gateway=self.name, endpoint=batch.endpoint.id, at=clock.unix(), results=part,
                batch=batch.id, attempt=batch.attempt, is_last=is_end, untried=sending.untried if is_end else [],
                carrier=sending.carrier, because=sending.because,
            )  # fmt: skip
            try:
                await self.publish_told(told, batch.site)
            except asyncio.CancelledError:  # cut off while it was said: it is said again with what follows
                sending.fresh = fresh[number * MOST_AT_ONCE :] + sending.fresh
                raise

    async def tell_first(self, ids: set[str]) -> None:
        """What is known of these from a batch that is being sent is told before what the carrier reports of them."""
        for sending in list(self._running):
            if any(one.id in ids for one in sending.fresh):
                await self._tell(sending, is_last=False)

    # -- what comes back later -----------------------------------------------------------------------------------

    async def publish_told(self, told: Told, site: str = "") -> bool:
        """Says what became of messages; returns once it is kept. True once it is safe to tell the carrier so."""
        where = subject(told.district, site or None, "told", self.name, told.endpoint)
        return await self.send_safely(where, told, new_id().hex)

    async def publish_heard(self, heard: Heard) -> bool:
        """Says what came back from people; True once it is safe to tell the carrier so."""
        return await self.send_safely(heard_subject(heard.district, self.name, heard.kind), heard, heard.id)

    def keep_ref(self, endpoint: str, result: Result) -> None:
        """Remembers what the carrier calls a message; one whose names are its own only may keep them otherwise."""
        if result.ref:
            self.refs.keep(result.ref, result.at, result.id.encode())

    def delivery_of(self, ref: str) -> str:
        """The delivery that the carrier calls `ref`, "" when unknown (or older than four days)."""
        found = self.refs.get(ref)
        return found[1].decode() if found else ""


def _is_expired(batch: Batch) -> bool:
    """Nothing more of it goes out, which says nothing about its carrier."""
    return batch.expires_at < clock.unix()


def body_for(batch: Batch, language: str) -> Any:
    """The batch's body in `language`, else in English, else its first."""
    by_language = {one.language: one for one in batch.bodies}
    return by_language.get(language) or by_language.get("en") or batch.bodies[0]
