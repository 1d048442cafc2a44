"""The raw ASGI half of the web role: live events, alerts to screens, presses, health. No Django, no database."""

import asyncio
import json
import logging
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
import nats.errors
import nats.js.errors
from nats.aio.msg import Msg

from watchbell.line import clock, config, signing
from watchbell.line.bus import Bus, Heard
from watchbell.line.edges import edges, signers
from watchbell.line.heartbeat import beat
from watchbell.line.ids import new_id, same_id
from watchbell.line.outbox import Outbox
from watchbell.line.spool import Spool
from watchbell.project.alerts import presses_over, still_on, widened
from watchbell.project.hearing import ANSWERS, Client, holds
from watchbell.project.pacing import Pace
from watchbell.project.progress import Alarm, Progress
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import Acknowledged, Order, Receipt
from watchbell.wire.press import OrdersAsked, PanicPressed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import EVERYWHERE, answerers, every, is_of, is_paced, split_where, subject

log = logging.getLogger(__name__)
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
BEAT_SECONDS = 1.0
#: What a process that starts reads back: presses and answers of the last hours, alerts as long as the stream has them,
#: for only an all-clear ends one.
RECALL_SECONDS = 6 * 3600.0
ALERT_SECONDS = 7 * 86400.0
OTHERS_FIRST_SECONDS = 0.25
OPEN_SECONDS = 20.0


class Hub:
    """All streams of this process, one subscription for all of them, the alerts that are on, and who answers them."""

    def __init__(self) -> None:
        self.bus: Bus | None = None
        self.clients: set[Client] = set()
        self.by_topic: dict[tuple[str, str], set[Client]] = defaultdict(set)
        self.alerts: dict[tuple[str, str], dict[str, Any]] = {}
        self.progress, self.pace = Progress(), Pace()
        self.signer = signing.Verifier()
        self.signer.trust_edges(signers())
        self.where = config.where()
        self.screens = every("order", self.where, "screens.>")
        self.presses = every("press", self.where)
        self.is_one_of_many = int(config.setting("WEB_WORKERS", "1")) > 1 or bool(edges())
        self.outbox: Outbox | None = None
        self.also: dict[str, Heard] = {}
        self.touched: list[Callable[[str, str], None]] = []  # told of each live topic: (district, topic)
        self.is_recalled = False  # until then a stream cannot say which alerts are over
        self._started: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self.districts: set[str] = set()

    def start(self) -> None:
        """Connects in the background, once; the server answers meanwhile."""
        if self._started is None:
            self._started = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        bus = self.bus = await Bus.connect(config.process_name("web"), wait_seconds=1e9)
        if config.is_edge():
            self.outbox = Outbox(Spool(config.private_folder("web") / "spool"), lambda: bus)
        await self.bus.hear(f"wb.{split_where(self.where)[0]}.live.>", self._hear_touch)
        await self.bus.hear(self.screens, self._hear_screens)
        await self.bus.hear(self.presses, self._hear_press)
        for answerer in answerers(self.where):
            await self.bus.hear(answerer, self._hear_answer)
        for subject_, heard in self.also.items():
            await self.bus.hear(subject_, heard)
        instance = str(os.getpid()) if self.where == EVERYWHERE else config.process_name("web")
        beats = asyncio.create_task(beat(self.bus, "web", instance, self._state))
        recalling = asyncio.create_task(self._recall())
        tasks = [beats, recalling, asyncio.create_task(self._tell_open())]
        tasks += [asyncio.create_task(self.outbox.forward())] if self.outbox else []
        while not any(task.done() for task in tasks):
            event = b"event: beat\ndata: %d\n\n" % int(clock.unix() * 1000)
            for client in list(self.clients):
                client.tell(event)
            await asyncio.sleep(BEAT_SECONDS)

    async def _recall(self) -> None:
        """Alerts that were on before this process began, or came while the bus was away: read back from the stream."""
        while self.bus is not None:
            seen, began = self.bus.connections, clock.unix() - RECALL_SECONDS
            try:
                told: list[Order] = []

                async def take(message: Msg, told: list[Order] = told) -> None:
                    order = decode(message.data, Order)
                    if not isinstance(order, Malformed) and is_of(message.subject, order.district):
                        told.append(order)

                await self.bus.replay("ORDER", self.screens, clock.unix() - ALERT_SECONDS, take)
                await self.bus.replay("PRESS", self.presses, began, self._hear_press)
                for answerer in answerers(self.where):
                    await self.bus.replay("RECEIPT", answerer, began, self._hear_answer)
                for order in still_on(told):
                    await self._take(order)
                self.is_recalled = True
                for client in list(self.clients):
                    client.tell(event_of("recalled", {}))
                while self.bus.connections == seen:
                    await asyncio.sleep(0.2)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                log.warning("reading back the alerts: %s; trying again", error)
                await asyncio.sleep(0.5)

    def _state(self) -> dict[str, Any]:
        return {"state": "ok", "detail": {"live_clients": len(self.clients)}}

    async def _tell_open(self) -> None:
        """Proof of life of the screens: how many are open in each district this process has heard of, and where."""
        site = split_where(self.where)[1]
        while self.bus is not None:
            for district in self.districts | {client.claims["district"] for client in self.clients}:
                status = DeviceStatus(
                    district=district, site="", gateway="screens", endpoint=None,
                    device=f"{config.process_name('web').replace('@', '-')}-{os.getpid()}",
                    state="online", at=clock.unix(), detail=count_open(self.clients, district),
                )  # fmt: skip
                where = subject(district, None if site == "*" else site, "status", "screens", status.device)
                await self.bus.keep(where, status, f"{status.device}:{status.at}")
            await asyncio.sleep(OPEN_SECONDS)

    # -- streams -----------------------------------------------------------------------------------------------

    def join(self, client: Client) -> None:
        self.clients.add(client)
        for topic in client.topics:
            self.by_topic[client.claims["district"], topic].add(client)
        for (district, _), alert in self.alerts.items():
            if district == client.claims["district"] and client.is_meant(alert):
                client.tell(event_of("alert", alert))
        for alarm in self.progress.alarms.values():
            if self._is_told(client, alarm):
                client.tell(event_of("progress", alarm.as_dict()))
        if self.is_recalled:
            client.tell(event_of("recalled", {}))

    def leave(self, client: Client) -> None:
        self.clients.discard(client)
        for topic in client.topics:
            self.by_topic[client.claims["district"], topic].discard(client)

    async def _hear_touch(self, message: Msg) -> None:
        topic = message.data.decode("utf-8", "replace")
        district = message.subject.split(".")[1]
        self.districts.add(district)
        for tell in self.touched:
            tell(district, topic)
        if is_paced(topic):
            self.pace.pass_on((district, topic), lambda: self._tell_touch(district, topic))
        else:
            self._tell_touch(district, topic)

    def _tell_touch(self, district: str, topic: str) -> None:
        if told := self.by_topic.get((district, topic)):
            event = event_of("touch", {"topic": topic, "at": clock.unix()})
            for client in list(told):
                client.tell(event)

    # -- who pressed, who answers ------------------------------------------------------------------------------

    async def _hear_press(self, message: Msg) -> None:
        if message.subject.split(".")[4] == "hub":
            asked = decode(message.data, OrdersAsked)
            if not isinstance(asked, Malformed) and is_of(message.subject, asked.district):
                for over in asked.clears:
                    self.progress.end(asked.district, over)
            return
        press = decode(message.data, PanicPressed)
        if not isinstance(press, Malformed) and is_of(message.subject, press.district):
            self.progress.take_press(press)

    async def _hear_answer(self, message: Msg) -> None:
        told = decode(message.data, Acknowledged)
        if isinstance(told, Malformed) or not is_of(message.subject, told.district):
            return
        alarm = self.progress.take_answer(told)
        if alarm is not None:
            event = event_of("progress", alarm.as_dict())
            for client in list(self.clients):
                if self._is_told(client, alarm):
                    client.tell(event)

    def _is_told(self, client: Client, alarm: Alarm) -> bool:
        """Who pressed hears what becomes of it (but nobody forced sees their own duress), as do those alerted."""
        if client.claims["district"] != alarm.key[0]:
            return False
        if not alarm.is_duress and str(client.claims.get("user")) in alarm.presses.values():
            return True
        alerts = (self.alerts.get((alarm.key[0], press)) for press in alarm.presses)
        return any(alert is not None and client.is_meant(alert) for alert in alerts)

    # -- alerts to screens: this process is the gateway "screens" ------------------------------------------------

    async def _hear_screens(self, message: Msg) -> None:
        order = decode(message.data, Order)
        if isinstance(order, Malformed) or not is_of(message.subject, order.district):
            log.error("refused an order to screens: unreadable, or of another district than its subject")
        else:
            await self._take(order)

    async def _take(self, order: Order) -> None:
        if not self.signer.is_genuine(order):
            log.error("refused an order to screens that is not genuine")
        elif order.action == "clear_screens":
            await self._clear(order)
        else:
            self._alert(order)

    def _alert(self, order: Order) -> None:
        before = self.alerts.get((order.district, order.press))
        alert = {**order.params, "press": order.press, "site": order.site, "order": order.id, "made_at": order.made_at}
        alert["audience"] = widened(before, alert) if before else alert.get("audience")
        self.alerts[order.district, order.press] = alert
        event = event_of("alert", alert)
        shown = [c for c in self.clients if c.claims["district"] == order.district and c.is_meant(alert)]
        for client in shown:
            if before is None or not client.is_meant(before):
                client.tell(event)
        count = len(shown)
        if order.expires_at >= clock.unix():
            telling = asyncio.create_task(self._tell_shown(order, count))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell_shown(self, order: Order, count: int) -> None:
        if not count and self.is_one_of_many:
            await asyncio.sleep(OTHERS_FIRST_SECONDS)  # of two web processes the one with open screens tells; once
        words = f"Shown on {count} open screens." if count else "No screen is open; shown as soon as one is."
        await self._answer(order, words, {"shown": count})

    async def _clear(self, order: Order) -> None:
        over = presses_over(order)
        gone = [
            key for key, alert in self.alerts.items()
            if key[0] == order.district and key[1] in over and alert["made_at"] <= order.made_at
        ]  # fmt: skip
        alerts = [self.alerts.pop(key) for key in gone]
        event = event_of("clear", {"press": order.press, "site": order.site, "presses": sorted(over)})
        pressers = self._pressers(order)
        for client in list(self.clients):
            if client.claims["district"] != order.district or not client.sees_site(order.site):
                continue
            is_meant = any(client.is_meant(alert) for alert in alerts) if alerts else order.kind != "duress"
            if is_meant or str(client.claims.get("user")) in pressers:
                client.tell(event)
        for press in over:
            self.progress.end(order.district, press)
        await self._answer(order, "The alert is off on every screen.", {})

    def _pressers(self, order: Order) -> set[str]:
        alarm = self.progress.by_press.get((order.district, order.press))
        return {by for by in alarm.presses.values() if by} if alarm is not None and not alarm.is_duress else set()

    async def _answer(self, order: Order, because: str, detail: dict[str, Any]) -> None:
        receipt = Receipt(
            order=order, state="done", because=because, at=clock.unix(), by="gateway/screens", detail=detail
        )
        where = subject(order.district, order.site, "receipt", "screens", order.endpoint.device)
        await self.keep(where, receipt, f"{order.id}:{order.attempt}:done")

    async def confirm(
        self, claims: dict[str, Any], press: str, what: str = "screen_confirmed", key: str = "", because: str = ""
    ) -> bool:
        """A member of staff answers an alert by one of STAFF_ANSWERS; False when it is not on.

        key: the tap's own, so that a repeat counts once while a change of mind counts anew. Who says that the AED is
        there has arrived, too: nobody else is asked for want of that word.
        """
        alert = self.alerts.get((claims["district"], press))
        if alert is None or self.bus is None or not Client(claims, frozenset()).is_meant(alert):
            return False
        if not holds(claims, ANSWERS, alert["site"]):
            return False
        if self.progress.is_arrival(claims["district"], press, claims["user"], what):
            await self.confirm(claims, press, "arrived", key)
        told = alert.get("responders") or ()
        known: dict[str, Any] = next((one for one in told if one["user"] == claims["user"]), {})
        answer = Acknowledged(
            id=same_id("seen" if what == "screen_confirmed" else what, press, claims["user"], key),
            district=claims["district"], site=alert["site"], press=press, order=alert["order"], what=what,
            at=clock.unix(), by=claims["user"], by_name=claims["name"], because=because[:400],
            detail={"role": claims.get("role", ""), "place_name": str(known.get("place_name") or "")},
        )  # fmt: skip
        return await self.keep(
            subject(claims["district"], alert["site"], "receipt", "screens", press), answer, answer.id
        )

    async def keep(self, where: str, message: msgspec.Struct, key: str) -> bool:
        """Gives `message` to the stream; True when it has it, or at an edge when this disk has it (see line.outbox)."""
        if self.outbox is not None:
            return await self.outbox.send(where, message, key)
        return self.bus is not None and await self.bus.keep(where, message, key, timeout=3.0)


hub = Hub()


def count_open(clients: Iterable[Client], district: str) -> dict[str, Any]:
    """{"open": {site: screens}, "everywhere": screens of people who see every site}; one person's streams are one."""
    seen = {(str(c.claims.get("user")), c.heard_at()) for c in clients if c.claims["district"] == district}
    sites: dict[str, int] = defaultdict(int)
    for _, own in seen:
        for site in own or ():
            sites[site] += 1
    return {"open": dict(sites), "everywhere": sum(own is None for _, own in seen)}


def event_of(name: str, body: dict[str, Any]) -> bytes:
    """A server-sent event with an id, so that a reconnecting client says what it had."""
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (new_id().hex.encode(), name.encode(), json.dumps(body).encode())


async def stream(scope: Scope, receive: Receive, send: Send, claims: dict[str, Any], topics: frozenset[str]) -> None:
    """Server-sent events until the client leaves or its ticket ends."""
    client = Client(claims, topics)
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
    leaving = asyncio.create_task(_watch(receive, client))
    ends = claims.get("exp", clock.unix() + 300)
    hub.join(client)
    try:
        while (event := await client.queue.get()) is not None:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            if clock.unix() > ends:
                break
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        hub.leave(client)
        leaving.cancel()


async def _watch(receive: Receive, client: Client) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.tell(None)
