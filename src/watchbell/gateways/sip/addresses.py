"""Addresses in SIP: URIs (RFC 3261 §19.1, tel of RFC 3966), name-addr with parameters (§20.10), Via (§20.42)."""

import re
from urllib.parse import quote, unquote_to_bytes

import msgspec

from watchbell.line.quoting import split_quoted, unquote
from watchbell.wire.base import Malformed

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?\Z", re.ASCII)
_WORD = r"[A-Za-z0-9\-.!%*_+`'~]+"
Pairs = tuple[tuple[str, str], ...]


class Uri(msgspec.Struct, frozen=True, kw_only=True):
    """An address. scheme: lower case. user: unescaped; the number of a tel: URI; all behind the colon of others.

    port: 0 without one. params: (lower-case name, value).
    """

    scheme: str
    user: str = ""
    host: str = ""
    port: int = 0
    params: Pairs = ()
    headers: str = ""

    def param(self, name: str) -> str | None:
        """The parameter's value, None without it."""
        return next((value for key, value in self.params if key == name), None)

    @property
    def is_sip(self) -> bool:
        return self.scheme in ("sip", "sips")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What From, To, Contact and Route hold: a display name, a URI as text, and parameters of the field."""

    uri: str
    name: str = ""
    params: Pairs = ()

    @property
    def tag(self) -> str:
        return next((value for key, value in self.params if key == "tag"), "")

    @property
    def user(self) -> str:
        """The user or number in the URI; "" for one that cannot be read."""
        found = parse_uri(self.uri)
        return "" if isinstance(found, Malformed) else found.user


class Via(msgspec.Struct, frozen=True, kw_only=True):
    """One hop. transport: "UDP", "TCP"…; port 0 without one. branch: "" from old senders."""

    transport: str
    host: str
    port: int = 0
    params: Pairs = ()

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.params if key == name), None)

    @property
    def branch(self) -> str:
        return self.param("branch") or ""


def split_semicolons(text: str) -> tuple[str, Pairs]:
    """(what stands before the first ";", parameters behind it); quoted values stay quoted."""
    first, *rest = split_quoted(text, ";")
    pairs = []
    for piece in rest:
        name, _, value = piece.partition("=")
        if name.strip():
            pairs.append((name.strip().lower(), value.strip()))
    return first, tuple(pairs)


def _unescape(text: str) -> str:
    return unquote_to_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def escape_user(user: str) -> str:
    """A user part as it may stand in a URI (§25.1)."""
    return quote(user, safe="-_.!~*'()&=+$,;?/")


def parse_uri(text: str) -> Uri | Malformed:
    """The address in `text`: sip, sips, tel, or any other scheme (urn:service:sos) as it is."""
    scheme, colon, rest = text.strip().partition(":")
    if not colon or not _SCHEME.match(scheme) or not rest or len(text) > 2000:
        return Malformed(because="No address.", raw=text[:200].encode("utf-8", "replace"))
    scheme = scheme.lower()
    if scheme == "tel":
        number, params = split_semicolons(rest)
        return Uri(scheme=scheme, user=re.sub(r"[-.() ]", "", _unescape(number)), params=params)
    if scheme not in ("sip", "sips"):
        return Uri(scheme=scheme, user=rest)
    user, at, where = rest.rpartition("@")
    where, _, headers = where.partition("?")
    address, params = split_semicolons(where)
    found = _HOST.match(address)
    if found is None or (at and not user) or int(found[2] or 0) > 65535:
        return Malformed(because="The address has no host.", raw=text[:200].encode("utf-8", "replace"))
    # A password (old and unwise) is not kept; user parameters (";phone-context=") are none of the URI's.
    name = _unescape(user.split(":")[0])
    return Uri(
        scheme=scheme, user=name, host=found[1].lower(), port=int(found[2] or 0),
        params=tuple((key, _unescape(value)) for key, value in params), headers=headers,
    )  # fmt: skip


def build_uri(user: str, host: str, port: int = 0, params: str = "") -> str:
    """A sip: URI."""
    return f"sip:{escape_user(user)}{'@' if user else ''}{host}{f':{port}' if port else ''}{params}"


def parse_address(text: str) -> Address | Malformed:
    """A name-addr or addr-spec with the field's parameters (§20.10: without brackets they are the field's)."""
    outer = text.strip()
    opened = _find_bracket(outer)
    if opened < 0:
        uri, params = split_semicolons(outer)
        if ":" not in uri or " " in uri:
            return Malformed(because="No address.", raw=text[:200].encode("utf-8", "replace"))
        return Address(uri=uri, params=params)
    closed = outer.find(">", opened)
    if closed < 0:
        return Malformed(because="The address's bracket is not closed.", raw=text[:200].encode("utf-8", "replace"))
    _, params = split_semicolons(outer[closed + 1 :])
    uri = outer[opened + 1 : closed].strip()
    if ":" not in uri:
        return Malformed(because="No address.", raw=text[:200].encode("utf-8", "replace"))
    return Address(uri=uri, name=unquote(outer[:opened]), params=params)


def _find_bracket(text: str) -> int:
    is_quoted, at = False, 0
    while at < len(text):
        if text[at] == "\\" and is_quoted:
            at += 1
        elif text[at] == '"':
            is_quoted = not is_quoted
        elif text[at] == "<" and not is_quoted:
            return at
        at += 1
    return -1


def parse_via(text: str) -> Via | Malformed:
    """One Via value."""
    sent, params = split_semicolons(text)
    found = re.fullmatch(rf"SIP\s*/\s*2\.0\s*/\s*({_WORD})\s+(.+)", sent, re.IGNORECASE | re.ASCII)
    where = _HOST.match(re.sub(r"\s*:\s*(?=[0-9]+\Z)", ":", found[2].strip()) if found else "")
    if found is None or where is None or int(where[2] or 0) > 65535:
        return Malformed(because="No Via.", raw=text[:200].encode("utf-8", "replace"))
    return Via(transport=found[1].upper(), host=where[1], port=int(where[2] or 0), params=params)
