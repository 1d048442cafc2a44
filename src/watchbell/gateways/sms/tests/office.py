"""A gateway for texts with its carriers, on a real bus: batches in, what became of them out."""

import asyncio
from typing import Any

from watchbell.gateways.sms.peer import TextHost
from watchbell.gateways.sms.peer_smsc import Smsc
from watchbell.gateways.sms.service import Sms
from watchbell.line import clock, signing
from watchbell.line.ids import new_id
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint
from watchbell.wire.subjects import subject
from watchbell.wire.tell import Batch, Body, Heard, Recipient, Result, Told

DISTRICT = "0190d1f0-0000-7000-8000-000000000001"
SECRET = "carrier-secret"
NUMBER = "+15735550100"
KNOWN = {"district": DISTRICT, "site": None, "from": "+15735550199", "account_sid": "ACtest", "system_id": "watchbell"}


def number(at: int) -> str:
    """A number that takes texts at once."""
    return f"+1573555{at * 100 % 10_000_000:04d}"[:8] + f"{at:02d}00"


def batch(
    to: list[str],
    *,
    endpoint: str,
    text: str = "Hello {{name}}",
    mode: str = "real",
    is_test: bool = False,
    id: str = "",
) -> Batch:
    carrier = Endpoint(id=endpoint, name="A carrier", gateway="sms", device=endpoint, test=is_test)
    people = [Recipient(f"{at:032x}", one, "en", fields={"name": f"no. {at}"}) for at, one in enumerate(to)]
    return Batch(
        id=id or new_id().hex, attempt=1, district=DISTRICT, site="", mailing="m", channel="text", purpose="routine",
        mode=mode, endpoint=carrier, bodies=[Body(language="en", short=text)], recipients=people,
        made_at=clock.unix(), expires_at=clock.unix() + 600,
    )  # fmt: skip


class Office:
    """One gateway; carriers "rest" and "smpp", and "trial" for tests only."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.heard: list[dict[str, Any]] = []
        self.rest = TextHost(0, self.heard.append, token=SECRET, incoming=lambda: self.url("rest"))
        self.smpp = Smsc(0, self.heard.append, password=SECRET)
        self.trial = TextHost(0, self.heard.append, token=SECRET)
        self.gateway: Sms

    def url(self, endpoint: str) -> str:
        return f"http://{self.gateway.address}/sms/heard/{endpoint}"

    async def start(self) -> None:
        for one in (self.rest, self.smpp, self.trial):
            await one.start()
        await self.configure()
        self.gateway = await self.place.run(Sms())

    async def configure(self, **smpp: Any) -> None:
        entries = [
            {**KNOWN, "endpoint": "rest", "name": "By API", "style": "rest", "url": self.rest.url, "test": False},
            {**KNOWN, "endpoint": "smpp", "name": "By SMPP", "style": "smpp", "host": "127.0.0.1", "test": False,
             "port": self.smpp.port, **smpp},
            {**KNOWN, "endpoint": "trial", "name": "Trial", "style": "rest", "url": self.trial.url, "test": True},
        ]  # fmt: skip
        await self.place.put_config(
            "sms", entries, {"rest": SECRET, "smpp": smpp.get("password", SECRET), "trial": SECRET}
        )

    async def stop(self) -> None:
        for one in (self.rest, self.smpp, self.trial):
            await one.stop()

    async def give(self, wanted: Batch) -> Told:
        """Sends a batch; the word that ends it."""
        before = len(self.ends())
        where = subject(DISTRICT, None, "tell", "sms", wanted.endpoint.id)
        await self.place.bus.js.publish(where, encode(signing.Signer().signed(wanted)))
        await self.until(lambda: len(self.ends()) > before, 25)
        return self.ends()[-1]

    def told(self) -> list[Told]:
        return self.place.messages(Told, "told")

    def ends(self) -> list[Told]:
        return [one for one in self.told() if one.is_last]

    def results(self, state: str = "") -> list[Result]:
        return [one for told in self.told() for one in told.results if not state or one.state == state]

    def words(self) -> list[Heard]:
        return self.place.messages(Heard, "told")

    async def until(self, is_so: Any, seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not is_so():
                await asyncio.sleep(0.01)
