"""NATS: connect with the process's own key, publish durably, hear at once and catch up on what was missed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, KeyValueConfig, RetentionPolicy, StreamConfig
from nats.js.kv import KeyValue

from watchbell.line import clock, config
from watchbell.wire import subjects

log = logging.getLogger(__name__)
Heard = Callable[[Msg], Awaitable[None]]


def address() -> str:
    """The server's address: `WATCHBELL_NATS_URL`, or what the embedded server wrote into the home."""
    given = config.setting("NATS_URL")
    if given:
        return given
    path = config.home() / "run" / "nats.url"
    return path.read_text().strip() if path.exists() else "nats://127.0.0.1:4222"


def key_file(name: str) -> Path:
    """Where process `name` keeps its NKEY seed (0600)."""
    return config.private_folder("keys") / f"{name.replace('/', '-')}.nk"


class Bus:
    """One connection of one process. Reconnects for ever by itself; `is_up` tells whether it is connected now."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nc: Client = Client()
        self.js: JetStreamContext = self.nc.jetstream()
        self._down_since: float | None = clock.monotonic()

    @classmethod
    async def connect(cls, name: str, wait_seconds: float = 60.0) -> "Bus":
        """Connects as `name`, waiting for the server at most `wait_seconds`; raises nats.errors.NoServersError then."""
        bus = cls(name)
        ends = clock.monotonic() + wait_seconds
        while True:
            try:
                await bus._connect()
                return bus
            except (OSError, nats.errors.Error) as error:
                if clock.monotonic() > ends:
                    raise
                log.debug("waiting for NATS: %s", error)
                await asyncio.sleep(0.1)

    async def _connect(self) -> None:
        async def report(error: Exception) -> None:
            level = logging.DEBUG if isinstance(error, OSError) else logging.WARNING
            log.log(level, "NATS: %s", error)

        async def lost() -> None:
            self._down_since = clock.monotonic()

        async def back() -> None:
            self._down_since = None

        options: dict[str, Any] = {}
        seed = key_file(self.name)
        if seed.exists():
            options["nkeys_seed"] = str(seed)
        self.nc = await nats.connect(
            address(), name=self.name, max_reconnect_attempts=-1, reconnect_time_wait=0.1, connect_timeout=2,
            ping_interval=5, max_outstanding_pings=2, error_cb=report, disconnected_cb=lost, reconnected_cb=back,
            allow_reconnect=True, pending_size=8 << 20, **options,
        )  # fmt: skip
        self.js = self.nc.jetstream(timeout=5)
        self._down_since = None

    @property
    def is_up(self) -> bool:
        return self.nc.is_connected

    @property
    def down_seconds(self) -> float:
        """How long the connection has been away, or not yet made; 0 when it is there."""
        return 0.0 if self._down_since is None else clock.monotonic() - self._down_since

    async def keep(self, subject: str, message: msgspec.Struct, message_id: str, timeout: float = 2.0) -> bool:
        """Publishes to JetStream; True once the stream has it. Repeats of `message_id` are dropped."""
        if not (self.nc.is_connected or self.nc.is_reconnecting):
            return False
        try:
            await self.js.publish(
                subject, msgspec.json.encode(message), timeout=timeout, headers={"Nats-Msg-Id": message_id}
            )
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError) as error:
            log.warning("not kept on %s: %s", subject, error)
            return False
        return True

    async def keep_until(self, subject: str, message: msgspec.Struct, message_id: str) -> None:
        """`keep`, again and again until the stream has it."""
        while not await self.keep(subject, message, message_id):
            await asyncio.sleep(0.2)

    async def say(self, subject: str, payload: bytes) -> None:
        """A core publish: a hint that may be lost. Never waits for a server that is away."""
        with contextlib.suppress(nats.errors.Error, OSError):
            if self.nc.is_connected:
                await self.nc.publish(subject, payload)

    async def hear(self, subject: str, heard: Heard, queue: str = "") -> None:
        """Calls `heard` for each core message on `subject`, as it comes, without a consumer hop."""
        await self.nc.subscribe(subject, queue=queue, cb=_guarded(heard))

    async def catch_up(
        self, stream: str, durable: str, filter_subject: str, heard: Heard, *, shared: bool = False,
        ack_wait: float = 5.0, max_pending: int = 1000, from_now: bool = False,
    ) -> None:  # fmt: skip
        """A durable push consumer: `heard` gets every message at least once, and acknowledges it itself.

        Processes that follow a `shared` consumer share its messages. `from_now` starts a new one with the next message.
        """
        policy = DeliverPolicy.NEW if from_now else DeliverPolicy.ALL
        group = durable if shared else None
        wanted = ConsumerConfig(
            durable_name=durable, deliver_group=group, ack_policy=AckPolicy.EXPLICIT, ack_wait=ack_wait,
            filter_subject=filter_subject, max_ack_pending=max_pending, deliver_policy=policy, max_deliver=-1,
        )  # fmt: skip
        while True:
            try:
                await self.js.subscribe(
                    filter_subject, queue=group, durable=durable, stream=stream, cb=_guarded(heard),
                    manual_ack=True, config=wanted, pending_msgs_limit=-1, pending_bytes_limit=-1,
                )  # fmt: skip
                return
            except (nats.js.errors.Error, nats.errors.Error, TimeoutError) as error:
                log.warning("consumer %s on %s: %s; trying again", durable, stream, error)
                await asyncio.sleep(0.5)

    async def bucket(self, name: str) -> KeyValue:
        """The key-value bucket `name`; waits until it exists."""
        while True:
            try:
                return await self.js.key_value(name)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
                await asyncio.sleep(0.2)

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.nc.drain(), 2)
        with contextlib.suppress(Exception):
            await self.nc.close()


def is_from_stream(message: Msg) -> bool:
    """True for a consumer's delivery; the reply of a core copy is the publisher's own inbox and is left alone."""
    return message.reply.startswith("$JS.ACK.")


async def acknowledge(message: Msg) -> None:
    """Acknowledges a consumer's delivery; nothing for a core copy."""
    if is_from_stream(message):
        with contextlib.suppress(nats.errors.Error, OSError):
            await message.ack()


def _guarded(heard: Heard) -> Heard:
    async def call(message: Msg) -> None:
        try:
            await heard(message)
        except Exception:  # one bad message must not end the subscription
            log.exception("message on %s", message.subject)

    return call


async def make_streams(bus: Bus) -> None:
    """Makes the streams and buckets that are missing, and brings the others up to what `wire.subjects` says."""
    for name, wanted in subjects.STREAMS.items():
        stream = StreamConfig(
            name=name, subjects=list(wanted["subjects"]), max_age=float(str(wanted["max_age_seconds"])),  # type: ignore[call-overload]
            retention=RetentionPolicy.LIMITS, duplicate_window=120, allow_direct=True,
        )  # fmt: skip
        try:
            await bus.js.add_stream(stream)
        except nats.js.errors.BadRequestError:
            await bus.js.update_stream(stream)
    for bucket in (subjects.SNAPSHOTS, subjects.CONFIG):
        try:
            await bus.js.key_value(bucket)
        except nats.js.errors.NotFoundError:
            await bus.js.create_key_value(KeyValueConfig(bucket=bucket, history=2))
