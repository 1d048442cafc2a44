"""A fsynced log of messages on disk: what a gateway has accepted survives its own death and the bus's."""

import asyncio
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_HEAD = struct.Struct("<II")  # length, CRC-32
_DONE = b"\x00done:"


class Spool:
    """Append, mark done, replay. One writer a file. Damage at the end (a torn write) is cut off, nothing else is.

    `append` returns only when the bytes are on the disk. `pending` gives (key, payload) not yet marked done.
    """

    def __init__(self, path: Path, compact_bytes: int = 4 << 20) -> None:
        self._path = path
        self._compact_bytes = compact_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._pending: dict[str, bytes] = {}
        self._lock = asyncio.Lock()
        good = 0
        for key, payload, end in self._read():
            if payload.startswith(_DONE):
                self._pending.pop(key, None)
            else:
                self._pending[key] = payload
            good = end
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._descriptor, good)
        os.lseek(self._descriptor, 0, os.SEEK_END)

    def _read(self) -> Iterator[tuple[str, bytes, int]]:
        raw = self._path.read_bytes() if self._path.exists() else b""
        at = 0
        while at + _HEAD.size <= len(raw):
            length, crc = _HEAD.unpack_from(raw, at)
            body = raw[at + _HEAD.size : at + _HEAD.size + length]
            if len(body) < length or zlib.crc32(body) != crc:
                return
            at += _HEAD.size + length
            key, _, payload = body.partition(b"\n")
            yield key.decode("utf-8", "replace"), payload, at

    def _write(self, key: str, payload: bytes, is_durable: bool) -> None:
        body = key.replace("\n", " ").encode() + b"\n" + payload
        os.write(self._descriptor, _HEAD.pack(len(body), zlib.crc32(body)) + body)
        if is_durable:
            os.fdatasync(self._descriptor)

    async def append(self, key: str, payload: bytes) -> None:
        """Keeps `payload` under `key`; on the disk when this returns."""
        async with self._lock:
            self._pending[key] = payload
            await asyncio.to_thread(self._write, key, payload, True)

    async def done(self, key: str) -> None:
        """`key` has reached the bus. Not fsynced: forgetting this only means sending it once more."""
        async with self._lock:
            if self._pending.pop(key, None) is None:
                return
            self._write(key, _DONE, False)
            if not self._pending and os.lseek(self._descriptor, 0, os.SEEK_CUR) > self._compact_bytes:
                os.ftruncate(self._descriptor, 0)
                os.lseek(self._descriptor, 0, os.SEEK_SET)

    def pending(self) -> list[tuple[str, bytes]]:
        """What has been accepted and not yet marked done, oldest first."""
        return list(self._pending.items())

    def close(self) -> None:
        os.close(self._descriptor)


class Memory:
    """Keys and values a process must remember for a while (done orders, seen frames): append-only on disk.

    Values are bytes. Entries older than `keep_seconds` are forgotten when the file is opened, and by `forget`.
    """

    def __init__(self, path: Path, keep_seconds: float, now: float) -> None:
        self._path, self._keep_seconds = path, keep_seconds
        path.parent.mkdir(parents=True, exist_ok=True)
        self._entries: dict[str, tuple[float, bytes]] = {}
        if path.exists():
            for line in path.read_bytes().split(b"\n"):
                parts = line.split(b"\t", 2)
                try:
                    if len(parts) == 3 and now - float(parts[1]) < keep_seconds:
                        self._entries[parts[0].decode()] = (float(parts[1]), bytes.fromhex(parts[2].decode()))
                except ValueError:
                    continue  # a torn last line
        lines = [self._line(key, at, value) for key, (at, value) in self._entries.items()]
        path.write_bytes(b"".join(lines))
        path.chmod(0o600)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)

    @staticmethod
    def _line(key: str, at: float, value: bytes) -> bytes:
        return b"%s\t%f\t%s\n" % (key.encode(), at, value.hex().encode())

    def get(self, key: str) -> tuple[float, bytes] | None:
        """(moment kept in Unix seconds, value), or None."""
        return self._entries.get(key)

    def keep(self, key: str, at: float, value: bytes = b"") -> None:
        """Remembers `value` under `key`; a later `keep` replaces it. Survives the process, not a power cut."""
        self._entries[key] = (at, value)
        os.write(self._descriptor, self._line(key, at, value))

    def forget(self, now: float) -> None:
        """Lets go of what is older than `keep_seconds`, in memory and on disk: for processes that run for months."""
        self._entries = {key: one for key, one in self._entries.items() if now - one[0] < self._keep_seconds}
        temporary = self._path.with_name(f"{self._path.name}.new")
        temporary.write_bytes(b"".join(self._line(key, at, value) for key, (at, value) in self._entries.items()))
        temporary.chmod(0o600)
        os.replace(temporary, self._path)
        os.close(self._descriptor)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def close(self) -> None:
        os.close(self._descriptor)
