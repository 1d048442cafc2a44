"""Links and spoken codes that let a stranger open one incident's page; made and checked with the database away."""

import base64
import hashlib
import json
from typing import NamedTuple

from watchbell.line import clock, config
from watchbell.line.signing import Signer, Verifier

#: A link that nobody has opened is worth nothing after this.
PASS_SECONDS = 12 * 3600.0
CODE_DIGITS = 9
MOST_CHARACTERS = 1000


class Pass(NamedTuple):
    """What a link says: one press in one district, told by one order (each order's link opens once).

    until: Unix seconds after which it opens nothing.
    """

    district: str
    press: str
    order: str
    until: int


def make_token(signer: Signer, district: str, press: str, order: str, at: float) -> str:
    """The text behind the address of a link: what it says, and this installation's Ed25519 over it."""
    said = json.dumps([district, press, order, int(at + PASS_SECONDS)], separators=(",", ":"))
    return f"{_text(said.encode())}.{_text(signer.mark(_about(said)))}"


def read_token(token: str, verifier: Verifier | None = None) -> Pass | None:
    """What a genuine, unexpired link says, else None; any text may be given."""
    said, _, mark = token[:MOST_CHARACTERS].partition(".")
    try:
        words = _bytes(said).decode()
        if not (verifier or Verifier()).is_mark(_about(words), _bytes(mark)):
            return None
        district, press, order, until = json.loads(words)
    except (ValueError, RecursionError):
        return None
    found = Pass(str(district), str(press), str(order), int(until))
    return found if found.until > clock.unix() else None


def make_code(signer: Signer, order: str) -> str:
    """Nine digits that can be said on the telephone and stand for the link of `order`."""
    mark = hashlib.blake2b(signer.mark(f"watchbell code {order}"), digest_size=8).digest()
    return str(int.from_bytes(mark) % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def say_code(code: str) -> str:
    """A code as it is read aloud: digit by digit, in threes."""
    return ", ".join(" ".join(code[i : i + 3]) for i in range(0, len(code), 3))


def address_of(token: str) -> str:
    """Where a link leads."""
    return f"{config.public_url()}/d/{token}"


def _about(said: str) -> str:
    return f"watchbell link {said}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
