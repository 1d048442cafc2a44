"""Badges: reports come over MQTT and HTTP, presses are kept before a report is acknowledged, badges feel the answer."""

import asyncio
import json
import logging
from typing import Any

import msgspec
from aiohttp import web as aiohttp_web
from nats.aio.msg import Msg

from watchbell.gateways.base import DAY_SECONDS, Gateway
from watchbell.gateways.blebadge import web
from watchbell.gateways.blebadge.book import BadgeEntry, Book, BrokerEntry, GatewayEntry, read_book
from watchbell.gateways.blebadge.buttons import Button, read_button
from watchbell.gateways.blebadge.codec import Hearing, read_mac, read_report
from watchbell.gateways.blebadge.places import Place, Whereabouts
from watchbell.gateways.blebadge.presses import Presses
from watchbell.gateways.blebadge.runs import Track, judge_button
from watchbell.gateways.blebadge.supervision import Supervision
from watchbell.gateways.mqtt_link import MqttLink, Said, name_in
from watchbell.line import clock, config, ids
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import Acknowledged
from watchbell.wire.press import PressRefused
from watchbell.wire.subjects import every, is_of, subject

log = logging.getLogger(__name__)
DEFAULT_PORT = 9720
AWAY_SECONDS = 1.0
REFUSALS_PER_SECOND = 20
#: answer heard → what the badge that pressed is told
ANSWERS = {"dispatch_acknowledged": "police_acknowledged", "on_my_way": "help_is_coming"}
MOST_COMMANDS = 50


class BadgeService(Gateway):
    """Configuration entries: see book.py; secrets by endpoint: a broker's password, an HTTP gateway's token."""

    name = "blebadge"

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.places = Whereabouts()
        self.supervision = Supervision(self)
        self.presses = Presses(self)
        self.tracks = Memory(self.folder / "tracks", 400 * DAY_SECONDS, clock.unix())
        self.links: dict[str, MqttLink] = {}
        self.commands: dict[str, list[dict[str, Any]]] = {}
        self._linked: dict[str, Any] = {}
        self._heard_at: dict[str, float] = {}
        self._started_at = self._resumed_at = clock.unix()
        self._refused: dict[str, int] = {}
        self._refusals = (0, 0)  # second, count
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: aiohttp_web.AppRunner | None = None
        self._problems: list[str] = []

    # -- running -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._runner = aiohttp_web.AppRunner(web.make_application(self), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        wanted = config.gateway_port(self.name, DEFAULT_PORT)
        await aiohttp_web.TCPSite(self._runner, config.bind(), wanted, ssl_context=web.tls_context()).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"{host}:{port}"
        self.run_task(self._watch())

    async def on_bus(self) -> None:
        """Police and colleagues answer on the bus; the badge that pressed is told at once."""
        for gateway in ("eido", "screens"):
            await self.bus.hear(every("receipt", self.where, f"{gateway}.>"), self._hear_answer)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await asyncio.gather(*(link.stop() for link in self.links.values()))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.book, self._problems = read_book(entries, secrets)
        for problem in self._problems:
            log.error("%s", problem)
        self.supervision.follow([*self.book.gateways.values(), *self.book.badges.values()])
        for endpoint in self._linked.keys() - self.book.brokers.keys():
            await self._unlink(endpoint)
        for endpoint, entry in self.book.brokers.items():
            client = f"watchbell-{self.name}-{ids.same_id(self.where, endpoint, str(self.folder))[:12]}"
            wanted = entry.broker(self.book.passwords.get(endpoint, ""), client)
            if not entry.host or self._linked.get(endpoint) == wanted:
                continue
            await self._unlink(endpoint)
            self._linked[endpoint] = wanted
            self.links[endpoint] = MqttLink(wanted, lambda said, endpoint=endpoint: self._hear(endpoint, said))  # type: ignore[misc]
            self.links[endpoint].start()

    async def _unlink(self, endpoint: str) -> None:
        self._linked.pop(endpoint, None)
        link = self.links.pop(endpoint, None)
        if link is not None:
            await link.stop()

    def run_task(self, work: Any) -> asyncio.Task[Any]:
        """Starts `work` so that it is neither forgotten nor left behind at the end."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            away = [link.because for link in self.links.values() if link.down_seconds > AWAY_SECONDS]
            if self.bus.down_seconds > AWAY_SECONDS:
                self.state, self.because = "degraded", "down: NATS is away, so presses lie in the spool"
            elif self.state != "starting":
                problems = [*away, *self._problems]
                self.state, self.because = ("degraded" if problems else "ok"), "; ".join(problems)[:400]
            if not away:  # what nobody could hear is not silent
                self.supervision.look_for_silence()
            self.places.forget(clock.monotonic())

    # -- reports -----------------------------------------------------------------------------------------------------

    async def _hear(self, endpoint: str, said: Said) -> None:
        entry = self.book.brokers.get(endpoint)
        if entry is None:
            return
        mac = read_mac(name_in(entry.state, said.topic))
        if mac:
            self._take_state(mac, said)
            return
        mac = read_mac(name_in(entry.uplink, said.topic))
        if said.is_retained:
            log.warning("%s: a retained report is never acted on", said.topic)
            return
        self._resumed_at = max(self._resumed_at, _resumed(self.links.get(endpoint)))
        await self.take_report(said.payload, mac, entry.district, endpoint)

    def _take_state(self, mac: str, said: Said) -> None:
        """A gateway's own state. What the broker had lying there may say that it is gone, never that it lives."""
        gateway = self.book.gateways.get(mac)
        text = said.payload[:200].decode("utf-8", "replace").lower()
        if gateway is None:
            return
        if "offline" in text or "lost" in text:
            self.supervision.lost(gateway, "The broker has lost its connection.")
        elif not said.is_retained:
            self.supervision.heard(gateway)

    async def take_report(self, raw: bytes, sender: str, district: str, broker: str) -> str:
        """Takes a report from the gateway `sender` ("" where only the report itself names it); returns once every
        press in it is kept, with what is wrong with it as a whole, or "".
        """
        report = read_report(raw)
        if isinstance(report, Malformed):
            self.refuse(report.because, raw, sender or "unknown gateway", district)
            return report.because
        mac = sender or report.gateway
        gateway = self.book.gateways.get(mac)
        if gateway is not None and gateway.district != district:
            gateway = None  # a broker speaks for its own district only
        if gateway is not None:
            self.supervision.heard(gateway)
        if report.problems:
            log.info("%s: %s", mac or "a gateway", " ".join(report.problems[:3]))
        heard = Place(mac, gateway, 0, clock.monotonic())
        works = [work for one in report.hearings if (work := self._take_hearing(one, heard, district, broker))]
        if works:
            await asyncio.gather(*works)
        return ""

    def _take_hearing(self, hearing: Hearing, heard: Place, district: str, broker: str) -> Any:
        """Notes where a badge is and how it fares; returns what is still to be awaited, None for no press."""
        badge = self.book.badges.get(hearing.mac)
        if badge is not None and badge.district != district:
            badge = None
        rules = self.book.brokers.get(broker) or self.book.rules_of(district)
        button = read_button(hearing.said, rules.layouts)
        if badge is None and (button is None or not rules.raises_unknown):
            return None
        place = heard._replace(rssi=hearing.rssi)
        self.places.note(hearing.mac, place)
        battery = hearing.battery if button is None or button.battery is None else button.battery
        if badge is not None:
            name = heard.gateway.place_name if heard.gateway else ""
            self.supervision.heard(badge, battery, heard_at=clock.unix(), place_name=name)
        self.presses.ways[heard.mac] = broker
        return None if button is None else self._take_button(hearing, button, badge, place, rules, battery)

    def _take_button(
        self, hearing: Hearing, button: Button, badge: BadgeEntry | None, place: Place, rules: BrokerEntry,
        battery: int | None,
    ) -> Any:  # fmt: skip
        """Judges the button; nothing is awaited between reading and keeping what is known of a badge."""
        mac, now = hearing.mac, clock.unix()
        track = self.track_of(mac)
        verdict = judge_button(
            track, button, now, heard_at=self._heard_at.get(mac, self._started_at), resumed_at=self._resumed_at,
            steps=(badge.steps if badge else None) or rules.steps, held_kind=badge.hold_kind if badge else "",
            is_known=badge is not None, run_seconds=rules.run_seconds,
        )  # fmt: skip
        self._heard_at[mac] = now
        if verdict.refused and self._refused.get(mac) != button.counter:
            self._refused[mac] = button.counter or 0
            self.refuse(f"{badge.name if badge else mac}: {verdict.refused}", hearing.raw, place.mac, rules.district)
        known = verdict.track
        if verdict.kind:
            press_id = ids.same_id("blebadge", mac, known.run, verdict.kind)
            known = msgspec.structs.replace(known, untaken={**known.untaken, verdict.kind: press_id})
        if known != track:
            self.keep_track(mac, known)
        if not known.untaken:
            return None
        return self.presses.take(hearing, known, badge, place, rules, battery, verdict.note)

    # -- what is known of badges -------------------------------------------------------------------------------------

    def track_of(self, mac: str) -> Track | None:
        kept = self.tracks.get(mac)
        found = decode_track(kept[1]) if kept else None
        return found

    def keep_track(self, mac: str, track: Track) -> None:
        self.tracks.keep(mac, clock.unix(), msgspec.json.encode(track))

    # -- answers -----------------------------------------------------------------------------------------------------

    async def _hear_answer(self, message: Msg) -> None:
        told = decode(message.data, Acknowledged)
        if isinstance(told, Malformed) or told.what not in ANSWERS or not is_of(message.subject, told.district):
            return
        mac = self.presses.badge_of(told.press)
        if mac:
            await self.tell_badge(mac, ANSWERS[told.what], told.press)

    async def tell_badge(self, mac: str, pattern: str, press: str) -> None:
        """Asks the gateway that hears the badge best to let it buzz; over HTTP with its next answer."""
        places = self.places.fresh(mac, clock.monotonic(), 30.0)
        place = places[0] if places else self.places.newest(mac)
        if place is None:
            return
        command = {"action": "badge", "badge": mac, "pattern": pattern, "press": press, "at": clock.unix()}
        broker = self.presses.ways.get(place.mac, "")
        entry, link = self.book.brokers.get(broker), self.links.get(broker)
        if entry is None or link is None:
            waiting = self.commands.setdefault(place.mac, [])
            waiting.append(command)
            del waiting[:-MOST_COMMANDS]
        elif not await link.publish(entry.downlink.replace("{mac}", place.mac), json.dumps(command).encode()):
            log.warning("badge %s does not feel “%s”: its gateway is out of reach", mac, pattern)

    def take_commands(self, gateway: str) -> list[dict[str, Any]]:
        """What a gateway on HTTP has to do; asked once."""
        return self.commands.pop(gateway, [])

    def refuse(self, because: str, raw: bytes | str, peer: str, district: str) -> None:
        """Keeps what could not be taken for a report or a press where people see it; a flood is only logged."""
        log.warning("refused from %s: %s", peer, because)
        second = int(clock.monotonic())
        self._refusals = (second, self._refusals[1] + 1 if self._refusals[0] == second else 1)
        if not district or self._refusals[1] > REFUSALS_PER_SECOND:
            return
        shown = raw if isinstance(raw, str) else raw[:4200].decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
        refused = PressRefused(
            id=ids.new_id().hex, district=district, gateway=self.name, peer=peer, because=because, raw=shown,
            at=clock.unix(),
        )  # fmt: skip
        where = subject(district, None, "status", self.name, peer)
        self.run_task(self.send_safely(where, refused, refused.id, wait=False))


def decode_track(raw: bytes) -> Track | None:
    """A track as it was kept; None for one this version does not understand."""
    try:
        return msgspec.json.decode(raw, type=Track)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _resumed(link: MqttLink | None) -> float:
    return 0.0 if link is None else clock.unix() - (clock.monotonic() - link.up_at)


Service = BadgeService
__all__ = ["BadgeService", "GatewayEntry", "Service"]
