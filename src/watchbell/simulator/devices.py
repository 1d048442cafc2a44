"""Badges, signs, strobes and I/O modules as played parts, and what they can be made to do."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from watchbell.gateways.blebadge.peer import Air, Badge, PlayedGateway
from watchbell.gateways.modbus.peer import IoModule
from watchbell.gateways.mqtt_link import Broker
from watchbell.gateways.mqtt_peer import PlayedBroker
from watchbell.gateways.mqttsign.peer import PlayedSign
from watchbell.line import clock, config
from watchbell.line.errors import NotFound, Refused
from watchbell.simulator.outside import Outside
from watchbell.simulator.parts import Part

CHANNELS = ("badges", "signs", "strobes")
#: A badge that is pressed feels the answer within a second; the page waits a little longer.
FEEL_SECONDS = 2.0
MOST_PRESSES = 20


def gateway_url(name: str) -> str:
    """Where a gateway that takes reports over HTTP listens now; "" while it has not said so."""
    path: Path = config.home() / "gateways" / name / "address"
    host, _, port = (path.read_text().strip() if path.exists() else "").rpartition(":")
    return f"http://{host if host != '0.0.0.0' else '127.0.0.1'}:{port}/report" if port.isdigit() else ""


def play_broker(listed: dict[str, Any], outside: Outside) -> list[Part]:
    """The broker, then everything on it."""
    folder = config.private_folder("demo")
    paths = {name: str(folder / f"broker-{name}.pem") for name in ("certificate", "key")}
    for name, path in paths.items():
        config.write_private(Path(path), str(listed[name]).encode())
    broker = PlayedBroker(int(listed["port"]), paths["certificate"], paths["key"], listed["users"])
    parts = [Part(peer=broker, names={"broker": broker})]

    def reach(name: str, password: str) -> Broker:
        return Broker(host="127.0.0.1", port=int(listed["port"]), username=name, password=password, ca=listed["ca"],
                      client_id=name)  # fmt: skip

    heard, seconds = outside.listener("badges"), float(listed.get("supervise", 0.0))
    gateways = [
        PlayedGateway(
            one["mac"], spot=tuple(one["spot"]), name=one["name"], heard=heard,
            way=reach(one["mac"], one["password"]) if one["way"] == "mqtt" else (
                lambda: gateway_url("blebadge"), one["password"]),
        )
        for one in listed["gateways"]
    ]  # fmt: skip
    for one, gateway in zip(listed["gateways"], gateways, strict=True):
        parts.append(Part(peer=gateway, names={one["endpoint"]: gateway, one["mac"]: gateway}, supervise=seconds))
    for one in listed["signs"]:
        hear = outside.listener("strobes" if one["kind"] == "strobe" else "signs")
        sign = PlayedSign(one["device"], reach(one["device"], one["password"]), name=one["name"],
                          endpoint=one["endpoint"], heard=hear)  # fmt: skip
        parts.append(Part(peer=sign, names={one["endpoint"]: sign, one["device"]: sign}, supervise=seconds))
    # counters go on where they were: a played district that starts again has not gone back in time
    counter = int(clock.unix())
    badges = [
        Badge(one["mac"], one["name"], tuple(one["spot"]), battery=one["battery"], endpoint=one["endpoint"],
              site=one["site"], counter=counter, place_name=one["place_name"], site_name=one["site_name"])
        for one in listed["badges"]
    ]  # fmt: skip
    return [*parts, Part(peer=Air(badges, gateways), names={})]


def play_modules(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    parts = []
    for entry in listed:
        outputs = {int(one["coil"]): (one["name"], one["endpoint"]) for one in entry["outputs"]}
        module = IoModule(int(entry["port"]), entry["name"], outputs=outputs, heard=outside.listener("strobes"))
        module.buttons = entry["buttons"]
        names = {
            entry["endpoint"]: module,
            **{one["endpoint"]: module for one in (*entry["buttons"], *entry["outputs"])},
        }
        parts.append(Part(peer=module, names=names))
    return parts


KINDS: dict[str, Callable[[Any, Outside], list[Part]]] = {"mqtt": play_broker, "io_modules": play_modules}


# -- acts ------------------------------------------------------------------------------------------------------


def _air(world: Any) -> Air:
    for part in world.parts:
        if isinstance(part.peer, Air):
            return part.peer
    raise NotFound("No badges are played.")


def find_badge(air: Air, asked: dict[str, Any]) -> Badge:
    """The badge asked for by endpoint, address or name; the first of a site, or of all. NotFound for none."""
    wanted, site = str(asked.get("badge") or asked.get("endpoint") or ""), str(asked.get("site") or "")
    for badge in air.badges.values():
        if wanted in ("", badge.endpoint, badge.mac, badge.name) and site in ("", badge.site) and air.in_reach(badge):
            return badge
    raise NotFound("There is no such played badge.")


async def _press_badge(world: Any, asked: dict[str, Any]) -> dict[str, Any]:
    air = _air(world)
    badge = find_badge(air, asked)
    presses = asked.get("presses", 3)
    if isinstance(presses, bool) or not isinstance(presses, int) or not 1 <= presses <= MOST_PRESSES:
        raise Refused(f"presses is a number from 1 to {MOST_PRESSES}.")
    before, began = len(badge.felt), clock.monotonic()
    heard_by = await air.press(badge, presses)
    pressed_at = clock.monotonic()
    while len(badge.felt) == before and clock.monotonic() - pressed_at < FEEL_SECONDS:
        await asyncio.sleep(0.02)
    return {
        "endpoint": badge.endpoint, "badge": badge.mac, "name": badge.name, "presses": presses, "heard_by": heard_by,
        "nearest": air.in_reach(badge)[0].name, "site": badge.site, "site_name": badge.site_name,
        "place_name": badge.place_name, "at": clock.now().isoformat(), "felt": badge.felt[before:],
        "milliseconds": round((clock.monotonic() - began) * 1000),
    }  # fmt: skip


def _on_button(
    act: Callable[[IoModule, dict[str, Any]], None],
) -> Callable[[Any, dict[str, Any]], Awaitable[dict[str, Any]]]:
    async def do(world: Any, asked: dict[str, Any]) -> dict[str, Any]:
        module, button = find_contact(world, asked)
        act(module, button)
        return {"endpoint": button["endpoint"], "name": button["name"], "module": module.name,
                "at": clock.now().isoformat()}  # fmt: skip

    return do


def find_contact(world: Any, asked: dict[str, Any]) -> tuple[IoModule, dict[str, Any]]:
    """The wall button asked for by endpoint or name; the first when none was. NotFound for none."""
    wanted, site = str(asked.get("button") or asked.get("endpoint") or ""), str(asked.get("site") or "")
    for part in world.parts:
        for button in getattr(part.peer, "buttons", None) or []:
            if wanted in ("", button["endpoint"], button["name"]) and site in ("", button["site"]):
                return part.peer, button
    raise NotFound("There is no such played wall button.")


def _cut(module: IoModule, button: dict[str, Any]) -> None:
    if not button["is_loop"]:
        raise Refused("This button has no supervised wire: nobody would notice the cut.")
    module.cut_wire(button["input"])


ACTS: dict[str, Callable[[Any, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "press_badge": _press_badge,
    "press_contact": _on_button(lambda module, one: module.press(one["input"], is_loop=one["is_loop"])),
    "release_contact": _on_button(lambda module, one: module.release(one["input"], is_loop=one["is_loop"])),
    "cut_wire": _on_button(_cut),
    "mend_wire": _on_button(lambda module, one: module.mend_wire(one["input"])),
}


def list_devices(world: Any) -> dict[str, Any]:
    """Badges and wall buttons that can be pressed."""
    badges = [badge for part in world.parts if isinstance(part.peer, Air) for badge in part.peer.badges.values()]
    contacts = [one for part in world.parts for one in getattr(part.peer, "buttons", None) or []]
    return {
        "badges": [
            {"endpoint": badge.endpoint, "badge": badge.mac, "name": badge.name, "site": badge.site,
             "site_name": badge.site_name, "place_name": badge.place_name}
            for badge in badges
        ],
        "wall_buttons": contacts,
    }  # fmt: skip
