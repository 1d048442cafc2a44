"""One trunk: how its calls are placed, how many at once and in which order, and when it is at fault."""

import asyncio
import contextlib
import heapq
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from watchbell.gateways.doubts import MISROUTED, Run
from watchbell.gateways.sending import URGENCY, Sending
from watchbell.gateways.sip.addresses import Uri, build_uri, parse_uri
from watchbell.gateways.sip.agent import Agent, Credentials, find_hop
from watchbell.gateways.sip.calls import Call, CallFailed, Ring, place_call
from watchbell.gateways.sip.codec import Request
from watchbell.gateways.sip.media import Pump
from watchbell.gateways.sip.registration import Registration
from watchbell.gateways.sip.transactions import NoAnswer
from watchbell.gateways.sip.transport import Hop
from watchbell.gateways.siptrunk.course import Course, Ended
from watchbell.gateways.siptrunk.judging import MOST_TROUBLES, Verdict, Verdicts, judge_failure
from watchbell.gateways.siptrunk.media import Voice
from watchbell.gateways.siptrunk.script import NotSpoken, Script
from watchbell.gateways.siptrunk.textcourse import TextCourse, TextScript
from watchbell.gateways.texttelephone import NotTyped
from watchbell.gateways.twilio import is_number
from watchbell.line import clock, ids
from watchbell.wire.base import Malformed
from watchbell.wire.tell import Recipient, Result

log = logging.getLogger(__name__)
AT_ONCE = 100
RING_SECONDS, FIRST_SECONDS = 30.0, 6.0
LOOK_SECONDS, RESOLVED_SECONDS = 5.0, 60.0
#: Goes before every batch.
FIRST = -1
BAD_NUMBER = "This is not a telephone number with its country code."

T = TypeVar("T")

#: Gives what a recipient hears or is typed; tells a pressed key: recipient, call, key, whether it means "never again";
#: tells what a text telephone typed back.
Prompt = Callable[[Recipient], Awaitable[Script | TextScript]]
Told = Callable[[Recipient, str, str, bool], Awaitable[None]]
TypedBack = Callable[[Recipient, str, str], Awaitable[None]]


class Replies(NamedTuple):
    """What becomes of what a called person does, of whichever recipient."""

    told: Told
    typed: TypedBack


class Talk(NamedTuple):
    """How one call is led. keys: what may be pressed; pressed, typed: called with the call's own name.

    is_urgent: a fax tone says nothing of the number for good; a whistling line may be a person's tomorrow.
    """

    script: Script | TextScript
    keys: set[str]
    pressed: Callable[[str, str, bool], Awaitable[None]]
    typed: Callable[[str, str], Awaitable[None]]
    is_urgent: bool = False

    def course(self, call: Call, voice: Voice) -> Course | TextCourse:
        name = call.call_id.partition("@")[0]
        if isinstance(self.script, TextScript):
            return TextCourse(call, voice, self.script, lambda text: self.typed(name, text))
        return Course(call, voice, self.script, self.keys, lambda key, is_never: self.pressed(name, key, is_never))


class Slots:
    """So many calls at once; the most urgent gets the next place."""

    def __init__(self, count: int) -> None:
        self._count = self._free = count
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = 0

    async def take(self, urgency: int) -> None:
        """Returns once there is a place; `give` it back."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number += 1
        heapq.heappush(self._waiting, (urgency, self._number, place))
        self._serve()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """A place is free again."""
        self._free += 1
        self._serve()

    def resize(self, count: int) -> None:
        """Another number of places; calls that are up keep theirs."""
        self._free += count - self._count
        self._count = count
        self._serve()

    def _serve(self) -> None:
        while self._free > 0 and self._waiting:
            _, _, place = heapq.heappop(self._waiting)
            if not place.done():
                self._free -= 1
                place.set_result(None)


class Trunk:
    """A trunk of the configuration. `state` and `because` as a DeviceStatus has them."""

    def __init__(self, entry: dict[str, Any], password: str, agent: Agent, pump: Pump) -> None:
        self.entry, self.password, self._agent, self._pump = entry, password, agent, pump
        self.name = str(entry.get("name") or "The trunk")
        self.host = str(entry.get("host") or "")
        self.domain = str(entry.get("domain") or "") or self.host
        self.user = str(entry.get("user") or "")
        self.caller = str(entry.get("from") or "")
        self.credentials = Credentials(user=self.user, password=password) if self.user and password else None
        self.at_once = max(1, min(5000, int(entry.get("at_once") or AT_ONCE)))
        self.slots = Slots(self.at_once)
        self.state, self.because = "unknown", ""
        self.open: set[Call] = set()
        self._troubles, self._unknown = 0, Run()
        self._hop: Hop | None = None
        self._hop_until = 0.0
        self._keeping: asyncio.Task[None] | None = None
        self._registration: Registration | None = None

    # -- calls --------------------------------------------------------------------------------------------------------

    async def send(self, sending: Sending, prompt: Prompt, replies: Replies) -> None:
        """Calls everybody of a batch; ends when the last call has ended, or when the trunk is at fault."""
        urgency = URGENCY.get(sending.batch.purpose, 9)
        bad = [one for one in sending.todo if not is_number(one.to)]
        if bad:
            sending.tell(*(Result(one.id, "failed", clock.unix(), BAD_NUMBER, is_bad_address=True) for one in bad))
        verdicts = Verdicts(self._unknown, len(sending.batch.recipients))
        calls: set[asyncio.Task[None]] = set()
        try:
            for one in sending.todo:
                try:
                    script = await prompt(one)
                except (NotSpoken, NotTyped) as error:
                    sending.tell(Result(one.id, "failed", clock.unix(), str(error)))
                    continue
                await self.slots.take(urgency)
                try:
                    if sending.carrier == "ok":
                        await sending.pace.take()
                    if sending.carrier != "ok":  # found out while this one waited
                        self.slots.give()
                        break
                except asyncio.CancelledError:
                    self.slots.give()
                    raise
                calls.add(asyncio.create_task(self._call_one(sending, one, script, replies, verdicts)))
            for ended in await asyncio.gather(*calls, return_exceptions=True):
                if isinstance(ended, BaseException):  # of this call nobody knows; the others go on
                    log.error("%s: a call", self.name, exc_info=ended)
        finally:
            for task in calls:
                task.cancel()
        if verdicts.all and sending.carrier == "ok" and all(one.trouble for one in verdicts.all):
            sending.blame(verdicts.all[-1].trouble, verdicts.all[-1].because)
        sending.tell(*verdicts.end(is_blamed=sending.carrier != "ok"))

    async def _call_one(
        self, sending: Sending, one: Recipient, script: Script | TextScript, replies: Replies, verdicts: Verdicts
    ) -> None:  # fmt: skip
        async def pressed(call: str, key: str, is_never: bool) -> None:
            sending.tell(Result(one.id, "answered", clock.unix(), ref=call))
            await replies.told(one, call, key, is_never)

        async def typed(call: str, text: str) -> None:
            note = script.note if isinstance(script, TextScript) else ""
            sending.tell(Result(one.id, "answered", clock.unix(), note, ref=call))
            await replies.typed(one, call, text)

        sending.begin([one])
        try:
            keys = set(sending.batch.options.get("keys") or {"1": ""})
            is_urgent = sending.batch.purpose == "emergency"
            result, verdict = await self._place(one, Talk(script, keys, pressed, typed, is_urgent))
        finally:
            self.slots.give()
        sending.tell(*verdicts.take(verdict, result))
        self._judge_trunk(sending, verdict, is_misrouted=verdicts.is_misrouted)

    async def _place(self, one: Recipient, talk: Talk) -> tuple[Result | None, Verdict]:
        voice = Voice()
        try:
            call = await place_call(self._agent, await self._ring(one.to), voice)
        except OSError as error:
            verdict = Verdict("later", f"{self.name} cannot be reached ({type(error).__name__}).", trouble="down")
            return verdict.result(one), verdict
        except CallFailed as error:
            verdict = judge_failure(error)
            return verdict.result(one), verdict
        number = call.call_id.partition("@")[0]
        ended = await self._talk(call, voice, talk)
        if ended is None:
            verdict = Verdict("failed", "It answered without sound that can be reached.", "488", trouble="refuses")
            return verdict.result(one, number), verdict
        verdict = Verdict(ended.state, ended.because, is_bad_address=ended.is_bad_address and not talk.is_urgent)
        return (None if ended.key else verdict.result(one, number)), verdict  # a key was told when it was pressed

    async def _talk(self, call: Call, voice: Voice, talk: Talk) -> Ended | None:
        """None when the other side has no address for sound."""
        self.open.add(call)
        try:
            if not voice.can_send:
                await call.hang_up()
                return None
            self._pump.add(voice)
            return await talk.course(call, voice).run()
        finally:
            self._pump.remove(voice)
            self.open.discard(call)
            if not call.ended.is_set():  # cut off: nobody is to sit there in silence
                self._agent.run_task(call.hang_up())

    async def talk_with(self, number: str, talk: Callable[[Call, Voice], Awaitable[T]]) -> T | None:
        """Calls one number and has `talk` lead the call that was answered; None when its sound cannot be reached.

        It waits for a place before everybody else. Raises CallFailed, OSError.
        """
        await self.slots.take(FIRST)
        voice = Voice()
        try:
            call = await place_call(self._agent, await self._ring(number), voice)
            self.open.add(call)
            try:
                if not voice.can_send:
                    return None
                self._pump.add(voice)
                return await talk(call, voice)
            finally:
                self._pump.remove(voice)
                self.open.discard(call)
                if not call.ended.is_set():
                    self._agent.run_task(call.hang_up())
        finally:
            self.slots.give()

    def _judge_trunk(self, sending: Sending, verdict: Verdict, *, is_misrouted: bool) -> None:
        self._troubles = self._troubles + 1 if verdict.trouble else 0
        if verdict.trouble and (verdict.is_sure or self._troubles >= MOST_TROUBLES):
            sending.blame(verdict.trouble, verdict.because)
        if verdict.is_unknown and is_misrouted:
            sending.blame("refuses", f"{MISROUTED} ({verdict.code}: {verdict.because})")

    async def _ring(self, number: str) -> Ring:
        dialled = number if self.entry.get("plus", True) else number.removeprefix("+")
        return Ring(
            to=build_uri(dialled, self.domain), caller=self.caller or self.user, caller_name="", domain=self.domain,
            proxy=await self.hop(), credentials=self.credentials, ring_seconds=RING_SECONDS,
            first_seconds=FIRST_SECONDS, is_auto_answer=False,
            more=(("p-asserted-identity", f"<{build_uri(self.caller or self.user, self.domain)}>"),),
        )  # fmt: skip

    async def hop(self) -> Hop:
        """Where requests go; its name is looked up once a minute. Raises OSError."""
        if self._hop is None or clock.monotonic() > self._hop_until:
            where = parse_uri(f"sip:{self.host}")
            if isinstance(where, Malformed):
                raise OSError(f"{self.host} is no address")
            transport = str(self.entry.get("transport") or "udp").lower()
            params = (("transport", transport),) if transport == "tcp" else ()
            port = int(self.entry.get("port") or 5060)
            self._hop = await find_hop(Uri(scheme="sip", host=where.host, port=port, params=params))
            self._hop_until = clock.monotonic() + RESOLVED_SECONDS
        return self._hop

    # -- proof of life ------------------------------------------------------------------------------------------------

    @property
    def is_registering(self) -> bool:
        return bool(self.entry.get("register"))

    def begin(self) -> None:
        """Registers, where the trunk wants that."""
        if self.is_registering:
            self._keeping = self._agent.run_task(self._register())

    async def _register(self) -> None:
        while True:
            try:
                hop = await self.hop()
                break
            except OSError as error:
                self.state, self.because = "silent", f"Its address cannot be found ({error})."
                await asyncio.sleep(LOOK_SECONDS)
        self._registration = Registration(
            user=self.user, hop=hop, domain=self.domain, credentials=self.credentials
        )  # fmt: skip

        async def tell(state: str, because: str) -> None:
            self.state, self.because = state, because.replace("telephone system", "trunk")

        await self._registration.keep(self._agent, tell)

    async def look(self) -> None:
        """Asks for its options, which creates nothing; a registration says by itself how it is."""
        if self.is_registering:
            return
        try:
            hop = await self.hop()
            async with asyncio.timeout(LOOK_SECONDS):
                response = await self._agent.ask(self._options(), hop, self.credentials)
        except (NoAnswer, TimeoutError):
            self.state, self.because = "silent", "It does not answer."
        except OSError as error:
            self.state, self.because = "silent", f"Its address cannot be found ({error})."
        else:
            is_refused = response.status in (401, 403, 407)
            is_well = response.status < 500 and not is_refused
            words = "It refuses our account" if is_refused else "It answers with an error of its own"
            self.state = "online" if is_well else "trouble"
            self.because = "" if is_well else f"{words} ({response.status})."

    def _options(self) -> Request:
        own = build_uri(self.caller or self.user or "watchbell", self.domain)
        return Request(
            method="OPTIONS", uri=build_uri("", self.domain),
            headers=(("max-forwards", "70"), ("from", f"<{own}>;tag={ids.new_id().hex[-12:]}"),
                     ("to", f"<{build_uri('', self.domain)}>"), ("call-id", ids.new_id().hex),
                     ("cseq", "1 OPTIONS"), ("accept", "application/sdp")),
        )  # fmt: skip

    def follow(self, former: "Trunk") -> None:
        """Takes over the places and the calls of the same trunk as it was configured before."""
        former.drop()
        self.slots, self.open = former.slots, former.open
        self.slots.resize(self.at_once)

    def drop(self) -> None:
        """It is configured anew or no more: its calls go on, its registration is kept no longer."""
        if self._keeping is not None:
            self._keeping.cancel()

    async def stop(self) -> None:
        """Hangs up."""
        self.drop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.5):
                await asyncio.gather(*(call.hang_up() for call in list(self.open)))
        if self._registration is not None:
            await self._registration.give_up(self._agent)
