"""The kinds of equipment that are played: one entry a kind, from its list in `played.json` to running peers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from watchbell.gateways.cap.peer import County
from watchbell.gateways.eido.peer import Psap
from watchbell.gateways.osdp.peer import Controller, Door
from watchbell.gateways.rtppaging.peer import ZoneReceiver
from watchbell.gateways.siadc09.codec import read_key
from watchbell.gateways.siadc09.peer import Panel
from watchbell.gateways.social.peer import Account, Networks
from watchbell.gateways.voicecall.peer import Carrier
from watchbell.gateways.webpush.peer import PushHost
from watchbell.line import config
from watchbell.recorder.peer import Cameras, played_of
from watchbell.simulator.outside import Outside

CHANNELS = ("panels", "doors", "paging", "eido", "voice", "push", "cap", "sip", "pbx", "social")
FAULTS = ("silent", "slow", "refuses", "garbles", "unattended", "expired", "limited")
SUPERVISION_SECONDS = 20.0


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A panic button of a played panel."""

    endpoint: str
    account: str
    zone: str
    kind: str
    place_name: str
    site: str
    site_name: str
    panel: Any

    @property
    def name(self) -> str:
        return f"Panic button, {self.place_name or 'zone ' + self.zone}, {self.site_name}"


class Part(msgspec.Struct, kw_only=True):
    """One running peer. names: what /fail may call it by; each maps to what fails. supervise: seconds between signs
    of life, where they are not what the peer holds usual.
    """

    peer: Any
    names: dict[str, Any]
    buttons: list[Button] = []
    doors: list[Any] = []
    zones: list[dict[str, str]] = []
    supervise: float = 0.0

    async def start(self) -> None:
        if self.supervise:
            await self.peer.start(self.supervise)
        else:
            await self.peer.start()


def receiver_address() -> tuple[str, int] | None:
    """Where the DC-09 gateway listens now; None while it has not said so."""
    path: Path = config.home() / "gateways" / "siadc09" / "address"
    host, _, port = (path.read_text().strip() if path.exists() else "").rpartition(":")
    return (host if host != "0.0.0.0" else "127.0.0.1", int(port)) if port.isdigit() else None


def _play_panels(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    parts = []
    host, port = receiver_address() or ("127.0.0.1", 0)
    for entry in listed:
        account = str(entry["account"])
        panel = Panel(
            account, host, port, key=read_key(entry.get("key") or ""), receiver=entry.get("receiver") or None,
            transport=entry.get("transport") or "tcp",
        )  # fmt: skip
        buttons = [
            Button(
                endpoint=str(zone["endpoint"]), account=account, zone=str(zone["zone"]), kind=zone.get("kind", ""),
                place_name=zone.get("place_name", ""), site=str(entry.get("site", "")),
                site_name=entry.get("site_name", ""), panel=panel,
            )
            for zone in entry.get("zones", [])
        ]  # fmt: skip
        names = {account: panel, **{button.endpoint: panel for button in buttons}}
        parts.append(Part(peer=panel, names=names, buttons=buttons, supervise=SUPERVISION_SECONDS))
    return parts


def _play_doors(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    parts = []
    hear = outside.listener("doors")
    for entry in listed:
        doors = [
            Door(
                int(one["address"]), bytes.fromhex(one["scbk"]), one["name"], endpoint=str(one["endpoint"]), heard=hear
            )
            for one in entry["devices"]
        ]
        controller = Controller(doors, port=int(entry["port"]))
        names = {str(entry["controller"]): controller, **{door.endpoint: door for door in doors}}
        parts.append(Part(peer=controller, names=names, doors=doors))
    return parts


def _play_paging(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    parts = []
    for entry in listed:
        hear = outside.listener("paging", entry["name"])
        zone = ZoneReceiver(
            entry["group"],
            int(entry["port"]),
            entry.get("interface", "127.0.0.1"),
            hear,
            speakers=entry.get("speakers", ()),
        )
        told = {"endpoint": str(entry["endpoint"]), "name": entry["name"], "site": str(entry.get("site", ""))}
        parts.append(Part(peer=zone, names={told["endpoint"]: zone, entry["name"]: zone}, zones=[told]))
    return parts


def _play_eido(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    parts = []
    for entry in listed:
        centre = Psap(
            entry["name"], int(entry["port"]), outside.listener("eido", entry["name"]), token=entry.get("token", "")
        )
        parts.append(Part(peer=centre, names={str(entry["endpoint"]): centre, entry["name"]: centre, "eido": centre}))
    return parts


def _play_cap(entries: list[dict[str, Any]], outside: Outside) -> list[Part]:
    parts = []
    for entry in entries:
        county = County(
            entry["name"], int(entry["port"]), outside.listener("cap", entry["name"]), token=entry.get("token", "")
        )
        parts.append(Part(peer=county, names={str(entry["endpoint"]): county, entry["name"]: county, "cap": county}))
    return parts


def _play_social(entries: list[dict[str, Any]], outside: Outside) -> list[Part]:
    """One port plays both networks with every account; any of its names breaks all of it."""
    if not entries:
        return []
    accounts = [
        Account(network=one["network"], account=one["account"], token=one.get("token", ""), name=one["name"])
        for one in entries
    ]
    networks = Networks(int(entries[0]["port"]), outside.listener("social"), accounts)
    names = {name: networks for one in entries for name in (str(one["endpoint"]), one["name"])}
    return [Part(peer=networks, names={**names, "social": networks})]


def _play_voice(entry: dict[str, Any], outside: Outside) -> list[Part]:
    if not entry.get("port"):
        return []
    options = {name: entry[name] for name in ("account_sid", "token") if entry.get(name)}
    carrier = Carrier(int(entry["port"]), outside.listener("voice"), **options)
    return [Part(peer=carrier, names={"voice": carrier, str(entry.get("endpoint", "voice")): carrier})]


def _play_push(entry: dict[str, Any], outside: Outside) -> list[Part]:
    if not entry.get("port"):
        return []
    host = PushHost(int(entry["port"]), outside.listener("push"))
    for browser in entry.get("browsers", []):
        host.subscribe(browser["name"], browser["keys"])
    return [Part(peer=host, names={"push": host, str(entry.get("endpoint", "push")): host})]


def _play_cameras(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    """One port plays them all; each fails by itself."""
    cameras = played_of(listed)
    names: dict[str, Any] = {one.name: one for one in cameras}
    names |= {str(told["endpoint"]): one for told, one in zip(listed, cameras, strict=True)}
    return [Part(peer=Cameras(int(listed[0]["port"]), cameras), names=names)]


#: By the key in played.json.
KINDS: dict[str, Callable[[Any, Outside], list[Part]]] = {
    "panels": _play_panels,
    "door_controllers": _play_doors,
    "paging_zones": _play_paging,
    "cap": _play_cap,
    "eido": _play_eido,
    "social": _play_social,
    "voice": _play_voice,
    "push": _play_push,
    "cameras": _play_cameras,
}
