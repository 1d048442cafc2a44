"""SMTP replies (RFC 5321, 3463, 2920, 3030): read out of a stream, and judged: whom they concern, what became of the
message. Addresses as commands carry them. Total: garbage is `Malformed`."""

import re
from typing import NamedTuple

from watchbell.wire.base import Malformed

#: RFC 5321 §4.5.3.1.5 allows 512 octets a line; many servers write longer ones.
LONGEST_LINE = 4096
MOST_LINES = 100
LONGEST_WORDS = 200
_CODES = frozenset(b"%d" % code for code in range(200, 600))
_CODE = re.compile(rb"[2-5][0-9][0-9](?:[ -]|$)")
#: Whole replies of one line each, as they mostly come.
_QUICK = re.compile(rb"(?:[2-5][0-9][0-9] [^\r\n]{0,1000}\r\n)+")
_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_GREY = re.compile(r"gr[ea]y.?list", re.I)
_RATE = re.compile(r"\brate\b|too many|too fast|throttl|limit|exceed|unusual", re.I)
_RELAY = re.compile(
    r"\brelay|not permitted to send|authenticat|sender (?:address )?reject|block(?:ed|list)|spamhaus", re.I
)
_NOBODY = re.compile(
    r"no such (?:user|mailbox|recipient|address|person|account)|(?:user|mailbox|recipient|address|account)[^.;]{0,40}?"
    r"(?:unknown|not found|does(?:n't| not) exist|invalid|rejected|disabled|inactive|unavailable)|unknown (?:user|"
    r"recipient|mailbox|address)|invalid (?:user|recipient|mailbox|address)|no mailbox",
    re.I,
)
#: Enhanced codes that speak of the sender or of the way here, not of the recipient (RFC 3463, 7372, registry).
_OF_SENDER = ("5.1.7", "5.1.8", "5.7.20", "5.7.21", "5.7.22", "5.7.23", "5.7.24", "5.7.25", "5.7.26", "5.7.8", "5.7.9")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\ud7ff\ue000-\U0010ffff-]+"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([^\s@<>\"\\,;:()\[\]\x00-\x20\x7f]+)")
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")  # fmt: skip # noqa: E501


class Reply(NamedTuple):
    """One reply. status: the enhanced code (RFC 3463), "" without one. text: its words in one line, without codes."""

    code: int
    status: str
    text: str

    @property
    def words(self) -> str:
        """For people: codes and words, at most LONGEST_WORDS characters."""
        return f"{self.code} {self.status} {self.text}".replace("  ", " ").strip()[:LONGEST_WORDS]


class Verdict(NamedTuple):
    """What a reply means for a message. state: one of wire.tell.STATES. carrier: "ok", or what it is blamed for."""

    state: str
    carrier: str = "ok"
    is_bad_address: bool = False


class Features(NamedTuple):
    """What a server offers by EHLO. size: the largest message it takes in octets, 0 when it does not say."""

    is_pipelining: bool = False
    is_chunking: bool = False
    is_eightbit: bool = False
    is_utf8: bool = False
    is_starttls: bool = False
    size: int = 0
    auth: tuple[str, ...] = ()


class Replies:
    """Cuts what a server says into replies; each is its lines joined by LF, without the line ends."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    @property
    def is_empty(self) -> bool:
        """Nothing half said is left."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[bytes] | Malformed:
        """The replies that are complete with `data`. After Malformed nothing more can be read from this stream."""
        if not self._rest and not self._lines and _QUICK.fullmatch(data):
            return data[:-2].split(b"\r\n")
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_LINE:
            return Malformed(because="a line without an end", raw=self._rest[:200])
        found = []
        for raw in lines:
            line = raw.rstrip(b"\r")
            code, mark = line[:3], line[3:4]
            if code not in _CODES or (mark and mark not in b" -") or len(line) > LONGEST_LINE:
                return Malformed(because="this is no SMTP reply", raw=line[:200])
            if self._lines and self._lines[0][:3] != code:
                return Malformed(because="a reply of several codes", raw=line[:200])
            if mark == b"-":
                self._lines.append(line)
                if len(self._lines) > MOST_LINES:
                    return Malformed(because="a reply without an end", raw=line[:200])
            elif self._lines:
                found.append(b"\n".join([*self._lines, line]))
                self._lines = []
            else:
                found.append(line)
        return found


def parse_reply(raw: bytes) -> Reply | Malformed:
    """One reply as `Replies` gives it."""
    lines = raw.decode("utf-8", "replace").split("\n")
    if not _CODE.match(raw):
        return Malformed(because="this is no SMTP reply", raw=raw[:200])
    status, texts = "", []
    for line in lines:
        text = line[4:]
        if found := _STATUS.match(text):
            status = status or found[1]
            text = text[found.end() :]
        texts.append(text)
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in " ".join(texts)).split())
    return Reply(int(raw[:3]), status, words)


def parse_features(raw: bytes) -> Features:
    """The answer to EHLO; what is not understood is not offered."""
    offered: dict[str, list[str]] = {}
    for line in raw.decode("ascii", "replace").split("\n")[1:]:
        name, *more = line[4:].replace("AUTH=", "AUTH ").upper().split() or [""]
        offered.setdefault(name, []).extend(more)
    size = next((word for word in offered.get("SIZE", []) if word.isdigit() and word.isascii()), "0")
    return Features(
        is_pipelining="PIPELINING" in offered, is_chunking="CHUNKING" in offered, is_eightbit="8BITMIME" in offered,
        is_utf8="SMTPUTF8" in offered, is_starttls="STARTTLS" in offered, size=int(size[:18]),
        auth=tuple(offered.get("AUTH", [])),
    )  # fmt: skip


def judge(stage: str, reply: Reply) -> Verdict:
    """What `reply` at "mail", "rcpt" or "data" (its end) means for this message and for the carrier."""
    if 200 <= reply.code < 300:
        return Verdict("sent")
    if reply.code < 500:
        return _judge_passing(stage, reply)
    if stage == "mail":
        if reply.status in ("5.3.4", "5.6.7", "5.2.3") or reply.code in (552, 553):
            return Verdict("failed")
        return Verdict("later", "refuses")
    if stage == "rcpt":
        return _judge_recipient(reply)
    return Verdict("failed", is_bad_address=_is_bad(reply) and reply.status.startswith("5.1."))


def _judge_passing(stage: str, reply: Reply) -> Verdict:
    if _GREY.search(reply.text):
        return Verdict("later")
    is_limit = reply.status.startswith("4.7.") and bool(_RATE.search(reply.text))
    if reply.code == 421 or reply.status in ("4.3.1", "4.3.2", "4.4.5", "4.7.28") or is_limit:
        return Verdict("later", "slow")
    if stage == "mail":
        return Verdict("later", "refuses" if reply.code == 454 or reply.status == "4.7.0" else "slow")
    return Verdict("later")


def _judge_recipient(reply: Reply) -> Verdict:
    if reply.code in (503, 530, 535) or reply.status in _OF_SENDER:
        return Verdict("later", "refuses")
    is_bad = _is_bad(reply)
    if not is_bad and _RELAY.search(reply.text):
        return Verdict("later", "refuses")
    return Verdict("failed", is_bad_address=is_bad)


def _is_bad(reply: Reply) -> bool:
    """By this word nothing will ever arrive there."""
    if reply.status:
        is_named = reply.status in ("5.2.1", "5.5.0", "5.0.0") and bool(_NOBODY.search(reply.text))
        is_recipient = reply.status.startswith("5.1.") and reply.status not in ("5.1.7", "5.1.8")
        return is_recipient or is_named or (reply.status == "5.7.1" and "no such" in reply.text.lower())
    return reply.code in (550, 551, 553) and (bool(_NOBODY.search(reply.text)) or not reply.text)


def is_bad_status(status: str, text: str = "") -> bool:
    """Whether a bounce with this enhanced code and these words says that the address is bad."""
    return _is_bad(Reply(550, status, text))


class Address(NamedTuple):
    """An address as SMTP carries it: its domain in A-labels. is_utf8: it needs SMTPUTF8 (RFC 6531)."""

    text: str
    is_utf8: bool

    @property
    def domain(self) -> str:
        return self.text.rpartition("@")[2]


def parse_address(text: str) -> Address | Malformed:
    """`local@domain`: a dot-atom (ASCII or not) and a domain name. No quoted locals, no address literals."""
    if match := _PLAIN.fullmatch(text):
        return Address(text, False) if len(match[1]) <= 64 and len(text) <= 254 else Malformed(because="too long")
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return Malformed(because="it is not written like an e-mail address")
    local, domain = found[1], found[2].rstrip(".")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
        length = len(local.encode())
    except UnicodeError:
        return Malformed(because="its domain cannot be written")
    if not _HOST.fullmatch(domain):
        return Malformed(because="its domain is no domain name")
    if length > 64 or length + len(domain) > 253:
        return Malformed(because="it is too long")
    if any(not letter.isprintable() for letter in local):
        return Malformed(because="it has characters that cannot be seen")
    return Address(f"{local}@{domain}", not local.isascii())


_PLAIN = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)


def stuff(raw: bytes) -> bytes:
    """`raw` (its lines end in CRLF) with dots doubled at the beginning of lines (RFC 5321 §4.5.2)."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..") if b"\r\n." in raw else raw
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
