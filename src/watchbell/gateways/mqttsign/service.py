"""Signs and strobes over a broker: each command waits for the device's own confirmation; silence is a failure."""

import asyncio
import logging
from typing import Any

import msgspec

from watchbell.gateways.base import DAY_SECONDS, Gateway, Outcome
from watchbell.gateways.mqtt_link import Broker, MqttLink, Said, name_in
from watchbell.gateways.mqttsign.codec import DO, read_confirmation, read_state, write_command
from watchbell.line import clock, ids
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order
from watchbell.wire.status import DeviceStatus

log = logging.getLogger(__name__)
CONFIRM_SECONDS = 2.0
SILENT_SECONDS, AGAIN_SECONDS, AWAY_SECONDS = 50.0, 30.0, 1.0
#: What undoes nothing need not be shown again to a device that comes back.
STARTS = ("start_strobe", "show_sign")
KINDS = {"strobe": ("start_strobe", "stop_strobe"), "sign": ("show_sign", "clear_sign")}


class BrokerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A broker. Devices use `<prefix>/<device>/command`, `…/confirm` and `…/state` on it."""

    endpoint: str
    district: str
    name: str = ""
    host: str = ""
    port: int = 8883
    username: str = ""
    ca: str = ""
    tls: bool = True
    prefix: str = "signs"


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A sign or a strobe. device: its name in the topics. silent_seconds: it says that it lives twice in that time."""

    endpoint: str
    name: str
    district: str
    site: str
    device: str
    kind: str = "sign"
    silent_seconds: float = SILENT_SECONDS


class SignGateway(Gateway):
    """Configuration: entries with "what": "broker" (BrokerEntry) or "device" (DeviceEntry); secrets: passwords."""

    name = "mqttsign"

    def __init__(self) -> None:
        super().__init__()
        self.links: dict[str, MqttLink] = {}
        self.brokers: dict[str, BrokerEntry] = {}
        self.devices: dict[str, DeviceEntry] = {}
        self._linked: dict[str, Broker] = {}
        self._waiting: dict[str, tuple[str, asyncio.Future[Outcome]]] = {}
        self._shown = Memory(self.folder / "shown", 30 * DAY_SECONDS, clock.unix())
        self._heard: dict[str, float] = {}
        self._said: dict[str, tuple[str, float]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._problems: list[str] = []

    # -- running -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        self.run_task(self._watch())

    async def stop(self) -> None:
        await asyncio.gather(*(link.stop() for link in self.links.values()))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def run_task(self, work: Any) -> asyncio.Task[Any]:
        """Starts `work` so that it is neither forgotten nor left behind at the end."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.brokers, self.devices, self._problems = read_entries(entries)
        for problem in self._problems:
            log.error("%s", problem)
        now = clock.monotonic()
        for endpoint in self.devices:
            self._heard.setdefault(endpoint, now)
        for endpoint in self._linked.keys() - self.brokers.keys():
            await self._unlink(endpoint)
        for endpoint, entry in self.brokers.items():
            client = f"watchbell-{self.name}-{ids.same_id(self.where, endpoint, str(self.folder))[:12]}"
            wanted = Broker(
                host=entry.host, port=entry.port, username=entry.username, password=str(secrets.get(endpoint) or ""),
                ca=entry.ca, tls=entry.tls, client_id=client,
                topics=(f"{entry.prefix}/+/confirm", f"{entry.prefix}/+/state"),
            )  # fmt: skip
            if entry.host and self._linked.get(endpoint) != wanted:
                await self._unlink(endpoint)
                self._linked[endpoint] = wanted
                self.links[endpoint] = MqttLink(wanted, lambda said, endpoint=endpoint: self._hear(endpoint, said))  # type: ignore[misc]
                self.links[endpoint].start()

    async def _unlink(self, endpoint: str) -> None:
        self._linked.pop(endpoint, None)
        link = self.links.pop(endpoint, None)
        if link is not None:
            await link.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            away = [link.because for link in self.links.values() if link.down_seconds > AWAY_SECONDS]
            if self.state != "starting":
                problems = [*away, *self._problems]
                self.state, self.because = ("degraded" if problems else "ok"), "; ".join(problems)[:400]
            now = clock.monotonic()
            for endpoint, device in self.devices.items():
                if not away and now - self._heard[endpoint] > device.silent_seconds:
                    self._say(device, "silent", f"Not heard for {device.silent_seconds:.0f} s.")

    # -- what devices say ----------------------------------------------------------------------------------------------

    async def _hear(self, endpoint: str, said: Said) -> None:
        broker = self.brokers.get(endpoint)
        if broker is None:
            return
        name = name_in(f"{broker.prefix}/+/confirm", said.topic)
        if name:
            self._take_confirmation(name, said)
            return
        name = name_in(f"{broker.prefix}/+/state", said.topic)
        found = [one for one in self.devices.values() if one.device == name and one.district == broker.district]
        state = read_state(said.payload)
        for device in found:
            if state == "offline":
                self._say(device, "silent", "The broker has lost its connection.")
            elif state == "online" and not said.is_retained:  # what lay there proves no life
                was_away = self._said.get(device.endpoint, ("", 0.0))[0] != "online"
                self._live(device)
                if was_away:
                    self.run_task(self._show_again(device, broker))

    def _take_confirmation(self, name: str, said: Said) -> None:
        found = read_confirmation(said.payload)
        if isinstance(found, Malformed) or said.is_retained:
            log.warning("%s: not taken for a confirmation", said.topic)
            return
        wanted, waiting = self._waiting.get(found.id, ("", None))
        if waiting is None or wanted != name or waiting.done():
            return  # too late, or of a device that was not asked
        words = "Confirmed by the device." if found.ok else f"The device refuses: {found.because or 'no reason given'}."
        waiting.set_result(Outcome("done" if found.ok else "failed", words[:300]))

    def _live(self, device: DeviceEntry) -> None:
        self._heard[device.endpoint] = clock.monotonic()
        self._say(device, "online", "")

    def _say(self, device: DeviceEntry, state: str, because: str) -> None:
        now = clock.monotonic()
        said = self._said.get(device.endpoint)
        if said is not None and said[0] == state and (state == "silent" or now - said[1] < AGAIN_SECONDS):
            return
        self._said[device.endpoint] = (state, now)
        status = DeviceStatus(
            district=device.district, site=device.site, gateway=self.name, device=device.device,
            endpoint=device.endpoint, state=state, at=clock.unix(), because=because,
        )  # fmt: skip
        self.run_task(self.say_status(status))

    async def _show_again(self, device: DeviceEntry, broker: BrokerEntry) -> None:
        """A device that comes back during an alarm shows it again."""
        kept = self._shown.get(device.endpoint)
        link = self.links.get(broker.endpoint)
        if kept is not None and kept[1] and link is not None:
            await link.publish(f"{broker.prefix}/{device.device}/command", kept[1])

    # -- orders --------------------------------------------------------------------------------------------------------

    async def carry_out(self, order: Order) -> Outcome:
        device = self.devices.get(order.endpoint.id)
        if device is None or order.action not in DO:
            return Outcome("failed", f"{order.endpoint.name} is not in this gateway's configuration.")
        if order.action not in KINDS.get(device.kind, ()):
            return Outcome("failed", f"Refused: {device.name} is a {device.kind}.")
        broker = next((one for one in self.brokers.values() if one.district == device.district), None)
        link = self.links.get(broker.endpoint) if broker else None
        if broker is None or link is None:
            return Outcome("failed", "No broker is configured.")
        command_id = ids.same_id(order.id, order.action, order.attempt, clock.unix())
        command = write_command(order, command_id, clock.unix())
        waiting: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = (device.device, waiting)
        began = clock.monotonic()
        try:
            if not await link.publish(f"{broker.prefix}/{device.device}/command", command):
                return Outcome("failed", f"The broker is away ({link.because or 'no acknowledgement'}).")
            outcome = await asyncio.wait_for(waiting, CONFIRM_SECONDS)
        except TimeoutError:
            return Outcome("failed", f"{device.name} did not confirm within {CONFIRM_SECONDS:g} s.")
        finally:
            self._waiting.pop(command_id, None)
        self._live(device)
        if outcome.state == "done":
            self._shown.keep(device.endpoint, clock.unix(), command if order.action in STARTS else b"")
        return outcome._replace(protocol_seconds=clock.monotonic() - began)


def read_entries(
    entries: list[dict[str, Any]],
) -> tuple[dict[str, BrokerEntry], dict[str, DeviceEntry], list[str]]:
    """Brokers and devices by endpoint, and one sentence for each entry that could not be used."""
    brokers, devices, problems = {}, {}, []
    for entry in entries:
        given = {name: value for name, value in entry.items() if value is not None and name != "what"}
        try:
            if entry.get("what") == "broker":
                broker = msgspec.convert(given, BrokerEntry, strict=False)
                brokers[broker.endpoint] = broker
            else:
                device = msgspec.convert(given, DeviceEntry, strict=False)
                if device.kind not in KINDS or not device.device or set(device.device) & set("/+#"):
                    problems.append(f"{device.name}: it is neither sign nor strobe, or its name fits no topic.")
                    continue
                devices[device.endpoint] = device
        except msgspec.ValidationError as error:
            problems.append(f"{entry.get('name', '?')}: {error}.")
    return brokers, devices, problems


Service = SignGateway
