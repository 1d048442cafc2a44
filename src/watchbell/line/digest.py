"""Digest authentication (RFC 7616, as SIP and RTSP use it): MD5, SHA-256, SHA-512-256, each also "-sess", with and
without quality of protection."""

import hashlib
import re

import msgspec

from watchbell.line.quoting import quote_text, split_quoted, unquote
from watchbell.wire.base import Malformed

ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
ALGORITHMS |= {f"{name}-SESS": plain for name, plain in ALGORITHMS.items()}
_STRENGTH = ("SHA-512-256-SESS", "SHA-512-256", "SHA-256-SESS", "SHA-256", "MD5-SESS", "MD5")


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What a registrar or a camera asks. algorithm: a name in ALGORITHMS. has_auth: it offers quality of protection."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str = ""
    has_auth: bool = False
    is_stale: bool = False


def parse_pairs(text: str) -> dict[str, str] | Malformed:
    """The parameters of a Digest challenge or credential, names in lower case."""
    found = re.match(r"\s*Digest\s+(.*)\Z", text, re.IGNORECASE | re.DOTALL)
    if found is None or len(text) > 4000:
        return Malformed(because="Not a Digest.", raw=text[:200].encode("utf-8", "replace"))
    pairs = {}
    for piece in split_quoted(found[1], ","):
        name, equals, value = piece.partition("=")
        if equals:
            pairs[name.strip().lower()] = unquote(value)
    return pairs


def parse_challenge(text: str) -> Challenge | Malformed:
    """One WWW-Authenticate or Proxy-Authenticate value."""
    pairs = parse_pairs(text)
    if isinstance(pairs, Malformed):
        return pairs
    algorithm = pairs.get("algorithm", "MD5").upper()
    offered = [one.strip().lower() for one in pairs.get("qop", "").split(",") if one.strip()]
    if not pairs.get("nonce") or algorithm not in ALGORITHMS or (offered and "auth" not in offered):
        raw = text[:200].encode("utf-8", "replace")
        return Malformed(
            because=f"A challenge by {algorithm[:40]} {' '.join(offered)[:40]} cannot be answered.", raw=raw
        )
    return Challenge(
        realm=pairs.get("realm", ""), nonce=pairs["nonce"], algorithm=algorithm, opaque=pairs.get("opaque", ""),
        has_auth=bool(offered),
        is_stale=pairs.get("stale", "").lower() == "true",
    )  # fmt: skip


def choose_challenge(texts: list[str]) -> Challenge | None:
    """The strongest challenge that can be answered."""
    found = [one for one in map(parse_challenge, texts) if isinstance(one, Challenge)]
    return min(found, key=lambda one: _STRENGTH.index(one.algorithm), default=None)


def respond(
    challenge: Challenge, user: str, password: str, method: str, uri: str, cnonce: str = "", count: str = "00000001"
) -> str:
    """The `response` value (RFC 7616 §3.4.1); for user "" nothing is secret, it is plain arithmetic."""

    def sign(*parts: str) -> str:
        return hashlib.new(ALGORITHMS[challenge.algorithm], ":".join(parts).encode("utf-8", "replace")).hexdigest()

    who = sign(user, challenge.realm, password)
    if challenge.algorithm.endswith("-SESS"):
        who = sign(who, challenge.nonce, cnonce)
    what = sign(method, uri)
    if challenge.has_auth:
        return sign(who, challenge.nonce, count, cnonce, "auth", what)
    return sign(who, challenge.nonce, what)


def build_credentials(
    challenge: Challenge, user: str, password: str, method: str, uri: str, cnonce: str, count: str = "00000001"
) -> str:
    """The Authorization value."""
    pairs = [
        ("username", quote_text(user)), ("realm", quote_text(challenge.realm)), ("nonce", quote_text(challenge.nonce)),
        ("uri", quote_text(uri)),
        ("response", f'"{respond(challenge, user, password, method, uri, cnonce, count)}"'),
        ("algorithm", challenge.algorithm.replace("-SESS", "-sess")),
    ]  # fmt: skip
    if challenge.opaque:
        pairs.append(("opaque", quote_text(challenge.opaque)))
    if challenge.has_auth:
        pairs += [("qop", "auth"), ("nc", count), ("cnonce", quote_text(cnonce))]
    elif challenge.algorithm.endswith("-SESS"):
        pairs.append(("cnonce", quote_text(cnonce)))
    return "Digest " + ", ".join(f"{name}={value}" for name, value in pairs)


def build_challenge(challenge: Challenge) -> str:
    """The WWW-Authenticate value, for whoever plays a registrar."""
    qop = ', qop="auth"' if challenge.has_auth else ""
    return (
        f'Digest realm={quote_text(challenge.realm)}, nonce="{challenge.nonce}", algorithm={challenge.algorithm}{qop}'
    )


def is_right(credentials: str, challenge: Challenge, password: str, method: str) -> bool:
    """Whether `credentials` answer `challenge` with this password."""
    pairs = parse_pairs(credentials)
    if isinstance(pairs, Malformed) or pairs.get("nonce") != challenge.nonce:
        return False
    wanted = respond(challenge, pairs.get("username", ""), password, method, pairs.get("uri", ""),
                     pairs.get("cnonce", ""), pairs.get("nc", ""))  # fmt: skip
    return pairs.get("response", "") == wanted
