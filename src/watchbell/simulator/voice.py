"""The played telephone system: telephones and speakers that answer, codes that are dialled, 911 calls it tells of."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from watchbell.gateways.pbx.peer import Switch, call_body, post_call
from watchbell.gateways.sip.peer import Pbx
from watchbell.line import clock, config, ids
from watchbell.line.errors import NotFound, Refused, Unavailable
from watchbell.simulator.acts import World
from watchbell.simulator.outside import Heard, Outside
from watchbell.simulator.parts import Part


class TelephoneSystem:
    """A telephone system with its feed of 911 calls. phones: by extension, as `played.json` lists them."""

    def __init__(self, entry: dict[str, Any], outside: Outside) -> None:
        self.pbx = Pbx(outside.listener("sip"), int(entry["port"]), name=str(entry["name"]),
                       accounts={str(entry["account"]): str(entry["password"])})  # fmt: skip
        self.switch = Switch(agent=self.pbx.agent)
        self.account, self.feed, self.token = str(entry["account"]), str(entry["feed"]), str(entry["token"])
        self.phones = {str(phone["extension"]): phone for phone in entry.get("phones", [])}
        self._told: Heard = outside.listener("pbx")
        self._calls: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        await self.pbx.start()
        await self.switch.start()

    async def stop(self) -> None:
        for task in self._calls:
            task.cancel()
        await self.pbx.stop()

    def fail(self, how: str, seconds: float) -> None:
        """Its telephones do not answer, or refuse, for a while."""
        self.pbx.fail(how, seconds)

    def find(self, extension: str) -> dict[str, Any]:
        """The telephone, the first when none was asked for. Raises NotFound."""
        if not extension and self.phones:
            return next(iter(self.phones.values()))
        if extension not in self.phones:
            raise NotFound("There is no such played telephone.")
        return dict(self.phones[extension])

    async def call_911(self, phone: dict[str, Any], dialed: str, how: str) -> dict[str, Any]:
        """Somebody dials 911 here: told by NOTIFY, by webhook, or both. The call itself goes to the real 911."""
        call, answers = ids.new_id().hex, {}
        if how in ("notify", "both"):
            responses = await self.switch.notify(phone["extension"], dialed, call_id=call)
            answers["notify"] = [one.status for one in responses]
        if how in ("webhook", "both") or not answers.get("notify"):
            address = _address_of_feed()
            body = call_body(phone["extension"], dialed, call, at=clock.now().isoformat())
            status, _ = await post_call(address, self.feed, self.token, body)
            answers["webhook"] = [status]
        self._told({"at": clock.unix(), "to": dialed, "raw": call, "body": {"what": "call", **phone, **answers}})
        return {"call": call, **answers}

    async def dial(self, phone: dict[str, Any], code: str) -> dict[str, Any]:
        """Somebody dials a code; what the caller was told comes into the channel "sip" when the call is over."""
        if self.account not in self.pbx.contacts:
            raise Unavailable("The gateway has not registered with the telephone system yet.")
        work = self.pbx.dial(phone["extension"], code, account=self.account, name=phone.get("name", ""))
        task = asyncio.create_task(work)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        done, _ = await asyncio.wait({task}, timeout=6)
        return dict(task.result()) if done else {"answer": 0, "because": "the call goes on"}


def _address_of_feed() -> str:
    path: Path = config.home() / "gateways" / "pbx" / "address"
    if not path.exists():
        raise Unavailable("The gateway of 911 calls has not said yet where it listens.")
    return path.read_text().strip()


def play_pbx(entry: dict[str, Any], outside: Outside) -> list[Part]:
    """The parts for what `played.json` has under "pbx"."""
    system = TelephoneSystem(entry, outside)
    return [Part(peer=system, names={"pbx": system, str(entry["endpoint"]): system})]


def _find_system(world: World) -> TelephoneSystem:
    found = world.by_name.get("pbx")
    if not isinstance(found, TelephoneSystem):
        raise NotFound("No telephone system is played.")
    return found


async def _call_911(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    system = _find_system(world)
    dialed, how = str(asked.get("dialed") or "911"), str(asked.get("how") or "both")
    if dialed not in ("911", "9911", "933") or how not in ("notify", "webhook", "both"):
        raise Refused("dialed is 911, 9911 or 933; how is notify, webhook or both.")
    phone = system.find(str(asked.get("extension") or ""))
    return {**phone, "dialed": dialed, **await system.call_911(phone, dialed, how)}


async def _dial_code(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    system = _find_system(world)
    phone = system.find(str(asked.get("extension") or ""))
    code = str(asked.get("code") or "*99")
    return {**phone, "code": code, **await system.dial(phone, code)}


KINDS: dict[str, Callable[[Any, Outside], list[Part]]] = {"pbx": play_pbx}
ACTS: dict[str, Callable[[World, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "call_911": _call_911,
    "dial_code": _dial_code,
}
