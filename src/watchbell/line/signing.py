"""Ed25519 signatures on snapshots and orders, sealed boxes for secrets, short-lived tickets for the live path."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

from watchbell.line import clock, config

S = TypeVar("S", bound=msgspec.Struct)


def _signing_key() -> SigningKey:
    path = config.private_folder("secrets") / "hub.ed25519"
    return SigningKey(config.keep_first(path, bytes(SigningKey.generate())))


def public_key() -> bytes:
    """The installation's public signing key, 32 bytes."""
    path = config.home() / "hub.pub"
    if not path.exists():
        config.keep_first(path, bytes(_signing_key().verify_key))
    return path.read_bytes()


class Signer:
    """Signs structs that have a `signature` field; the key is read once."""

    def __init__(self) -> None:
        self._key = _signing_key()

    def signed(self, message: S) -> S:
        """`message` with its signature: hex Ed25519 over its JSON with an empty signature."""
        bare = msgspec.structs.replace(message, signature="")
        # what is signed is what a reader will see: a whole number in a float field comes back as 5.0, not 5
        bare = msgspec.json.decode(msgspec.json.encode(bare), type=type(bare))
        signature = self._key.sign(msgspec.json.encode(bare)).signature.hex()
        return msgspec.structs.replace(bare, signature=signature)


class Verifier:
    """Checks signatures of this installation."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = VerifyKey(key or public_key())

    def is_genuine(self, message: msgspec.Struct) -> bool:
        """True when `message.signature` is this installation's over exactly these fields."""
        try:
            signature = bytes.fromhex(getattr(message, "signature", ""))
            bare = msgspec.structs.replace(message, signature="")
            self._key.verify(msgspec.json.encode(bare), signature)
        except (CryptoError, ValueError):
            return False
        return True


def box_file(name: str) -> Path:
    """Where the key lies that opens what is sealed to process `name` (0600); made when missing."""
    path = config.private_folder("secrets") / f"{name}.box"
    config.keep_first(path, bytes(PrivateKey.generate()))
    return path


def _box_key(name: str) -> PrivateKey:
    return PrivateKey(box_file(name).read_bytes())


def box_public_key(name: str) -> bytes:
    """The public key to which the secrets of process `name` are sealed, 32 bytes."""
    return bytes(_box_key(name).public_key)


def seal(public: bytes, secrets: dict[str, Any]) -> str:
    """`secrets` so that only the holder of the key reads them: base64 text (libsodium sealed box)."""
    return base64.b64encode(SealedBox(PublicKey(public)).encrypt(json.dumps(secrets).encode())).decode()


def unseal(name: str, sealed: str) -> dict[str, Any]:
    """What was sealed to process `name`; an empty dict for empty text or another's box."""
    if not sealed:
        return {}
    try:
        return dict(json.loads(SealedBox(_box_key(name)).decrypt(base64.b64decode(sealed))))
    except (CryptoError, ValueError):
        return {}


def make_ticket(claims: dict[str, Any], seconds: float) -> str:
    """A short-lived ticket checked without the database: HMAC-SHA256 over JSON claims and an expiry."""
    body = base64.urlsafe_b64encode(json.dumps({**claims, "exp": clock.unix() + seconds}).encode()).rstrip(b"=")
    mark = hmac.new(_ticket_key(config.secret_key()), body, hashlib.sha256).hexdigest()
    return f"{body.decode()}.{mark}"


def read_ticket(ticket: str) -> dict[str, Any] | None:
    """The claims of a genuine, unexpired ticket, else None."""
    body, _, mark = ticket.partition(".")
    for key in config.secret_keys():
        expected = hmac.new(_ticket_key(key), body.encode(), hashlib.sha256).hexdigest()
        if hmac.compare_digest(mark.encode(), expected.encode()):
            break
    else:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) and claims.get("exp", 0) > clock.unix() else None


def _ticket_key(key: str) -> bytes:
    return hashlib.sha256(b"ticket:" + key.encode()).digest()
