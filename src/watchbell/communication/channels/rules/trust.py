"""What a carrier's word about an address is worth: pure."""

from collections.abc import Sequence

from watchbell.line.addresses import read_number

#: So many messages a carrier has to refuse before their share says something of itself.
MOST_REFUSED = 5
#: By these ways it takes two answers: a carrier says of a number it has no route or contract for what it says of one
#: that is not there. A mail comes back from the receiver's own server.
TWICE = ("text", "voice")


def is_at_fault(brought: int, failed: int) -> bool:
    """Whether what a carrier could not do with a message's addresses speaks of the carrier: it failed with five and
    more, and more than with a fifth of all. brought: how many it took, and did not say later that they failed.
    """
    return failed >= MOST_REFUSED and failed * 4 > brought


def is_believed(channel: str, to: str, said: Sequence[tuple[int, int]]) -> bool:
    """Whether an address is bad. said: of each answer by another carrier or about another message what `is_at_fault`
    takes. One that carries nothing at all in a message is no witness of a number; two that do are believed.
    """
    if channel in TWICE and not read_number(to):
        return True  # to be seen without any carrier
    witnesses = [one for one in said if not is_at_fault(*one) and (one[0] or channel not in TWICE)]
    return len(witnesses) >= (2 if channel in TWICE else 1)
