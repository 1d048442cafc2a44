"""Code calls: a telephone dials a feature code that its telephone system routes to us; that is a press."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from watchbell.gateways.rtppaging.audio import cut_frames, silence, tone
from watchbell.gateways.sip.addresses import parse_address, parse_uri
from watchbell.gateways.sip.book import Phone, System
from watchbell.gateways.sip.calls import answer_call, read_offer
from watchbell.gateways.sip.codec import Request, build, parts_of
from watchbell.gateways.sip.media import Programme
from watchbell.gateways.sip.transactions import Incoming
from watchbell.line import clock, ids
from watchbell.wire.base import Malformed
from watchbell.wire.press import KINDS, PanicPressed, PressRefused
from watchbell.wire.subjects import subject

if TYPE_CHECKING:
    from watchbell.gateways.sip.service import SipGateway

log = logging.getLogger(__name__)
SAFE_SECONDS = 12.0
SPEECH_SECONDS = 1.5
SAID_TIMES = 2
REFUSALS_PER_MINUTE = 60


def called_code(request: Request) -> str:
    """What was dialled: the user part of the request's address (RFC 3261 §8.2.2.1), else of To."""
    uri = parse_uri(request.uri)
    user = "" if isinstance(uri, Malformed) else uri.user.partition(";")[0]
    to = parse_address(request.first("to"))
    return user or ("" if isinstance(to, Malformed) else to.user)


def caller_of(request: Request) -> tuple[str, str]:
    """(number, display name) of who calls: as the telephone system vouches (RFC 3325), else as From says."""
    for name in ("p-asserted-identity", "remote-party-id", "from"):
        for text in request.every(name):
            found = parse_address(text)
            if not isinstance(found, Malformed) and found.user:
                return found.user.partition(";")[0], found.name
    return "", ""


def confirmation(kind: str, site_name: str, is_safe: bool) -> str:
    """What the caller hears."""
    word = kind.replace("_", " ").capitalize()
    if not is_safe:
        return f"{word}: the alarm could not be passed on yet. Call 911."
    if kind == "staff_assist":
        return f"Your call for help at {site_name or 'your school'} has been passed on. Somebody is coming."
    return f"{word} is on for {site_name or 'your school'}. Help is being called."


class CodeCalls:
    """Takes the INVITEs that come to the gateway."""

    def __init__(self, gateway: "SipGateway") -> None:
        self._gateway = gateway
        self._refusals: list[float] = []

    async def take(self, incoming: Incoming) -> None:
        """A call outside any dialog: raised first, answered when it is safe, then told so by voice."""
        request, source = incoming.request, incoming.source
        system = self._gateway.book.system_at(source.host)
        code = called_code(request)
        if system is None:
            incoming.answer(403)
            self._refuse(request, None, f"A call of {code!r} from {source.host}, which is no telephone system of ours.")
            return
        kind = system.codes.get(code) or system.codes.get(code.replace("%2A", "*").replace("%23", "#"))
        if kind not in KINDS:
            incoming.answer(404)
            self._refuse(request, system, f"Extension {caller_of(request)[0]} dialled {code!r}, which is no code here.")
            return
        incoming.answer(100)
        number, name = caller_of(request)
        phone = self._gateway.book.phone(system.district, number)
        press = _press(system, phone, request, kind, number, name)
        site_name = phone.site_name if phone else ""
        speech = self._gateway.run_task(self._gateway.speaker.speak(confirmation(kind, site_name, True), "en"))
        incoming.answer(180)
        is_safe = await self._raise(press)
        await self._confirm(incoming, kind, site_name, is_safe, speech)

    async def _raise(self, press: PanicPressed) -> bool:
        where = subject(press.district, press.site, "press", "sip", press.device)
        is_safe = await self._gateway.send_safely(where, press, press.id)
        log.info("press %s: %s from %s", press.id, press.kind, press.device)
        ends = clock.monotonic() + SAFE_SECONDS
        while not is_safe and clock.monotonic() < ends:
            await asyncio.sleep(0.1)  # it lies in the spool and is forwarded as soon as the bus is back
            is_safe = press.id not in {key for key, _ in self._gateway.spool.pending()}
        return is_safe

    async def _confirm(
        self, incoming: Incoming, kind: str, site_name: str, is_safe: bool, speech: "asyncio.Task[bytes]"
    ) -> None:
        if not is_safe:
            speech = self._gateway.run_task(self._gateway.speaker.speak(confirmation(kind, site_name, False), "en"))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(speech), SPEECH_SECONDS)
        if parts_of(incoming.request) and read_offer(incoming.request) is None:
            incoming.answer(488)  # raised all the same
            return
        spoken = speech.result() if speech.done() and not speech.cancelled() else b""
        call = await answer_call(self._gateway.agent, incoming)
        if call is None:
            return
        over = asyncio.Event()
        frames = cut_frames(silence(0.3) + tone((523.25, 659.25), 0.2) + silence(0.2) + spoken + silence(0.6))
        call.stream.playing, call.stream.over = Programme(frames, SAID_TIMES), over.set
        self._gateway.pump.add(call.stream)
        waiting = [asyncio.ensure_future(over.wait()), asyncio.ensure_future(call.ended.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        for one in waiting:
            one.cancel()
        self._gateway.pump.remove(call.stream)
        await call.hang_up()

    def _refuse(self, request: Request, system: System | None, because: str) -> None:
        """Kept where people see it; a flood only in the log."""
        log.warning("refused: %s", because)
        now = clock.monotonic()
        self._refusals = [at for at in self._refusals if at > now - 60] + [now]
        districts = [system.district] if system else [one.district for one in self._gateway.book.systems[:1]]
        if not districts or len(self._refusals) > REFUSALS_PER_MINUTE:
            return
        number, _ = caller_of(request)
        refused = PressRefused(
            id=ids.same_id("sip", request.call_id, request.cseq[0]), district=districts[0], gateway="sip",
            peer=number or request.first("from")[:120], because=because, at=clock.unix(),
            raw=build(request)[:4000].decode("utf-8", "replace"), site=(system.site or None) if system else None,
        )  # fmt: skip
        where = subject(refused.district, refused.site, "status", "sip", "codecall")
        self._gateway.run_task(self._gateway.send_safely(where, refused, refused.id, wait=False))


def _press(system: System, phone: Phone | None, request: Request, kind: str, number: str, name: str) -> PanicPressed:
    """The same call twice (a fork, a repeated INVITE) is one press: its identity is the call's."""
    words = f"Extension {number or 'unknown'} dialled {called_code(request)}."
    if phone is None:
        words += " The extension is in no table: find out where it is."
    detail = {"extension": number, "name": name, "code": called_code(request)}
    if phone is not None and phone.callback:
        detail["callback"] = phone.callback
    return PanicPressed(
        id=ids.same_id("code call", system.district, request.call_id, called_code(request)), district=system.district,
        site=phone.site if phone else system.site, kind=kind, mode="real", device=f"sip/{number or 'unknown'}",
        gateway="sip", received_at=clock.unix(), place=phone.place if phone else None,
        place_name=(phone.place_name or f"Extension {phone.extension}") if phone else f"Extension {number}",
        known=phone is not None, note=words, raw=build(request)[:4000].decode("utf-8", "replace"), detail=detail,
    )  # fmt: skip
