"""A press on its way: where it is, kept in spool and stream before its report is acknowledged, corrected, felt."""

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from watchbell.gateways.base import DAY_SECONDS
from watchbell.gateways.blebadge.book import BadgeEntry, BrokerEntry
from watchbell.gateways.blebadge.codec import Hearing
from watchbell.gateways.blebadge.places import Place, is_better
from watchbell.gateways.blebadge.runs import Track
from watchbell.line import clock
from watchbell.line.spool import Memory
from watchbell.wire.press import PanicPressed
from watchbell.wire.subjects import subject

if TYPE_CHECKING:
    from watchbell.gateways.blebadge.service import BadgeService

log = logging.getLogger(__name__)
#: The first hearing waits this long for stronger ones; where no other gateway could hear it, not at all.
COLLECT_SECONDS = 0.15
#: After the press went out its place is looked at again, and told anew where another gateway hears better.
LOOK_AGAIN_SECONDS = (0.4, 1.6)


class Presses:
    """Presses under way. ways: which broker ("" for HTTP) a gateway's reports come by."""

    def __init__(self, service: "BadgeService") -> None:
        self._service = service
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        self._spooled: set[str] = set()
        self._of = Memory(service.folder / "presses", DAY_SECONDS, clock.unix())
        self.ways: dict[str, str] = {}

    def badge_of(self, press: str) -> str:
        """The badge a press of the last day came from, "" for none of ours."""
        kept = self._of.get(press)
        return kept[1].decode() if kept else ""

    def take(
        self, hearing: Hearing, track: Track, badge: BadgeEntry | None, place: Place, rules: BrokerEntry,
        battery: int | None, note: str,
    ) -> Any:  # fmt: skip
        """Raises what the badge's track says is not taken yet; None when nothing is to be waited for.

        Only the report that brings a press waits until the stream has it: a later one that shows the same press says
        nothing new once the press lies in the spool, and must not hold up the gateway's other reports.
        """
        waits = []
        for kind, press_id in track.untaken.items():
            running = self._in_flight.get(press_id)
            if running is None:
                work = self._raise(press_id, kind, hearing, track, badge, place, rules, battery, note)
                running = self._service.run_task(work)
                self._in_flight[press_id] = running
                running.add_done_callback(partial(self._land, press_id))
            elif press_id in self._spooled:
                continue
            waits.append(asyncio.shield(running))
        return asyncio.gather(*waits) if waits else None

    def _land(self, press_id: str, task: "asyncio.Task[None]") -> None:
        self._in_flight.pop(press_id, None)

    async def _raise(
        self, press_id: str, kind: str, hearing: Hearing, track: Track, badge: BadgeEntry | None, place: Place,
        rules: BrokerEntry, battery: int | None, note: str,
    ) -> None:  # fmt: skip
        service, mac, received_at = self._service, hearing.mac, clock.unix()
        if self.badge_of(press_id):  # an earlier life of this process has kept it: the spool sends it on
            await self._wait_for_stream(press_id)
            return self._forget_untaken(mac, kind)
        if len(track.raised) < 2 and not service.book.is_alone(place.gateway):
            await asyncio.sleep(COLLECT_SECONDS)
        best = next(iter(service.places.fresh(mac, clock.monotonic())), place)
        press = _press(press_id, kind, hearing, track, badge, best, rules, received_at, note)
        press = msgspec.structs.replace(press, detail={**press.detail, **self._heard_by(mac), "battery": battery})
        where = subject(press.district, press.site, "press", service.name, press.device)
        is_taken = await service.send_safely(where, press, press_id)
        self._of.keep(press_id, received_at, mac.encode())
        if not is_taken:
            log.warning("press %s of %s lies in the spool; its report is not acknowledged", press_id, press.device)
            self._spooled.add(press_id)
            await self._wait_for_stream(press_id)
            self._spooled.discard(press_id)
        log.info("press %s: %s from %s in %s", press_id, kind, press.device, press.place_name or "a place unknown")
        self._forget_untaken(mac, kind)
        service.run_task(service.tell_badge(mac, "received", press_id))
        service.run_task(self._correct(press, best, mac))

    async def _wait_for_stream(self, press_id: str) -> None:
        while any(key == press_id for key, _ in self._service.spool.pending()):
            await asyncio.sleep(0.1)

    def _forget_untaken(self, mac: str, kind: str) -> None:
        track = self._service.track_of(mac)
        if track is not None and kind in track.untaken:
            rest = {one: press for one, press in track.untaken.items() if one != kind}
            self._service.keep_track(mac, msgspec.structs.replace(track, untaken=rest))

    def _heard_by(self, mac: str) -> dict[str, Any]:
        """Who hears the badge how well, the strongest first."""
        found = self._service.places.fresh(mac, clock.monotonic())
        names = {(place.gateway.name if place.gateway else place.mac): place.rssi for place in found}
        return {"heard_by": names}

    async def _correct(self, press: PanicPressed, raised_at: Place, mac: str) -> None:
        """Tells the press again with its better place; the id is the same, so that nothing is done twice."""
        service = self._service
        for seconds in LOOK_AGAIN_SECONDS:
            await asyncio.sleep(seconds)
            best = next(iter(service.places.fresh(mac, clock.monotonic())), raised_at)
            if not is_better(best, raised_at) or best.gateway is None or best.gateway.site != press.site:
                continue
            corrected = msgspec.structs.replace(
                press, place=best.gateway.place, place_name=best.gateway.place_name,
                detail={**press.detail, **self._heard_by(mac), "corrects": "place", "was": press.place_name},
            )  # fmt: skip
            where = subject(press.district, press.site, "press", service.name, press.device)
            await service.send_safely(where, corrected, f"{press.id}:{best.mac}")
            log.info("press %s: rather in %s than in %s", press.id, corrected.place_name, press.place_name)
            press, raised_at = corrected, best


def _press(
    press_id: str, kind: str, hearing: Hearing, track: Track, badge: BadgeEntry | None, place: Place,
    rules: BrokerEntry, received_at: float, note: str,
) -> PanicPressed:  # fmt: skip
    """The press as the wire knows it. A gateway that is not listed gives no room: the badge's own site, else the
    district's fallback, is where it is raised."""
    gateway = place.gateway
    notes = [note, "" if badge else f"Badge {hearing.mac} is not listed."]
    notes.append("" if gateway else f"Heard by gateway {place.mac or 'unknown'}, which is not listed.")
    site = gateway.site if gateway else (badge.site if badge and badge.site else rules.fallback)
    return PanicPressed(
        id=press_id, district=rules.district, site=site, kind=kind, mode=badge.mode(received_at) if badge else "real",
        device=f"blebadge/{hearing.mac}", gateway="blebadge", received_at=received_at, device_at=hearing.at,
        place=gateway.place if gateway else None, place_name=gateway.place_name if gateway else "",
        known=badge is not None, by=(badge.by or None) if badge else None, by_name=badge.name if badge else "",
        note=" ".join(one for one in notes if one), raw=hearing.raw,
        detail={"presses": track.count, "counter": track.last},
    )  # fmt: skip
