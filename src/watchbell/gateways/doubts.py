"""What a carrier says of numbers is believed while it leads anywhere. One that knows no number at all is set up
wrongly, or leads to the wrong place, and the numbers are left to another. Pure.
"""

import msgspec

from watchbell.wire.tell import Result

#: Numbers in a row that a carrier does not know or take, after which it is the carrier that leads nowhere.
MOST_UNKNOWN = 5
MISROUTED = "It says of every number that it is not known: it leads nowhere now."
#: What an answer says: that the carrier leads somewhere, that it does not know this number, or nothing of either.
LEADS, UNKNOWN, NOTHING = "leads", "unknown", "nothing"


class Run:
    """How many numbers in a row a carrier has not known, over all of its batches."""

    def __init__(self) -> None:
        self.count = 0


class Doubts:
    """Those of one batch. That a number is not known is told once another answer has shown that the carrier leads
    anywhere, or at the end. size: how many messages the batch has.
    """

    def __init__(self, run: Run, size: int) -> None:
        self._run, self._most = run, min(MOST_UNKNOWN, size)
        self._unknown = 0
        self._held: list[Result] = []

    def take(self, says: str, result: Result | None) -> list[Result]:
        """What can be told now. result: None when it was told before."""
        fresh = [] if result is None else [result]
        if says == NOTHING:
            return fresh
        if says == UNKNOWN:
            self._unknown += 1
            self._run.count += 1
            self._held += fresh
            return []
        self._run.count = 0
        known, self._held = self._held, []
        return [*known, *fresh]

    @property
    def is_misrouted(self) -> bool:
        """Whether the carrier is at fault. The numbers of batches before this one alone blame nobody."""
        return self._run.count >= MOST_UNKNOWN and self._unknown >= self._most

    def end(self, *, is_blamed: bool) -> list[Result]:
        """What is left to be told. is_blamed: the carrier is at fault, and another may know the numbers."""
        left, self._held = self._held, []
        if not is_blamed:
            return left
        return [msgspec.structs.replace(one, state="later", ref="", is_bad_address=False) for one in left]
