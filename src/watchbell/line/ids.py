"""Identities: UUIDv7 for new things, hashes for things that must be the same twice."""

import hashlib
import os
import uuid

from watchbell.line import clock


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then random; sorts by time."""
    millis = int(clock.unix() * 1000)
    value = (millis << 80) | (0x7 << 76) | (int.from_bytes(os.urandom(10), "big") & ((1 << 76) - 1))
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def id_floor(at: float) -> uuid.UUID:
    """Below every `new_id` made from `at` (Unix seconds) on."""
    return uuid.UUID(int=int(at * 1000) << 80)


def same_id(*parts: object) -> str:
    """A 32-digit hex identity of `parts`: equal parts give an equal identity, on every machine."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def same_uuid(*parts: object) -> uuid.UUID:
    """`same_id` as a UUID, for rows that must be made only once."""
    return uuid.UUID(hex=same_id(*parts))
