"""Web Push messages: encryption (RFC 8291, aes128gcm of RFC 8188), VAPID tokens (RFC 8292), subscriptions."""

import base64
import binascii
import json
import os
import struct
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from watchbell.line.vapid import is_push_address
from watchbell.wire.base import Malformed

RECORD_BYTES = 4096
#: RFC 8291 §4: at most 4,096 bytes with 86 of header, a delimiter and a tag of 16.
MAX_PLAINTEXT = 4096 - 86 - 1 - 16
MAX_BODY = 8192
_HEAD = struct.Struct(">16sIB")


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One browser: its push address, its P-256 point (65 bytes) and its authentication secret (16 bytes)."""

    id: str
    endpoint: str
    p256dh: bytes
    auth: bytes

    @property
    def origin(self) -> str:
        """The audience of a VAPID token: an origin (RFC 6454 §6.2), in lower case, without the usual port."""
        parts = urlsplit(self.endpoint)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        is_usual = parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme))
        return f"{parts.scheme}://{host}" + ("" if is_usual else f":{parts.port}")


def encode64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode64(text: Any) -> bytes:
    """base64url or base64 with or without padding; empty for what is neither."""
    if not isinstance(text, str):
        return b""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def read_point(raw: bytes) -> ec.EllipticCurvePublicKey | None:
    """An uncompressed point of P-256, None when it is none."""
    if len(raw) != 65 or raw[0] != 4:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return None


def say_point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read_subscription(given: Any) -> Subscription | Malformed:
    """A subscription {"id", "endpoint", "p256dh", "auth"}; see line.vapid.is_push_address."""
    if not isinstance(given, dict):
        return Malformed(because="A subscription is an object.")
    address = given.get("endpoint")
    if not isinstance(address, str) or not is_push_address(address):
        return Malformed(because="The push address is not an https address out of the house.")
    point, auth = decode64(given.get("p256dh")), decode64(given.get("auth"))
    if read_point(point) is None:
        return Malformed(because="p256dh is not a point of P-256.")
    if len(auth) != 16:
        return Malformed(because="auth is not 16 bytes.")
    return Subscription(id=str(given.get("id") or address), endpoint=str(address), p256dh=point, auth=auth)


def _derive(secret: bytes, salt: bytes, note: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=note).derive(secret)


def _derive_keys(shared: bytes, auth: bytes, salt: bytes, theirs: bytes, ours: bytes) -> tuple[bytes, bytes]:
    """The content key and nonce (RFC 8291 §3.4): `theirs` is the browser's point, `ours` the sender's."""
    keying = _derive(shared, auth, b"WebPush: info\0" + theirs + ours, 32)
    key = _derive(keying, salt, b"Content-Encoding: aes128gcm\0", 16)
    return key, _derive(keying, salt, b"Content-Encoding: nonce\0", 12)


def encrypt_push(
    plaintext: bytes, to: Subscription, *, salt: bytes = b"", key: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """The body of one push message in one record. `salt` (16 bytes) and `key` are new each time but for tests.

    Raises ValueError when `plaintext` is longer than MAX_PLAINTEXT bytes or the subscription's point is none.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise ValueError(f"A push message holds {MAX_PLAINTEXT} bytes, not {len(plaintext)}.")
    point = read_point(to.p256dh)
    if point is None:
        raise ValueError("The subscription's key is not a point of P-256.")
    salt, key = salt or os.urandom(16), key or ec.generate_private_key(ec.SECP256R1())
    ours = say_point(key.public_key())
    content_key, nonce = _derive_keys(key.exchange(ec.ECDH(), point), to.auth, salt, to.p256dh, ours)
    sealed = AESGCM(content_key).encrypt(nonce, plaintext + b"\x02", None)
    return _HEAD.pack(salt, RECORD_BYTES, len(ours)) + ours + sealed


def decrypt_push(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes | Malformed:
    """What a browser with this key reads; Malformed for anything not meant for it."""
    if not _HEAD.size <= len(body) <= MAX_BODY:
        return Malformed(because="Too short or too long for a push message.", raw=body[:100])
    salt, record, length = _HEAD.unpack_from(body)
    theirs, sealed = body[_HEAD.size : _HEAD.size + length], body[_HEAD.size + length :]
    point = read_point(theirs)
    if point is None or record < 18 or not 17 <= len(sealed) <= record:
        return Malformed(because="No single record of aes128gcm.", raw=body[:100])
    mine = say_point(key.public_key())
    content_key, nonce = _derive_keys(key.exchange(ec.ECDH(), point), auth, salt, mine, theirs)
    try:
        padded = AESGCM(content_key).decrypt(nonce, sealed, None).rstrip(b"\0")
    except InvalidTag:
        return Malformed(because="The message is not for this key.", raw=body[:100])
    if padded[-1:] != b"\x02":
        return Malformed(because="The last record has no delimiter.", raw=body[:100])
    return padded[:-1]


# -- VAPID ---------------------------------------------------------------------------------------------------------


def sign_vapid(key: ec.EllipticCurvePrivateKey, audience: str, contact: str, expires: float) -> str:
    """The Authorization header (RFC 8292 §3). audience: an origin; contact: a mailto: or https: URI; expires: Unix."""
    claims = {"aud": audience, "exp": int(expires), "sub": contact}
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    signed = ".".join(encode64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    mark = encode64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{mark}, k={encode64(say_point(key.public_key()))}"


def read_vapid(header: str) -> tuple[dict[str, Any], str] | Malformed:
    """The claims of a genuine Authorization header and the key that signed it (base64url)."""
    scheme, _, rest = header.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    pieces = fields.get("t", "").split(".")
    point = read_point(decode64(fields.get("k", "")))
    if scheme.lower() != "vapid" or len(pieces) != 3 or point is None:
        return Malformed(because="No VAPID header.")
    mark = decode64(pieces[2])
    if len(mark) != 64:
        return Malformed(because="The signature is not one of ES256.")
    raw = encode_dss_signature(int.from_bytes(mark[:32], "big"), int.from_bytes(mark[32:], "big"))
    try:
        point.verify(raw, f"{pieces[0]}.{pieces[1]}".encode(), ec.ECDSA(hashes.SHA256()))
        claims = json.loads(decode64(pieces[1]))
    except (InvalidSignature, ValueError, RecursionError):
        return Malformed(because="The token is not genuine.")
    return (claims, fields["k"]) if isinstance(claims, dict) else Malformed(because="The token has no claims.")
