"""The played carriers of texts and calls to families, and the people at the other end who answer and write back."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from watchbell.gateways.siptrunk.peer import TrunkHost
from watchbell.gateways.sms.peer import TextHost
from watchbell.gateways.sms.peer_smsc import Smsc
from watchbell.gateways.twilio import is_number
from watchbell.gateways.voicecall.peer import Carrier
from watchbell.line import config
from watchbell.line.errors import NotFound, Refused, Unavailable
from watchbell.simulator.acts import World
from watchbell.simulator.outside import Outside
from watchbell.simulator.parts import Part

CHANNELS = ("sms",)


def _incoming(endpoint: str) -> str:
    """Where the gateway takes what people write to this carrier; "" while it has not said where it listens."""
    path: Path = config.home() / "gateways" / "sms" / "address"
    host, _, port = (path.read_text().strip() if path.exists() else "").rpartition(":")
    given = config.setting("SMS_PUBLIC_URL").rstrip("/")
    base = given or (f"http://{host if host != '0.0.0.0' else '127.0.0.1'}:{port}" if port else "")
    return f"{base}/sms/heard/{endpoint}" if base else ""


def play_texts(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    """The parts for "texts" in `played.json`. The first over SMPP is also called "sms", the first API "sms-api"."""
    parts: list[Part] = []
    taken: set[str] = set()
    for entry in listed:
        endpoint, hear = str(entry["endpoint"]), outside.listener("sms", via=str(entry["name"]))
        peer: Smsc | TextHost
        if entry.get("style") == "smpp":
            peer = Smsc(int(entry["port"]), hear, system_id=str(entry["system_id"]), password=str(entry["secret"]))
        else:
            peer = TextHost(
                int(entry["port"]), hear, account_sid=str(entry["account_sid"]), token=str(entry["secret"]),
                incoming=lambda endpoint=endpoint: _incoming(endpoint),  # type: ignore[misc]
            )  # fmt: skip
        names = {endpoint: peer, str(entry["name"]): peer}
        short = "sms" if isinstance(peer, Smsc) else "sms-api"
        if short not in taken:
            names[short] = peer
            taken.add(short)
        parts.append(Part(peer=peer, names=names))
    return parts


def play_calls(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    """The parts for "calls" in `played.json`; the first is also called "calls"."""
    parts = []
    for at, entry in enumerate(listed):
        carrier = Carrier(
            int(entry["port"]), outside.listener("voice", via=str(entry["name"])),
            account_sid=str(entry["account_sid"]), token=str(entry["secret"]), ring_seconds=2.0,
        )  # fmt: skip
        carrier.speak_seconds = 3.0  # whoever is asked to record something speaks for a moment
        names = {str(entry["endpoint"]): carrier, str(entry["name"]): carrier} | ({"calls": carrier} if at == 0 else {})
        parts.append(Part(peer=carrier, names=names))
    return parts


def play_trunks(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    """The parts for "trunks" in `played.json`; the first is also called "trunk". What the last calls have heard lies
    in `demo/calls` as WAV files.
    """
    parts = []
    for at, entry in enumerate(listed):
        trunk = TrunkHost(
            int(entry["port"]), outside.listener("voice", via=str(entry["name"])),
            accounts={str(entry["user"]): str(entry["secret"])}, ring_seconds=2.0, listen_seconds=4.0,
            folder=config.home() / "demo" / "calls",
        )  # fmt: skip
        names = {str(entry["endpoint"]): trunk, str(entry["name"]): trunk} | ({"trunk": trunk} if at == 0 else {})
        parts.append(Part(peer=trunk, names=names))
    return parts


async def _reply(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Somebody writes to the district, by the carrier that has sent them the newest text, else by the first."""
    sender, text = str(asked.get("from") or ""), str(asked.get("text") or "")
    if not is_number(sender) or not text or len(text) > 1600:
        raise Refused("from is a number like +15735550100, text has 1 to 1,600 characters.")
    carriers = [part.peer for part in world.parts if isinstance(part.peer, Smsc | TextHost)]
    if not carriers:
        raise NotFound("No carrier of texts is played.")
    known = [one for one in carriers if any(to == sender for to, _ in one.sent)]
    carrier = (known or carriers)[0]
    if isinstance(carrier, Smsc):
        if not carrier.write(sender, text):
            raise Unavailable("The gateway of texts is not bound to the carrier yet.")
    elif await carrier.write(sender, text) != 200:
        raise Unavailable("The gateway of texts did not take it.")
    return {"from": sender, "text": text, "by": "smpp" if isinstance(carrier, Smsc) else "api"}


KINDS: dict[str, Callable[[Any, Outside], list[Part]]] = {
    "texts": play_texts,
    "calls": play_calls,
    "trunks": play_trunks,
}
ACTS: dict[str, Callable[[World, dict[str, Any]], Awaitable[dict[str, Any]]]] = {"text_reply": _reply}
