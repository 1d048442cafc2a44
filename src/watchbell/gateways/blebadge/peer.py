"""Plays badges and the gateways that hear them: BTHome advertisements, relayed as JSON over MQTT or HTTP."""

import asyncio
import contextlib
import json
import logging
import math
import random
from collections.abc import Callable
from typing import Any

import aiohttp

from watchbell.gateways.mqtt_link import Broker
from watchbell.gateways.mqtt_peer import MqttDevice, end_task
from watchbell.line import clock

log = logging.getLogger(__name__)
#: A press shows in the badge's advertisements for this long.
LATCH_SECONDS = 6.0
#: Signal at one metre, loss per tenfold distance, loss per storey (dB).
NEAR_RSSI, LOSS, STOREY = -48, 24, 18
REACH_RSSI = -95
#: A gateway tells of each badge in every so many reports.
PARTS = 6
Heard = Callable[[dict[str, Any]], None]


class Badge:
    """A badge. spot: (floor, x, y) in metres. counter: rises with each press, 32 bits. felt: patterns it gave."""

    def __init__(self, mac: str, name: str = "", spot: tuple[str, float, float] = ("", 0.0, 0.0), *, battery: int = 90,
                 endpoint: str = "", site: str = "", counter: int = 0, place_name: str = "",
                 site_name: str = "") -> None:  # fmt: skip
        self.place_name, self.site_name = place_name, site_name
        self.mac, self.name, self.spot, self.battery = mac, name, spot, battery
        self.endpoint, self.site, self.counter = endpoint, site, counter
        self.felt: list[str] = []
        self._latched_until = 0.0

    @property
    def is_latched(self) -> bool:
        return clock.monotonic() < self._latched_until

    def press(self) -> None:
        """The button is pressed once."""
        self.counter = (self.counter + 1) % (1 << 32)
        self._latched_until = clock.monotonic() + LATCH_SECONDS

    def advertisement(self) -> bytes:
        """Flags and a BTHome v2 message: battery, button event, presses so far."""
        return advertise(self.counter, self.battery, is_latched=self.is_latched)


def advertise(counter: int, battery: int, *, is_latched: bool) -> bytes:
    """The bytes of such an advertisement."""
    body = bytes((0xD2, 0xFC, 0x44, 0x01, battery, 0x3A, int(is_latched), 0x3E)) + counter.to_bytes(4, "little")
    return bytes((2, 0x01, 0x06, len(body) + 1, 0x16)) + body


class PlayedGateway:
    """A gateway in a room. way: a broker to publish to, or the URL and the token of an HTTP receiver.

    uplink, downlink, state: its topics. style: how it writes its reports, "minew", "april" or "openmqtt".
    Faults: "silent" (cable out), "slow" (a second late), "refuses" (badges do not feel answers), "garbles".
    """

    def __init__(
        self, mac: str, way: Broker | tuple[str | Callable[[], str], str], *,
        spot: tuple[str, float, float] = ("", 0.0, 0.0), style: str = "minew",
        name: str = "", base: str = "/gw", heard: Heard | None = None,
    ) -> None:  # fmt: skip
        self.mac, self.way, self.spot, self.style, self.name = mac, way, spot, style, name
        self.uplink, self.downlink, self.state = (f"{base}/{mac}/{end}" for end in ("status", "action", "state"))
        self.badges: dict[str, Badge] = {}
        self.last_commands: list[dict[str, Any]] = []
        self._outside = heard
        self.is_slow = self.garbles = self.refuses = self.is_cut = False
        self._http: aiohttp.ClientSession | None = None
        self._beating: asyncio.Task[None] | None = None
        self._device: MqttDevice | None = None
        if isinstance(way, Broker):
            self._device = MqttDevice(way, self.state, (self.downlink,), self._obey_message)

    # -- life --------------------------------------------------------------------------------------------------------

    async def start(self, every_seconds: float = 20.0) -> None:
        """Reports itself and a part of its badges every so many seconds; 0 for a gateway that only speaks when told."""
        if self._device is not None:
            await self._device.start()
        else:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=6))
        if every_seconds:
            self._beating = asyncio.create_task(self._beat(every_seconds))

    async def stop(self) -> None:
        if self._beating is not None:
            await end_task(self._beating)
        if self._device is not None:
            await self._device.stop()
        if self._http is not None:
            await self._http.close()

    async def wait_connected(self, seconds: float = 10.0) -> None:
        """Returns once it is on its broker. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while self._device is not None and not self._device.is_up:
                await asyncio.sleep(0.02)

    def fail(self, how: str, seconds: float) -> None:
        if how == "silent":
            self.is_cut = True
            asyncio.get_running_loop().call_later(seconds, setattr, self, "is_cut", False)
            if self._device is not None:
                self._device.cut(seconds)
            return
        name = {"slow": "is_slow", "garbles": "garbles", "refuses": "refuses"}[how]
        setattr(self, name, True)
        asyncio.get_running_loop().call_later(seconds, setattr, self, name, False)

    async def _beat(self, every_seconds: float) -> None:
        await asyncio.sleep(random.uniform(0, every_seconds))  # gateways do not start in step
        turn = 0
        while True:
            own = list(self.badges.values())[turn % PARTS :: PARTS]
            await self.report([(badge.mac, badge.advertisement(), self.rssi_of(badge)) for badge in own])
            turn += 1
            await asyncio.sleep(every_seconds)

    # -- reports -----------------------------------------------------------------------------------------------------

    def rssi_of(self, badge: Badge) -> int:
        """How well it hears a badge, by distance and storeys (without the wavering of a real one)."""
        metres = max(1.0, math.dist(self.spot[1:], badge.spot[1:]))
        storeys = STOREY if self.spot[0] != badge.spot[0] else 0
        return round(NEAR_RSSI - LOSS * math.log10(metres) - storeys)

    async def hear(self, badge: Badge, rssi: int | None = None) -> bool:
        """Hears a badge now and tells; True once the broker or the receiver has it."""
        self.badges[badge.mac] = badge
        return await self.report(
            [(badge.mac, badge.advertisement(), rssi if rssi is not None else self.rssi_of(badge))]
        )

    async def report(self, rows: list[tuple[str, bytes, int]]) -> bool:
        """Sends a report of (address, advertisement, signal)."""
        if self.is_cut:
            return False
        if self.is_slow:
            await asyncio.sleep(1.0)
        raw = write_report(self.style, self.mac, rows, clock.unix())
        return await self.send(b"\xff{" + raw[5:] if self.garbles else raw)

    async def send(self, raw: bytes, *, retain: bool = False) -> bool:
        """Sends bytes as they are."""
        if self._device is not None:
            return await self._device.publish(self.uplink, raw, retain=retain)
        assert self._http is not None and not isinstance(self.way, Broker)
        where, token = self.way
        url = where if isinstance(where, str) else where()
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
            headers = {"Authorization": f"Bearer {token}"}
            async with self._http.post(url, data=raw, headers=headers) as answer:
                told = await answer.json()
                for command in told.get("commands", []):
                    self._obey(command)
                return answer.status == 200
        return False

    # -- what comes down -----------------------------------------------------------------------------------------------

    async def _obey_message(self, topic: str, payload: bytes) -> None:
        with contextlib.suppress(ValueError):
            self._obey(json.loads(payload))

    def _obey(self, command: Any) -> None:
        badge = self.badges.get(command.get("badge", "")) if isinstance(command, dict) else None
        if badge is None or self.refuses:
            return
        self.last_commands.append(command)
        badge.felt.append(str(command["pattern"]))
        if self._outside is not None:
            body = {"badge": badge.mac, "pattern": command["pattern"], "press": command.get("press"),
                    "gateway": self.name or self.mac}  # fmt: skip
            self._outside({"to": badge.name or badge.mac, "body": body, "raw": badge.endpoint})


def write_report(style: str, gateway: str, rows: list[tuple[str, bytes, int]], at: float) -> bytes:
    """A report as gateways of different makers write it."""
    if style == "april":
        packed = [f"00{mac}{rssi + 256:02X}{raw.hex().upper()}" for mac, raw, rssi in rows]
        return json.dumps({"v": 1, "mid": 1, "time": int(at), "mac": gateway, "devices": packed}).encode()
    if style == "openmqtt" and len(rows) == 1:
        mac, raw, rssi = rows[0]
        name = ":".join(mac[place : place + 2] for place in range(0, 12, 2))
        return json.dumps({
            "id": name, "rssi": rssi, "servicedatauuid": "0xfcd2", "servicedata": raw[7:].hex(), "gateway": gateway,
        }).encode()  # fmt: skip
    stamp = clock.moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")
    own = [{"timestamp": stamp, "type": "Gateway", "mac": gateway, "gatewayFree": 96, "gatewayLoad": 0.1}]
    common = {"timestamp": stamp, "type": "Unknown", "bleName": ""}
    heard = [{**common, "mac": mac, "rssi": rssi, "rawData": raw.hex().upper()}
             for mac, raw, rssi in rows]  # fmt: skip
    return json.dumps([*own, *heard]).encode()


class Air:
    """Badges and gateways within reach of each other."""

    def __init__(self, badges: list[Badge], gateways: list[PlayedGateway]) -> None:
        self.badges = {badge.mac: badge for badge in badges}
        self.gateways = gateways
        self._echoes: set[asyncio.Task[Any]] = set()
        for badge in badges:
            found = self.in_reach(badge)
            if found:  # the nearest tells of it in its turn
                found[0].badges[badge.mac] = badge

    def in_reach(self, badge: Badge) -> list[PlayedGateway]:
        """The gateways that hear a badge, the nearest first."""
        found = [one for one in self.gateways if one.spot[0].split("|")[0] == badge.spot[0].split("|")[0]]
        found.sort(key=lambda one: -one.rssi_of(badge))
        return [one for place, one in enumerate(found) if not place or one.rssi_of(badge) >= REACH_RSSI]

    async def press(self, badge: Badge, presses: int = 1, pause_seconds: float = 0.25) -> int:
        """Presses a badge several times in a row; every gateway in reach tells of each, some later than others, and
        goes on telling while the press shows. Returns how many gateways are in reach."""
        near = self.in_reach(badge)
        for number in range(presses):
            if number:
                await asyncio.sleep(pause_seconds)
            badge.press()
            for place, gateway in enumerate(near):
                self._later(gateway, badge, 0.02 + 0.03 * (len(near) - place) % 0.17)
        for seconds in (1.0, 2.5, 4.0):
            for gateway in near[:3]:
                self._later(gateway, badge, seconds)
        return len(near)

    def _later(self, gateway: PlayedGateway, badge: Badge, seconds: float) -> None:
        async def tell() -> None:
            await asyncio.sleep(seconds)
            await gateway.hear(badge)

        task = asyncio.create_task(tell())
        self._echoes.add(task)
        task.add_done_callback(self._echoes.discard)

    async def start(self) -> None:
        """Its gateways start by themselves."""

    async def stop(self) -> None:
        for task in list(self._echoes):
            task.cancel()
        await asyncio.gather(*self._echoes, return_exceptions=True)
