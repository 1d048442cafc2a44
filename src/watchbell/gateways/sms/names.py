"""What carriers over SMPP call messages: names that are theirs only, parts of one message, receipts that come twice."""

from watchbell.gateways.sms.receipts import spellings
from watchbell.line.spool import Memory

ARRIVED = "arrived"


class Names:
    """Remembers for each part which delivery it belongs to, how many parts that has, and whether its receipt came."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def keep(self, endpoint: str, delivery: str, ids: list[str], at: float) -> None:
        """The carrier has a message in these parts."""
        if len(ids) > 1:
            self._memory.keep(f"{delivery}+", at, b"0")
        if self._memory.get(f"{delivery}-"):
            self._memory.keep(f"{delivery}-", at)  # another attempt: it may fail anew
        for id in ids:
            self._memory.keep(f"{endpoint}/{id.strip().lower()}", at, f"{delivery} {len(ids)}".encode())

    def find(self, endpoint: str, id: str) -> str:
        """The key of the part that a receipt means, "" when unknown."""
        keys = (f"{endpoint}/{one}" for one in spellings(id))
        return next((key for key in keys if self._memory.get(key)), "")

    def arrive(self, key: str, at: float) -> str:
        """A receipt says that the part of this key has arrived: the delivery if all of it has now, else ""."""
        found = self._memory.get(key)
        delivery, count, *marks = found[1].decode().split() if found else ("", "0")
        if not delivery or ARRIVED in marks:
            return ""
        self._memory.keep(key, at, f"{delivery} {count} {ARRIVED}".encode())
        if count == "1":
            return delivery
        sum_key = f"{delivery}+"
        before = self._memory.get(sum_key)
        have = int(before[1]) + 1 if before else 1
        self._memory.keep(sum_key, at, str(have).encode())
        return delivery if have == int(count) else ""

    def fail(self, key: str, at: float) -> str:
        """A receipt says that the part will not arrive: the delivery, once; "" when that has been said."""
        found = self._memory.get(key)
        delivery, count, *marks = found[1].decode().split() if found else ("", "0")
        failed = self._memory.get(f"{delivery}-")
        if not delivery or marks or (failed and failed[1]):
            return ""
        self._memory.keep(key, at, f"{delivery} {count} failed".encode())
        self._memory.keep(f"{delivery}-", at, b"1")
        return delivery
