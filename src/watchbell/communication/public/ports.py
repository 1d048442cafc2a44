"""What publishing asks of the outside."""

from typing import Protocol


class PlaceFailed(Exception):
    """A place did not take or give up a file; the text says why, in words for people and without secrets."""


class Place(Protocol):
    """Somewhere files can lie. Paths are relative, with “/”. Each method raises PlaceFailed."""

    def held(self, paths: dict[str, str]) -> dict[str, str]:
        """Of these files (path → SHA-256 of what should be there), what is there; a place nobody can look into
        believes what it is told."""
        ...

    def put(self, path: str, raw: bytes) -> None:
        """The file is there, whole, or it is as it was."""
        ...

    def remove(self, path: str) -> None:
        """The file is not there; that it was not there before is no failure."""
        ...

    def close(self) -> None: ...
