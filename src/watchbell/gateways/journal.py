"""What a gateway to a carrier has on disk of its batches."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from watchbell.wire.tell import Result


class Journal:
    """What one batch has done so far, on disk: after a kill nothing goes out again that may have gone out.

    One line a mark: "b <id>" (about to go out), "r <result as JSON>". Each attempt at a batch has a journal; `earlier`
    are those a former attempt dealt with: what it could not send ("later") is nobody's yet, and `doubted` among those
    are what a carrier has said of that it will not take it.
    """

    def __init__(
        self, path: Path, earlier: frozenset[str] = frozenset(), doubted: frozenset[str] = frozenset()
    ) -> None:  # fmt: skip
        self._path, self.earlier, self.doubted = path, earlier, doubted
        self.begun: set[str] = set()
        self.results: dict[str, Result] = {}
        if path.exists():
            for line in path.read_bytes().split(b"\n"):
                self._read(line)
        self._file = path.open("ab", buffering=0)

    def _read(self, line: bytes) -> None:
        if line.startswith(b"b "):
            self.begun.update(line[2:].decode("ascii", "replace").split(","))
        elif line.startswith(b"r "):
            with contextlib.suppress(msgspec.DecodeError):  # a torn last line
                found = msgspec.json.decode(line[2:], type=Result)
                self.results[found.id] = found

    def begin(self, ids: Iterable[str]) -> None:
        """These are about to go out. Survives the process, not a power cut."""
        listed = list(ids)
        self.begun.update(listed)
        self._file.write(b"b " + ",".join(listed).encode() + b"\n")

    def end(self, results: Iterable[Result]) -> None:
        listed = list(results)
        self.results.update((one.id, one) for one in listed)
        self._file.write(b"".join(b"r " + msgspec.json.encode(one) + b"\n" for one in listed))

    def is_open(self, delivery: str) -> bool:
        """The carrier has said that it did not take this one, and another time may."""
        known = self.results.get(delivery)
        return known is not None and known.state == "later"

    def close(self) -> None:
        self._file.close()
