"""Signatures beside the files, so that a copy on any host proves whose it is; the key comes in as a function."""

import base64
import hashlib
import json
from collections.abc import Callable

#: Bytes before an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
KEY_HEAD = bytes.fromhex("302a300506032b6570032100")
SIGNED = (".html", ".xml", ".atom", "banner.json", "banner.js")
Mark = Callable[[str], bytes]


def digest_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def say_signed(path: str, digest: str) -> str:
    """What is signed for a file: a purpose, so that it can pass for nothing else; its path; its SHA-256."""
    return f"watchbell-public\n{path}\n{digest}\n"


def build_pem(key: bytes) -> bytes:
    """An Ed25519 public key (32 bytes) as PEM."""
    body = base64.b64encode(KEY_HEAD + key).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n".encode()


def sign_site(files: dict[str, bytes], mark: Mark, key: bytes, changed: str) -> dict[str, bytes]:
    """`files` with `<path>.sig` (64 bytes) beside each page, signatures.json and the key. changed: of the last change,
    signed with the list, so that an old copy cannot pass for a new one unseen."""
    found, listed = dict(files), {}
    for path in sorted(files):
        if path.endswith(SIGNED):
            digest = digest_of(files[path])
            signature = mark(say_signed(path, digest))
            found[f"{path}.sig"] = signature
            listed[path] = {"sha256": digest, "signature": signature.hex()}
    whole = "".join(f"{path} {one['sha256']}\n" for path, one in listed.items())
    head = {"algorithm": "Ed25519", "public_key": key.hex(), "signed": "watchbell-public\\n<path>\\n<sha256>\\n",
            "changed": changed, "all": mark(f"watchbell-public-all\n{changed}\n{whole}").hex()}  # fmt: skip
    found["signatures.json"] = json.dumps({**head, "files": listed}, indent=1).encode()
    found["signing-key.pem"] = build_pem(key)
    return found
