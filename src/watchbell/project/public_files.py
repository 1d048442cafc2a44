"""The public copy as raw ASGI: files, their marks and nothing else, so that it answers with every engine away."""

import asyncio
import gzip
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

from watchbell.communication.public.adapters.web import type_of
from watchbell.communication.public.rules import cache_control
from watchbell.communication.public.rules.style import POLICY
from watchbell.line import config

PREFIX = "/public/"
#: A copy in memory is believed for so long before the disk is asked whether it still stands.
TRUST_SECONDS = 0.25
MOST_KEPT, MOST_BYTES = 400, 2_000_000
_PATH = re.compile(r"/public/([a-z0-9][a-z0-9_-]{0,39})(/[A-Za-z0-9._/-]*)?")
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Kept(NamedTuple):
    """A file in memory. mark: (modified in ns, size, inode). headers: those of its answer, without the length."""

    mark: tuple[int, int, int]
    raw: bytes
    packed: bytes
    etag: bytes
    headers: Headers


_kept: dict[Path, Kept] = {}
_looked: dict[Path, float] = {}


def find_file(path: str) -> Path | None:
    """The file an address means, inside its district's folder; None for none and for what leaves it."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    root = config.home() / "public" / found[1]
    parts = [part for part in (found[2] or "").split("/") if part]
    if any(part.startswith(".") for part in parts):
        return None
    if found[2] is None:
        return None
    is_folder = (found[2] or "").endswith("/")
    return root.joinpath(*parts, "index.html") if is_folder else root.joinpath(*parts)


def read_kept(path: Path) -> Kept | None:
    """The file, from memory while it is as it was; None when it is not there."""
    now = asyncio.get_running_loop().time()
    known = _kept.get(path)
    if known is not None and now - _looked.get(path, 0.0) < TRUST_SECONDS:
        return known
    try:
        found = os.stat(path)
        mark = (found.st_mtime_ns, found.st_size, found.st_ino)
        if known is None or known.mark != mark:
            known = _read(path, mark)
    except OSError:
        _kept.pop(path, None)
        return None
    if len(_kept) >= MOST_KEPT and path not in _kept:
        _kept.clear()
        _looked.clear()
    if len(known.raw) <= MOST_BYTES:
        _kept[path], _looked[path] = known, now
    return known


def _read(path: Path, mark: tuple[int, int, int]) -> Kept:
    raw = path.read_bytes()
    kind = type_of(path.name)
    is_text = kind.startswith("text/") or "json" in kind or "xml" in kind
    packed = gzip.compress(raw, 6, mtime=0) if is_text and len(raw) > 500 else b""
    etag = f'"{hashlib.blake2b(raw, digest_size=12).hexdigest()}"'.encode()
    headers: Headers = [
        (b"content-type", kind.encode()), (b"cache-control", cache_control(path.name).encode()), (b"etag", etag),
        (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"),
        (b"content-security-policy", (POLICY + "; frame-ancestors 'none'").encode()), (b"vary", b"accept-encoding"),
    ]  # fmt: skip
    if path.name in ("banner.json", "banner.js", "feed.atom", "index.atom"):
        headers += [(b"access-control-allow-origin", b"*"), (b"cross-origin-resource-policy", b"cross-origin")]
    return Kept(mark, raw, packed, etag, headers)


async def serve_public(scope: Scope, send: Send) -> None:
    """Answers GET and HEAD below /public/: 200, 304 for what the asker has, 404 with the district's own page."""
    if scope["method"] not in ("GET", "HEAD"):
        await _answer(send, 405, [(b"allow", b"GET, HEAD")], b"")
        return
    path = find_file(scope["path"])
    known = read_kept(path) if path is not None else None
    if known is None:
        await _answer_missing(scope, send)
        return
    told = dict(scope["headers"])
    if _holds(told.get(b"if-none-match", b""), known.etag):
        await _answer(send, 304, known.headers, None)
        return
    await _answer_file(send, 200, known, told, is_head=scope["method"] == "HEAD")


async def _answer_missing(scope: Scope, send: Send) -> None:
    """A folder named without its slash leads on; else the district's "not found", where there is a district."""
    found = _PATH.fullmatch(scope["path"])
    if found is not None and found[2] is None:
        await _answer(send, 308, [(b"location", (scope["path"] + "/").encode())], b"")
        return
    page = read_kept(config.home() / "public" / found[1] / "404.html") if found is not None else None
    if page is None:
        await _answer(send, 404, [(b"content-type", b"text/plain; charset=utf-8")], b"There is no such page.\n")
        return
    await _answer_file(send, 404, page, dict(scope["headers"]), is_head=scope["method"] == "HEAD")


def _holds(told: bytes, etag: bytes) -> bool:
    """Whether If-None-Match names what we have; a weak mark is as good (RFC 9110, 13.1.2)."""
    return told.strip() == b"*" or any(one.strip().removeprefix(b"W/") == etag for one in told.split(b","))


async def _answer_file(send: Send, status: int, known: Kept, told: dict[bytes, bytes], *, is_head: bool) -> None:
    is_packed = bool(known.packed) and b"gzip" in told.get(b"accept-encoding", b"")
    raw = known.packed if is_packed else known.raw
    headers = [*known.headers, *([(b"content-encoding", b"gzip")] if is_packed else [])]
    await _answer(send, status, headers, raw, is_head=is_head)


async def _answer(
    send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], raw: bytes | None, *, is_head: bool = False
) -> None:
    length = [] if raw is None else [(b"content-length", str(len(raw)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": b"" if is_head else raw or b""})
