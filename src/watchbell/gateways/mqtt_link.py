"""A lasting connection to a district's MQTT broker: TLS, own credentials, acknowledgement by hand, back by itself."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiomqtt
import msgspec

from watchbell.line import clock

log = logging.getLogger(__name__)
logging.getLogger("mqtt").setLevel(logging.CRITICAL)  # what matters of it is raised; it shouts when one only leaves
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0
#: By so much each wait is longer than the one before: a broker that starts beside us is found soon after it has.
WAIT_GROWTH = 1.3
PUBLISH_SECONDS = 2.0
#: Larger messages are dropped unread: no report of a gateway or a sign comes near.
LARGEST_BYTES = 1 << 20


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker is and who we are there.

    ca: PEM text of the authority that signs its certificate; without one the machine's own authorities count.
    tls: False only for a broker on the same machine. topics: what is heard, QoS 1. client_id: the same after every
    restart, because the broker keeps for it what came meanwhile.
    """

    host: str
    port: int = 8883
    username: str = ""
    password: str = ""
    ca: str = ""
    tls: bool = True
    client_id: str = ""
    topics: tuple[str, ...] = ()
    keepalive_seconds: int = 15

    def context(self) -> ssl.SSLContext | None:
        """The TLS settings; None without TLS. Raises ssl.SSLError for a `ca` that is none."""
        return ssl.create_default_context(cadata=self.ca or None) if self.tls else None


class _Calm:
    """The loop, as the library sees it: a socket closed since it was asked to be watched is nothing to cry about."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._real = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def add_reader(self, socket: int, heard: Callable[[], None]) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._real.add_reader(socket, heard)

    def add_writer(self, socket: int, heard: Callable[[], None]) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._real.add_writer(socket, heard)


class Client(aiomqtt.Client):
    """Given up while it connects (late, or on leaving), the library would raise into the loop with every late byte."""

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self._loop: Any = _Calm(asyncio.get_running_loop())

    def _on_disconnect(self, *told: Any, **more: Any) -> None:
        if not self._connected.cancelled():
            super()._on_disconnect(*told, **more)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message. is_retained: the broker had it lying there; it tells of a setting, never of something that happens."""

    topic: str
    payload: bytes
    is_retained: bool


class MqttLink:
    """One broker. `heard` is awaited for each message, several at a time; the message is acknowledged when it returns,
    so that what was not kept comes again after a broken connection (MQTT 3.1.1 §4.4)."""

    def __init__(self, broker: Broker, heard: Callable[[Said], Awaitable[None]]) -> None:
        self.broker, self._heard = broker, heard
        self.is_up = False
        self.because = "not connected yet"
        self.up_at = clock.monotonic()
        self.connections = 0
        self._down_since: float | None = clock.monotonic()
        self._client: aiomqtt.Client | None = None
        self._running: asyncio.Task[None] | None = None
        self._at_work: set[asyncio.Task[None]] = set()

    @property
    def down_seconds(self) -> float:
        """How long the broker has been away; 0 when it is there."""
        return 0.0 if self._down_since is None else clock.monotonic() - self._down_since

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        tasks = [task for task in (self._running, *self._at_work) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Says `payload` on `topic` with QoS 1; True once the broker has it."""
        client = self._client
        if client is None:
            return False
        try:
            await client.publish(topic, payload, qos=1, retain=retain, timeout=PUBLISH_SECONDS)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            log.warning("%s: not published on %s: %s", self.broker.host, topic, error)
            return False
        return True

    # -- running -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while True:
            began = clock.monotonic()
            try:
                await self._serve()
            except (aiomqtt.MqttError, OSError, ssl.SSLError, ValueError) as error:
                self.because = f"the broker {self.broker.host}:{self.broker.port} is away ({error})"
                log.debug("%s", self.because)
            finally:
                self._lose()
            wait = FIRST_WAIT_SECONDS if clock.monotonic() - began > LONGEST_WAIT_SECONDS else wait * WAIT_GROWTH
            await asyncio.sleep(min(wait, LONGEST_WAIT_SECONDS))

    async def _serve(self) -> None:
        broker = self.broker
        client = Client(
            broker.host, broker.port, username=broker.username or None, password=broker.password or None,
            identifier=broker.client_id or None, clean_session=not broker.client_id, keepalive=broker.keepalive_seconds,
            tls_context=broker.context(), timeout=5,
        )  # fmt: skip
        client._client.manual_ack_set(True)
        client.pending_calls_threshold = 10_000
        async with client:
            self._client = client
            # What the broker has kept comes before the subscriptions are granted, and some brokers wait for its answer.
            taking = asyncio.create_task(self._take_all(client))
            try:
                await self._subscribe(client)
                self.is_up, self.because, self._down_since = True, "", None
                self.connections += 1
                self.up_at = clock.monotonic()
                log.info("connected to the broker %s:%s", broker.host, broker.port)
                await taking
            finally:
                taking.cancel()
                await asyncio.gather(taking, return_exceptions=True)

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        for topic in self.broker.topics:
            granted = await client.subscribe(topic, qos=1)
            if any((code if isinstance(code, int) else code.value) >= 128 for code in granted):
                raise aiomqtt.MqttError(f"the broker refuses the subscription of {topic}")

    async def _take_all(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            task = asyncio.create_task(self._take(client, message))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    def _lose(self) -> None:
        self._client = None
        if self.is_up or self._down_since is None:
            self._down_since = clock.monotonic()
        self.is_up = False

    async def _take(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        said = Said(topic=str(message.topic), payload=_bytes_of(message.payload), is_retained=bool(message.retain))
        if len(said.payload) > LARGEST_BYTES:
            log.warning("a message of %d bytes on %s is dropped", len(said.payload), said.topic)
        else:
            try:
                await self._heard(said)
            except Exception:  # one bad message must not block those behind it
                log.exception("message on %s", said.topic)
        if self._client is client and message.qos:
            with contextlib.suppress(OSError, ValueError):
                client._client.ack(message.mid, message.qos)


def _bytes_of(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else str(payload or "").encode()


def name_in(pattern: str, topic: str) -> str:
    """What stands in `topic` at the first "+" of the subscription `pattern`; "" where it does not fit."""
    wanted, given = pattern.split("/"), topic.split("/")
    if len(wanted) > len(given) or ("#" not in wanted and len(wanted) != len(given)):
        return ""
    found = ""
    for want, have in zip(wanted, given, strict=False):
        if want == "#":
            break
        if want == "+":
            found = found or have
        elif want != have:
            return ""
    return found
