"""A gateway, a played trunk and one for tests, over real sockets and a real bus."""

import asyncio
from pathlib import Path
from typing import Any

from watchbell.gateways.siptrunk.peer import TrunkHost
from watchbell.gateways.siptrunk.script import Prompter
from watchbell.gateways.siptrunk.service import SipTrunk
from watchbell.line import clock, signing
from watchbell.line.ids import new_id
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint
from watchbell.wire.subjects import subject
from watchbell.wire.tell import Batch, Body, Heard, Recipient, Result, Told

DISTRICT = "0190d1f0-0000-7000-8000-000000000001"
PASSWORD = "trunk-secret"
BODIES = [Body(language="en", spoken="School is closed today."), Body(language="es", spoken="Hoy no hay clases.")]


def batch(to: list[str], *, mode: str = "real", endpoint: str = "t1", purpose: str = "routine", **more: Any) -> Batch:
    carrier = Endpoint(id=endpoint, name="Trunk", gateway="siptrunk", device=endpoint, test=endpoint == "trial")
    people = [Recipient(f"{at:032x}", one, more.get("language", "en")) for at, one in enumerate(to)]
    return Batch(
        id=more.get("id") or new_id().hex, attempt=more.get("attempt", 1), district=DISTRICT, site="", mailing="m",
        channel="voice", purpose=purpose, mode=mode, endpoint=carrier, bodies=more.get("bodies") or BODIES,
        recipients=people, made_at=clock.unix(), expires_at=clock.unix() + 600, options=more.get("options", {}),
    )  # fmt: skip


class Office:
    """speech: a folder with what earlier tests had spoken."""

    def __init__(self, place: Any, speech: Path) -> None:
        self.place, self.speech = place, speech
        self.heard: list[dict[str, Any]] = []
        self.trunk = TrunkHost(0, self.heard.append, accounts={"district": PASSWORD}, ring_seconds=0.05)
        self.gateway: SipTrunk

    async def start(self, **more: Any) -> None:
        await self.trunk.start()
        await self.configure(**more)
        await self.run()

    async def run(self) -> None:
        gateway = SipTrunk()
        gateway.prompter = Prompter(self.speech)
        self.gateway = await self.place.run(gateway)

    async def configure(self, **more: Any) -> None:
        known = {"kind": "sip_trunk", "district": DISTRICT, "site": None, "host": "127.0.0.1", "port": self.trunk.port,
                 "transport": "udp", "user": "district", "from": "+15735550199", "at_once": 20, **more}  # fmt: skip
        entries = [{**known, "endpoint": "t1", "name": "Trunk", "test": False},
                   {**known, "endpoint": "trial", "name": "Trial", "test": True}]  # fmt: skip
        await self.place.put_config("siptrunk", entries, {"t1": PASSWORD, "trial": PASSWORD})

    async def put(self, wanted: Batch) -> None:
        where = subject(DISTRICT, None, "tell", "siptrunk", wanted.endpoint.id)
        await self.place.bus.js.publish(where, encode(signing.Signer().signed(wanted)))

    async def give(self, wanted: Batch, seconds: float = 60.0) -> Told:
        before = len(self.ends())
        await self.put(wanted)
        await self.until(lambda: len(self.ends()) > before, seconds)
        return self.ends()[-1]

    def ends(self) -> list[Told]:
        return [one for one in self.place.messages(Told, "told") if one.is_last]

    def newest(self) -> dict[str, Result]:
        return {one.id: one for told in self.place.messages(Told, "told") for one in told.results}

    def states(self) -> dict[int, str]:
        return {int(id, 16): one.state for id, one in self.newest().items()}

    def words(self) -> list[Heard]:
        return self.place.messages(Heard, "told")

    def bodies(self) -> dict[str, dict[str, Any]]:
        return {one["to"]: one["body"] for one in self.heard}

    async def until(self, is_so: Any, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while not is_so():
                await asyncio.sleep(0.02)
