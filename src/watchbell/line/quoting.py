"""Quoted strings in the header lines of SIP, RTSP and HTTP (RFC 3261 §25.1)."""

import re
from collections.abc import Iterator

_BREAKS = re.compile(r"[\r\n\x00]+")


def clean_line(text: str) -> str:
    """`text` without what would end a header line."""
    return _BREAKS.sub(" ", text)


def bearer_of(header: str) -> str:
    """The token of an Authorization value: behind "Bearer" in whatever case (RFC 9110 §11.1), or alone.

    Octets that are no UTF-8, which aiohttp keeps as surrogates, become question marks.
    """
    header = header.encode("utf-8", "replace").decode()
    scheme, blank, token = header.strip().partition(" ")
    return token.strip() if blank and scheme.lower() == "bearer" else header.strip()


def split_quoted(text: str, mark: str) -> list[str]:
    """`text` cut at `mark` outside of quoted strings and angle brackets, each piece stripped."""
    return [piece.strip() for piece in _cut(text, mark)]


def _cut(text: str, mark: str) -> Iterator[str]:
    start, is_quoted, is_inside, at = 0, False, False, 0
    while at < len(text):
        sign = text[at]
        if is_quoted:
            if sign == "\\":
                at += 1
            elif sign == '"':
                is_quoted = False
        elif sign == '"':
            is_quoted = True
        elif sign == "<":
            is_inside = True
        elif sign == ">":
            is_inside = False
        elif sign == mark and not is_inside:
            yield text[start:at]
            start = at + 1
        at += 1
    yield text[start:]


def unquote(text: str) -> str:
    """A quoted string's content; other text as it is."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def quote_text(text: str) -> str:
    """`text` as a quoted string."""
    return '"' + re.sub(r'(["\\])', r"\\\1", clean_line(text)) + '"'
