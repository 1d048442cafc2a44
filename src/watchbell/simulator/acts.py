"""What equipment can be made to do: `POST /act`, one entry an act."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from watchbell.gateways.osdp.peer import Door
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused, Unavailable
from watchbell.simulator import devices
from watchbell.simulator.outside import Outside
from watchbell.simulator.parts import Button, Part, receiver_address

#: The page waits eight seconds; a panel that is not answered goes on by itself.
ANSWER_SECONDS = 6.0
#: What can be broken by a short name.
OTHERS = ("eido", "voice", "push", "cap", "pbx", "smtp", "sms", "sms-api", "calls", "trunk")
CODES = {"medical": "MA", "fire": "FA"}


class World:
    """Everything that is played and can be acted on."""

    def __init__(self, parts: list[Part], outside: Outside) -> None:
        self.parts, self.outside = parts, outside
        self.problems: list[str] = []
        self.buttons = [button for part in parts for button in part.buttons]
        self.doors: list[Door] = [door for part in parts for door in part.doors]
        self.zones = [zone for part in parts for zone in part.zones]
        self.by_name = {name: thing for part in parts for name, thing in part.names.items()}
        self._presses: set[asyncio.Task[Any]] = set()

    def list_played(self) -> dict[str, Any]:
        """What can be acted on, for the demo page."""
        return {
            "acts": sorted(ACTS),
            "buttons": [
                {"endpoint": one.endpoint, "name": one.name, "account": one.account, "zone": one.zone,
                 "kind": one.kind, "place_name": one.place_name, "site": one.site, "site_name": one.site_name}
                for one in self.buttons
            ],
            "doors": [
                {"endpoint": one.endpoint, "name": one.name, "outputs": one.outputs, "is_open": one.inputs[0],
                 "is_tampered": one.is_tampered, "fault": one.fault}
                for one in self.doors
            ],
            "zones": self.zones,
            "others": [name for name in OTHERS if name in self.by_name],
            "problems": self.problems,
            **devices.list_devices(self),
        }  # fmt: skip

    def find_button(self, asked: dict[str, Any]) -> Button:
        """The button that fits what was asked; the first lockdown button when nothing was. NotFound for none."""
        wanted = {name: str(asked[name]) for name in ("endpoint", "account", "zone", "site") if asked.get(name)}
        found = [one for one in self.buttons if all(getattr(one, name) == text for name, text in wanted.items())]
        if not found:
            raise NotFound("There is no such played button.")
        kind = str(asked.get("kind") or "")
        fitting = [one for one in found if one.kind == (kind or "lockdown")]
        if kind and not fitting and kind not in CODES:
            raise NotFound(f"No played button there stands for {kind}.")
        return (fitting or found)[0]

    def find_door(self, asked: dict[str, Any]) -> Door:
        """The door with endpoint or name; the first when none was asked for. NotFound for none."""
        wanted = str(asked.get("endpoint") or asked.get("door") or "")
        found = [door for door in self.doors if not wanted or wanted in (door.endpoint, door.name)]
        if not found:
            raise NotFound("There is no such played door.")
        return found[0]

    async def press(self, button: Button, work: Awaitable[Any]) -> dict[str, Any]:
        """Runs a report of the button's panel and tells how it was answered, or that it still tries."""
        task = asyncio.ensure_future(work)
        self._presses.add(task)
        task.add_done_callback(lambda done: self._keep_press(button, done))
        told = {
            "endpoint": button.endpoint, "name": button.name, "place_name": button.place_name,
            "account": button.account, "zone": button.zone, "site": button.site, "site_name": button.site_name,
            "kind": button.kind, "at": clock.now().isoformat(), "answer": "",
        }  # fmt: skip
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if done:
            reply = task.result()
            told |= {"answer": reply.answer, "attempts": reply.attempts, "milliseconds": round(reply.seconds * 1000, 2)}
        return told

    def _keep_press(self, button: Button, task: asyncio.Task[Any]) -> None:
        self._presses.discard(task)
        if task.cancelled() or task.exception() is not None:
            return
        reply = task.result()
        body = {"answer": reply.answer, "attempts": reply.attempts, "zone": button.zone, "account": button.account}
        self.outside.listener("panels")({"to": button.name, "body": body, "raw": reply.frame.decode("latin-1")})

    async def stop(self) -> None:
        for task in list(self._presses):
            task.cancel()
        await asyncio.gather(*self._presses, return_exceptions=True)


def _dial(button: Button) -> None:
    address = receiver_address()
    if address is None:
        raise Unavailable("The DC-09 gateway has not said yet where it listens.")
    if address != (button.panel.host, button.panel.port):
        button.panel.hang_up()
        button.panel.host, button.panel.port = address


async def _press_button(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    button = world.find_button(asked)
    _dial(button)
    code = str(asked.get("code") or CODES.get(str(asked.get("kind") or button.kind), "PA"))
    if not code.isalnum() or len(code) not in (2, 3):
        raise Refused("A code is two letters (SIA) or three digits (Contact ID).")
    return await world.press(button, button.panel.press(button.zone, code))


async def _release_button(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    button = world.find_button(asked)
    _dial(button)
    return await world.press(button, button.panel.restore(button.zone))


async def _test_panel(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    button = world.find_button(asked)
    _dial(button)
    return await world.press(button, button.panel.test())


def _on_door(act: Callable[[Door], None]) -> Callable[[World, dict[str, Any]], Awaitable[dict[str, Any]]]:
    async def do(world: World, asked: dict[str, Any]) -> dict[str, Any]:
        door = world.find_door(asked)
        act(door)
        return {
            "endpoint": door.endpoint,
            "name": door.name,
            "is_open": door.inputs[0],
            "is_tampered": door.is_tampered,
        }

    return do


ACTS: dict[str, Callable[[World, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "press_button": _press_button,
    "release_button": _release_button,
    "test_panel": _test_panel,
    "forced_door": _on_door(lambda door: door.set_contact(True)),
    "door_opened": _on_door(lambda door: door.set_contact(True)),
    "door_closed": _on_door(lambda door: door.set_contact(False)),
    "tamper": _on_door(lambda door: door.set_tamper(True)),
    "tamper_restored": _on_door(lambda door: door.set_tamper(False)),
    "power_failure": _on_door(lambda door: door.set_power_failure(True)),
    "power_restored": _on_door(lambda door: door.set_power_failure(False)),
    **devices.ACTS,
}
