"""Signs mails (DKIM, RFC 6376): relaxed/relaxed, rsa-sha256, or ed25519-sha256 (RFC 8463) by the kind of the key.

What is the same in many mails is hashed once.
"""

import binascii
import hashlib
import re
from collections.abc import Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from watchbell.gateways.smtp.quoting import relax
from watchbell.wire.base import Malformed

LEAST_BITS = 1024
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?")

Header = tuple[bytes, bytes]


def load_key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey | Malformed:
    """The private key in a PEM text without a password."""
    try:
        found = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnicodeError, UnsupportedAlgorithm):
        return Malformed(because="The DKIM key is no private key in PEM without a password.")
    if isinstance(found, Ed25519PrivateKey) or (isinstance(found, RSAPrivateKey) and found.key_size >= LEAST_BITS):
        return found
    return Malformed(because=f"A DKIM key is RSA of at least {LEAST_BITS} bits, or Ed25519.")


class Signer:
    """A domain's key. domain, selector: where its public half stands: `<selector>._domainkey.<domain>`."""

    def __init__(self, domain: str, selector: str, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
        self.domain, self.selector, self._key = domain, selector, key
        self.algorithm = "ed25519-sha256" if isinstance(key, Ed25519PrivateKey) else "rsa-sha256"

    def sign(self, digest: bytes) -> bytes:
        """The signature over a SHA-256 digest, in base64."""
        if isinstance(self._key, Ed25519PrivateKey):
            return binascii.b2a_base64(self._key.sign(digest), newline=False)
        return binascii.b2a_base64(self._key.sign(digest, PKCS1v15(), Prehashed(SHA256())), newline=False)

    def dns_record(self) -> str:
        """What the TXT record of its public half says."""
        public = self._key.public_key()
        if isinstance(self._key, Ed25519PrivateKey):
            return "v=DKIM1; k=ed25519; p=" + _text(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        return "v=DKIM1; k=rsa; p=" + _text(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _text(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode()


def make_signer(domain: str, selector: str, pem: str) -> Signer | Malformed:
    """The signer, if domain, selector and key are what they must be."""
    if not (_NAME.fullmatch(domain) and _NAME.fullmatch(selector)):
        return Malformed(because="DKIM needs a domain and a selector.")
    key = load_key(pem)
    return key if isinstance(key, Malformed) else Signer(domain, selector, key)


class Seal:
    """A signer made ready for mails that share some headers. fixed: those; varying: the names of the others, in order.

    From is signed once more than it is there, so that nobody can add another.
    """

    def __init__(self, signer: Signer, fixed: Sequence[Header], varying: Sequence[bytes], at: int) -> None:
        self._signer = signer
        names = [b"from", *(name.lower() for name, _ in fixed), *(name.lower() for name in varying)]
        self._known = hashlib.sha256(b"".join(canonical(name, value) for name, value in fixed))
        head = b"v=1; a=%s; c=relaxed/relaxed; d=%s; s=%s;\r\n t=%d; h=%s;\r\n bh=" % (
            signer.algorithm.encode(), signer.domain.encode(), signer.selector.encode(), at, _listed(names),
        )  # fmt: skip
        self._raw = b"DKIM-Signature: " + head
        self._canonical = b"dkim-signature:" + relax(head)

    def header(self, varying: bytes, body: bytes) -> bytes:
        """The DKIM-Signature. varying: the other headers in their canonical form; body: in its canonical form."""
        body_hash = binascii.b2a_base64(hashlib.sha256(body).digest(), newline=False)
        hashed = self._known.copy()
        hashed.update(varying + self._canonical + body_hash + b"; b=")
        signature = self._signer.sign(hashed.digest())
        if len(signature) > 72:
            signature = b"\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72))
        return self._raw + body_hash + b";\r\n b=" + signature + b"\r\n"


def canonical(name: bytes, value: bytes) -> bytes:
    """A header under "relaxed" (RFC 6376 §3.4.2)."""
    return name.lower() + b":" + relax(value) + b"\r\n"


def _listed(names: Sequence[bytes]) -> bytes:
    lines = [b""]
    for name in names:
        if len(lines[-1]) + len(name) > 60:
            lines.append(b"")
        lines[-1] += name + b":"
    return b"\r\n  ".join(lines).rstrip(b":")
