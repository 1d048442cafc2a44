"""The shape every wire message shares, and the one way to read and write it."""

from typing import TypeVar

import msgspec

SCHEMA = 1

T = TypeVar("T", bound="Message")


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A frozen message. `schema` rises only with a change an older reader would misread."""

    schema: int = SCHEMA


class Malformed(msgspec.Struct, frozen=True):
    """Bytes that are not a message, and why: a value, not an exception, so no codec can be made to crash."""

    because: str
    raw: bytes = b""


def encode(message: msgspec.Struct) -> bytes:
    """The message as JSON bytes."""
    return msgspec.json.encode(message)


def decode(raw: bytes, kind: type[T]) -> T | Malformed:
    """The message in `raw`, or `Malformed` with the reason; never another exception."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Malformed(because=str(error), raw=raw[:4096])
