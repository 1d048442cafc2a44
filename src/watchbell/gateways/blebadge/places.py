"""Where a badge is: the room of the gateway that hears it best."""

from typing import NamedTuple

from watchbell.gateways.blebadge.book import GatewayEntry
from watchbell.gateways.blebadge.codec import WEAKEST

#: A hearing says where a badge is for this long.
FRESH_SECONDS = 4.0
#: Another gateway must hear this much better before a press moves there: signals waver by as much.
BETTER_DB = 3


class Place(NamedTuple):
    """gateway: by its address, with its entry when it is listed. at: monotonic seconds."""

    mac: str
    gateway: GatewayEntry | None
    rssi: int
    at: float


class Whereabouts:
    """The newest hearings of each badge, by gateway."""

    def __init__(self) -> None:
        self._heard: dict[str, dict[str, Place]] = {}

    def note(self, badge: str, place: Place) -> None:
        """Keeps a hearing; the stronger of two that a gateway has within the fresh time counts."""
        known = self._heard.setdefault(badge, {})
        old = known.get(place.mac)
        if old is None or place.at - old.at > FRESH_SECONDS or place.rssi >= old.rssi:
            known[place.mac] = place
        if len(known) > 64:
            known.pop(min(known, key=lambda mac: known[mac].at))

    def forget(self, now: float, seconds: float = 600.0) -> None:
        """Lets go of badges nobody has heard for a while."""
        for badge in [one for one, known in self._heard.items() if all(now - p.at > seconds for p in known.values())]:
            del self._heard[badge]

    def fresh(self, badge: str, now: float, seconds: float = FRESH_SECONDS) -> list[Place]:
        """Hearings of the last seconds, the strongest first; those of listed gateways before others."""
        found = [place for place in self._heard.get(badge, {}).values() if now - place.at <= seconds]
        return sorted(found, key=lambda place: (place.gateway is None, -place.rssi, place.mac))

    def newest(self, badge: str) -> Place | None:
        """The gateway that heard the badge last, however long ago."""
        known = self._heard.get(badge)
        return max(known.values(), key=lambda place: place.at) if known else None


def is_better(new: Place, old: Place) -> bool:
    """Whether a press that was raised at `old` belongs to `new` after all."""
    if new.mac == old.mac or new.gateway is None:
        return False
    if old.gateway is None:
        return True
    return new.rssi > WEAKEST and new.rssi >= old.rssi + BETTER_DB
