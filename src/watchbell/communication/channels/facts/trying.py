"""By what somebody who was not reached can be tried once more."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class NextWay:
    """By what somebody can be tried. addresses: of theirs that nothing went to yet; (): once more, where it failed.

    bad: theirs at which nothing arrives: passed over unless whoever tries wants them too. is_bad: there are no others.
    """

    channel: str
    addresses: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    is_bad: bool = False


@dataclass(frozen=True)
class Trying:
    """What trying people once more comes to. asked: {way: messages that wait again}. anew: {way: {address: recipient}}.

    doubtful: addresses among those at which nothing has arrived. passed: what is passed over (recipient, way, address).
    """

    asked: dict[str, list[UUID]]
    anew: dict[str, dict[str, UUID]]
    doubtful: frozenset[tuple[str, str]]
    passed: tuple[tuple[UUID, str, str], ...]

    @property
    def count(self) -> int:
        """How many messages it makes."""
        return sum(map(len, self.asked.values())) + sum(map(len, self.anew.values()))
