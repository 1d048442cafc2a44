"""Ed25519 signatures on snapshots, orders and tickets, sealed boxes for secrets."""

import base64
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

from watchbell.line import clock, config, together
from watchbell.wire.subjects import EVERYWHERE, covers

S = TypeVar("S", bound=msgspec.Struct)
TICKET, ROOT = b"ticket:", b"root:"  # what is signed for one purpose must not pass for another
ROOTS_KEPT = 64


def _signing_key() -> SigningKey:
    path = config.private_folder("secrets") / "hub.ed25519"
    return SigningKey(config.keep_first(path, bytes(SigningKey.generate())))


def public_key() -> bytes:
    """The installation's public signing key, 32 bytes."""
    path = config.home() / "hub.pub"
    if not path.exists():
        config.keep_first(path, bytes(_signing_key().verify_key))
    return path.read_bytes()


def edge_key() -> SigningKey:
    """The key of the reflex at this edge: made when missing (0600). The hub's own never leaves the hub."""
    path = config.private_folder("secrets") / "edge.ed25519"
    return SigningKey(config.keep_first(path, bytes(SigningKey.generate())))


class Signer:
    """Signs structs that have a `signature` field; the key is read once: the hub's, or at an edge the edge's own."""

    def __init__(self) -> None:
        self._key = edge_key() if config.is_edge() else _signing_key()

    def signed(self, message: S) -> S:
        """`message` with its signature: hex Ed25519 over its JSON with an empty signature."""
        bare, body = _bare(message)
        return msgspec.structs.replace(bare, signature=self._key.sign(body).signature.hex())

    def signed_together(self, messages: Sequence[S]) -> list[S]:
        """Each of `messages` with a signature that all share: one of them alone is as genuine as all (see together)."""
        if not messages:
            return []
        bares = [_bare(message) for message in messages]
        root, paths = together.grow([together.leaf_of(body) for _, body in bares])
        mark = self._key.sign(ROOT + root).signature
        proofs = (together.Proof(mark, number, path) for number, path in enumerate(paths))
        return [
            msgspec.structs.replace(bare, signature=together.write_proof(proof))
            for (bare, _), proof in zip(bares, proofs, strict=True)
        ]

    def mark(self, text: str) -> bytes:
        """64 bytes of Ed25519 over `text`: the same text always gives the same (RFC 8032)."""
        return self._key.sign(text.encode()).signature


class Verifier:
    """Checks signatures of this installation, and of its edges for what they serve."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = VerifyKey(key or public_key())
        self._edges: dict[str, VerifyKey] = {}
        self._roots: dict[tuple[bytes, bytes, bytes], None] = {}  # of messages signed together, verified before

    def trust_edges(self, signers: dict[str, str]) -> None:
        """From now on a message of a site may be signed by the key (hex) of the edge that serves it, too."""
        self._edges = {where: VerifyKey(bytes.fromhex(key)) for where, key in signers.items()}

    def is_genuine(self, message: msgspec.Struct) -> bool:
        """True when `message.signature` is this installation's over exactly these fields."""
        district, site = getattr(message, "district", ""), getattr(message, "site", None)
        keys = [self._key, *(key for where, key in self._edges.items() if covers(where, district, site))]
        body, told = (
            msgspec.json.encode(msgspec.structs.replace(message, signature="")),
            getattr(message, "signature", ""),
        )
        if "." in told:
            proof = together.read_proof(told)
            return proof is not None and self._is_under_root(keys, proof, together.leaf_of(body))
        try:
            signature = bytes.fromhex(told)
        except ValueError:
            return False
        return any(_is_signed(key, signature, body) for key in keys)

    def _is_under_root(self, keys: Sequence[VerifyKey], proof: together.Proof, leaf: bytes) -> bool:
        root = together.root_of(leaf, proof)
        for key in keys:
            known = (bytes(key), root, proof.signature)
            if known in self._roots:
                return True
            if _is_signed(key, proof.signature, ROOT + root):
                self._roots[known] = None
                if len(self._roots) > ROOTS_KEPT:
                    del self._roots[next(iter(self._roots))]
                return True
        return False

    def is_mark(self, text: str, mark: bytes) -> bool:
        """True when `mark` is this installation's over `text`, or one of its edges'."""
        return any(_is_signed(key, mark, text.encode()) for key in (self._key, *self._edges.values()))


def _bare(message: S) -> tuple[S, bytes]:
    """The message as a reader will see it, and its bytes: a whole number in a float field comes back as 5.0, not 5."""
    bare = msgspec.structs.replace(message, signature="")
    bare = msgspec.json.decode(msgspec.json.encode(bare), type=type(bare))
    return bare, msgspec.json.encode(bare)


def _is_signed(key: VerifyKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(body, signature)
    except (CryptoError, ValueError):
        return False
    return True


def box_name(gateway: str, where: str = EVERYWHERE) -> str:
    """Which process the secrets of gateway `gateway`, or of the recorder, are sealed to: at the hub, or at an edge."""
    return f"gateway-{gateway}" + ("" if where == EVERYWHERE else f"@{where}")


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
    """A short-lived ticket checked without the database: JSON claims and an expiry, signed by the hub (Ed25519)."""
    body = base64.urlsafe_b64encode(json.dumps({**claims, "exp": clock.unix() + seconds}).encode()).rstrip(b"=")
    return f"{body.decode()}.{_ticket_signer().sign(TICKET + body).signature.hex()}"


def read_ticket(ticket: str) -> dict[str, Any] | None:
    """The claims of a genuine, unexpired ticket, else None. An edge checks what the hub has signed."""
    body, _, mark = ticket.partition(".")
    try:
        signature = bytes.fromhex(mark)
    except ValueError:
        return None
    if not _is_signed(_ticket_key(config.home()), signature, TICKET + body.encode()):
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) and claims.get("exp", 0) > clock.unix() else None


@cache
def _ticket_signer_of(home: Path) -> SigningKey:
    return _signing_key()


def _ticket_signer() -> SigningKey:
    return _ticket_signer_of(config.home())


@cache
def _ticket_key(home: Path) -> VerifyKey:
    return VerifyKey(public_key())
