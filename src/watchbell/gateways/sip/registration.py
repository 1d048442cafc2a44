"""A registration at a telephone system (RFC 3261 §10), refreshed in time; what it says is proof of life."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from watchbell.gateways.sip.addresses import build_uri
from watchbell.gateways.sip.agent import Agent, Credentials
from watchbell.gateways.sip.codec import Request, Response
from watchbell.gateways.sip.transactions import NoAnswer
from watchbell.gateways.sip.transport import Hop
from watchbell.line import ids

log = logging.getLogger(__name__)
EXPIRES_SECONDS = 120
SOONEST_SECONDS, LATEST_SECONDS = 2.0, 20.0
Told = Callable[[str, str], Awaitable[None]]


class Registration(msgspec.Struct, kw_only=True):
    """user: our account there. hop: where the telephone system listens. domain: of the address of record."""

    user: str
    hop: Hop
    domain: str
    credentials: Credentials | None = None
    call_id: str = msgspec.field(default_factory=lambda: ids.new_id().hex)
    cseq: int = 0
    expires: int = EXPIRES_SECONDS

    def request(self, agent: Agent, expires: int) -> Request:
        """The next REGISTER; expires 0 takes it back."""
        self.cseq += 2  # a challenge takes the number between
        address = f"<{build_uri(self.user, self.domain)}>"
        return Request(
            method="REGISTER", uri=build_uri("", self.domain),
            headers=(
                ("max-forwards", "70"), ("from", f"{address};tag={self.call_id[:16]}"), ("to", address),
                ("call-id", self.call_id), ("cseq", f"{self.cseq} REGISTER"),
                ("contact", agent.contact(self.hop, self.user)), ("expires", str(expires)),
                ("user-agent", "Watchbell"),
            ),
        )  # fmt: skip

    async def keep(self, agent: Agent, tell: Told) -> None:
        """Registers for ever; `tell` hears (state "online", "silent" or "trouble", why) after each attempt."""
        pause = SOONEST_SECONDS
        while True:
            state, because, seconds = await self._try(agent)
            await tell(state, because)
            if state == "online":
                pause = SOONEST_SECONDS
                await asyncio.sleep(min(max(seconds / 2, 5.0), LATEST_SECONDS))
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LATEST_SECONDS)

    async def _try(self, agent: Agent) -> tuple[str, str, float]:
        try:
            async with asyncio.timeout(8):
                response = await agent.ask(self.request(agent, self.expires), self.hop, self.credentials)
                least = _seconds(response.first("min-expires"))
                if response.status == 423 and least > self.expires:  # interval too brief (§10.2.8)
                    self.expires = int(least)
                    response = await agent.ask(self.request(agent, self.expires), self.hop, self.credentials)
        except (NoAnswer, TimeoutError):
            return "silent", "The telephone system does not answer.", 0.0
        if response.status < 300:
            return "online", "", _expires_of(response)
        words = {401: "It refuses our password.", 403: "It refuses our account.", 404: "It does not know our account."}
        return "trouble", words.get(response.status, f"It answers {response.status} {response.reason}."), 0.0

    async def give_up(self, agent: Agent) -> None:
        """Takes the registration back; waits a second at most."""
        try:
            async with asyncio.timeout(1):
                await agent.ask(self.request(agent, 0), self.hop, self.credentials)
        except (NoAnswer, TimeoutError):
            log.info("the registration of %s runs out by itself", self.user)


def _expires_of(response: Response) -> float:
    return _seconds(response.first("expires")) or float(EXPIRES_SECONDS)


def _seconds(value: str) -> float:
    return float(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0.0
