"""The installation's key for Web Push (RFC 8292): made once, known to gateway and pages; push addresses."""

import base64
import contextlib
import os
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from watchbell.line import config

HERE = ("127.0.0.1", "localhost", "::1")


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


def may_be_here() -> bool:
    """Whether a push host may be this machine itself: in the demo, and where the setting PUSH_HERE says 1."""
    return config.is_demo() or config.setting("PUSH_HERE") == "1"


def is_push_address(address: str) -> bool:
    """Whether a browser may be pushed to there: https and out of the house; this machine itself only as `may_be_here`.

    What a name stands for is looked at when it is connected to, see `is_outside`.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port  # reading a port that is none raises
    except ValueError:
        return False
    if len(address) > 700 or not host or port == 0:
        return False
    if host in HERE and may_be_here():
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and host.rstrip(".") != "localhost" and (not _is_numeric(host) or is_outside(host))


def _is_numeric(host: str) -> bool:
    """An address, or what some would take for one (2130706433, 127.1): no name ends in a number (RFC 3696 §2)."""
    return ":" in host or host.rstrip(".").rpartition(".")[2].removeprefix("0x").isdigit()


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public Internet: no private, link-local, loopback or reserved one."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = (found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]) if found.version == 6 else None
    return all(one.is_global and not one.is_multicast for one in (found, inner) if one is not None)
