"""What incident command announces."""

import msgspec


class CommandChanged(msgspec.Struct, frozen=True):
    """Who commands, from where, or to whom command went: words that 911 and police should read."""

    incident: str
    words: str
    by: str
