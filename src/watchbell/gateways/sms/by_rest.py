"""A batch over a Twilio-shaped Messages.json: several connections, each message posted once."""

from collections.abc import Callable
from typing import Any

import aiohttp
from yarl import URL

from watchbell.gateways import twilio
from watchbell.gateways.base import Looked, look_at
from watchbell.gateways.doubts import Run
from watchbell.gateways.posting import Posting, Slowness
from watchbell.gateways.sending import Sending
from watchbell.gateways.sms.rest import Taken, build_form, read_answer
from watchbell.gateways.sms.texts import Going
from watchbell.wire.tell import Recipient

CONNECTIONS = 8
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
        self._slowness, self._unknown = Slowness(), Run()

    async def look(self) -> Looked:
        """The account is read at the carrier: it creates nothing."""
        if not self.token:
            return Looked("trouble", "No token of the carrier is configured.")
        return await look_at(self._http, twilio.account_url(self.entry, ".json"), self._headers)

    async def send(self, sending: Sending, going: list[Going], sent: Sent, opted_out: OptedOut) -> None:
        """Sends a batch; ends when all is known, or the carrier is in trouble."""
        why_not = "" if self.token else "No token of the carrier is configured."
        url = twilio.account_url(self.entry, "/Messages.json")
        if not url.startswith(("http://", "https://")):
            why_not = "No address of the carrier's API is configured."
        if why_not:
            sending.blame("refuses", why_not)
            return
        address = URL(url)

        async def post(one: Going) -> tuple[int, bytes]:
            return await self._post(address, one)

        def taken(one: Going, status: int, raw: bytes) -> str | twilio.Refusal:
            answer = read_answer(status, raw)
            if not isinstance(answer, Taken):
                return answer
            sent(one.recipient, answer.sid, answer.parts)
            return answer.sid

        def given_up(one: Going, why: twilio.Refusal | None) -> None:
            if why is not None and why.worth == twilio.OPTED_OUT:
                opted_out(one.recipient)

        run = Posting(
            sending, self._slowness, self._unknown, going, recipient=lambda one: one.recipient, post=post, taken=taken,
            cost=lambda one: len(one.cut.octets), given_up=given_up,
        )  # fmt: skip
        await run.run(max(1, min(64, int(self.entry.get("connections") or CONNECTIONS), len(going))))

    async def _post(self, url: URL, one: Going) -> tuple[int, bytes]:
        callback = f"{self._callback}/{one.recipient.id}"
        form = build_form(one.recipient.to, str(self.entry.get("from") or ""), one.cut.text, callback)
        async with self._http.post(url, data=form, headers=self._headers, allow_redirects=False) as answer:
            return answer.status, await answer.content.read(MOST_ANSWER_BYTES)
