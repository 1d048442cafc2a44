"""Plays an MQTT broker (amqtt, TLS, a password and an access list for each device) and the devices that use one."""

import asyncio
import contextlib
import hmac
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from watchbell.gateways.mqtt_link import Broker as BrokerAddress
from watchbell.gateways.mqtt_link import Client

log = logging.getLogger(__name__)
for _noisy in ("amqtt", "transitions"):
    logging.getLogger(_noisy).setLevel(logging.ERROR)
_HERE = f"{__name__}."


async def end_task(task: "asyncio.Task[Any]") -> None:
    """Cancels a task until it has ended: `asyncio.wait_for` of Python 3.11 can swallow a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.2)


class Passwords(BaseAuthPlugin):
    """A device comes in with its own password only."""

    async def authenticate(self, *, session: Session) -> bool | None:
        wanted = self.config.users.get(session.username or "", "")
        return bool(wanted) and hmac.compare_digest(wanted.encode(), (session.password or "").encode())

    @dataclass
    class Config:
        """users: password by name."""

        users: dict[str, str] = field(default_factory=dict)


class AccessList(BaseTopicPlugin):
    """A device publishes and hears only its own topics."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        rights = self.config.publish if action == Action.PUBLISH else self.config.subscribe
        own = rights.get((session.username or "") if session else "", [])
        return any(_covers(pattern, topic or "") for pattern in own)

    @dataclass
    class Config:
        """publish, subscribe: topic patterns by name."""

        publish: dict[str, list[str]] = field(default_factory=dict)
        subscribe: dict[str, list[str]] = field(default_factory=dict)


def _covers(pattern: str, topic: str) -> bool:
    allowed, asked = pattern.split("/"), topic.split("/")
    for place, part in enumerate(allowed):
        if part == "#":
            return True
        if place >= len(asked) or (part != "+" and part != asked[place]):
            return False
    return len(allowed) == len(asked)


class _Steady(dict[str, Any]):
    """May change while somebody who waits in between walks over it: the walk is over what was there at its start."""

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(super().__iter__()))

    def items(self) -> Any:
        return tuple(super().items())


class _Broker(Broker):
    """amqtt, which marks what it kept for an absent client as retained; MQTT 3.1.1 (MQTT-3.3.1-9) forbids that.

    It also loses messages and connections when devices come while it walks over its own tables.
    """

    def __init__(self, config: BrokerConfig) -> None:
        super().__init__(config)
        self._subscriptions = _Steady()
        self._retained_messages = _Steady()

    async def _publish_session_retained_messages(self, session: Session) -> None:
        handler = self._get_handler(session)
        sending = []
        while handler and not session.retained_messages.empty():
            kept = await session.retained_messages.get()
            sending.append(asyncio.ensure_future(handler.mqtt_publish(kept.topic, kept.data, kept.qos, retain=False)))
        if sending:
            await asyncio.wait(sending)


class PlayedBroker:
    """A broker on loopback. users: {name: {"password", "publish": [pattern], "subscribe": [pattern]}}."""

    def __init__(self, port: int, certificate: str, key: str, users: dict[str, dict[str, Any]]) -> None:
        """certificate, key: paths of PEM files."""
        self.port, self._certificate, self._key, self.users = port, certificate, key, users
        self._broker: Broker | None = None

    async def start(self) -> None:
        rights = {way: {name: list(user.get(way, [])) for name, user in self.users.items()}
                  for way in ("publish", "subscribe")}  # fmt: skip
        listener = ListenerConfig(
            bind=f"127.0.0.1:{self.port}", ssl=True, certfile=self._certificate, keyfile=self._key, max_connections=0
        )
        self._broker = _Broker(BrokerConfig(
            listeners={"default": listener},
            plugins={
                _HERE + "Passwords": {"users": {name: str(user["password"]) for name, user in self.users.items()}},
                _HERE + "AccessList": rights,
            },
        ))  # fmt: skip
        await self._broker.start()

    async def stop(self) -> None:
        if self._broker is not None:
            broker, self._broker = self._broker, None
            for server in broker._servers.values():  # first of all: nobody new comes in while the rest is taken down
                if server.instance is not None:
                    server.instance.close()
            with contextlib.suppress(TimeoutError, Exception):
                await asyncio.wait_for(broker.shutdown(), 3)

    def fail(self, how: str, seconds: float) -> None:
        """ "silent": nobody can connect for a while, and who was connected is cut off."""
        asyncio.get_running_loop().create_task(self._be_away(seconds))

    async def _be_away(self, seconds: float) -> None:
        await self.stop()
        await asyncio.sleep(seconds)
        await self.start()


class MqttDevice:
    """A device on a broker: connects for ever, announces itself as "online", leaves an "offline" as its last will.

    heard: awaited for each message on `subscribes`. Faults: `cut` (the cable is out).
    """

    def __init__(
        self, address: BrokerAddress, state_topic: str, subscribes: tuple[str, ...] = (),
        heard: Callable[[str, bytes], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self.address, self.state_topic, self.subscribes, self._heard = address, state_topic, subscribes, heard
        self.is_cut = False
        self.is_up = False
        self._is_stopping = False
        self._client: aiomqtt.Client | None = None
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._is_stopping = True  # a goodbye that fails hides from the task that it has been cancelled
        if self._running is not None:
            await end_task(self._running)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """QoS 1; True once the broker has it."""
        if self._client is None:
            return False
        try:
            await self._client.publish(topic, payload, qos=1, retain=retain, timeout=3)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            log.debug("%s: %s", topic, error)
            return False
        return True

    def cut(self, seconds: float) -> None:
        """Out of the network for a while, without a goodbye: the broker sends the last will."""
        self.is_cut = True
        client = self._client
        connection = client._client.socket() if client is not None else None
        if connection is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # type: ignore[arg-type]
        asyncio.get_running_loop().call_later(seconds, setattr, self, "is_cut", False)

    async def _run(self) -> None:
        while not self._is_stopping:
            if not self.is_cut:
                with contextlib.suppress(aiomqtt.MqttError, OSError, ssl.SSLError, ValueError):
                    await self._serve()
            self._client, self.is_up = None, False
            await asyncio.sleep(0.3)

    async def _serve(self) -> None:
        where = self.address
        client = Client(
            where.host, where.port, username=where.username or None, password=where.password or None,
            identifier=where.client_id or None, clean_session=True, keepalive=30, tls_context=where.context(),
            timeout=5, will=aiomqtt.Will(self.state_topic, b"offline", qos=1, retain=True),
        )  # fmt: skip
        async with client:
            for topic in self.subscribes:
                await client.subscribe(topic, qos=1)
            await client.publish(self.state_topic, b"online", qos=1, retain=True)
            self._client, self.is_up = client, True
            async for message in client.messages:
                if self._heard is not None:
                    await self._heard(str(message.topic), bytes(message.payload))
