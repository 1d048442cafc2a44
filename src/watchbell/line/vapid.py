"""The installation's key for Web Push (RFC 8292): made once, known to gateway and pages; push addresses."""

import base64
import contextlib
import os
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from watchbell.line import config


def vapid_key() -> EllipticCurvePrivateKey:
    """The private key (P-256), kept in the home's secrets as 32 bytes; two processes that start together agree."""
    path = config.private_folder("secrets") / "vapid.p256"
    if not path.exists():
        mine = path.with_name(f"vapid.{os.getpid()}")
        value = generate_key(SECP256R1()).private_numbers().private_value
        config.write_private(mine, value.to_bytes(32, "big"))
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
        mine.unlink()
    return derive_private_key(int.from_bytes(path.read_bytes(), "big"), SECP256R1())


def vapid_public_key() -> str:
    """The public key as browsers want it (applicationServerKey): 65 bytes uncompressed, base64url without padding."""
    return _say_public(str(config.home()))


@cache
def _say_public(_home: str) -> str:
    point = vapid_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def is_push_address(address: str) -> bool:
    """Whether a browser may be pushed to there: https, or this machine itself."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    return len(address) <= 700 and bool(parts.hostname) and (parts.scheme == "https" or is_here)
