"""What every gateway does alike: its configuration, its orders, its receipts, its proof of life."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

import aiohttp
import msgspec
from nats.aio.msg import Msg

from watchbell.gateways import testing
from watchbell.line import clock, config, signing
from watchbell.line.bus import Bus, acknowledge, is_from_stream
from watchbell.line.heartbeat import beat
from watchbell.line.outbox import Outbox
from watchbell.line.spool import Memory, Spool
from watchbell.wire.base import Malformed, decode, encode
from watchbell.wire.order import RELEASES, Order, Receipt
from watchbell.wire.snapshot import GatewayConfig
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import CONFIG, config_key, covers, gateway_follows, is_of, subject

log = logging.getLogger(__name__)
DAY_SECONDS = 86400.0
#: How often a gateway looks whether what it speaks to by request only is still there.
PROBE_SECONDS = 20.0
#: What could not begin because its port is taken tries again so often.
BEGIN_AGAIN_SECONDS = 1.0


class Outcome(NamedTuple):
    """What came of carrying out an order: `state` "done" or "failed", and the reason in words for people.

    protocol_seconds: what of the time went into the exchange with the equipment itself (its polling, its answer).
    at: when the equipment had it, in Unix seconds, if that was before `carry_out` ended.
    """

    state: str
    because: str
    detail: dict[str, Any] = {}
    protocol_seconds: float = 0.0
    at: float | None = None


Carry = Callable[[Order], Awaitable[Outcome]]


class Gateway:
    """The common half of a gateway; a protocol's service.py holds the other.

    A subclass sets `name`, implements `apply(config, secrets)` and, when it takes orders, `carry_out(order)`.
    `is_outward` marks a gateway to the outside (police, families): it refuses drill and test orders that are not
    addressed to a test endpoint, whatever the plan says.
    """

    name = ""
    is_outward = False

    def __init__(self) -> None:
        self.where = config.where()  # at an edge: one district only, or one site
        self.process = config.process_name(f"gateway/{self.name}")
        self.follows = gateway_follows(self.name, self.where)
        self.bus = Bus(self.process)
        self.config = GatewayConfig(gateway=self.name, version=0, made_at=0, valid_from=0, entries=[])
        self.folder = config.private_folder(f"gateways/{self.name}")
        self.spool = Spool(self.folder / "spool")
        self.outbox = Outbox(self.spool, lambda: self.bus)
        self.done = Memory(self.folder / "done", DAY_SECONDS, clock.unix())
        self.tested = testing.Told(self.folder / "tested.json", self.name, partial(self.send_safely, wait=False))
        self.verifier = signing.Verifier()
        self.address = ""
        self.state = "starting"
        self.because = ""
        self._beginning = asyncio.Lock()
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._read_lately: dict[bytes, Order] = {}
        self._answered: dict[str, Order] = {}

    # -- what a protocol writes itself -------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens sockets; called once, after the first configuration has been applied."""

    async def on_bus(self) -> None:
        """The bus is there: whoever hears more than its orders subscribes here."""

    async def stop(self) -> None:
        """Closes sockets."""

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        """Takes over a new configuration while running."""

    async def carry_out(self, order: Order) -> Outcome:
        """Does what `order` asks; may raise only OSError or TimeoutError, which become "failed"."""
        return Outcome("failed", f"The gateway {self.name} takes no orders.")

    async def probe(self) -> list[DeviceStatus]:
        """Proof of life of endpoints that say nothing by themselves, every PROBE_SECONDS; it creates nothing there."""
        return []

    # -- running -----------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Starts from the configuration on disk, follows the bus, and leaves when `stop` is set."""
        tasks: list[asyncio.Task[Any]] = []
        kept = self._read_kept()
        if kept is not None:
            await self._take(kept)
            await self._begin()
        connected = await self._connect(stop)
        if connected is None:
            await self.stop()
            return
        self.bus = connected
        await self.on_bus()
        await self.tested.tell(self.config.entries)
        tasks.append(asyncio.create_task(self._follow_config()))
        tasks.append(
            asyncio.create_task(
                beat(self.bus, f"gateway/{self.name}", self.process.removeprefix("gateway/"), self._beat_state)
            )
        )
        tasks.append(asyncio.create_task(self.outbox.forward()))
        tasks.append(asyncio.create_task(self._probe_again()))
        while self.state == "starting" and not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEGIN_AGAIN_SECONDS if self.because else 0.02)
            if self.because and not stop.is_set():
                await self._begin()
        await self.bus.hear(self.follows.subject, self._hear_order)
        tasks.append(asyncio.create_task(self.bus.catch_up(self.follows, self._hear_order)))
        await stop.wait()
        for task in tasks:
            task.cancel()
        await self.stop()
        await self.bus.close()

    async def _connect(self, stop: asyncio.Event) -> Bus | None:
        """The bus, however long it takes; None when told to stop first. Devices are answered meanwhile."""
        connecting = asyncio.create_task(Bus.connect(self.process, wait_seconds=1e9))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (connecting, stopping):
            task.cancel()
        return connecting.result() if connecting.done() and not connecting.cancelled() else None

    async def _begin(self) -> None:
        async with self._beginning:
            if self.state != "starting":
                return
            try:
                await self.start()
            except OSError as error:  # another program has its port, most often: told on the health page, tried again
                log.error("%s cannot begin: %s", self.name, error)
                self.because = (
                    f"It cannot listen ({os.strerror(error.errno) if error.errno else error}). End what uses its port, "
                    f"or set WATCHBELL_GATEWAY_{self.name.upper()}_PORT."
                )
                return
            self.state, self.because = "ok", ""
            if self.address:
                (self.folder / "address").write_text(self.address)
            log.info("%s ready at %s", self.name, self.address or "(client)")

    def _beat_state(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "because": self.because,
            "address": self.address,
            "detail": {"config_version": self.config.version, "spooled": len(self.spool.pending())},
        }

    # -- configuration -----------------------------------------------------------------------------------------

    def _read_kept(self) -> GatewayConfig | None:
        path = self.folder / "config.json"
        if not path.exists():
            return None
        found = decode(path.read_bytes(), GatewayConfig)
        return None if isinstance(found, Malformed) or not self.verifier.is_genuine(found) else found

    async def _take(self, wanted: GatewayConfig) -> None:
        self.config = wanted
        self.verifier.trust_edges(wanted.signers)
        await self.apply(wanted.entries, signing.unseal(signing.box_name(self.name, self.where), wanted.secrets))

    async def _follow_config(self) -> None:
        await self.bus.follow_key(CONFIG, config_key(self.name, self.where), self._take_told)

    async def _take_told(self, raw: bytes) -> None:
        found = decode(raw, GatewayConfig)
        if isinstance(found, Malformed) or not self.verifier.is_genuine(found):
            log.error("%s: refused a configuration that is not genuine", self.name)
            return
        if found.version == self.config.version and self.state != "starting":
            return
        config.write_private(self.folder / "config.json", raw)
        try:
            await self._take(found)
            await self.tested.tell(found.entries)
            await self._begin()
        except Exception:  # a configuration that cannot be used must not end the hearing of the next one
            log.exception("%s: configuration %s could not be taken over", self.name, found.version)

    # -- orders ------------------------------------------------------------------------------------------------

    async def _hear_order(self, message: Msg) -> None:
        found = self._read_order(message.data, message.subject)
        if found is None:
            log.error("%s: refused an order that is not genuine on %s", self.name, message.subject)
            await acknowledge(message)
            return
        if any(covers(where, found.district, found.site) for where in self.config.elsewhere):
            await acknowledge(message)  # the gateway at that site carries it out
            return
        key = f"{found.id}:{found.action}"
        known = self.done.get(key)
        if known is not None:
            old = decode(known[1], Receipt)
            if not isinstance(old, Malformed) and _is_newer(found, old.order):
                await self._publish_receipt(msgspec.structs.replace(old, order=found))
            await acknowledge(message)
            return
        if self._answered.get(key) is found:
            await acknowledge(message)  # the stream's copy of what has failed just now: whoever wants it asks anew
            return
        task = self._at_work.get(key)
        if task is None:
            task = asyncio.create_task(self._work(found, key))
            self._at_work[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        if is_from_stream(message):
            task.add_done_callback(lambda _: asyncio.ensure_future(acknowledge(message)))

    def _forget(self, key: str, task: "asyncio.Task[None] | None") -> None:
        if self._at_work.get(key) is task:
            del self._at_work[key]

    def _read_order(self, raw: bytes, where: str) -> Order | None:
        """The order, if it is genuine. Each comes twice, at once and from the stream: it is checked once."""
        known = self._read_lately.get(where.encode() + raw)
        if known is not None:
            return known
        found = decode(raw, Order)
        if isinstance(found, Malformed) or not self._is_genuine(found, where):
            return None
        self._read_lately[where.encode() + raw] = found
        if len(self._read_lately) > 500:
            self._read_lately.pop(next(iter(self._read_lately)))
        return found

    def _is_genuine(self, order: Order, where: str) -> bool:
        """Signed by this installation, and said on a subject of the district and gateway it is for."""
        is_here = is_of(where, order.district) and order.endpoint.gateway == self.name
        return is_here and self.verifier.is_genuine(order)

    def refusal(self, order: Order) -> Outcome | None:
        """Why this order may not be carried out at all, or None: expired, or a drill or test that would get out."""
        if self.is_outward and order.mode != "real" and not order.endpoint.test:
            return Outcome("failed", f"Refused: a {order.mode} never reaches {order.endpoint.name}.")
        if order.action not in RELEASES and order.expires_at < clock.unix():
            return Outcome("expired", "The order came after it had expired.")
        return None

    async def _work(self, order: Order, key: str) -> None:
        outcome = self.refusal(order)
        if outcome is None:
            try:
                outcome = await self.carry_out(order)
            except (OSError, TimeoutError) as error:
                outcome = Outcome("failed", f"{order.endpoint.name} did not answer: {error or type(error).__name__}.")
            except Exception as error:
                log.exception("order %s", order.id)
                outcome = Outcome("failed", f"The gateway failed: {type(error).__name__}.")
        receipt = Receipt(
            order=order, state=outcome.state, because=outcome.because, at=outcome.at or clock.unix(),
            by=f"gateway/{self.name}",
            detail=dict(outcome.detail), protocol_seconds=round(outcome.protocol_seconds, 4),
        )  # fmt: skip
        if receipt.state == "done":
            self.done.keep(key, receipt.at, encode(receipt))
        self._answered[key] = order
        if len(self._answered) > 500:
            self._answered.pop(next(iter(self._answered)))
        self._forget(key, asyncio.current_task())  # who asks again while the receipt is on its way asks anew
        await self._publish_receipt(receipt)

    async def _publish_receipt(self, receipt: Receipt) -> None:
        order = receipt.order
        where = subject(order.district, order.site, "receipt", self.name, order.endpoint.device)
        key = f"{order.id}:{order.attempt}:{receipt.state}"
        if not await self.bus.keep(where, receipt, key):
            await self.send_safely(where, receipt, key, wait=False)

    # -- messages that must not be lost ------------------------------------------------------------------------

    async def send_safely(self, where: str, message: msgspec.Struct, key: str, *, wait: bool = True) -> bool:
        """See `line.outbox.Outbox.send`; False means it lies in the spool only and is forwarded when NATS is back."""
        return await self.outbox.send(where, message, key, wait=wait)

    async def say_status(self, status: DeviceStatus) -> None:
        """Publishes a device's state; the newest counts, so it is not spooled."""
        where = subject(status.district, status.site, "status", self.name, status.device)
        await self.bus.keep(where, status, f"{status.device}:{status.at}:{status.state}")

    async def _probe_again(self) -> None:
        while True:
            if self.state != "starting":
                try:
                    for status in await self.probe():
                        await self.say_status(status)
                except Exception:  # what cannot be looked at now must not end the looking
                    log.exception("%s: its endpoints could not be looked at", self.name)
            await asyncio.sleep(PROBE_SECONDS if self.state != "starting" else 0.1)

    def status_of(
        self, entry: dict[str, Any], state: str, because: str = "", detail: dict[str, Any] | None = None
    ) -> DeviceStatus:
        """The status of the endpoint of a configuration entry, as of now."""
        return DeviceStatus(
            district=str(entry.get("district") or ""), site=str(entry.get("site") or ""), gateway=self.name,
            device=str(entry.get("device") or entry["endpoint"]), endpoint=str(entry["endpoint"]), state=state,
            at=clock.unix(), because=because, detail=detail or {},
        )  # fmt: skip


class Looked(NamedTuple):
    """What a look at an HTTP endpoint found: `state` as a DeviceStatus has it, and why in words."""

    state: str
    because: str = ""


async def look_at(http: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None) -> Looked:
    """Asks for `url` by GET, which creates nothing. Any answer proves life; a refused key or a server's own error is
    trouble, no answer is silence."""
    try:
        async with http.get(url, headers=headers, allow_redirects=False) as answer:
            status = answer.status
    except (aiohttp.ClientError, ValueError) as error:
        return Looked("silent", f"It cannot be reached ({type(error).__name__}).")
    except TimeoutError:
        return Looked("silent", "It did not answer.")
    if status in (401, 403):
        return Looked("trouble", f"It refuses our key ({status}): renew the token in its settings.")
    return Looked("trouble", f"It answers with an error of its own ({status}).") if status >= 500 else Looked("online")


def _is_newer(order: Order, old: Order) -> bool:
    return order.attempt > old.attempt
