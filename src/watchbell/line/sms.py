"""Short messages (3GPP TS 23.038, 23.040): the alphabet, how many parts a text needs, and where it is cut."""

import re
from collections.abc import Iterable, Mapping

#: Code → character of the default alphabet; the escape at 0x1B stands for nothing.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|",
             0x65: "€"}  # fmt: skip
ESCAPE = "\x1b"
_TURKISH = EXTENSION | dict(zip((0x47, 0x49, 0x53, 0x63, 0x67, 0x69, 0x73), "ĞİŞçğış", strict=True))
_SPANISH = EXTENSION | dict(zip((0x09, 0x41, 0x49, 0x4F, 0x55, 0x61, 0x69, 0x6F, 0x75), "çÁÍÓÚáíóú", strict=True))
_PORTUGUESE = EXTENSION | dict(zip(
    (0x05, 0x09, 0x0B, 0x0C, 0x0E, 0x0F, 0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1F, 0x41, 0x49, 0x4F, 0x55, 0x5B,
     0x5C, 0x61, 0x69, 0x6F, 0x75, 0x7B, 0x7C, 0x7F), "êçÔôÁáΦΓΩΠΨΣΘÊÀÍÓÚÃÕÂíóúãõâ", strict=True,
))  # fmt: skip
#: National language single shift tables that are read in incoming messages: identifier → what an escape leads to.
SINGLE_SHIFTS: dict[int, Mapping[int, str]] = {1: _TURKISH, 2: _SPANISH, 3: _PORTUGUESE}
_LOCKED = dict(zip(
    (0x04, 0x06, 0x07, 0x08, 0x09, 0x0B, 0x0C, 0x0E, 0x0F, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1C,
     0x1D, 0x1E, 0x1F, 0x24, 0x40, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F),
    "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊÉºÍÃÕÚÜ§~ãõ`üà", strict=True,
))  # fmt: skip
_LOCKED_TURKISH = dict(zip((0x04, 0x07, 0x0B, 0x0C, 0x1C, 0x1D, 0x40, 0x60), "€ıĞğŞşİç", strict=True))
#: National language locking shift tables, likewise.
LOCKING_SHIFTS = {
    1: "".join(_LOCKED_TURKISH.get(code, char) for code, char in enumerate(BASIC)),
    3: "".join(_LOCKED.get(code, char) for code, char in enumerate(BASIC)),
}

GSM, UCS = "GSM-7", "UCS-2"
#: Septets or UTF-16 units of a message that stands alone, and of each part of a longer one (a header of 6 octets).
ALONE = {GSM: 160, UCS: 70}
PART = {GSM: 153, UCS: 67}
MOST_PARTS = 10

_CODES = {ord(char): chr(code) for code, char in enumerate(BASIC) if char != ESCAPE} | {
    ord(char): ESCAPE + chr(code) for code, char in EXTENSION.items()
}
_IN_EXTENSION = "".join(EXTENSION.values())
_NOT_GSM = re.compile(f"[^{re.escape(BASIC.replace(ESCAPE, '') + _IN_EXTENSION)}]")
_DOUBLE = re.compile(f"[{re.escape(_IN_EXTENSION)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SIMPLE = {
    ord(char): plain
    for chars, plain in (
        ("“”„‟″«»", '"'), ("‘’‚‛′`´", "'"), ("–—‐‑‒―−", "-"), ("…", "..."), ("•·", "-"),
        ("\u200b\u200c\u200d\ufeff\u00ad", ""),
        ("\u00a0\u2002\u2003\u2007\u2009\u202f\t", " "), ("\u2028\u2029\u0085", "\n"),
        ("™", "TM"), ("©", "(c)"), ("®", "(R)"), ("×", "x"),
    )
    for char in chars
}  # fmt: skip


def is_gsm(text: str) -> bool:
    """True when every character is in the default alphabet or its extension."""
    return _NOT_GSM.search(text) is None


def simplified(text: str) -> str:
    """`text` with typographer's quotes, dashes, dots and blanks made plain, if that keeps it within GSM-7; else as
    it is. Letters are never changed: a name keeps its accents."""
    if is_gsm(text):
        return text
    plain = text.translate(_SIMPLE)
    return plain if is_gsm(plain) else text


def count_segments(text: str) -> tuple[str, int]:
    """("GSM-7" or "UCS-2", parts) of a text as it is sent; no parts for no text. What a carrier charges for."""
    if not text:
        return GSM, 0
    if is_gsm(text):
        length = len(text) + len(_DOUBLE.findall(text))
        return GSM, 1 if length <= ALONE[GSM] else len(_cuts(text, GSM))
    length = len(text) + len(_ASTRAL.findall(text))
    return UCS, 1 if length <= ALONE[UCS] else len(_cuts(text, UCS))


def split_text(text: str) -> tuple[str, list[str]]:
    """The encoding and the parts `text` is sent in; no escape pair and no surrogate pair is torn."""
    encoding, count = count_segments(text)
    return encoding, _cuts(text, encoding) if count > 1 else [text] if text else []


def _cuts(text: str, encoding: str) -> list[str]:
    double = _DOUBLE if encoding == GSM else _ASTRAL
    parts, began, room = [], 0, PART[encoding]
    for at, char in enumerate(text):
        width = 2 if double.match(char) else 1
        if room < width:
            parts.append(text[began:at])
            began, room = at, PART[encoding]
        room -= width
    return [*parts, text[began:]]


def encode_gsm(text: str) -> bytes:
    """One septet an octet, as SMPP carries it; a question mark for what the alphabet lacks."""
    return _NOT_GSM.sub("?", text).translate(_CODES).encode("latin-1")


def decode_gsm(codes: bytes, single: int = 0, locking: int = 0) -> str:
    """The text of septets, one an octet. single, locking: identifiers of national shift tables, 0 for none.

    An escape to nothing is the character it would be without (23.038, 6.2.1.1); octets above 127 are read as Latin-1.
    """
    basic, shifted = LOCKING_SHIFTS.get(locking, BASIC), SINGLE_SHIFTS.get(single, EXTENSION)
    out, is_escaped = [], False
    for code in codes:
        if code == 0x1B and not is_escaped:
            is_escaped = True
            continue
        plain = basic[code] if code < 0x80 else chr(code)
        out.append(shifted.get(code, plain if code != 0x1B else " ") if is_escaped else plain)
        is_escaped = False
    return "".join(out)


def encode_ucs(text: str) -> bytes:
    """UTF-16 big endian: what telephones take for UCS-2, pairs included."""
    return text.encode("utf-16-be", "replace")


def decode_ucs(codes: bytes) -> str:
    """The text of UTF-16 big endian octets; U+FFFD for what is none."""
    return codes.decode("utf-16-be", "replace")


def decode_ucs_part(codes: bytes) -> str:
    """The same of a part of a longer message, which may begin or end within a pair; `join_parts` puts it together."""
    whole = codes[: len(codes) // 2 * 2]
    return whole.decode("utf-16-be", "surrogatepass") + ("\ufffd" if len(whole) < len(codes) else "")


def join_parts(parts: Iterable[str]) -> str:
    """The text of parts in their order; U+FFFD for half a pair that has no other half."""
    return "".join(parts).encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
