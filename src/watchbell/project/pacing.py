"""What is said again and again is passed on once a second."""

import asyncio
from collections.abc import Callable, Hashable


class Pace:
    """The first is passed on at once; whatever follows within `seconds` together, when they are over: none is lost."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self._came_again: dict[Hashable, bool] = {}

    def pass_on(self, key: Hashable, say: Callable[[], None]) -> None:
        """Calls `say` now, or once later in place of all that come until then under the same key."""
        if key in self._came_again:
            self._came_again[key] = True
            return
        self._came_again[key] = False
        asyncio.get_running_loop().call_later(self.seconds, self._rest, key, say)
        say()

    def _rest(self, key: Hashable, say: Callable[[], None]) -> None:
        if self._came_again.pop(key):
            self.pass_on(key, say)
