"""A gateway says which devices it takes for tested: only its word makes a test session in force, or over early."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from watchbell.line import clock, config
from watchbell.wire.status import SessionWord
from watchbell.wire.subjects import subject

log = logging.getLogger(__name__)
MODES = ("drill", "test")
Send = Callable[[str, SessionWord, str], Awaitable[Any]]


class Held(NamedTuple):
    """A tested device as a configuration names it. until: the session's end in Unix seconds."""

    district: str
    site: str
    mode: str
    until: float


def sessions_in(entries: Iterable[Any], district: str = "", site: str = "") -> Iterator[tuple[str, Held]]:
    """(endpoint, Held) of each device in a session, wherever in its entry it stands: a zone lies within its panel."""
    for entry in entries:
        if isinstance(entry, list):
            yield from sessions_in(entry, district, site)
        if not isinstance(entry, dict):
            continue
        here = str(entry.get("district") or district), str(entry.get("site") or site)
        if entry.get("test_session") in MODES and entry.get("endpoint"):
            yield str(entry["endpoint"]), Held(*here, str(entry["test_session"]), float(entry.get("test_until") or 0))
        yield from sessions_in((one for one in entry.values() if isinstance(one, list | dict)), *here)


class Told:
    """What this gateway has said of its tested devices, kept on disk: an end that came while it was off is said too."""

    def __init__(self, path: Path, gateway: str, send: Send) -> None:
        self._path, self._gateway, self._send = path, gateway, send

    def _read(self) -> dict[str, Held]:
        try:
            return {key: Held(*found) for key, found in json.loads(self._path.read_text()).items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:  # what is in force is then said again
            log.error("%s: what was said of test sessions cannot be read: %s", self._gateway, error)
            return {}

    async def tell(self, entries: Iterable[Any]) -> None:
        """Says of each device whose session began, changed or ended with the configuration that is in force now."""
        before, now = self._read(), dict(sessions_in(entries))
        if before == now:
            return
        for endpoint, held in now.items():
            if before.get(endpoint) != held:
                await self._say(endpoint, held, held.mode)
        for endpoint, held in before.items():
            if endpoint not in now or now[endpoint].until < held.until:
                await self._say(endpoint, held, "real")
        config.write_private(self._path, json.dumps(now).encode())

    async def _say(self, endpoint: str, held: Held, mode: str) -> None:
        word = SessionWord(
            district=held.district, site=held.site, gateway=self._gateway, endpoint=endpoint, session_mode=mode,
            until=held.until, at=clock.unix(),
        )  # fmt: skip
        where = subject(held.district, held.site, "status", self._gateway, endpoint)
        await self._send(where, word, f"{endpoint}:{held.until}:{mode}:{word.at}")
