"""Pages zones by RTP multicast: carries out start_page and stop_page.

Entries: {"endpoint", "name", "district", "site", "group", "port", "interface", "ttl", "test"}; no secrets.
"""

import asyncio
import contextlib
from typing import Any

from watchbell.gateways.base import Gateway, Outcome
from watchbell.gateways.rtppaging.player import Page
from watchbell.gateways.rtppaging.words import Speaker, cut_cycle, languages_of, shipped_prompt
from watchbell.gateways.rtppaging.zones import Zone, Zones
from watchbell.line import clock
from watchbell.wire.order import Order
from watchbell.wire.status import DeviceStatus

MAX_SECONDS = 4 * 3600.0
FIRST_PACKET_SECONDS = 2.0
SPEECH_WAIT_SECONDS = 4.0


class RtpPaging(Gateway):
    """start_page params: prompt (kind of alarm, "all_clear", or any name with a text), language "en", "es", "en+es",
    repeat_seconds (12), times (rounds, 0 until stopped; 2 for all_clear), priority 0 to 9 (5), until_seconds, text.

    A page of higher or equal priority pre-empts, and the earlier one goes on after it; a lower one is refused.
    "done" means that the first packet of sound has left; plain multicast speakers do not answer.
    """

    name = "rtppaging"

    def __init__(self) -> None:
        super().__init__()
        self._speaker = Speaker(self.folder / "speech")
        self._zones: Zones | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._troubles: dict[str, str] = {}
        self._known_pages = 0

    @property
    def zones(self) -> Zones:
        if self._zones is None:
            self._zones = Zones(self.folder / "pages.json", self._make_cycle)
        return self._zones

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.because = "; ".join(self.zones.configure(entries))

    async def start(self) -> None:
        self.zones.player.start()
        for zone in self.zones.by_id.values():
            for page in zone.pages:
                self._speak_later(page)
        self._tasks.append(asyncio.create_task(self._watch()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.to_thread(self.zones.player.stop)
        for zone in self.zones.by_id.values():
            zone.track.sender.close()

    async def probe(self) -> list[DeviceStatus]:
        """A multicast speaker says nothing: a zone lives while its sound can be sent."""
        found = []
        for zone in self.zones.by_id.values():
            trouble = self._troubles.get(zone.id, "")
            state, because = ("trouble", f"Sound cannot be sent: {trouble}") if trouble else ("online", "")
            found.append(self.status_of(zone.entry, state, because))
        return found

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
        return Outcome("failed", f"A paging zone cannot {order.action}.")

    async def _start_page(self, order: Order, zone: Zone) -> Outcome:
        began = clock.monotonic()
        page = read_page(order, zone.id)
        refused = self.zones.refuse_page(zone, page, order.made_at)
        if refused:
            return Outcome("failed", refused)
        if not await self._has_sound(page):
            return Outcome("failed", f"There is no prompt {page.prompt!r}, and no text could be spoken.")
        first = self.zones.begin(zone, page)
        saving = asyncio.create_task(self.zones.save())  # the disk is not waited for before the first packet
        problem = await asyncio.wait_for(first, FIRST_PACKET_SECONDS)
        first_audio_ms = round((clock.monotonic() - began) * 1000, 1)
        heard_at = clock.unix()
        await saving
        if problem is not None:
            return Outcome("failed", f"Sound cannot be sent to {zone.name}: {problem.strerror or problem}.")
        self._speak_later(page)
        return Outcome(
            "done", f"The page is on: first sound after {first_audio_ms:.0f} ms.",
            {"first_audio_ms": first_audio_ms, "group": f"{zone.entry['group']}:{zone.entry['port']}"},
            at=heard_at,
        )  # fmt: skip

    # -- sound -------------------------------------------------------------------------------------------------

    async def _has_sound(self, page: Page) -> bool:
        if shipped_prompt(page.prompt, languages_of(page.language)[0]):
            return True
        if not page.text:
            return False
        with contextlib.suppress(TimeoutError):
            return bool(await asyncio.wait_for(self._speaker.speak(page.text, page.language), SPEECH_WAIT_SECONDS))
        return False

    def _make_cycle(self, page: Page) -> tuple[bytes, ...]:
        speech = self._speaker.recall(page.text, page.language) if page.text else b""
        return cut_cycle(page.prompt, speech, page.language, page.mode, page.repeat_seconds)

    def _speak_later(self, page: Page) -> None:
        if page.text and not self._speaker.recall(page.text, page.language):
            self._tasks = [task for task in self._tasks if not task.done()]
            self._tasks.append(asyncio.create_task(self._speak(page)))

    async def _speak(self, page: Page) -> None:
        if await self._speaker.speak(page.text, page.language):
            self.zones.renew(page, self._make_cycle(page))

    # -- watching ----------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
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
                gateway=self.name, device=zone.name, endpoint=zone.id, state="trouble" if trouble else "online",
                at=clock.unix(), because=trouble and f"Sound cannot be sent: {trouble}",
            )
        )  # fmt: skip


def read_page(order: Order, zone: str) -> Page:
    """The page that a start_page order asks for; params out of range are brought into it."""
    params = order.params
    prompt = str(params.get("prompt") or order.kind or "lockdown")
    times = _number(params.get("times"), 2 if prompt == "all_clear" else 0, 0, 100)
    until = _number(params.get("until_seconds"), MAX_SECONDS, 1, MAX_SECONDS)
    now = clock.unix()
    return Page(
        zone=zone, owner=order.press, incident=order.incident or "", order=order.id, prompt=prompt,
        language=str(params.get("language") or "en"), mode=order.mode,
        priority=int(_number(params.get("priority"), 5, 0, 9)), times=int(times), began_at=now, ends_at=now + until,
        repeat_seconds=_number(params.get("repeat_seconds"), 12, 1, 600), text=str(params.get("text") or "")[:1000],
    )  # fmt: skip


def _number(given: Any, default: float, least: float, most: float) -> float:
    try:
        return min(max(float(given if given is not None else default), least), most)
    except (TypeError, ValueError):
        return default


Service = RtpPaging
