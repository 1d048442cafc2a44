"""A folder of this machine: every file is replaced in one step, so that no reader sees half of one."""

import hashlib
import os
import secrets
from pathlib import Path, PurePosixPath

from watchbell.communication.public.ports import PlaceFailed


class Folder:
    """Files below `root`, readable for everybody. Nothing above it is touched, whatever a path says."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def held(self, paths: dict[str, str]) -> dict[str, str]:
        found = {}
        for path in paths:
            try:
                found[path] = hashlib.sha256(self._find(path).read_bytes()).hexdigest()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            except OSError as error:
                raise PlaceFailed(f"{path} cannot be read: {error.strerror}.") from error
        return found

    def put(self, path: str, raw: bytes) -> None:
        there = self._find(path)
        temporary = there.with_name(f".{there.name}.{secrets.token_hex(4)}")
        try:
            there.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "wb") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(raw)
            os.replace(temporary, there)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise PlaceFailed(f"{path} cannot be written: {error.strerror}.") from error

    def remove(self, path: str) -> None:
        try:
            self._find(path).unlink(missing_ok=True)
        except OSError as error:
            raise PlaceFailed(f"{path} cannot be taken away: {error.strerror}.") from error

    def close(self) -> None:
        """Nothing is open."""

    def _find(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts:
            raise PlaceFailed(f"{path} is no path inside the folder.")
        return self._root.joinpath(*parts)
