"""The played relays: mails to families arrive there; some bounce, some are answered; a parent can be made to answer."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from watchbell.gateways.smtp.peer import Relay
from watchbell.line import config
from watchbell.line.errors import NotFound, Refused, Unavailable
from watchbell.simulator.acts import World
from watchbell.simulator.outside import Outside
from watchbell.simulator.parts import Part

CHANNELS = ("smtp",)
MOST_WORDS = 20_000


def inbound_address() -> tuple[str, int] | None:
    """Where the gateway takes bounces and answers now; None while it has not said so."""
    path: Path = config.home() / "gateways" / "smtp" / "address"
    host, _, port = (path.read_text().strip() if path.exists() else "").rpartition(":")
    return (host if host != "0.0.0.0" else "127.0.0.1", int(port)) if port.isdigit() else None


def play_mail(listed: list[dict[str, Any]], outside: Outside) -> list[Part]:
    """The parts for what `played.json` has under "mail"."""
    parts = []
    for entry in listed:
        relay = Relay(
            int(entry["port"]),
            outside.listener("smtp", via=str(entry["name"])),
            inbound=inbound_address,
            answers_after=1.0,
        )
        parts.append(Part(peer=relay, names={str(entry["endpoint"]): relay, entry["name"]: relay}))
    if parts:
        parts[0].names["smtp"] = parts[0].peer
    return parts


async def _mail_reply(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Whoever has the address `to` answers the newest mail that reached it."""
    to, text = str(asked.get("to") or "").strip().lower(), str(asked.get("text") or "").strip()
    if not to or not text or len(text) > MOST_WORDS:
        raise Refused("to is an address that got a mail, text what its owner answers.")
    relays = [part.peer for part in world.parts if isinstance(part.peer, Relay)]
    found = [(relay, mail) for relay in relays for mail in relay.mails if mail.to.lower() == to]
    if not found:
        raise NotFound("No mail has reached that address.")
    relay, mail = found[-1]
    said = await relay.answer(mail, text)
    if not said.startswith("2"):
        raise Unavailable(f"The gateway did not take the answer: {said or 'it has not said yet where it listens'}.")
    return {"to": to, "answer": said}


KINDS: dict[str, Callable[[Any, Outside], list[Part]]] = {"mail": play_mail}
ACTS: dict[str, Callable[[World, dict[str, Any]], Awaitable[dict[str, Any]]]] = {"mail_reply": _mail_reply}
