"""Text as mail carries it: quoted-printable (RFC 2045) with gaps for fields, header values (RFC 5322, 2047).

Quoted-printable written here is its own canonical form under DKIM's "relaxed" (RFC 6376 §3.4.4): no blanks in a row,
none at the end of a line; and no line begins with a dot, so nothing needs stuffing. All is ASCII: no 8BITMIME needed.
"""

import binascii
import html
import re
from collections.abc import Iterable, Mapping

SOFT = b"=\r\n"
#: How the name of a recipient's field ends that is HTML already; every other one is only words.
MARKUP = "_html"
WIDTH = 75
_EASY = re.compile(r"(?![.]|From )[!-<>-~]+(?: [!-<>-~]+)*")
#: The same in HTML.
_EASIEST = re.compile(r"(?![.]|From )[!#-%(-;?-~]+(?: [!#-%(-;?-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/?^_`{|}~-]+)*")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WORD = 45  # octets that fit into one encoded word of 75
_FOLD = 70


def split_fields(text: str) -> tuple[list[str], list[str]]:
    """(texts, names) of `text` with `{{name}}`s: a name stands between each two texts. Read like sending.fill."""
    texts, names = [], []
    head, *rest = text.split("{{")
    texts.append(head)
    for piece in rest:
        name, closed, tail = piece.partition("}}")
        if closed:
            names.append(name.strip())
            texts.append(tail)
        else:
            texts[-1] += "{{" + piece
    return texts, names


def quote_text(text: str) -> bytes:
    """`text` in quoted-printable, its lines ended by CRLF; a last line without an end has none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\r\n".join(_quote_line(line) for line in lines)


def _quote_line(line: str) -> bytes:
    if len(line) <= WIDTH and _EASY.fullmatch(line):
        return line.encode("ascii")
    raw = line.encode("utf-8", "replace")
    rows, row = [], bytearray()
    for place, byte in enumerate(raw):
        is_start = not row
        is_plain = 33 <= byte <= 126 and byte != 61 and not (is_start and byte in b".F")
        if byte == 32:
            is_plain = 0 < place < len(raw) - 1 and raw[place - 1] != 32
        unit = bytes((byte,)) if is_plain else b"=%02X" % byte
        if len(row) + len(unit) > WIDTH:
            rows.append(bytes(row))
            row.clear()
            unit = b"=%02X" % byte if byte in b".F" else unit
        row += unit
    return SOFT.join([*rows, bytes(row)])


class Splice:
    """Text with gaps, quoted once; `fill` puts a recipient's fields into them. Each gap is a line of its own."""

    def __init__(self, text: str, is_html: bool = False) -> None:
        texts, names = split_fields(text.replace("\r\n", "\n").replace("\r", "\n"))
        self.parts: list[bytes] = []
        self.gaps: list[tuple[str, bool]] = [(name, is_html and not name.endswith(MARKUP)) for name in names]
        self._names: tuple[str, ...] = ()
        self._row: list[bytes] = []
        for number, piece in enumerate(texts):
            quoted = quote_text(piece)
            before = SOFT if number and piece and not quoted.startswith(b"\r\n") else b""
            after = SOFT if number < len(names) and (quoted or number) and not quoted.endswith(b"\n") else b""
            self.parts.append(before + quoted + after)

    def wrap(self, before: bytes, after: bytes) -> None:
        """Puts bytes around it."""
        self.parts[0] = before + self.parts[0]
        self.parts[-1] += after
        self._row = []

    def join(self, other: "Splice") -> None:
        """Goes on with `other`."""
        self.parts = [*self.parts[:-1], self.parts[-1] + other.parts[0], *other.parts[1:]]
        self.gaps += other.gaps
        self._row = []

    def fill(self, fields: Mapping[str, str], id: str) -> bytes:
        """The bytes for a recipient; `{{id}}` is the delivery's own."""
        if not self._row:
            self._row = [piece for part in self.parts for piece in (part, b"")]
            self._names = tuple({name for name, _ in self.gaps})
        values: dict[tuple[str, bool], bytes] = {}
        for name in self._names:
            text = id if name == "id" else fields.get(name, "")
            if len(text) <= WIDTH and _EASIEST.fullmatch(text):
                values[name, False] = values[name, True] = text.encode("ascii")
            else:
                values[name, False], values[name, True] = quote_text(text), quote_text(html.escape(text))
        row = self._row.copy()
        at = 1
        for gap in self.gaps:
            row[at] = values[gap]
            at += 2
        return b"".join(row)


# -- header values ---------------------------------------------------------------------------------------------------


def clean(text: str, most: int = 500) -> str:
    """`text` in one line: what cannot be seen is a blank, blanks are one; at most `most` characters."""
    if not text.isprintable():
        text = _UNSEEN.sub(" ", text)
    return " ".join(text.split())[:most].strip()


def encode_words(text: str) -> bytes:
    """Encoded words (RFC 2047), folded; each whole in itself."""
    chunks: list[bytes] = [b""]
    for letter in text:
        raw = letter.encode("utf-8", "replace")
        if len(chunks[-1]) + len(raw) > _WORD:
            chunks.append(b"")
        chunks[-1] += raw
    return b"\r\n ".join(b"=?utf-8?B?" + binascii.b2a_base64(one, newline=False) + b"?=" for one in chunks)


def unstructured(text: str) -> bytes:
    """The value of a header like Subject."""
    text = clean(text)
    if not text.isascii() or "=?" in text or any(len(word) > _FOLD for word in text.split(" ")):
        return encode_words(text)
    return _fold(text.encode("ascii").split(b" "))


def _fold(words: Iterable[bytes]) -> bytes:
    lines: list[bytes] = [b""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) >= _FOLD:
            lines.append(word)
        else:
            lines[-1] = lines[-1] + b" " + word if lines[-1] else word
    return b"\r\n ".join(lines)


def mailbox(name: str, address: bytes) -> bytes:
    """`name <address>`, the value of To and From; `address` must have been read by `parse_address`."""
    if name and len(name) <= 40 and "=?" not in name and _ATOMS.fullmatch(name):
        return name.encode("ascii") + (b" <" if len(name) + len(address) < _FOLD - 8 else b"\r\n <") + address + b">"
    name = clean(name, 120)
    if not name:
        return address
    if not name.isascii() or len(name) > _FOLD or "=?" in name:
        return encode_words(name) + b"\r\n <" + address + b">"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').encode("ascii")
    return b'"' + quoted + b'"\r\n <' + address + b">"


def relax(raw: bytes) -> bytes:
    """A header's value under DKIM's "relaxed": unfolded, blanks reduced to one, none around it."""
    return b" ".join(raw.split()) if b"\r" in raw or b"  " in raw or b"\t" in raw else raw.strip()
