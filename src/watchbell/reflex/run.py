"""The process: hears presses, publishes orders, asks again until a receipt comes, then takes the fallback."""

import asyncio
import contextlib
import logging
import os
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg

from watchbell.line import clock, config, passes, signing
from watchbell.line.bus import Bus, Heard, acknowledge, is_from_stream
from watchbell.line.edges import edges, own_edge
from watchbell.line.heartbeat import beat
from watchbell.line.spool import Memory
from watchbell.reflex.rules import (
    CARRIES_LINK,
    FIRST_SECONDS,
    JOIN_SECONDS,
    AskedLater,
    AskedStep,
    alarm_of,
    by_gateways,
    first_and_rest,
    lead_of,
    next_attempt,
    only,
    orders_for,
    patience,
    same_of,
    with_pass,
)
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import RELEASES, Acknowledged, Order, Receipt
from watchbell.wire.press import OrdersAsked, PanicPressed
from watchbell.wire.snapshot import SiteSnapshot
from watchbell.wire.subjects import (
    EVERYWHERE,
    SNAPSHOTS,
    answerers,
    covers,
    every,
    is_of,
    reflex_follows,
    snapshot_keys,
    subject,
)

log = logging.getLogger(__name__)
STALE_PRESS_SECONDS = 600.0
SNAPSHOT_CHECK_SECONDS = 300.0
EDGE_CHECK_SECONDS = 5.0  # a leaf passes no hints of changes on
LOOK_SECONDS = 0.1
#: A site whose snapshot has not come in this time has none: the publisher makes one within seconds of its plan.
SNAPSHOT_WAIT_SECONDS = 300.0
REMEMBER_SECONDS = 3.0
#: How long a school's own machine has before the hub asks for what it has not done. After a cut its presses arrive in
#: no order, and what was done for them follows within seconds; its reflex is back in two when it dies.
CHANCE_SECONDS = 4.0


class Reflex:
    """State of one reflex: snapshots, presses under way, receipts that have come. Nothing of it must be saved."""

    def __init__(self, instance: str, number: str = "1") -> None:
        self.instance = instance if config.where() == EVERYWHERE else config.process_name("reflex")
        self.where = config.where()
        self.edges = [] if config.is_edge() else edges()
        self.bus: Bus
        self.signer = signing.Signer()
        self.verifier = signing.Verifier()
        self.folder = config.private_folder("reflex" if number == "1" else f"reflex-{number}")
        self.snapshots: dict[tuple[str, str], SiteSnapshot] = {}
        self.at_work: dict[str, asyncio.Task[None]] = {}
        self.waiting: dict[str, asyncio.Future[Receipt]] = {}
        self.settled: dict[str, Receipt] = {}
        self.answers: dict[str, set[str]] = {}
        self.alarms: dict[tuple[str, str, str, str, str], dict[str, float]] = {}
        # on disk: a press that comes again after a restart must not be acted on after its all-clear
        self.cleared = Memory(self.folder / "cleared", 86400.0, clock.unix())

    async def run(self, stop: asyncio.Event) -> None:
        """Starts from the snapshots on disk, follows the bus, leaves when `stop` is set."""
        self._read_kept()
        self.bus = await Bus.connect(config.process_name("reflex"), wait_seconds=1e9)
        await self.bus.hear(every("receipt", self.where), self._hear_receipt)
        reading = asyncio.create_task(self._remember())
        await asyncio.wait({reading}, timeout=REMEMBER_SECONDS)  # the hub of an edge may be away for long
        await self.bus.hear(every("press", self.where), self._hear_press)
        tasks = [
            reading,
            asyncio.create_task(self._follow_snapshots()),
            asyncio.create_task(beat(self.bus, "reflex", self.instance, self._state)),
            asyncio.create_task(self.bus.catch_up(reflex_follows(self.where), self._hear_press)),
        ]
        log.info("reflex ready with %d snapshots", len(self.snapshots))
        await stop.wait()
        for task in tasks:
            task.cancel()
        await self.bus.close()

    def _state(self) -> dict[str, Any]:
        oldest = min((s.made_at for s in self.snapshots.values()), default=0.0)
        return {
            "state": "ok" if self.snapshots else "degraded",
            "because": "" if self.snapshots else "no snapshot of any site yet",
            "detail": {"sites": len(self.snapshots), "oldest": oldest, "at_work": len(self.at_work)},
        }

    # -- snapshots ---------------------------------------------------------------------------------------------

    def _read_kept(self) -> None:
        for path in self.folder.glob("*.json"):
            self._take_snapshot(path.read_bytes(), keep=False)

    def _take_snapshot(self, raw: bytes, keep: bool = True) -> None:
        found = decode(raw, SiteSnapshot)
        if isinstance(found, Malformed) or not self.verifier.is_genuine(found):
            log.error("refused a snapshot that is not genuine")
            return
        key = (found.district, found.site)
        known = self.snapshots.get(key)
        if known is not None and known.made_at > found.made_at:
            return
        self.snapshots[key] = found
        if keep:
            config.write_private(self.folder / f"{found.district}.{found.site}.json", raw)

    async def _follow_snapshots(self) -> None:
        subject_ = f"$KV.{SNAPSHOTS}.{snapshot_keys(self.where)}"

        async def take(message: Msg) -> None:
            if message.data:
                self._take_snapshot(message.data)

        await self.bus.hear(subject_, take)
        while not self.bus.is_closed:
            seen = self.bus.connections
            with contextlib.suppress(nats.errors.Error, nats.js.errors.Error, TimeoutError):
                await self.bus.replay(f"KV_{SNAPSHOTS}", subject_, 0, take)
                ends = clock.monotonic() + (EDGE_CHECK_SECONDS if config.is_edge() else SNAPSHOT_CHECK_SECONDS)
                while clock.monotonic() < ends and self.bus.connections == seen and self.snapshots and self.bus.is_up:
                    await asyncio.sleep(0.2)
            await asyncio.sleep(0.2)

    async def _remember(self) -> None:
        await self._read_back("PRESS", every("press", self.where), self._recall_press)
        for answerer in answerers(self.where):
            await self._read_back("RECEIPT", answerer, self._hear_receipt)

    async def _recall_press(self, message: Msg) -> None:
        found = _read_press(message)
        if isinstance(found, OrdersAsked):
            self._clear(found)
        elif isinstance(found, PanicPressed):
            self._join(found)

    async def _read_back(self, stream: str, subject_: str, take: Heard) -> None:
        """What the stream has of the last half hour: after a restart a press joins what it joined before, and what
        people have answered is known."""
        while not self.bus.is_closed:
            try:
                await self.bus.replay(stream, subject_, clock.unix() - JOIN_SECONDS, take)
                return
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                log.warning("reading back %s: %s; trying again", stream, error)
                await asyncio.sleep(0.3)

    # -- presses -----------------------------------------------------------------------------------------------

    async def _hear_press(self, message: Msg) -> None:
        """The core copy starts the work at once; the consumer's copy is acknowledged when the work has ended."""
        found = _read_press(message)
        if isinstance(found, Malformed):
            log.error("unreadable press on %s: %s", message.subject, found.because)
            await acknowledge(message)
            return
        task = self.at_work.get(found.id)
        if task is None:
            asked = found.asked_at if isinstance(found, OrdersAsked) else found.received_at
            if is_from_stream(message) and asked < clock.unix() - STALE_PRESS_SECONDS:
                await acknowledge(message)
                return
            work = self._obey(found) if isinstance(found, OrdersAsked) else self._answer(found)
            task = asyncio.create_task(work)
            self.at_work[found.id] = task
            task.add_done_callback(lambda _: self._forget_later(found.id))
        if is_from_stream(message):
            asyncio.create_task(self._acknowledge_when_done(task, message))

    def _forget_later(self, press: str) -> None:
        asyncio.get_running_loop().call_later(JOIN_SECONDS, self.at_work.pop, press, None)

    async def _acknowledge_when_done(self, task: "asyncio.Task[None]", message: Msg) -> None:
        while not task.done():
            with contextlib.suppress(Exception):
                await message.in_progress()
            await asyncio.wait({task}, timeout=1.0)
        await acknowledge(message)

    async def _answer(self, press: PanicPressed) -> None:
        snapshot = await self._snapshot_for(press)
        if snapshot is None:
            return
        if self.cleared.get(press.id) is not None:
            return
        callers = self._join(press)
        lead = lead_of(press, self.alarms)
        steps = self._own(orders_for(press, snapshot, clock.unix(), callers, lead))
        theirs, steps = by_gateways(steps, self._done_there(press))
        await asyncio.gather(self._begin(press, steps), self._back_up(press, theirs))

    async def _snapshot_for(self, press: PanicPressed) -> SiteSnapshot | None:
        """The site's snapshot, waited for while it may still come; None for a site that there is none of: the press
        stands among the dead letters then, and must not hold up the presses behind it."""
        ends, told = clock.monotonic() + SNAPSHOT_WAIT_SECONDS, 0.0
        while (found := self.snapshots.get((press.district, press.site))) is None:
            if clock.monotonic() >= ends:
                log.error("a press at %s, of which there is no snapshot: given up", press.site)
                return None
            if clock.monotonic() >= told:
                log.error("a press at %s, of which there is no snapshot: waiting for one", press.site)
                told = clock.monotonic() + 10.0
            await asyncio.sleep(0.2)
        return found

    async def _begin(self, press: PanicPressed, steps: list[AskedStep]) -> None:
        later = (self._escalate(press, one) for step in steps for one in step.escalations)
        await asyncio.gather(*(self._carry_out(step) for step in self._signed(steps)), *later)

    async def _back_up(self, press: PanicPressed, steps: list[AskedStep]) -> None:
        """At the hub, what a school's own machine does. That has its chance first; what it has done for any press of
        the alarm is done, for presses that lay there while the link was cut arrive here in no order."""
        if not any(step.orders for step in steps):
            return
        await asyncio.sleep(CHANCE_SECONDS)
        if self.cleared.get(press.id) is None:
            presses = {press.id, *self.alarms.get(alarm_of(press), {})}
            await self._begin(press, only(steps, lambda one: not self.settled.keys() & same_of(one, presses)))

    def _done_there(self, press: PanicPressed) -> frozenset[str]:
        """The gateways of the school's own machine, whose reflex is nearer to them than the hub's."""
        served = (one for one in self.edges if one.is_leaf and covers(one.where, press.district, press.site))
        return frozenset(gateway for one in served for gateway in one.gateways)

    def _join(self, press: PanicPressed) -> int:
        """How many presses this alarm has with this one."""
        known = self.alarms.setdefault(alarm_of(press), {})
        if known and max(known.values()) < press.received_at - JOIN_SECONDS:
            known.clear()
        known.setdefault(press.id, press.received_at)
        return list(known).index(press.id) + 1

    def _own(self, steps: list[AskedStep]) -> list[AskedStep]:
        """At an edge, what the gateways there do; the rest is the hub's."""
        return by_gateways(steps, frozenset({*own_edge().gateways, "screens"}))[0] if config.is_edge() else steps

    async def _obey(self, asked: OrdersAsked) -> None:
        self._clear(asked)
        first, rest = (
            self._signed(self._own([AskedStep([order], [], order.deadline_seconds) for order in orders]))
            for orders in first_and_rest(asked.orders)
        )
        begun = [asyncio.create_task(self._carry_out(step)) for step in first]
        if begun:
            await asyncio.wait(begun, timeout=FIRST_SECONDS)
        await asyncio.gather(*begun, *(self._carry_out(step) for step in rest))

    def _clear(self, asked: OrdersAsked) -> None:
        for press in asked.clears:
            if self.cleared.get(press) is None:
                self.cleared.keep(press, clock.unix())
            for known in self.alarms.values():
                known.pop(press, None)

    # -- orders ------------------------------------------------------------------------------------------------

    def _signed(self, steps: list[AskedStep]) -> list[AskedStep]:
        """What goes out at once is signed together: one signature for all of them."""
        made = self.signer.signed_together([self._with_pass(order) for step in steps for order in step.orders])
        ready = iter(made)
        return [replace(step, orders=[next(ready) for _ in step.orders]) for step in steps]

    async def _carry_out(self, step: AskedStep) -> None:
        receipts = await asyncio.gather(*(self._pursue(order) for order in step.orders))
        if (
            step.orders
            and step.fallback
            and not any(receipt is not None and receipt.state == "done" for receipt in receipts)
        ):
            log.warning("step %s: nobody answered, taking the fallback", step.orders[0].step)
            await asyncio.gather(*(self._pursue(order) for order in step.fallback))

    async def _escalate(self, press: PanicPressed, later: AskedLater) -> None:
        """Sends further orders when their time has come and nobody has answered; an all-clear ends the waiting."""
        while clock.unix() < later.due_at:
            if self._is_answered(press, later.waits_for) or self.cleared.get(press.id) is not None:
                return
            await asyncio.sleep(LOOK_SECONDS)
        if self._is_answered(press, later.waits_for) or self.cleared.get(press.id) is not None:
            return
        log.warning("press %s: nobody has answered (%s), going further", press.id, ", ".join(sorted(later.waits_for)))
        await asyncio.gather(*(self._pursue(order) for order in later.orders))

    def _is_answered(self, press: PanicPressed, waits_for: frozenset[str]) -> bool:
        """An answer to any press of the same alarm counts: forty teachers pressing are one alarm."""
        joined = self.alarms.get(alarm_of(press), {})
        lead = lead_of(press, self.alarms)  # what a centre says of the incident a 911 call has joined is said of both
        return any(self.answers.get(one, set()) & waits_for for one in (press.id, lead, *joined))

    async def _pursue(self, order: Order) -> Receipt | None:
        """Asks until done or past the deadline; releases are pursued until they are done or have expired."""
        known = self.settled.get(order.id)
        if known is not None:
            return known
        now = clock.monotonic()
        patient = order.expires_at - order.made_at if order.action in RELEASES else order.deadline_seconds
        ends = now + patient
        receipt: Receipt | None = None
        if order.action not in RELEASES and self.cleared.get(order.press) is not None:
            return None  # asked once more in the moment of the all-clear
        while True:
            receipt = await self._ask(order, min(patience(order.attempt), max(ends - clock.monotonic(), 0.05)))
            if receipt is not None and receipt.state == "done":
                return receipt
            if clock.monotonic() >= ends or (receipt is not None and receipt.because.startswith("Refused")):
                break
            if receipt is not None:
                await asyncio.sleep(min(0.3 * order.attempt, 2.0))
            if order.action not in RELEASES and self.cleared.get(order.press) is not None:
                break  # the all-clear has been given: a door that comes back now must not be locked after it
            order = next_attempt(order, clock.unix())
        if receipt is None:
            receipt = await self._expire(order, patient)
        return receipt

    async def _ask(self, order: Order, seconds: float) -> Receipt | None:
        signed = order if order.signature else self.signer.signed(self._with_pass(order))
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.waiting[order.id] = future
        where = subject(order.district, order.site, "order", order.endpoint.gateway, order.endpoint.device)
        await self.bus.send(where, signed, f"{order.id}:{order.attempt}")
        try:
            return await asyncio.wait_for(future, seconds)
        except TimeoutError:
            return None
        finally:
            self.waiting.pop(order.id, None)

    def _with_pass(self, order: Order) -> Order:
        if order.action not in CARRIES_LINK | {"place_call"}:
            return order
        token = passes.make_token(self.signer, order.district, order.press, order.id, order.made_at)
        code = passes.say_code(passes.make_code(self.signer, order.id))
        return with_pass(order, passes.address_of(token), code, urlsplit(config.public_url()).hostname or "")

    async def _expire(self, order: Order, seconds: float) -> Receipt:
        because = f"No answer within {seconds:g} s, asked {order.attempt} times."
        receipt = Receipt(order=order, state="expired", because=because, at=clock.unix(), by="reflex")
        where = subject(order.district, order.site, "receipt", "reflex", order.endpoint.device)
        await self.bus.keep_until(where, receipt, f"{order.id}:{order.attempt}:expired")
        return receipt

    async def _hear_receipt(self, message: Msg) -> None:
        if message.subject.split(".")[4] == "reflex":
            return
        found = decode(message.data, Receipt)
        if isinstance(found, Malformed):
            told = decode(message.data, Acknowledged)
            if not isinstance(told, Malformed) and is_of(message.subject, told.district):
                self.answers.setdefault(told.press, set()).add(told.what)
                if len(self.answers) > 20_000:
                    self.answers.pop(next(iter(self.answers)))
            return
        if found.state == "done":
            self.settled[found.order.id] = found
            if len(self.settled) > 20_000:
                self.settled.pop(next(iter(self.settled)))
        future = self.waiting.get(found.order.id)
        if future is not None and not future.done():
            future.set_result(found)


def _read_press(message: Msg) -> OrdersAsked | PanicPressed | Malformed:
    found: OrdersAsked | PanicPressed | Malformed
    is_hub = message.subject.split(".")[4] == "hub"
    found = decode(message.data, OrdersAsked) if is_hub else decode(message.data, PanicPressed)
    if not isinstance(found, Malformed) and not is_of(message.subject, found.district):
        return Malformed(because=f"speaks for another district than its subject: {found.district}")
    return found


async def main(stop: asyncio.Event) -> None:
    """Runs one reflex until `stop`."""
    await Reflex(str(os.getpid()), config.setting("INSTANCE", "1")).run(stop)
