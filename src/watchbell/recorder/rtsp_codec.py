"""RTSP 1.0 (RFC 2326): answers, requests and packets interleaved on one connection (§10.12)."""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

import msgspec

from watchbell.line.numbers import read_whole
from watchbell.wire.base import Malformed

MOST_HEAD, MOST_BODY = 16_384, 262_144
_START = re.compile(r"RTSP/1\.\d (\d{3})(?: (.*))?\Z")
_ASKED = re.compile(r"([A-Z_]{3,20}) (\S{1,2000}) RTSP/1\.\d\Z")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. headers: names in lower case, each with its values in order."""

    status: int
    reason: str
    headers: dict[str, list[str]]
    body: bytes = b""

    def first(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request."""

    method: str
    url: str
    headers: dict[str, list[str]]
    body: bytes = b""

    def first(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


class Packet(msgspec.Struct, frozen=True):
    """What came on an interleaved channel: an RTP or RTCP packet."""

    channel: int
    body: bytes


Piece = Answer | Asked | Packet


class Deframer:
    """Cuts a connection's bytes into messages and packets. After Malformed nothing can be found in it any more.

    Holds at most one message: MOST_HEAD + MOST_BODY bytes.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, raw: bytes) -> list[Piece | Malformed]:
        """Everything that is whole now."""
        buffer = self._rest + raw if self._rest else raw
        found: list[Piece | Malformed] = []
        at, end = 0, len(buffer)
        while at < end:
            if buffer[at] == 0x24:
                if end - at < 4 or end - at < (size := 4 + int.from_bytes(buffer[at + 2 : at + 4], "big")):
                    break
                found.append(Packet(buffer[at + 1], buffer[at + 4 : at + size]))
                at += size
                continue
            if buffer[at] in b"\r\n":  # some cameras send an empty line between
                at += 1
                continue
            told = self._read_text(buffer, at)
            if told is None:
                break
            piece, size = told
            found.append(piece)
            if isinstance(piece, Malformed):
                at = end
                break
            at += size
        self._rest = buffer[at:]
        return found

    def _read_text(self, buffer: bytes, at: int) -> tuple[Piece | Malformed, int] | None:
        """(message, its bytes); None while it is not whole."""
        ends = buffer.find(b"\r\n\r\n", at, at + MOST_HEAD)
        if ends < 0:
            raw = buffer[at : at + 200]
            if len(buffer) - at >= MOST_HEAD or not raw[:1].isalpha():
                return Malformed(because="It does not speak RTSP.", raw=raw), 0
            return None
        head = read_head(buffer[at:ends])
        if isinstance(head, Malformed):
            return head, 0
        length = read_whole(head.first("content-length") or "0")
        if length is None or length > MOST_BODY:
            return Malformed(because="It announces a body of no possible length.", raw=buffer[at : at + 200]), 0
        size = ends + 4 - at + length
        if len(buffer) - at < size:
            return None
        return msgspec.structs.replace(head, body=buffer[ends + 4 : at + size]), size


def read_head(raw: bytes) -> Answer | Asked | Malformed:
    """Start line and headers, without the empty line behind them."""
    first, *lines = raw.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    if found := _START.match(first):
        return Answer(status=int(found[1]), reason=(found[2] or "")[:200], headers=headers)
    if found := _ASKED.match(first):
        return Asked(method=found[1], url=found[2], headers=headers)
    return Malformed(because="It does not speak RTSP.", raw=raw[:200])


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session and how long it lives without a request (RFC 2326 §12.37)."""

    id: str
    timeout_seconds: float = 60.0


def read_session(text: str) -> Session | Malformed:
    """A Session header's value."""
    name, *more = (part.strip() for part in text.split(";"))
    if not name or len(name) > 200 or re.search(r"\s", name):
        return Malformed(because="The camera opened no session.", raw=text[:200].encode("utf-8", "replace"))
    seconds = 60.0
    for part in more:
        key, _, value = part.partition("=")
        if key.strip().lower() == "timeout" and value.strip().isascii() and value.strip().isdigit():
            seconds = min(max(float(value.strip()[:6]), 4.0), 3600.0)
    return Session(id=name, timeout_seconds=seconds)


def read_channels(text: str) -> tuple[int, int] | Malformed:
    """(RTP channel, RTCP channel) of a Transport header's value; the camera may choose other ones than were asked."""
    found = re.search(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", text, re.ASCII)
    if "TCP" not in text.upper() or (found is None and "interleaved" in text):
        return Malformed(because="The camera does not send over TCP.", raw=text[:200].encode("utf-8", "replace"))
    first = int(found[1]) if found else 0
    second = int(found[2]) if found and found[2] else first + 1
    if first > 255 or second > 255:
        return Malformed(because="The camera names no possible channel.", raw=text[:200].encode("utf-8", "replace"))
    return first, second


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stream is: host and port to connect to, and the URL that requests name (never with a password)."""

    host: str
    port: int
    url: str


def read_address(url: str) -> Address | Malformed:
    """The address in an rtsp:// URL. What stands before an @ is refused: secrets have their own field."""
    raw = url[:200].encode("utf-8", "replace")
    try:
        parts = urlsplit(url)
        port, host = parts.port or 554, parts.hostname or ""
    except ValueError:
        return Malformed(because="This is no address; write it like rtsp://10.0.4.20:554/stream2.", raw=raw)
    if parts.scheme != "rtsp" or not host or re.search(r"[\s\x00-\x1f]", url) or len(url) > 1000:
        return Malformed(because="A stream's address begins with rtsp:// and names a host.", raw=raw)
    if parts.username is not None or parts.password is not None:
        return Malformed(because="Put the user and the password into their own fields.", raw=b"")
    return Address(host=host, port=port, url=urlunsplit(parts._replace(fragment="")))


def control_url(base: str, control: str) -> str:
    """The URL of a track (RFC 2326 §C.1.1): an absolute one as it is, a relative one behind the base."""
    if not control or control == "*":
        return base
    if control.lower().startswith("rtsp://"):
        return control
    if base.endswith("/"):
        return base + control.lstrip("/") if not control.startswith("/") else urljoin(base, control)
    return f"{base}/{control.lstrip('/')}"  # as cameras mean it, who leave the slash out


def build_request(method: str, url: str, headers: dict[str, str]) -> bytes:
    """A request without a body."""
    lines = [f"{method} {url} RTSP/1.0", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def build_answer(status: int, reason: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """An answer, for whoever plays a camera."""
    more = {"Content-Length": str(len(body))} if body else {}
    lines = [f"RTSP/1.0 {status} {reason}", *(f"{name}: {value}" for name, value in {**headers, **more}.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
