"""A zone tests itself: a quiet signal, and what the speakers' return path says of it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from watchbell.gateways.base import Outcome
from watchbell.gateways.rtppaging.player import Page
from watchbell.gateways.rtppaging.rtcp import SpeakerReport, parse_report
from watchbell.gateways.rtppaging.sounds import CHIRP, QUIET_CHIRP
from watchbell.gateways.rtppaging.zones import Zone, Zones
from watchbell.line import clock
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order
from watchbell.wire.status import DeviceStatus

PLAY_SECONDS, ANSWER_SECONDS = 6.0, 6.0
#: Below this the microphone heard something, but not the test's sound.
LEAST_PERMILLE = 350
MOST_LOST_SHARE = 0.05
SayStatus = Callable[[DeviceStatus], Awaitable[None]]


class SelfTest:
    """test_zone params: is_quiet (true), speakers {name: endpoint id} of those that can be heard back.

    Receipt detail: verdict "heard" (every speaker asked), "unheard" (some are not), "sent" (nobody can be heard back),
    "busy" (a page is on: try later) or "unsent"; packets; heard [name]; unheard {name: why}; of: heard and unheard.
    """

    def __init__(self, zones: Zones, zone: Zone, say_status: SayStatus) -> None:
        self._zones, self._zone, self._say_status = zones, zone, say_status
        self._reports: dict[str, SpeakerReport] = {}
        self._is_disturbed = False

    async def run(self, order: Order) -> Outcome:
        zone, sender = self._zone, self._zone.track.sender
        if zone.pages:
            return Outcome("done", "A page is on in this zone: it is tested later.", {"verdict": "busy"})
        speakers = order.params.get("speakers")
        known: dict[str, str] = {str(k): str(v) for k, v in speakers.items()} if isinstance(speakers, dict) else {}
        before = sender.sent
        problem = await self._try(order, known)
        if not problem and not self._is_disturbed and any(self._judge(name) for name in known):
            # once more before somebody is sent there: a datagram lost on the way is no silent speaker
            self._reports = {name: report for name, report in self._reports.items() if not self._judge(name)}
            problem = await self._try(order, known)
        if self._is_disturbed:
            return Outcome("done", "A page came in between: the zone is tested later.", {"verdict": "busy"})
        packets = sender.sent - before
        unheard = {name: self._judge(name) for name in sorted(known) if self._judge(name)}
        heard = [name for name in sorted(known) if name not in unheard]
        outcome = _outcome(problem, packets, heard, unheard)
        await self._tell(order, known, unheard, problem)
        return outcome

    async def _try(self, order: Order, known: dict[str, str]) -> str:
        """Plays the signal and waits for the reports; what keeps it from being played, or ""."""
        sender = self._zone.track.sender
        while sender.receive() is not None:
            pass  # reports on earlier pages
        loop = asyncio.get_running_loop()
        loop.add_reader(sender.fileno(), self._hear)
        try:
            problem = await self._play(order)
            ends = clock.monotonic() + (ANSWER_SECONDS if known and not problem else 0)
            while clock.monotonic() < ends and not all(self._judge(name) == "" for name in known):
                await asyncio.sleep(0.05)
        finally:
            loop.remove_reader(sender.fileno())
        return problem

    async def _play(self, order: Order) -> str:
        now = clock.unix()
        page = Page(
            zone=self._zone.id, owner=order.press, incident="", order=order.id, mode="real", language="en",
            prompt=CHIRP if order.params.get("is_quiet") is False else QUIET_CHIRP, priority=-1, repeat_seconds=1,
            times=1, began_at=now, ends_at=now + PLAY_SECONDS,
        )  # fmt: skip
        first = self._zones.begin(self._zone, page)
        with contextlib.suppress(TimeoutError):
            problem = await asyncio.wait_for(first, 2.0)
            if problem is not None:
                self._zones.end(self._zone, order.press, "")
                return f"Sound cannot be sent: {problem.strerror or problem}."
        ends = clock.monotonic() + PLAY_SECONDS
        while page in self._zone.pages and clock.monotonic() < ends and not self._is_disturbed:
            self._is_disturbed = self._zone.pages[-1] is not page
            await asyncio.sleep(0.05)
        self._is_disturbed = self._is_disturbed or bool(self._zone.pages and self._zone.pages[-1] is not page)
        self._zones.end(self._zone, order.press, "")
        return ""

    def _hear(self) -> None:
        while (raw := self._zone.track.sender.receive()) is not None:
            found = parse_report(raw)
            if not isinstance(found, Malformed) and found.ssrc == self._zone.track.sender.ssrc and found.cname:
                self._reports[found.cname] = found

    def _judge(self, name: str) -> str:
        """Why this speaker did not prove itself; "" when it did."""
        report = self._reports.get(name)
        if report is None:
            return "It sent no report: it is off, or the network does not carry the zone's sound to it."
        if report.fraction_lost > 256 * MOST_LOST_SHARE:
            return f"It lost {round(report.fraction_lost / 2.56)} % of the sound on the way."
        if report.heard_permille is not None and report.heard_permille < LEAST_PERMILLE:
            return "It received the sound, but its microphone did not hear it: look at amplifier and loudspeaker."
        return ""

    async def _tell(self, order: Order, known: dict[str, str], unheard: dict[str, str], problem: str) -> None:
        zone_because = problem or (f"{len(unheard)} of {len(known)} speakers did not hear the test." if unheard else "")
        await self._zones.keep_verdict(self._zone, zone_because)
        await self._say(order, self._zone.name, self._zone.id, zone_because)
        for name, endpoint in known.items():
            if not problem:
                await self._say(order, name, endpoint, unheard.get(name, ""))

    async def _say(self, order: Order, device: str, endpoint: str, because: str) -> None:
        await self._say_status(
            DeviceStatus(
                district=order.district, site=order.site, gateway="rtppaging", device=device, endpoint=endpoint,
                state="trouble" if because else "online", at=clock.unix(), because=because,
            )
        )  # fmt: skip


def _outcome(problem: str, packets: int, heard: list[str], unheard: dict[str, str]) -> Outcome:
    detail: dict[str, Any] = {
        "packets": packets, "heard": heard, "unheard": unheard, "of": len(heard) + len(unheard),
    }  # fmt: skip
    if problem or not packets:
        return Outcome("done", problem or "No packet was sent.", detail | {"verdict": "unsent"})
    if unheard:
        because = f"Heard by {len(heard)} of {detail['of']} speakers that can be heard back."
        return Outcome("done", because, detail | {"verdict": "unheard"})
    if heard:
        return Outcome(
            "done", f"Heard by all {len(heard)} speakers that can be heard back.", detail | {"verdict": "heard"}
        )
    return Outcome("done", f"{packets} packets sent; nobody can be heard back here.", detail | {"verdict": "sent"})
