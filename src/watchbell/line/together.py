"""Many messages under one signature: each carries its way up a tree of hashes to the root that is signed.

An alarm asks dozens of endpoints at once, and a signature costs more than all else about an order. The hashes are
those of RFC 6962 §2.1 (leaves and nodes told apart by a first byte); a level is made even with an empty leaf.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

SIZE = 32
EMPTY = bytes(SIZE)
MOST_LEVELS = 16


class Proof(NamedTuple):
    """What one message carries. signature: 64 bytes over the root; path: the siblings from the leaf upward."""

    signature: bytes
    number: int
    path: tuple[bytes, ...]


def leaf_of(body: bytes) -> bytes:
    """The hash of one message."""
    return sha256(b"\0" + body).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def grow(leaves: Sequence[bytes]) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """(root, the path of each leaf). At least one leaf."""
    paths: list[list[bytes]] = [[] for _ in leaves]
    level, step = list(leaves), 0
    while len(level) > 1:
        level += [EMPTY] * (len(level) % 2)
        for number, path in enumerate(paths):
            path.append(level[(number >> step) ^ 1])
        level = [_node(level[at], level[at + 1]) for at in range(0, len(level), 2)]
        step += 1
    return level[0], [tuple(path) for path in paths]


def root_of(leaf: bytes, proof: Proof) -> bytes:
    """The root to which a leaf's path leads."""
    found = leaf
    for step, sibling in enumerate(proof.path):
        found = _node(sibling, found) if proof.number >> step & 1 else _node(found, sibling)
    return found


def write_proof(proof: Proof) -> str:
    """Text: signature, number and path, in hex, with dots between."""
    return f"{proof.signature.hex()}.{proof.number:x}.{b''.join(proof.path).hex()}"


def read_proof(text: str) -> Proof | None:
    """What `write_proof` wrote; None for anything else."""
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        return None
    try:
        signature, number, raw = bytes.fromhex(parts[0]), int(parts[1], 16), bytes.fromhex(parts[2])
    except ValueError:
        return None
    levels, rest = divmod(len(raw), SIZE)
    if rest or levels > MOST_LEVELS or not 0 <= number < 1 << levels:
        return None
    return Proof(signature, number, tuple(raw[at : at + SIZE] for at in range(0, len(raw), SIZE)))
