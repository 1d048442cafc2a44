"""A batch over a Twilio-shaped Messages.json: several connections, each message posted once."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
from yarl import URL

from watchbell.gateways import twilio
from watchbell.gateways.base import Looked, look_at
from watchbell.gateways.sending import Sending
from watchbell.gateways.sms.rest import Taken, build_form, read_answer
from watchbell.gateways.sms.texts import Going
from watchbell.line import clock
from watchbell.wire.tell import Recipient, Result

CONNECTIONS = 8
#: A carrier that wants it slower is waited for so long; then the rest goes to another.
SLOW_SECONDS = 10.0
MOST_ANSWER_BYTES = 100_000

#: Gets a message the carrier has, its name there, its parts; and one whose receiver has opted out there.
Sent = Callable[[Recipient, str, int], None]
OptedOut = Callable[[Recipient], None]


class RestCarrier:
    """A carrier with an API. callback: our address for its reports, the delivery's id is put behind it."""

    def __init__(self, entry: dict[str, Any], token: str, http: aiohttp.ClientSession, callback: str) -> None:
        self.entry, self.token, self._http, self._callback = entry, token, http, callback
        self._headers = {"Authorization": f"Basic {twilio.basic(entry, token)}",
                         "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        self._slow_until, self._slow_since = 0.0, 0.0

    async def look(self) -> Looked:
        """The account is read at the carrier: it creates nothing."""
        if not self.token:
            return Looked("trouble", "No token of the carrier is configured.")
        return await look_at(self._http, twilio.account_url(self.entry, ".json"), self._headers)

    async def send(self, sending: Sending, going: list[Going], sent: Sent, opted_out: OptedOut) -> None:
        """Sends a batch; ends when all is known, or the carrier is in trouble."""
        if not self.token:
            sending.blame("refuses", "No token of the carrier is configured.")
            return
        url = URL(twilio.account_url(self.entry, "/Messages.json"))
        if not url.host:
            sending.blame("refuses", "No address of the carrier's API is configured.")
            return
        rest = iter(going)
        run = _Run(self, sending, url, rest, sent, opted_out)
        count = max(1, min(64, int(self.entry.get("connections") or CONNECTIONS), len(going)))
        await asyncio.gather(*(run.work() for _ in range(count)))

    async def post(self, url: URL, one: Going) -> tuple[int, bytes]:
        callback = f"{self._callback}/{one.recipient.id}"
        form = build_form(one.recipient.to, str(self.entry.get("from") or ""), one.cut.text, callback)
        async with self._http.post(url, data=form, headers=self._headers, allow_redirects=False) as answer:
            return answer.status, await answer.content.read(MOST_ANSWER_BYTES)

    async def wait_slow(self) -> None:
        """Returns once the carrier may be asked again."""
        while (left := self._slow_until - clock.monotonic()) > 0:
            await asyncio.sleep(left)

    def slow_down(self) -> bool:
        """The carrier wants it slower; False when it has wanted that for too long."""
        now = clock.monotonic()
        if now >= self._slow_until:
            self._slow_since = self._slow_since or now
            self._slow_until = now + min(2.0, 0.25 + (now - self._slow_since) / 2)
        return now - self._slow_since < SLOW_SECONDS

    def speed_up(self) -> None:
        self._slow_since = 0.0


class _Run:
    """One batch on its connections."""

    def __init__(
        self, carrier: RestCarrier, sending: Sending, url: URL, rest: Iterator[Going], sent: Sent, opted_out: OptedOut
    ) -> None:
        self.carrier, self.sending, self.url, self.rest = carrier, sending, url, rest
        self.sent, self.opted_out = sent, opted_out
        self.is_over = False

    async def work(self) -> None:
        for one in self.rest:
            await self.sending.pace.take(len(one.cut.octets))
            await self.carrier.wait_slow()
            if self.is_over:
                return
            self.sending.begin([one.recipient])
            while await self._send(one):
                await self.carrier.wait_slow()

    async def _send(self, one: Going) -> bool:
        """Posts it; True when the carrier wants it once more, later."""
        try:
            status, raw = await self.carrier.post(self.url, one)
        except aiohttp.ClientConnectorError as error:  # not one byte of it has left
            self._end("down", f"The carrier cannot be reached ({type(error).__name__}).")
            self._tell(one, "later", self.sending.because)
            return False
        except (aiohttp.ClientError, TimeoutError) as error:  # it may have it
            self._end("down", f"The carrier did not answer ({type(error).__name__}).")
            return False
        answer = read_answer(status, raw)
        if isinstance(answer, Taken):
            self.carrier.speed_up()
            self.sent(one.recipient, answer.sid, answer.parts)
            self.sending.tell(Result(one.recipient.id, "sent", clock.unix(), ref=answer.sid))
            return False
        return self._refused(one, answer, status)

    def _refused(self, one: Going, answer: twilio.Refusal, status: int) -> bool:
        if answer.worth == twilio.SLOW:
            if not self.is_over and self.carrier.slow_down():
                return True
            self._end("slow", answer.because)
            self._tell(one, "later", answer.because, answer.code)
        elif answer.worth == twilio.REFUSES:
            self._end("refuses", answer.because)
            self._tell(one, "later", answer.because, answer.code)
        elif answer.worth == twilio.DOWN:
            self._end("down", answer.because)
            if status in (502, 503):  # it says itself that it has not dealt with it
                self._tell(one, "later", answer.because, answer.code)
        else:
            if answer.worth == twilio.OPTED_OUT:
                self.opted_out(one.recipient)
            is_bad = answer.worth == twilio.BAD_ADDRESS
            self._tell(one, "failed", answer.because, answer.code, is_bad)
        return False

    def _end(self, carrier: str, because: str) -> None:
        self.is_over = True
        self.sending.blame(carrier, because)

    def _tell(self, one: Going, state: str, because: str, code: str = "", is_bad_address: bool = False) -> None:
        self.sending.tell(
            Result(one.recipient.id, state, clock.unix(), because, code=code, is_bad_address=is_bad_address)
        )


async def close(http: aiohttp.ClientSession | None) -> None:
    """Closes what was opened."""
    if http is not None:
        with contextlib.suppress(aiohttp.ClientError):
            await http.close()
