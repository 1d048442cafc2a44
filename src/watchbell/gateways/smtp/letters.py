"""Mails that come in, read (RFC 5322, MIME): headers, who sent it, and what a person wrote. Total."""

import binascii
import email
import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from html.parser import HTMLParser

import msgspec

from watchbell.gateways.smtp.quoting import clean
from watchbell.wire.base import Malformed

MOST_TEXT = 20_000
MOST_BYTES = 1_000_000
MOST_PARTS = 60
#: What `email` raises for nonsense, as far as anybody knows.
FAULTS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MemoryError)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail. headers: names in lower case, the first of each, decoded. parts: (type, text) of text and reports.

    message_id: without brackets. sender: the From's address.
    """

    headers: dict[str, str]
    parts: list[tuple[str, str]]
    sender: str
    subject: str
    message_id: str
    kind: str = ""
    report: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


def read_letter(raw: bytes) -> Letter | Malformed:
    """The mail in `raw`, or Malformed when there is none in it."""
    try:
        message = email.message_from_bytes(raw[:MOST_BYTES])
        headers: dict[str, str] = {}
        for name, value in message.raw_items():  # as they came: `items` loses octets that are not ASCII
            headers.setdefault(name.lower(), decode_words(str(value)))
        if not headers:
            return Malformed(because="it has no headers", raw=raw[:200])
        return Letter(
            headers=headers, parts=list(_parts(message)), sender=_sender_of(message),
            subject=clean(headers.get("subject", ""), 300), message_id=_first_id(headers.get("message-id", "")),
            kind=message.get_content_type(), report=str(message.get_param("report-type") or "").lower(),
        )  # fmt: skip
    except FAULTS as error:
        return Malformed(because=f"it cannot be read: {type(error).__name__}", raw=raw[:200])


def _sender_of(message: Message) -> str:
    """The From's address. It is found before encoded words are read: what they hold is only a name (RFC 2047 §5)."""
    raw = next((str(value) for name, value in message.raw_items() if name.lower() == "from"), "")
    return parseaddr(_readable(re.sub(r"\r?\n[ \t]*", " ", raw)))[1][:254]


def _first_id(text: str) -> str:
    found = re.search(r"<([^<>\s]{1,250})>", text)
    return found[1] if found else ""


def decode_words(text: str) -> str:
    """A header's value with its encoded words (RFC 2047) read, unfolded."""
    text = re.sub(r"\r?\n[ \t]*", " ", text)
    if "=?" not in text:
        return _readable(text)
    try:
        return _readable("".join(
            _decode(piece, charset or "ascii") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(text)
        ))  # fmt: skip
    except FAULTS:
        return _readable(text)


def _readable(text: str) -> str:
    """Octets that `email` has kept as surrogates become what they stand for in UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _decode(raw: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            # Some charsets can write half a surrogate pair, which nobody could pass on.
            return raw.decode(name).encode("utf-8", "replace").decode()
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("windows-1252", "replace")


def _parts(message: Message) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(_walk(message)):
        if number > MOST_PARTS:
            return
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/feedback-report", "message/global-delivery-status"):
            yield kind, _blocks(part)
        elif kind in ("message/rfc822", "message/global"):
            yield kind, _headers_of(part)
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            yield kind, _text_of(part) or _blocks(part)
        elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
            yield kind, _text_of(part)


def _walk(message: Message) -> Iterator[Message]:
    """The parts of a mail, not those of another mail within it."""
    yield message
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                yield from _walk(part)


def _blocks(part: Message) -> str:
    """A report's groups of fields, with an empty line between; `email` reads them as messages of their own."""
    payload = part.get_payload()
    if isinstance(payload, str):
        raw = part.get_payload(decode=True)
        return _readable(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else payload)
    groups: list[str] = []
    for block in payload if isinstance(payload, list) else []:
        if isinstance(block, Message):
            rest = block.get_payload(decode=True)
            groups.append("\n".join(f"{name}: {decode_words(str(value))}" for name, value in block.raw_items()))
            groups.append(rest.decode("utf-8", "replace") if isinstance(rest, bytes) else "")
    text = "\n\n".join(group for group in groups if group.strip())
    return _unpack(text, str(part.get("content-transfer-encoding", "")).strip().lower())


def _unpack(text: str, encoding: str) -> str:
    """`text` without its transfer encoding: RFC 6533 allows one where RFC 3464 does not."""
    raw = text.encode("utf-8", "replace")
    try:
        if encoding == "base64":
            return binascii.a2b_base64(raw).decode("utf-8", "replace")
        return binascii.a2b_qp(raw).decode("utf-8", "replace") if encoding == "quoted-printable" else text
    except binascii.Error:
        return text


def _headers_of(part: Message) -> str:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if isinstance(inner, Message):
        return "\n".join(f"{name}: {decode_words(str(value))}" for name, value in inner.raw_items())
    return str(payload)


def _text_of(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    text = _decode(raw, str(part.get_content_charset() or "utf-8")).replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format") or "").lower() == "flowed":
        text = unflow(text, str(part.get_param("delsp") or "").lower() == "yes")
    return text.replace("\0", "")


def unflow(text: str, is_delsp: bool = False) -> str:
    """format=flowed (RFC 3676) as whole lines; quoted lines keep their marks."""
    lines: list[str] = []
    open_depth = -1
    for raw in text.split("\n"):
        words = raw.lstrip(">")
        depth = len(raw) - len(words)
        words = words.removeprefix(" ")
        is_flowed = words.endswith(" ") and words != "-- "
        kept = words[:-1] if is_flowed and is_delsp else words
        if open_depth == depth and words != "-- ":
            lines[-1] += kept
        else:
            lines.append(">" * depth + (" " if depth else "") + kept)
        open_depth = depth if is_flowed else -1
    return "\n".join(lines)


# -- what a person wrote ---------------------------------------------------------------------------------------------


class _Words(HTMLParser):
    """The text of a page, without what is hidden or quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in ("class", "id")).lower()
        is_quote = tag == "blockquote" or "gmail_quote" in marks or "divrplyfwdmsg" in marks
        if self._hidden or tag in ("script", "style", "head", "title") or is_quote:
            if tag not in ("br", "img", "hr", "meta", "link", "input"):
                self._hidden.append(tag)
        elif tag in ("br", "p", "div", "tr", "li", "h1", "h2", "h3"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                continue
        elif tag in ("p", "div", "tr", "li"):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))


def words_of_html(page: str) -> str:
    """What a reader sees of a page."""
    parser = _Words()
    try:
        parser.feed(page[:300_000])
        parser.close()
    except FAULTS:
        return re.sub(r"<[^<>]*>", " ", page)
    lines = [" ".join(line.split()) for line in "".join(parser.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_WROTE = re.compile(
    r"^(?:on|am|el|le|em|op)\b.{0,200}\b(?:wrote|schrieb|escribió|a écrit|escreveu|schreef)\s*:?\s*$", re.I
)
_CUT = re.compile(
    r"^(?:-{2,}\s*(?:original message|mensaje original|forwarded message|mensaje reenviado|reply above).*|_{10,}\s*|"
    r"(?:from|de|von)\s*:\s.{0,200}@.*|begin forwarded message:\s*|sent from my .{1,60}|enviado desde mi .{1,60})$",
    re.I,
)


def own_words(text: str) -> str:
    """What the writer has added: without quoted lines, the line above them, signature and what follows it."""
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        bare = line.strip()
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if line.rstrip("\n") in ("-- ", "--") or _CUT.match(bare):
            break
        if _WROTE.match(bare[:300]) or (following and _WROTE.match(f"{bare} {following}"[:300]) and bare[:3].lower() in
                                        ("on ", "el ", "am ", "le ")):  # fmt: skip
            break
        if not bare.startswith(">"):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def text_of(letter: Letter) -> str:
    """All that is readable in it: the plain part, else the page's words."""
    plain = next((text for kind, text in letter.parts if kind == "text/plain" and text.strip()), "")
    page = next((text for kind, text in letter.parts if kind == "text/html"), "")
    return (plain or words_of_html(page))[: 10 * MOST_TEXT]


def reply_of(letter: Letter) -> str:
    """What its writer says, at most MOST_TEXT characters; the whole when nothing else is left of it."""
    whole = text_of(letter)
    return (own_words(whole) or whole.strip())[:MOST_TEXT]
