"""A certificate authority for played servers on this machine: equal seeds, equal files. Never for real use."""

import datetime
import hashlib
import ipaddress
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

FROM = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
UNTIL = datetime.datetime(2124, 1, 1, tzinfo=datetime.UTC)


class LoopbackTls(NamedTuple):
    """PEM texts: the authority's certificate, a server's certificate for localhost, the server's key."""

    authority: str
    certificate: str
    key: str


def make_loopback_tls(seed: str) -> LoopbackTls:
    """The files of `seed`. The keys are derived from it, so it is a secret of the demo, or of nobody in a test."""
    own, server = (Ed25519PrivateKey.from_private_bytes(_digest(seed, part)) for part in ("authority", "server"))
    issuer = _name("Played authority")
    authority = (
        _builder(issuer, issuer, seed, 1).public_key(own.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(own, None)
    )  # fmt: skip
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        _builder(_name("localhost"), issuer, seed, 2).public_key(server.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(own, None)
    )  # fmt: skip
    key = server.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return LoopbackTls(authority.public_bytes(pem).decode(), certificate.public_bytes(pem).decode(), key.decode())


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, seed: str, number: int) -> x509.CertificateBuilder:
    serial = int.from_bytes(_digest(seed, str(number))[:8], "big") | 1
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).serial_number(serial)
        .not_valid_before(FROM).not_valid_after(UNTIL)
    )  # fmt: skip
