"""Whether gateways and badges still live, what their batteries say, and when each was heard last."""

from typing import TYPE_CHECKING, Any

from watchbell.gateways.blebadge.book import LOW_BATTERY, BadgeEntry, GatewayEntry
from watchbell.line import clock
from watchbell.wire.status import DeviceStatus

if TYPE_CHECKING:
    from watchbell.gateways.blebadge.service import BadgeService

GATEWAY_AGAIN_SECONDS, BADGE_AGAIN_SECONDS = 30.0, 600.0


class Supervision:
    """Remembers when each was heard and publishes DeviceStatus on a change, and now and then to show its age."""

    def __init__(self, service: "BadgeService") -> None:
        self._service = service
        self._entries: dict[str, GatewayEntry | BadgeEntry] = {}
        self._heard: dict[str, float] = {}  # monotonic
        self._state: dict[str, str] = {}
        self._said: dict[str, float] = {}
        self._battery: dict[str, int] = {}
        self._next_look = 0.0

    def follow(self, entries: list[GatewayEntry | BadgeEntry]) -> None:
        """Takes over whom to supervise; a new one has its whole interval to be heard."""
        now = clock.monotonic()
        self._entries = {entry.mac: entry for entry in entries}
        for mac in self._entries:
            self._heard.setdefault(mac, now)
        for known in (self._heard, self._state, self._said, self._battery):
            for gone in known.keys() - self._entries.keys():
                del known[gone]

    def heard(self, entry: GatewayEntry | BadgeEntry, battery: int | None = None, **detail: Any) -> None:
        """`entry` was heard just now."""
        now = clock.monotonic()
        self._heard[entry.mac] = now
        is_news = battery is not None and battery != self._battery.get(entry.mac)
        if battery is not None:
            self._battery[entry.mac] = battery
        again = GATEWAY_AGAIN_SECONDS if isinstance(entry, GatewayEntry) else BADGE_AGAIN_SECONDS
        state, because = self._judge(entry.mac)
        if state != self._state.get(entry.mac) or is_news or now - self._said.get(entry.mac, -1e9) >= again:
            self._say(entry, state, because, detail)

    def lost(self, entry: GatewayEntry, because: str) -> None:
        """The broker says that the gateway has gone (its last will)."""
        if self._state.get(entry.mac) != "silent":
            self._say(entry, "silent", because, {})

    def look_for_silence(self) -> None:
        """Called several times a second; looks once a second."""
        now = clock.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + 1.0
        for mac, entry in self._entries.items():
            if self._state.get(mac) == "silent" or now - self._heard[mac] <= entry.silent_seconds:
                continue
            hours = entry.silent_seconds / 3600
            span = f"{hours:.0f} hours" if hours >= 2 else f"{entry.silent_seconds:.0f} s"
            self._say(entry, "silent", f"Not heard for {span}.", {})

    def _judge(self, mac: str) -> tuple[str, str]:
        battery = self._battery.get(mac)
        if battery is not None and battery <= LOW_BATTERY:
            return "trouble", f"The battery is at {battery} %."
        return "online", ""

    def _say(self, entry: GatewayEntry | BadgeEntry, state: str, because: str, detail: dict[str, Any]) -> None:
        self._state[entry.mac], self._said[entry.mac] = state, clock.monotonic()
        battery = {"battery": self._battery[entry.mac]} if entry.mac in self._battery else {}
        status = DeviceStatus(
            district=entry.district, site=entry.site, gateway="blebadge", device=entry.device,
            endpoint=entry.endpoint, state=state, at=clock.unix(), because=because, detail={**detail, **battery},
        )  # fmt: skip
        self._service.run_task(self._service.say_status(status))
