"""NATS: connect with the process's own key, publish durably, hear at once and catch up on what was missed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
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
from watchbell.line.ids import new_id
from watchbell.wire import subjects
from watchbell.wire.subjects import Follower

log = logging.getLogger(__name__)
Heard = Callable[[Msg], Awaitable[None]]
KEY_CHECK_SECONDS = 5.0
AGAIN_SECONDS = 0.2


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


def inbox_prefix(name: str) -> str:
    """Where answers to process `name` arrive: an inbox no other process may hear."""
    return f"_INBOX_{subjects.token(name)}"


def streams_api() -> str:
    """The subject before requests to streams, as this machine reaches them."""
    return f"$JS.{subjects.HUB_DOMAIN}.API" if config.is_edge() else "$JS.API"


class Bus:
    """One connection of one process. Reconnects for ever by itself; `is_up` tells whether it is connected now."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._streams = streams_api()
        self.nc: Client = Client()
        self.js: JetStreamContext = self.nc.jetstream()
        self.connections = 0
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
            self.connections += 1

        options: dict[str, Any] = {"inbox_prefix": inbox_prefix(self.name)}
        seed = key_file(self.name)
        if seed.exists():
            options["nkeys_seed"] = str(seed)
        self.nc = await nats.connect(
            address(), name=self.name, max_reconnect_attempts=-1, reconnect_time_wait=0.1, connect_timeout=2,
            ping_interval=5, max_outstanding_pings=2, error_cb=report, disconnected_cb=lost, reconnected_cb=back,
            allow_reconnect=True, pending_size=8 << 20, **options,
        )  # fmt: skip
        self.js = self.nc.jetstream(timeout=5, **({"domain": subjects.HUB_DOMAIN} if config.is_edge() else {}))
        self._down_since = None
        if config.setting("TEST") == "1" and self.name != "supervisor":
            await self.nc.subscribe(subjects.CLOCK, cb=_guarded(_take_time))

    @property
    def is_up(self) -> bool:
        return self.nc.is_connected

    @property
    def is_closed(self) -> bool:
        """True after `close`: it never comes back."""
        return self.nc.is_closed

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

    async def send(self, subject: str, message: msgspec.Struct, message_id: str) -> None:
        """Publishes to JetStream without waiting for its word: for what is repeated until somebody answers it."""
        with contextlib.suppress(nats.errors.Error, OSError):
            if self.nc.is_connected or self.nc.is_reconnecting:
                await self.nc.publish(subject, msgspec.json.encode(message), headers={"Nats-Msg-Id": message_id})

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

    async def catch_up(self, follower: Follower, heard: Heard) -> None:
        """Follows a durable consumer, waiting until the hub has made it: `heard` gets every message at least once, and
        acknowledges it itself. Processes that follow a shared one share its messages."""
        settings = ConsumerConfig(
            ack_policy=AckPolicy.EXPLICIT, deliver_subject=follower.deliver,
            deliver_group=follower.name if follower.is_shared else None,
        )  # fmt: skip
        while not self.nc.is_closed:
            try:
                found = await self.js.consumer_info(follower.stream, follower.name, timeout=2)
                if not (found.push_bound and not follower.is_shared):
                    break
                log.warning("%s is followed by another process; waiting for it to leave", follower.name)
            except (nats.js.errors.Error, nats.errors.Error, TimeoutError) as error:
                log.debug("consumer %s: %s; trying again", follower.name, error)
            await asyncio.sleep(0.3)
        await self.js.subscribe_bind(
            follower.stream, settings, follower.name, _guarded(heard), manual_ack=True, pending_msgs_limit=-1,
            pending_bytes_limit=-1,
        )  # fmt: skip

    async def replay(self, stream: str, subject: str, since_unix: float, heard: Heard) -> None:
        """Calls `heard` for each message the stream kept since `since_unix`; returns when all have been heard.

        Raises nats.errors.Error or TimeoutError when the server is away.
        """
        messages: asyncio.Queue[Msg] = asyncio.Queue()
        inbox = self.nc.new_inbox()
        link = await self.nc.subscribe(inbox, cb=messages.put)
        try:
            made = await self.js.add_consumer(
                stream,
                ConsumerConfig(
                    name=f"replay-{new_id().hex}", deliver_subject=inbox, ack_policy=AckPolicy.NONE,
                    deliver_policy=DeliverPolicy.BY_START_TIME, filter_subject=subject, inactive_threshold=30,
                    opt_start_time=clock.moment(since_unix - clock.shifted()).isoformat(), mem_storage=True,  # type: ignore[arg-type]
                ),
            )  # fmt: skip
            for _ in range((made.num_pending or 0) + (made.delivered.consumer_seq if made.delivered else 0)):
                await _guarded(heard)(await asyncio.wait_for(messages.get(), 5))
        finally:
            with contextlib.suppress(nats.errors.Error):  # a closed connection must not hide that we are cancelled
                await link.unsubscribe()

    async def follow_key(self, bucket: str, key: str, took: Callable[[bytes], Awaitable[None]]) -> None:
        """Calls `took` with the newest value of a key, now and whenever it changes; runs for ever.

        Reads one key and hears its changes, so that a process needs no right to the rest of the bucket.
        """
        changed = asyncio.Event()

        async def hear(message: Msg) -> None:
            changed.set()

        await self.nc.subscribe(f"$KV.{bucket}.{key}", cb=hear)
        last = b""
        while not self.nc.is_closed:
            was_told = changed.is_set()
            changed.clear()
            found = await self._newest(bucket, key)
            is_new = bool(found) and found != last
            if is_new:
                await took(found)
                last = found
            # the word of a change can be here before the stream has it: then it is looked at once more
            is_soon = not last or (was_told and not is_new)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), AGAIN_SECONDS if is_soon else KEY_CHECK_SECONDS)

    async def read_key(self, bucket: str, key: str) -> bytes:
        """The newest value of a key; empty when there is none, or the server is away."""
        return await self._newest(bucket, key)

    async def _newest(self, bucket: str, key: str) -> bytes:
        try:
            asked = f"{self._streams}.DIRECT.GET.KV_{bucket}.$KV.{bucket}.{key}"
            found = await self.nc.request(asked, b"", timeout=2)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            log.debug("%s of %s: %s", key, bucket, error)
            return b""
        is_value = not found.headers or "Status" not in found.headers
        return found.data if is_value else b""

    async def bucket(self, name: str) -> KeyValue:
        """The key-value bucket `name`; waits until it exists."""
        while True:
            try:
                return await self.js.key_value(name)
            except nats.errors.ConnectionClosedError:
                raise
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
                await asyncio.sleep(0.2)

    async def keys_of(self, bucket: str, pattern: str) -> set[str]:
        """The keys of a bucket that match, by one request; one that was deleted counts until its mark is gone, too."""
        await self.bucket(bucket)
        told = await self.js.stream_info(f"KV_{bucket}", subjects_filter=f"$KV.{bucket}.{pattern}")
        return {subject.removeprefix(f"$KV.{bucket}.") for subject in told.state.subjects or ()}

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


async def _take_time(message: Msg) -> None:
    shift = float(message.data)
    if shift > clock.shifted():  # never back: who was stopped for a while may say again what was true before
        log.warning("this installation's time is moved by %g s", shift)
        clock.shift(shift)


async def make_streams(bus: Bus, followers: Iterable[Follower]) -> None:
    """Makes the streams, buckets and consumers that are missing, and brings the others up to `wire.subjects`."""
    for name, wanted in subjects.STREAMS.items():
        stream = StreamConfig(
            name=name, subjects=list(wanted["subjects"]), max_age=float(str(wanted["max_age_seconds"])),  # type: ignore[call-overload]
            retention=RetentionPolicy.WORK_QUEUE if wanted.get("is_work") else RetentionPolicy.LIMITS,
            duplicate_window=120, allow_direct=True,
        )  # fmt: skip
        try:
            await bus.js.add_stream(stream)
        except nats.js.errors.BadRequestError:
            await bus.js.update_stream(stream)
    for bucket, seconds in subjects.BUCKETS.items():
        try:
            await bus.js.key_value(bucket)
        except nats.js.errors.NotFoundError:
            await bus.js.create_key_value(KeyValueConfig(bucket=bucket, history=2, direct=True, ttl=seconds or None))
    for follower in followers:
        await _make_consumer(bus, follower)


async def _make_consumer(bus: Bus, follower: Follower) -> None:
    wanted = ConsumerConfig(
        durable_name=follower.name, deliver_subject=follower.deliver, ack_policy=AckPolicy.EXPLICIT,
        deliver_group=follower.name if follower.is_shared else None, ack_wait=follower.ack_seconds,
        filter_subject=follower.subject, max_ack_pending=follower.most_pending, max_deliver=-1,
        deliver_policy=DeliverPolicy.ALL,
    )  # fmt: skip
    await bus.js.add_consumer(follower.stream, wanted)
