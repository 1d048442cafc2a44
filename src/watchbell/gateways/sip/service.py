"""Pages by telephone: carries out start_page, stop_page and test_zone by SIP calls, and takes code calls. Port 5070.

Entries by "kind": "pbx" {"endpoint", "name", "device", "district", "site" or "fallback", "host", "port", "transport",
"domain", "user", "codes": {"*99": "lockdown"}, "register", "peers": [networks]}; "sip_speaker" and "sip_group"
{"endpoint", "name", "device", "district", "site", "user", "host", "port", "transport" or "pbx" (its device),
"ring_seconds"}; "phone" {"endpoint", "extension", "elin", "callback", "district", "site", "site_name", "place",
"place_name"}. secrets: {endpoint of a pbx: password}.
"""

import asyncio
import contextlib
import logging
from typing import Any

from watchbell.gateways.base import Gateway, Outcome
from watchbell.gateways.rtppaging.audio import cut_frames, silence, tone
from watchbell.gateways.rtppaging.words import Speaker, cut_cycle, languages_of, shipped_prompt
from watchbell.gateways.sip.addresses import parse_uri
from watchbell.gateways.sip.agent import Agent, find_hop
from watchbell.gateways.sip.book import Book, System, read_entries
from watchbell.gateways.sip.calls import CallFailed, place_call
from watchbell.gateways.sip.codec import Request
from watchbell.gateways.sip.codecalls import CodeCalls
from watchbell.gateways.sip.lines import Line, Lines, Page
from watchbell.gateways.sip.media import Programme, Pump
from watchbell.gateways.sip.registration import Registration
from watchbell.gateways.sip.transactions import NoAnswer
from watchbell.line import clock, config, ids
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order
from watchbell.wire.status import DeviceStatus

log = logging.getLogger(__name__)
DEFAULT_PORT = 5070
MAX_SECONDS = 4 * 3600.0
SPEECH_WAIT_SECONDS = 4.0
ASK_EACH_SECONDS, ANSWER_SECONDS = 20.0, 8.0
AGAIN_SECONDS = 15.0
WARM_AFTER_SECONDS = 30.0
QUIET_LEVEL = 500


class SipGateway(Gateway):
    """start_page params as rtppaging's: prompt, language, repeat_seconds, times, priority 0 to 9, until_seconds, text.

    "done" means that the other side has taken the call (200 OK) and the first packet of sound has left to it. Whether
    its loudspeaker was loud it does not say: a test's verdict is "answered", never "heard".
    """

    name = "sip"

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.agent = Agent()
        self.pump = Pump()
        self.speaker = Speaker(self.folder / "speech")
        self.code_calls = CodeCalls(self)
        self._lines: Lines | None = None
        self._registrations: dict[str, tuple[System, Registration, asyncio.Task[None]]] = {}
        self._said: dict[str, tuple[str, str, float]] = {}

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.folder / "pages.json", self.agent, self.pump, self._make_frames)
        return self._lines

    def run_task(self, work: Any) -> asyncio.Task[Any]:
        """Starts `work`, ended with the gateway."""
        return self.agent.run_task(work)

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.book = read_entries(entries, secrets)
        self.lines.configure(self.book.lines)
        if self.agent.port:
            self._register()

    async def start(self) -> None:
        await self.agent.start(config.bind(), config.gateway_port(self.name, DEFAULT_PORT))
        self.agent.handlers["INVITE"] = self.code_calls.take
        self.address = f"{config.bind()}:{self.agent.port}"
        self.pump.start()
        self._register()
        self.lines.resume()
        self.run_task(self._watch())
        self.run_task(self._ask_speakers())
        self.run_task(self._warm_voice())

    async def _warm_voice(self) -> None:
        await asyncio.sleep(WARM_AFTER_SECONDS)  # what alarms need starts first
        await self.speaker.warm()

    async def stop(self) -> None:
        for _, _, task in self._registrations.values():
            task.cancel()
        await self.lines.hang_up()
        await asyncio.gather(*(one.give_up(self.agent) for _, one, _ in self._registrations.values()))
        await self.pump.stop()
        await self.agent.stop()
        await self.speaker.stop()

    # -- orders ------------------------------------------------------------------------------------------------

    async def carry_out(self, order: Order) -> Outcome:
        line = self.lines.find(order.endpoint.id, order.endpoint.device)
        if line is None:
            return Outcome("failed", f"No speaker or page group {order.endpoint.name} is configured.")
        if order.action == "start_page":
            return await self._start_page(order, line)
        if order.action == "stop_page":
            ended = self.lines.end(line, order.press, order.incident or "")
            await self.lines.save()
            because = "The page has been stopped." if ended else "No page of this alarm was on."
            return Outcome("done", because, {"stopped": len(ended)})
        if order.action == "test_zone":
            return await self._test(line)
        return Outcome("failed", f"A speaker cannot {order.action}.")

    async def _start_page(self, order: Order, line: Line) -> Outcome:
        began = clock.monotonic()
        page = read_page(order, line.id)
        refused = self.lines.refuse_page(line, page, order.made_at)
        if refused:
            return Outcome("failed", refused)
        if not await self._has_sound(page):
            return Outcome("failed", f"There is no prompt {page.prompt!r}, and no text could be spoken.")
        is_up = line.call is not None and not line.call.ended.is_set()
        because, heard_at = await self.lines.begin(line, page)
        await self.lines.save()
        if because:
            return Outcome("failed", f"{line.name} was not reached: {because.rstrip('.')}.")
        self._speak_later(page)
        first_audio_ms = round((clock.monotonic() - began) * 1000, 1)
        return Outcome(
            "done", f"{line.name} has taken the call; sound goes to it after {first_audio_ms:.0f} ms.",
            {"first_audio_ms": first_audio_ms, "answered_ms": line.answered_ms}, at=heard_at,
            protocol_seconds=0.0 if is_up else min(line.answered_ms, first_audio_ms) / 1000,
        )  # fmt: skip

    async def _test(self, line: Line) -> Outcome:
        """Calls, plays a second of a tone that hardly anybody hears, and hangs up."""
        if line.call is not None and not line.call.ended.is_set():
            return Outcome("done", "A page is on there now, which proves it.", {"is_paging": True, "verdict": "busy"})
        began = clock.monotonic()
        try:
            call = await place_call(self.agent, line.ring)
        except CallFailed as error:
            return Outcome("failed", f"{line.name} was not reached: {error}.")
        answered_ms = round((clock.monotonic() - began) * 1000, 1)
        call.stream.playing = Programme(cut_frames(tone((440.0,), 1.0, QUIET_LEVEL) + silence(0.1)), 1)
        self.pump.add(call.stream)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(call.ended.wait(), 1.2)
        sent, heard, is_cut = call.stream.sent, call.stream.heard, call.ended.is_set()
        self.pump.remove(call.stream)
        await call.hang_up()
        told = {"packets": sent, "answered_ms": answered_ms, "sent": sent, "heard": heard}
        if is_cut or not sent:
            because = f"{line.name} answered, but " + ("hung up at once." if is_cut else "takes no sound.")
            return Outcome("failed", because, told | {"verdict": "unsent"})
        back = f" It sent sound back ({heard} packets)." if heard else " It sends no sound back."
        because = f"Took the call after {answered_ms:.0f} ms and kept it until the end of the test.{back}"
        return Outcome("done", because, told | {"verdict": "answered"})

    # -- sound -------------------------------------------------------------------------------------------------

    async def _has_sound(self, page: Page) -> bool:
        if shipped_prompt(page.prompt, languages_of(page.language)[0]):
            return True
        if not page.text:
            return False
        with contextlib.suppress(TimeoutError):
            return bool(await asyncio.wait_for(self.speaker.speak(page.text, page.language), SPEECH_WAIT_SECONDS))
        return False

    def _make_frames(self, page: Page) -> tuple[bytes, ...]:
        speech = self.speaker.recall(page.text, page.language) if page.text else b""
        return cut_cycle(page.prompt, speech, page.language, page.mode, page.repeat_seconds)

    def _speak_later(self, page: Page) -> None:
        if page.text and not self.speaker.recall(page.text, page.language):
            self.run_task(self._speak(page))

    async def _speak(self, page: Page) -> None:
        if await self.speaker.speak(page.text, page.language):
            self.lines.renew(page)

    # -- proof of life -----------------------------------------------------------------------------------------

    def _register(self) -> None:
        wanted = {one.endpoint: one for one in self.book.systems if one.is_registering}
        for key, (system, _, task) in list(self._registrations.items()):
            if wanted.get(key) != system:
                task.cancel()
                del self._registrations[key]
        for key, system in wanted.items():
            if key in self._registrations:
                continue
            one = Registration(
                user=system.user, hop=system.hop, domain=system.domain, credentials=system.credentials
            )  # fmt: skip

            async def tell(state: str, because: str, system: System = system) -> None:
                await self._say(system.endpoint, system.device, system.district, system.site, state, because)
                await self._say_groups(system, state, because)

            self._registrations[key] = (system, one, self.run_task(one.keep(self.agent, tell)))

    async def _say(self, endpoint: str, device: str, district: str, site: str, state: str, because: str) -> None:
        """A state is published when it changes, and again at latest each 30 s."""
        known = self._said.get(endpoint)
        if known is not None and known[:2] == (state, because) and clock.monotonic() - known[2] < AGAIN_SECONDS:
            return
        self._said[endpoint] = (state, because, clock.monotonic())
        await self.say_status(
            DeviceStatus(
                district=district, site=site, gateway=self.name, device=device, endpoint=endpoint, state=state,
                at=clock.unix(), because=because,
            )
        )  # fmt: skip

    async def _say_groups(self, system: System, state: str, because: str) -> None:
        """What is called through a telephone system lives as long as that does."""
        for line in list(self.lines.by_id.values()):
            entry = line.entry
            if (entry.get("pbx"), str(entry.get("district"))) == (system.device, system.district):
                told = (
                    ("trouble", f"The page does not get through: {line.trouble}.") if line.trouble else (state, because)
                )
                await self._say(line.id, str(entry.get("device") or line.name), system.district,
                                str(entry.get("site") or ""), *told)  # fmt: skip

    async def _ask_speakers(self) -> None:
        """Asks every speaker each 20 s whether it is there (OPTIONS); any answer is one."""
        while True:
            await asyncio.gather(*(self._ask_one(line) for line in list(self.lines.by_id.values())))
            await asyncio.sleep(ASK_EACH_SECONDS)

    async def _ask_one(self, line: Line) -> None:
        if line.entry.get("pbx"):
            return  # its telephone system would answer for it
        uri = parse_uri(line.ring.to)
        if isinstance(uri, Malformed):
            return
        state, because = "online", ""
        try:
            hop = await find_hop(uri)
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.agent.ask(_options(line.ring.to, self.agent, hop.host), hop)
        except (NoAnswer, TimeoutError, OSError):
            state, because = "silent", "It does not answer."
        if line.trouble:
            state, because = "trouble", f"The page does not get through: {line.trouble}."
        await self._say(
            line.id, str(line.entry.get("device") or line.name), str(line.entry.get("district") or ""),
            str(line.entry.get("site") or ""), state, because,
        )  # fmt: skip

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.state, self.because = ("degraded" if self.book.problems else "ok"), "; ".join(self.book.problems)
            if self.lines.drop_expired():
                await self.lines.save()


def _options(to: str, agent: Agent, host: str) -> Request:
    own = f"sip:watchbell@{agent.transport.host}"
    return Request(
        method="OPTIONS", uri=to,
        headers=(("max-forwards", "70"), ("from", f"<{own}>;tag={ids.new_id().hex[-12:]}"), ("to", f"<{to}>"),
                 ("call-id", ids.new_id().hex), ("cseq", "1 OPTIONS"), ("accept", "application/sdp")),
    )  # fmt: skip


def read_page(order: Order, line: str) -> Page:
    """The page that a start_page order asks for; params out of range are brought into it."""
    params = order.params
    prompt = str(params.get("prompt") or order.kind or "lockdown")
    times = _number(params.get("times"), 2 if prompt == "all_clear" else 0, 0, 100)
    until = _number(params.get("until_seconds"), MAX_SECONDS, 1, MAX_SECONDS)
    now = clock.unix()
    return Page(
        line=line, owner=order.press, incident=order.incident or "", order=order.id, prompt=prompt,
        language=str(params.get("language") or "en"), mode=order.mode,
        priority=int(_number(params.get("priority"), 5, 0, 9)), times=int(times), began_at=now, ends_at=now + until,
        repeat_seconds=_number(params.get("repeat_seconds"), 12, 1, 600), text=str(params.get("text") or "")[:1000],
    )  # fmt: skip


def _number(given: Any, default: float, least: float, most: float) -> float:
    try:
        return min(max(float(given if given is not None else default), least), most)
    except (TypeError, ValueError):
        return default


Service = SipGateway
