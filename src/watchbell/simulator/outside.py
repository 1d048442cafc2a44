"""What the outside world received, by channel: kept in memory, newest 2,000 a channel."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from watchbell.line import clock

KEPT = 2000
Heard = Callable[[dict[str, Any]], None]


class Outside:
    """Channels of `{"at", "to", "body", "raw"}`; `at` is RFC 3339 text, `at_unix` the same moment in Unix seconds,
    `via` names the carrier that took it, where several bring the same kind of message."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        self._channels: dict[str, deque[dict[str, Any]]] = {name: deque(maxlen=KEPT) for name in channels}

    def listener(self, channel: str, to: str = "", via: str = "") -> Heard:
        """A function that keeps what a peer heard in `channel`; `to` names the receiver where the peer does not."""
        kept = self._channels[channel]

        def hear(what: dict[str, Any]) -> None:
            at = clock.moment(float(what.get("at") or clock.unix()))
            kept.append({  # both in whole microseconds: `since` with the "at" of an entry never tells that entry again
                "at": at.isoformat(), "at_unix": at.timestamp(), "to": to or what.get("to", ""),
                "body": what.get("body"), "raw": what.get("raw", ""), **({"via": via} if via else {}),
            })  # fmt: skip

        return hear

    def counts(self) -> dict[str, int]:
        """How much each channel holds."""
        return {name: len(kept) for name, kept in self._channels.items()}

    def received(self, channel: str, since: float = 0.0) -> list[dict[str, Any]] | None:
        """What `channel` received after `since`, oldest first; None for a channel that is not played."""
        kept = self._channels.get(channel)
        return None if kept is None else [one for one in kept if one["at_unix"] > since]


def read_since(text: str) -> float:
    """Unix seconds from a number or RFC 3339 text; ValueError for anything else."""
    if not text:
        return 0.0
    try:
        return float(text)
    except ValueError:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" of the offset arrives as a blank
        if found.tzinfo is None:
            raise ValueError("a moment needs its offset") from None
        return found.timestamp()
