"""Pages zones by RTP multicast: carries out start_page, stop_page and test_zone.

Entries: {"endpoint", "name", "district", "site", "group", "port", "interface", "ttl", "test"}; no secrets.
"""

import asyncio
from typing import Any

import msgspec

from watchbell.gateways.base import Gateway, Outcome
from watchbell.gateways.rtppaging.player import Page
from watchbell.gateways.rtppaging.selftest import SelfTest
from watchbell.gateways.rtppaging.sounds import Sounds
from watchbell.gateways.rtppaging.zones import Zone, Zones
from watchbell.line import clock
from watchbell.wire.order import Order, Receipt
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import subject

MAX_SECONDS = 4 * 3600.0
FIRST_PACKET_SECONDS = 2.0
WARM_AFTER_SECONDS = 15.0  # everything that starts with us has started


class RtpPaging(Gateway):
    """start_page params: prompt (kind of alarm, "all_clear", "bell", or any name with a text), language "en", "es",
    "en+es", repeat_seconds (12), times (rounds, 0 until stopped; 2 for all_clear), priority 0 to 10 (5), until_seconds,
    text. A page of higher or equal priority pre-empts, and the earlier one goes on after it; a lower one is refused.

    With "announcement": true it is one: below every alarm whatever its priority, refused while another of the same
    priority is on, never resumed, and its end is told by a second receipt with detail {"ended": played, cut, stopped}.
    Its sound: say [{"language", "text"}, …] in turn, recording (hash of a sound in the bucket `recordings`), or live
    (the subject of wire.subjects.audio_subject somebody speaks on); chime "plain", "alarm", "bell", "none".
    test_zone params: see selftest.py.
    "done" means that the first packet of sound has left; plain multicast speakers do not answer.
    """

    name = "rtppaging"

    def __init__(self) -> None:
        super().__init__()
        self.sounds = Sounds(self.folder, self.name)
        self._zones: Zones | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._troubles: dict[str, str] = {}
        self._known_pages = 0

    @property
    def zones(self) -> Zones:
        if self._zones is None:
            self._zones = Zones(self.folder / "pages.json", self.sounds.make_programme, self._over)
        return self._zones

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.because = "; ".join(self.zones.configure(entries))

    async def start(self) -> None:
        self.zones.player.start()
        for zone in self.zones.by_id.values():
            for page in zone.pages:
                self._speak_later(page)
        self._later(self._watch())

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await self.sounds.stop()
        await asyncio.to_thread(self.zones.player.stop)
        for zone in self.zones.by_id.values():
            zone.track.sender.close()

    async def probe(self) -> list[DeviceStatus]:
        """A multicast speaker says nothing by itself: a zone lives while its sound can be sent and, where speakers can
        be heard back, its last self-test was heard."""
        troubles = [(zone.entry, self.zones.trouble_of(zone)) for zone in self.zones.by_id.values()]
        return [self.status_of(entry, "trouble" if trouble else "online", trouble) for entry, trouble in troubles]

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def carry_out(self, order: Order) -> Outcome:
        zone = self.zones.find(order.endpoint.id, order.endpoint.device)
        if zone is None:
            return Outcome("failed", f"No paging zone {order.endpoint.name} is configured.")
        if order.action == "start_page":
            return await self._start_page(order, zone)
        if order.action == "stop_page":
            ended = self.zones.end(zone, order.press, order.incident or "")
            await self.zones.save()
            because = "The page has been stopped." if ended else "No page of this alarm was on."
            return Outcome("done", because, {"stopped": len(ended)})
        if order.action == "test_zone":
            return await SelfTest(self.zones, zone, self.say_status).run(order)
        return Outcome("failed", f"A paging zone cannot {order.action}.")

    async def _start_page(self, order: Order, zone: Zone) -> Outcome:
        began = clock.monotonic()
        page = read_page(order, zone.id)
        refused = self.zones.refuse_page(zone, page, order.made_at) or await self.sounds.prepare(
            page, order.district, self.bus
        )
        if refused:
            await self.sounds.tell_speaker(page, "refused", refused, self.bus)
            return Outcome("failed", refused)
        first = self.zones.begin(zone, page)
        saving = asyncio.create_task(self.zones.save())  # the disk is not waited for before the first packet
        self._speak_later(page)
        problem = await asyncio.wait_for(first, FIRST_PACKET_SECONDS)
        first_audio_ms = round((clock.monotonic() - began) * 1000, 1)
        heard_at = clock.unix()
        await saving
        if problem is not None:
            return Outcome("failed", f"Sound cannot be sent to {zone.name}: {problem.strerror or problem}.")
        await self.sounds.tell_speaker(page, "on", "", self.bus)
        seconds = self.sounds.seconds_of(self.zones.programme_of(page))
        return Outcome(
            "done", f"The page is on: first sound after {first_audio_ms:.0f} ms.",
            {"first_audio_ms": first_audio_ms, "group": f"{zone.entry['group']}:{zone.entry['port']}",
             **({"seconds": round(seconds, 1)} if seconds else {})},
            at=heard_at,
        )  # fmt: skip

    # -- sound -------------------------------------------------------------------------------------------------

    def _speak_later(self, page: Page) -> None:
        self.sounds.finish_later(page, self.zones.programme_of(page))
        if page.text and not self.sounds.speaker.recall(page.text, page.language):
            self._later(self._speak(page))

    async def _speak(self, page: Page) -> None:
        if await self.sounds.speaker.speak(page.text, page.language):
            self.zones.renew(page, self.sounds.make_cycle(page))

    # -- announcements that are over ---------------------------------------------------------------------------

    def _over(self, page: Page, how: str, because: str) -> None:
        is_last = not any(other.owner == page.owner for zone in self.zones.by_id.values() for other in zone.pages)
        self.sounds.forget(page, is_last)
        if page.is_announcement:
            self._later(self._tell_over(page, how, because))

    async def _tell_over(self, page: Page, how: str, because: str) -> None:
        order = page.asked
        if order is None:
            return
        await self.sounds.tell_speaker(page, "cut" if how == "cut" else "over", because, self.bus)
        seconds = round(clock.unix() - page.began_at, 1)
        receipt = Receipt(
            order=order, state="failed" if how == "cut" else "done", at=clock.unix(), by=f"gateway/{self.name}",
            because=because or f"Played to the end: {seconds} s.", detail={"ended": how, "seconds": seconds},
        )  # fmt: skip
        where = subject(order.district, order.site, "receipt", self.name, order.endpoint.device)
        key = f"{order.id}:{order.attempt}:ended"
        if not await self.bus.keep(where, receipt, key):
            await self.send_safely(where, receipt, key, wait=False)

    # -- watching ----------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        asyncio.get_running_loop().call_later(WARM_AFTER_SECONDS, lambda: self._later(self.sounds.speaker.warm()))
        while True:
            await asyncio.sleep(1.0)
            self.state = "degraded" if self.because else "ok"
            known = sum(len(zone.pages) for zone in self.zones.by_id.values())
            if self.zones.drop_expired() or known != self._known_pages:
                self._known_pages = sum(len(zone.pages) for zone in self.zones.by_id.values())
                await self.zones.save()
            for zone in list(self.zones.by_id.values()):
                await self._say_trouble(zone)

    async def _say_trouble(self, zone: Zone) -> None:
        trouble = zone.track.trouble
        if trouble == self._troubles.get(zone.id, "") or not hasattr(self, "bus"):
            return
        self._troubles[zone.id] = trouble
        await self.say_status(
            DeviceStatus(
                district=str(zone.entry.get("district") or ""), site=str(zone.entry.get("site") or ""),
                gateway=self.name, device=zone.name, endpoint=zone.id, at=clock.unix(),
                state="trouble" if self.zones.trouble_of(zone) else "online", because=self.zones.trouble_of(zone),
            )
        )  # fmt: skip


def read_page(order: Order, zone: str) -> Page:
    """The page that a start_page order asks for; params out of range are brought into it."""
    params = order.params
    is_announcement = params.get("announcement") is True
    prompt = str(params.get("prompt") or order.kind or "lockdown")
    times = _number(params.get("times"), 2 if prompt == "all_clear" else 1 if is_announcement else 0, 0, 100)
    until = _number(params.get("until_seconds"), MAX_SECONDS, 1, MAX_SECONDS)
    now = clock.unix()
    page = Page(
        zone=zone, owner=order.press, incident=order.incident or "", order=order.id, prompt=prompt,
        language=str(params.get("language") or "en"), mode=order.mode,
        priority=int(_number(params.get("priority"), 5, 0, 10)), times=int(times), began_at=now, ends_at=now + until,
        repeat_seconds=_number(params.get("repeat_seconds"), 12, 1, 600), text=str(params.get("text") or "")[:1000],
    )  # fmt: skip
    if not is_announcement:
        return page
    return msgspec.structs.replace(
        page, asked=order, say=_read_say(params.get("say")), recording=str(params.get("recording") or ""),
        live=str(params.get("live") or ""), chime=str(params.get("chime") or "plain"), incident="",
    )  # fmt: skip


def _read_say(given: Any) -> tuple[tuple[str, str], ...]:
    told = given if isinstance(given, list) else []
    pairs = [(str(one.get("language") or "en"), str(one.get("text") or "")) for one in told if isinstance(one, dict)]
    return tuple((language, text[:1000]) for language, text in pairs if text.strip())


def _number(given: Any, default: float, least: float, most: float) -> float:
    try:
        return min(max(float(given if given is not None else default), least), most)
    except (TypeError, ValueError):
        return default


Service = RtpPaging
