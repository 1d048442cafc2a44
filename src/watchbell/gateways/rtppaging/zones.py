"""Zones and the pages that are on in them: who may pre-empt whom, what resumes, and what is kept on disk."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from watchbell.gateways.rtppaging.audio import quieter
from watchbell.gateways.rtppaging.player import Page, Player, Playing, Sender, Track
from watchbell.gateways.rtppaging.programme import Programme
from watchbell.line import clock, config

log = logging.getLogger(__name__)
STOPS_KEPT_SECONDS = 86400.0


class Zone(msgspec.Struct):
    """One configured zone with its pages, the one that plays last. entry: as documented in service.py."""

    id: str
    entry: dict[str, Any]
    track: Track
    pages: list[Page] = msgspec.field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.entry.get("name") or self.id)


class Kept(msgspec.Struct):
    """What lies on disk: pages that are on, per "owner zone" the moment its page was stopped, and per zone why its last
    self-test failed."""

    pages: list[Page] = msgspec.field(default_factory=list)
    stops: dict[str, float] = msgspec.field(default_factory=dict)
    unheard: dict[str, str] = msgspec.field(default_factory=dict)


MakeProgramme = Callable[[Page], Programme]
#: How a page ended ("played", "cut", "stopped") and why, in words for people.
TellEnded = Callable[[Page, str, str], None]


class Zones:
    """All zones. `make_programme` gives what a page plays; `tell_ended` hears of announcements that are over."""

    def __init__(
        self, path: Path, make_programme: MakeProgramme, tell_ended: TellEnded = lambda page, how, why: None
    ) -> None:
        self._path = path
        self._make_programme = make_programme
        self._tell_ended_page = tell_ended
        self._programmes: dict[tuple[object, ...], Programme] = {}
        self._kept = self._read()
        self._saving = asyncio.Lock()
        self._is_dirty = False
        self._loop = asyncio.get_running_loop()
        self.player = Player()
        self.by_id: dict[str, Zone] = {}

    # -- configuration -----------------------------------------------------------------------------------------

    def configure(self, entries: list[dict[str, Any]]) -> list[str]:
        """Takes over the zones of `entries`; pages go on. Returns why single entries could not be used."""
        wanted, problems = {}, []
        for entry in entries:
            key = str(entry.get("endpoint") or "")
            old = self.by_id.get(key)
            if old is not None and old.entry == entry:
                wanted[key] = old
                continue
            try:
                sender = Sender(
                    str(entry["group"]), int(entry["port"]), str(entry.get("interface") or "0.0.0.0"),
                    int(entry.get("ttl") or 1),
                )  # fmt: skip
                softer = quieter(_volume(entry))
            except (KeyError, ValueError, TypeError, OSError) as error:
                problems.append(f"{entry.get('name') or key}: {type(error).__name__} {error}")
                continue
            kept = old.pages if old else [page for page in self._kept.pages if page.zone == key]
            wanted[key] = Zone(
                id=key, entry=entry, track=Track(sender, self._tell_ended, softer), pages=sorted(kept, key=_rank)
            )
        gone = [zone for key, zone in self.by_id.items() if wanted.get(key) is not zone]
        self.by_id = wanted
        self.drop_expired()
        for zone in wanted.values():
            self._choose(zone, None)
        self.player.follow(tuple(zone.track for zone in wanted.values()))
        for zone in gone:
            zone.track.playing = None
            self._loop.call_later(0.5, zone.track.sender.close)
        return problems

    def trouble_of(self, zone: Zone) -> str:
        """What is wrong with a zone: its sound cannot be sent, or its last self-test was not heard; "" when nothing."""
        cannot = f"Sound cannot be sent: {zone.track.trouble}" if zone.track.trouble else ""
        return cannot or self._kept.unheard.get(zone.id, "")

    async def keep_verdict(self, zone: Zone, because: str) -> None:
        """Remembers how a zone's self-test went until the next; `because` is "" when all was well."""
        before = self._kept.unheard.pop(zone.id, "")
        if because:
            self._kept.unheard[zone.id] = because
        if because != before:
            await self.save()

    def find(self, endpoint: str, device: str) -> Zone | None:
        """The zone of an endpoint, or of the name the gateway knows it by."""
        by_name = (zone for zone in self.by_id.values() if zone.name == device)
        return self.by_id.get(endpoint) or next(by_name, None)

    # -- pages -------------------------------------------------------------------------------------------------

    def refuse_page(self, zone: Zone, page: Page, made_at: float) -> str:
        """Why `page` may not begin now, in words for people; "" when it may."""
        if self._kept.stops.get(f"{page.owner} {zone.id}", 0.0) > made_at:
            return "This page was stopped after it had been ordered."
        above = [other for other in zone.pages if other.owner != page.owner and other.rank > page.rank]
        if above and page.is_announcement:
            what = "An announcement of higher priority" if above[-1].is_announcement else "An alarm"
            return f"Refused: {what} is on in {zone.name}."
        if above:
            return f"A page of higher priority is on in {zone.name} ({above[-1].prompt}, {above[-1].priority})."
        if page.is_announcement and any(o.owner != page.owner and o.rank == page.rank for o in zone.pages):
            return f"Refused: another announcement is on in {zone.name}. Wait for its end or take a higher priority."
        return ""

    def begin(self, zone: Zone, page: Page) -> "asyncio.Future[OSError | None]":
        """Plays `page` instead of its owner's earlier page and above those it pre-empts; done with the first packet."""
        first: asyncio.Future[OSError | None] = self._loop.create_future()
        for other in [other for other in zone.pages if other.is_announcement and other.owner != page.owner]:
            zone.pages.remove(other)  # an announcement that was cut does not begin again after an alarm
            why = "an alarm" if not page.is_announcement else "an announcement of higher priority"
            self._tell_ended_page(other, "cut", f"Cut off by {why}.")
        zone.pages = sorted([*(other for other in zone.pages if other.owner != page.owner), page], key=_rank)
        self._choose(zone, first)
        if not first.done() and (zone.track.playing is None or zone.track.playing.page is not page):
            first.set_result(None)
        return first

    def end(self, zone: Zone, owner: str, incident: str) -> list[Page]:
        """Stops the pages of this press or incident; what they had pre-empted goes on. Returns the stopped ones."""
        ended = [page for page in zone.pages if page.owner == owner or (incident and page.incident == incident)]
        for known in {owner, *(page.owner for page in ended)}:
            self._kept.stops[f"{known} {zone.id}"] = clock.unix()
        if ended:
            zone.pages = [page for page in zone.pages if page not in ended]
            self._choose(zone, None)
        for page in ended:
            self._tell_ended_page(page, "stopped", "Stopped by hand.")
        return ended

    def drop_expired(self) -> list[Page]:
        """Stops pages that were never stopped and have reached their end."""
        dropped = []
        for zone in self.by_id.values():
            late = [page for page in zone.pages if page.ends_at < clock.unix()]
            if late:
                zone.pages = [page for page in zone.pages if page not in late]
                self._choose(zone, None)
                dropped += late
        for page in dropped:
            self._tell_ended_page(page, "cut", "It was never stopped and has reached its longest time.")
        return dropped

    def renew(self, page: Page, frames: tuple[bytes, ...]) -> None:
        """Gives a page's programme other sound from its next round on, in all its zones at once."""
        programme = self._programmes.get(page.programme)
        if programme is not None:
            programme.upcoming = frames

    def programme_of(self, page: Page) -> Programme | None:
        """What the page plays now, in all its zones; None when it is over."""
        return self._programmes.get(page.programme)

    def _choose(self, zone: Zone, first: "asyncio.Future[OSError | None] | None") -> None:
        page = zone.pages[-1] if zone.pages else None
        playing = zone.track.playing
        if page is None:
            zone.track.playing = None
        elif playing is None or playing.page != page:
            programme = self._programmes.get(page.programme)
            if programme is None:
                programme = self._programmes[page.programme] = self._make_programme(page)
            zone.track.playing = Playing(page, programme, lambda error: self._tell_first(first, error))
            self.player.wake()
        self._forget_programmes()

    def _forget_programmes(self) -> None:
        used = {page.programme for zone in self.by_id.values() for page in zone.pages}
        for key in [key for key in self._programmes if key not in used]:
            del self._programmes[key]

    def _tell_first(self, first: "asyncio.Future[OSError | None] | None", error: OSError | None) -> None:
        def settle() -> None:
            if first is not None and not first.done():
                first.set_result(error)

        self._loop.call_soon_threadsafe(settle)

    def _tell_ended(self, page: Page) -> None:
        self._loop.call_soon_threadsafe(self._played_out, page)

    def _played_out(self, page: Page) -> None:
        zone = self.by_id.get(page.zone)
        if zone is not None and page in zone.pages:
            programme = self._programmes.get(page.programme)
            why = programme.because if programme is not None else ""
            zone.pages.remove(page)
            self._choose(zone, None)
            self._tell_ended_page(page, "cut" if why else "played", why)

    # -- disk --------------------------------------------------------------------------------------------------

    def _read(self) -> Kept:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError):
            return Kept()

    async def save(self) -> None:
        """Puts the pages that are on onto the disk; callers that come together share one write."""
        self._is_dirty = True
        async with self._saving:
            if not self._is_dirty:
                return
            self._is_dirty = False
            now = clock.unix()
            elsewhere = [page for page in self._kept.pages if page.zone not in self.by_id and page.ends_at > now]
            self._kept.pages = elsewhere + [page for zone in self.by_id.values() for page in zone.pages]
            self._kept.stops = {k: at for k, at in self._kept.stops.items() if at > now - STOPS_KEPT_SECONDS}
            raw = msgspec.json.encode(self._kept)
            try:
                await asyncio.to_thread(config.write_private, self._path, raw)
            except OSError as error:
                log.error("pages not kept: %s", error)


def _rank(page: Page) -> tuple[bool, int, float]:
    return (*page.rank, page.began_at)


def _volume(entry: dict[str, Any]) -> float:
    """Per cent of the amplitude; what says nothing sensible leaves the zone as loud as it goes."""
    given = entry.get("volume")
    if not isinstance(given, int | float) or isinstance(given, bool) or not 1 <= given <= 100:
        return 100.0
    return float(given)
