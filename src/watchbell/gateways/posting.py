"""Messages or calls posted one by one to a Twilio-shaped API over several connections: each of them once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

import aiohttp

from watchbell.gateways import twilio
from watchbell.gateways.doubts import LEADS, MISROUTED, NOTHING, UNKNOWN, Doubts, Run
from watchbell.gateways.sending import Sending
from watchbell.line import clock
from watchbell.wire.tell import Recipient, Result

#: A carrier that wants it slower is waited for so long; then the rest goes to another.
SLOW_SECONDS = 10.0
T = TypeVar("T")
Answer = tuple[int, bytes]


class Slowness:
    """How much slower a carrier wants it; shared by all batches for it."""

    def __init__(self) -> None:
        self._until, self._since = 0.0, 0.0

    @property
    def left(self) -> float:
        """Seconds until the carrier may be asked again."""
        return max(0.0, self._until - clock.monotonic())

    async def wait(self) -> None:
        """Returns once the carrier may be asked again."""
        while left := self.left:
            await asyncio.sleep(left)

    def rise(self) -> bool:
        """The carrier wants it slower; False when it has wanted that for too long."""
        now = clock.monotonic()
        if now >= self._until:
            self._since = self._since or now
            self._until = now + min(2.0, 0.25 + (now - self._since) / 2)
        return now - self._since < SLOW_SECONDS

    def end(self) -> None:
        """It has taken something."""
        self._since = 0.0


class Posting(Generic[T]):
    """One batch. unknown: of all batches for this carrier. post: sends one. taken: reads an answer and notes what was
    taken; the carrier's name, or why not.

    ready: waits until one more may be begun at all; False ends the batch. given_up: one that was ready was not taken.
    """

    def __init__(
        self, sending: Sending, slowness: Slowness, unknown: Run, items: Iterable[T], *,
        recipient: Callable[[T], Recipient], post: Callable[[T], Awaitable[Answer]],
        taken: Callable[[T, int, bytes], str | twilio.Refusal],
        cost: Callable[[T], int] = lambda one: 1, ready: Callable[[], Awaitable[bool]] | None = None,
        given_up: Callable[[T, twilio.Refusal | None], None] = lambda one, refusal: None,
    ) -> None:  # fmt: skip
        self.sending, self._slowness, self._items = sending, slowness, iter(items)
        self._recipient, self._post, self._taken = recipient, post, taken
        self._cost, self._ready, self._given_up = cost, ready, given_up
        self._doubts = Doubts(unknown, len(sending.batch.recipients))
        self._is_over = False

    async def run(self, connections: int) -> None:
        """Ends when all is posted, or the carrier is in trouble."""
        await asyncio.gather(*(self._work() for _ in range(max(1, connections))))
        self.sending.tell(*self._doubts.end(is_blamed=self.sending.carrier != "ok"))

    async def _work(self) -> None:
        for one in self._items:
            await self.sending.pace.take(self._cost(one))
            await self._slowness.wait()
            if self._is_over or (self._ready is not None and not await self._ready()):
                return
            if self._is_over:
                self._given_up(one, None)
                return
            self.sending.begin([self._recipient(one)])
            while await self._send(one):
                await self._slowness.wait()

    async def _send(self, one: T) -> bool:
        """Posts it; True when the carrier wants it once more, later."""
        try:
            status, raw = await self._post(one)
        except aiohttp.ClientConnectorError as error:  # not one byte of it has left
            self._end("down", f"The carrier cannot be reached ({type(error).__name__}).")
            self._tell(one, "later", twilio.Refusal(worth=twilio.DOWN, because=self.sending.because))
            return False
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # it may have it
            self._end("down", f"The carrier did not answer ({type(error).__name__}).")
            self._given_up(one, None)
            return False
        answer = self._taken(one, status, raw)
        if isinstance(answer, twilio.Refusal):
            return self._refused(one, answer, status)
        self._slowness.end()
        result = Result(self._recipient(one).id, "sent", clock.unix(), ref=answer)
        self.sending.tell(*self._doubts.take(LEADS, result))
        return False

    def _refused(self, one: T, answer: twilio.Refusal, status: int) -> bool:
        if answer.worth == twilio.SLOW:
            if not self._is_over and self._slowness.rise():
                return True
            self._end("slow", answer.because)
            self._tell(one, "later", answer)
        elif answer.worth == twilio.REFUSES:
            self._end("refuses", answer.because)
            self._tell(one, "later", answer)
        elif answer.worth == twilio.DOWN:
            self._end("down", answer.because)
            if status in (502, 503):  # it says itself that it has not dealt with it
                self._tell(one, "later", answer)
            else:
                self._given_up(one, answer)
        else:
            self._tell(one, "failed", answer)
        return False

    def _end(self, carrier: str, because: str) -> None:
        self._is_over = True
        self.sending.blame(carrier, because)

    def _tell(self, one: T, state: str, why: twilio.Refusal) -> None:
        is_bad = why.worth == twilio.BAD_ADDRESS
        says = UNKNOWN if is_bad or why.code in twilio.NO_ROUTE else LEADS if why.worth == twilio.OPTED_OUT else NOTHING
        result = Result(
            self._recipient(one).id, state, clock.unix(), why.because, code=why.code, is_bad_address=is_bad
        )  # fmt: skip
        self.sending.tell(*self._doubts.take(says, result))
        if says == UNKNOWN and self._doubts.is_misrouted and not self._is_over:
            self._end("refuses", f"{MISROUTED} ({why.code}: {why.because})")
        self._given_up(one, why)
