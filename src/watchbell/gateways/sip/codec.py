"""SIP messages (RFC 3261 §7, §25), both ways: requests, responses, header fields, bodies in parts; every input is
answered with a message or a Malformed."""

import binascii
import re
from collections.abc import Iterable, Iterator

import msgspec

from watchbell.gateways.sip.addresses import split_semicolons
from watchbell.line.quoting import clean_line, split_quoted, unquote
from watchbell.wire.base import Malformed

MAX_BYTES = 65_535
MAX_HEAD = 32_768
MAX_HEADERS = 200
MAX_PARTS = 20
MAX_CSEQ = 2**31 - 1
VERSION = "SIP/2.0"
#: §7.3.3 and the registry: one-letter names.
COMPACT = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "n": "identity-info", "o": "event", "r": "refer-to", "s": "subject",
    "t": "to", "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip
#: Fields whose comma separates values; in all others it belongs to the value.
LISTS = frozenset({
    "accept", "accept-encoding", "accept-language", "alert-info", "allow", "allow-events", "call-info", "contact",
    "content-encoding", "content-language", "diversion", "error-info", "geolocation", "history-info", "in-reply-to",
    "p-asserted-identity", "p-preferred-identity", "path", "proxy-require", "record-route", "remote-party-id",
    "require", "resource-priority", "route", "service-route", "supported", "unsupported", "via", "warning",
})  # fmt: skip
REQUIRED = ("via", "from", "to", "call-id", "cseq")
REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    408: "Request Timeout", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
    481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
    500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable", 603: "Decline",
}  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_SPELLING = {
    "call-id": "Call-ID",
    "cseq": "CSeq",
    "www-authenticate": "WWW-Authenticate",
    "mime-version": "MIME-Version",
}
_FOLD = re.compile(r"\r?\n[ \t]+")

Headers = tuple[tuple[str, str], ...]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What requests and responses share. headers: (lower-case full name, value), in the order they came."""

    headers: Headers
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first value of a field, "" without one; of a list field its first element."""
        return next(iter(self.every(name)), "")

    def every(self, name: str) -> list[str]:
        """Every value of a field; list fields are taken apart at their commas."""
        return list(_values(self.headers, name))

    @property
    def call_id(self) -> str:
        return self.first("call-id")

    @property
    def cseq(self) -> tuple[int, str]:
        """(number, method)."""
        number, method = self.first("cseq").split()
        return int(number), method

    @property
    def content_type(self) -> str:
        """The body's media type in lower case without its parameters."""
        return self.first("content-type").split(";")[0].strip().lower()


class Request(Message, frozen=True, kw_only=True):
    """A request. uri: as it stood in the request line."""

    method: str
    uri: str


class Response(Message, frozen=True, kw_only=True):
    """A response."""

    status: int
    reason: str = ""


def _values(headers: Headers, name: str) -> Iterator[str]:
    for known, value in headers:
        if known != name:
            continue
        if name in LISTS:
            yield from (part for part in split_quoted(value, ",") if part)
        else:
            yield value


# -- reading -----------------------------------------------------------------------------------------------------------


def parse(raw: bytes) -> Request | Response | Malformed:
    """The message in `raw`: one datagram, or what a Framer cut from a stream.

    A body longer than Content-Length is cut (§18.3), a shorter one is Malformed.
    """
    if len(raw) > MAX_BYTES:
        return Malformed(because=f"A message has at most {MAX_BYTES} bytes, this has {len(raw)}.", raw=raw[:200])
    stripped = raw.lstrip(b"\r\n")
    head, body = _split_head(stripped)
    start, headers = _read_head(head)
    if isinstance(headers, str):
        return Malformed(because=headers, raw=raw[:4096])
    lengths = set(_values(headers, "content-length"))
    if lengths:
        length = next(iter(lengths))
        if len(lengths) > 1 or not (length.isascii() and length.isdigit() and len(length) < 8):
            return Malformed(because="Content-Length is no number.", raw=raw[:4096])
        if int(length) > len(body):
            return Malformed(because="The body is shorter than its Content-Length.", raw=raw[:4096])
        body = body[: int(length)]
    found = _read_start(start, headers, body)
    problem = found if isinstance(found, str) else _fault_of(found)
    return Malformed(because=problem, raw=raw[:4096]) if problem or isinstance(found, str) else found


def _split_head(raw: bytes) -> tuple[bytes, bytes]:
    ends = [(at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := raw.find(mark)) >= 0]
    if not ends:
        return raw, b""
    at, length = min(ends)
    return raw[:at], raw[at + length :]


def _read_head(head: bytes) -> tuple[str, Headers | str]:
    """(start line, header fields), or the reason instead of the fields."""
    if len(head) > MAX_HEAD:
        return "", "The header is too long."
    lines = re.split(r"\r?\n", _FOLD.sub(" ", head.decode("utf-8", "replace")))
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t").lower()
        if not colon or not _TOKEN.match(name):
            return lines[0], f"No header field: {line[:60]!r}."
        headers.append((COMPACT.get(name, name), value.strip(" \t")))
    if len(headers) > MAX_HEADERS:
        return lines[0], "Too many header fields."
    return lines[0], tuple(headers)


def _read_start(start: str, headers: Headers, body: bytes) -> Request | Response | str:
    parts = start.split(" ", 2)
    if len(parts) >= 2 and parts[0].upper() == VERSION:
        status = parts[1]
        if not re.fullmatch(r"[1-6][0-9][0-9]", status, re.ASCII):
            return "The status is none of 100 to 699."
        return Response(status=int(status), reason=parts[2] if len(parts) > 2 else "", headers=headers, body=body)
    if len(parts) != 3 or parts[2].rstrip().upper() != VERSION:
        return "The first line is neither a request nor a response of SIP/2.0."
    method, uri = parts[0], parts[1]
    if not _TOKEN.match(method) or not uri or uri[0] == "<" or "\x00" in uri:
        return "The request line has no method or no address."
    return Request(method=method, uri=uri, headers=headers, body=body)


def _fault_of(message: Request | Response) -> str:
    """Why a message with these fields cannot be answered, "" for a whole one."""
    missing = [name for name in REQUIRED if not message.first(name)]
    if missing:
        return f"Without {', '.join(spell(name) for name in missing)}."
    found = re.fullmatch(r"([0-9]{1,10})[ \t]+(\S+)", message.first("cseq"), re.ASCII)
    if found is None or int(found[1]) > MAX_CSEQ or not _TOKEN.match(found[2]):
        return "CSeq is no number and method."
    if isinstance(message, Request) and found[2] != message.method:
        return f"CSeq says {found[2][:20]}, the request {message.method[:20]}."
    if any(len(message.every(name)) > 1 for name in ("from", "to", "call-id", "cseq")):
        return "From, To, Call-ID or CSeq stands twice."
    return ""


def salvage(raw: bytes) -> Request | None:
    """As much of an unreadable request as a 400 needs (§18.3), None when there is not that much."""
    start, headers = _read_head(_split_head(raw[:MAX_BYTES].lstrip(b"\r\n"))[0])
    if isinstance(headers, str):
        return None
    found = _read_start(start, headers, b"")
    return found if isinstance(found, Request) and not _fault_of(found) else None


class Framer:
    """Cuts a stream into messages by Content-Length (§18.3); lines between messages are a keep-alive (RFC 5626)."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, received: bytes) -> list[bytes | Malformed]:
        """The whole messages so far; after a Malformed the stream cannot be trusted further."""
        self._kept += received
        found: list[bytes | Malformed] = []
        while True:
            self._kept = self._kept.lstrip(b"\r\n")
            head, _ = _split_head(self._kept)
            if len(head) == len(self._kept):
                if len(head) > MAX_HEAD:
                    found.append(self._give_up("The header has no end."))
                return found
            _, headers = _read_head(head)
            lengths = [] if isinstance(headers, str) else list(_values(headers, "content-length"))
            length = lengths[0] if len(lengths) == 1 else ""
            if not (length.isascii() and length.isdigit() and len(length) < 8) or int(length) > MAX_BYTES:
                found.append(self._give_up("On a stream a message needs its Content-Length."))
                return found
            end = len(head) + (4 if self._kept[len(head) : len(head) + 1] == b"\r" else 2) + int(length)
            if len(self._kept) < end:
                return found
            found.append(self._kept[:end])
            self._kept = self._kept[end:]

    def _give_up(self, because: str) -> Malformed:
        raw, self._kept = self._kept[:4096], b""
        return Malformed(because=because, raw=raw)


# -- writing -----------------------------------------------------------------------------------------------------------


def spell(name: str) -> str:
    """A field's name as it is usually written."""
    return _SPELLING.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def build(message: Request | Response) -> bytes:
    """The message's bytes with its Content-Length; what would break a line is taken out of values."""
    if isinstance(message, Request):
        start = f"{message.method} {message.uri} {VERSION}"
    else:
        start = f"{VERSION} {message.status} {message.reason or REASONS.get(message.status, 'Unknown')}"
    lines = [clean_line(start)]
    lines += [f"{spell(name)}: {clean_line(value)}" for name, value in message.headers if name != "content-length"]
    lines.append(f"Content-Length: {len(message.body)}")
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + message.body


def reply(
    request: Request, status: int, *, tag: str = "", more: Iterable[tuple[str, str]] = (), body: bytes = b"",
    reason: str = "",
) -> Response:  # fmt: skip
    """The response to `request` (§8.2.6): its Via, From, To with our tag, Call-ID, CSeq; Record-Route for a dialog."""
    headers = []
    for name, value in request.headers:
        if name in ("via", "from", "call-id", "cseq") or (name == "record-route" and 100 < status < 300):
            headers.append((name, value))
        elif name == "to":
            has_tag = any(key.lower() == "tag" for key, _ in split_semicolons(value)[1])
            headers.append((name, value if has_tag or not tag or status == 100 else f"{value};tag={tag}"))
    return Response(
        status=status, reason=reason or REASONS.get(status, "Unknown"), headers=(*headers, *more), body=body
    )


# -- bodies ------------------------------------------------------------------------------------------------------------


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a body. type: media type in lower case. id: Content-ID without its angle brackets."""

    type: str
    body: bytes
    id: str = ""


def parts_of(message: Message, depth: int = 0) -> list[Part]:
    """The body's parts, multipart ones (RFC 2046 §5.1) taken apart, nested ones too; none for an empty body."""
    content_type = message.first("content-type")
    if not message.body.strip():
        return []
    if not message.content_type.startswith("multipart/") or depth > 3:
        return [Part(type=message.content_type, body=_decoded(message), id=message.first("content-id").strip("<>"))]
    boundary = next((unquote(v) for k, v in split_semicolons(content_type)[1] if k.lower() == "boundary"), "")
    if not boundary:
        return []
    mark = re.escape(boundary.encode("utf-8", "replace"))
    pieces = re.split(rb"(?:\A|\r?\n)--" + mark + rb"(?=--|[ \t]*(?:\r?\n|\Z))", message.body)
    found: list[Part] = []
    for piece in pieces[1 : MAX_PARTS + 1]:
        if piece.startswith(b"--"):
            break
        headers, body = _split_part(piece)
        found += parts_of(Message(headers=headers, body=body), depth + 1)
    return found[:MAX_PARTS]


def _decoded(message: Message) -> bytes:
    """The body without its Content-Transfer-Encoding (RFC 2045 §6); as it came where it does not keep to it."""
    kind = message.first("content-transfer-encoding").strip().lower()
    try:
        if kind == "base64":
            return binascii.a2b_base64(b"".join(message.body.split()), strict_mode=True)
        return binascii.a2b_qp(message.body) if kind == "quoted-printable" else message.body
    except binascii.Error:
        return message.body


def _split_part(piece: bytes) -> tuple[Headers, bytes]:
    """A part's fields and body; some senders leave out the empty line between them, and it is read all the same."""
    _, newline, rest = piece.partition(b"\n")  # what stands behind the boundary in its line
    headers: list[tuple[str, str]] = []
    while newline:
        line, newline, after = rest.partition(b"\n")
        name, colon, value = line.decode("utf-8", "replace").strip("\r").partition(":")
        if not line.strip():
            return tuple(headers), after
        if not colon or not _TOKEN.match(name):
            break
        headers.append((COMPACT.get(name.lower(), name.lower()), value.strip()))
        rest = after
    return tuple(headers), rest
