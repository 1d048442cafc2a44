"""Batches, relays and keys the tests of e-mail share."""

import asyncio
import dataclasses
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from watchbell.gateways.conftest import Installation
from watchbell.gateways.smtp.peer import Relay
from watchbell.line import clock, signing
from watchbell.line.ids import new_id
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint
from watchbell.wire.subjects import subject
from watchbell.wire.tell import Batch, Body, Recipient, Result, Told

DISTRICT = "0190d1f0-0000-7000-8000-000000000001"
BOUNCES = "bounces.cedar.example"
BODIES = [
    Body(
        language="en", subject="Early dismissal", text="Dear {{name}},\n\nschool ends at noon.  See {{page}}\n",
        html="<html><body><p>Dear {{name}},</p><p>school ends at noon: <a href=\"{{page}}\">more</a></p></body></html>",
    ),
    Body(language="es", subject="Salida temprana — mañana", text="Estimada {{name}}: la escuela cierra al mediodía."),
]  # fmt: skip


def rsa_pem() -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def ed25519_pem() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def entry(at: int, **more: Any) -> dict[str, Any]:
    return {
        "endpoint": "relay", "name": "Relay", "district": DISTRICT, "site": None, "test": False, "host": "127.0.0.1",
        "port": at, "security": "none", "from_address": "alerts@cedar.example", "from_name": "Cedar Valley Schools",
        "bounce_domain": BOUNCES, "connections": 1, "lanes": 1, **more,
    }  # fmt: skip


def people(*to: str, language: str = "en") -> list[Recipient]:
    return [
        Recipient(f"{number:032x}", one, language, f"Person {number}",
                  {"name": f"Person {number}", "page": f"https://cedar.example/n/{number}?a=1&b=2"})
        for number, one in enumerate(to)
    ]  # fmt: skip


def make_batch(recipients: list[Recipient], **more: Any) -> Batch:
    endpoint = Endpoint(id="relay", name="Relay", gateway="smtp", device="relay", test=bool(more.pop("is_test", False)))
    told = {
        "id": new_id().hex, "attempt": 1, "district": DISTRICT, "site": "", "mailing": "m", "channel": "email",
        "purpose": "emergency", "mode": "real", "endpoint": endpoint, "bodies": BODIES, "recipients": recipients,
        "made_at": clock.unix(), "expires_at": clock.unix() + 600, **more,
    }  # fmt: skip
    return msgspec.convert(msgspec.to_builtins(Batch(**told)), Batch)


async def give(place: Installation, batch: Batch) -> None:
    await place.bus.js.publish(subject(DISTRICT, None, "tell", "smtp", "relay"), encode(signing.Signer().signed(batch)))


def results(place: Installation) -> dict[str, Result]:
    return {one.id: one for told in place.messages(Told, "told") for one in told.results}


async def last_told(place: Installation, count: int = 1, seconds: float = 20) -> list[Told]:
    async with asyncio.timeout(seconds):
        while len(found := _over(place)) < count:
            await asyncio.sleep(0.01 * count)
    return found


def _over(place: Installation) -> list[Told]:
    """The last word about each batch; what is said twice counts once."""
    return list({one.batch: one for one in place.messages(Told, "told") if one.is_last}.values())


@dataclasses.dataclass
class World:
    """A played relay with the gateway in front of it."""

    relay: Relay
    gateway: Any
    heard: list[dict[str, Any]]

    @property
    def inbound(self) -> tuple[str, int]:
        host, _, port = self.gateway.address.rpartition(":")
        return host, int(port)
