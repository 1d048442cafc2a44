"""What a mail that comes back means: a bounce (RFC 3464, or as older servers write it), a complaint (RFC 5965), an
automatic answer (RFC 3834), a wish to get no more, or a person's words. Total."""

import re
from typing import Any, NamedTuple

import msgspec

from watchbell.gateways.sms.words import read_word
from watchbell.gateways.smtp.codec import is_bad_status
from watchbell.gateways.smtp.letters import Letter, read_letter, reply_of, text_of
from watchbell.gateways.smtp.quoting import clean
from watchbell.wire.base import Malformed

_ID = re.compile(r"[0-9a-f]{32}")
_RECIPIENT = re.compile(r"([bru])\+([0-9a-f]{32})@(.+)", re.I)
_OWN = re.compile(r"([^@+]+)\+([0-9a-f]{32})@(.+)", re.I)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"(?:^|[\s:(#<>\"'])([45]\d\d)[ -]+#?(?:([45]\.\d{1,3}\.\d{1,3})\b)?[ ]*(.{0,200})")
_FAILED = re.compile(
    r"(?:could not|couldn't|cannot|can't|can not|unable to|was not|wasn't|not able to) (?:be )?(?:deliver|reach|send)"
    r"|undeliver|delivery (?:to .{0,100} )?(?:has )?failed|delivery failure|failure notice|permanent(?:ly)? (?:fatal )?"
    r"(?:error|failed|failure)|returned mail|no such user|user unknown|mailbox (?:unavailable|not found|is full)|"
    r"does(?:n't| not) exist|address(?: was)? (?:not found|rejected)|no se (?:pudo|ha podido) entregar",
    re.I,
)
_DELAYED = re.compile(r"\bdelay|will (?:be retried|retry|keep trying|continue to try)|still being retried|warning:|"
                      r"temporar(?:y|ily) (?:problem|defer)|not yet been delivered", re.I)  # fmt: skip
_AWAY = re.compile(r"^(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office|automatische antwort|"
                   r"respuesta automática|fuera de (?:la )?oficina|vacation)", re.I)  # fmt: skip
_SERVICE = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|bounces?|double-bounce)@|"
                      r"^(?:mailer-daemon|postmaster)$", re.I)  # fmt: skip


class Box(NamedTuple):
    """Which of a relay's addresses a mail came to. role: "bounce", "reply", "unsubscribe" or "complaints"."""

    role: str
    delivery: str


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """What it means. kind: "bounce", "delayed", "delivered", "complaint", "opt_out", "reply" or "automatic".

    because, code, is_bad_address: of a bounce. text: a person's words. final_to: whom a report speaks of, "" unknown.
    """

    kind: str
    delivery: str = ""
    because: str = ""
    code: str = ""
    is_bad_address: bool = False
    text: str = ""
    subject: str = ""
    sender: str = ""
    message_id: str = ""
    final_to: str = ""


def find_box(recipient: str, bounce_domain: str, from_address: str = "") -> Box | None:
    """The box that `recipient` is at a relay with these settings; None for an address that is not ours."""
    domain = bounce_domain.lower()
    if domain:
        if recipient.lower() == f"complaints@{domain}":
            return Box("complaints", "")
        found = _RECIPIENT.fullmatch(recipient)
        if found and found[3].lower() == domain:
            role = {"b": "bounce", "r": "reply", "u": "unsubscribe"}[found[1].lower()]
            return Box(role, found[2].lower())
        return None
    local, _, own = from_address.lower().rpartition("@")
    found = _OWN.fullmatch(recipient)
    if found and local and found[1].lower() == local and found[3].lower() == own:
        return Box("bounce", found[2].lower())
    return None


def read_return(raw: bytes, box: Box, envelope_from: str | None) -> Return | Malformed:
    """What the mail `raw` that came to `box` means. envelope_from: "" or None where it was <>."""
    letter = read_letter(raw)
    if isinstance(letter, Malformed):
        return letter
    common: dict[str, Any] = {"delivery": box.delivery, "subject": letter.subject, "sender": letter.sender[:254],
              "message_id": letter.message_id}  # fmt: skip
    if found := _read_complaint(letter, common):
        return found
    if found := _read_report(letter, common):
        return found
    if box.role == "complaints":
        return Return(kind="automatic", because="It is no complaint report.", **common)
    is_service = bool(_SERVICE.search(letter.sender or letter.header("from").strip()))
    is_notice = is_service or bool(letter.header("x-failed-recipients"))
    if is_notice or (not envelope_from and not is_automatic(letter)):
        return _read_odd_bounce(letter, common)
    if is_automatic(letter):
        return Return(kind="automatic", because="An automatic answer.", **common)
    if box.role == "unsubscribe":
        return Return(kind="opt_out", text=reply_of(letter)[:500], **common)
    if _AWAY.match(letter.subject):
        return Return(kind="automatic", because="An automatic answer by its subject.", **common)
    words = reply_of(letter)
    if read_word(words) == "opt_out":  # one word, as by text: whoever writes more writes to a person
        return Return(kind="opt_out", text=words, **common)
    return Return(kind="reply", text=words, **common)


def is_automatic(letter: Letter) -> bool:
    """By its headers no person wrote it (RFC 3834, and what else answers by itself)."""
    submitted = letter.header("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if letter.header("precedence").strip().lower() in ("bulk", "junk", "auto_reply", "list"):
        return True
    marks = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "list-id", "feedback-id")
    return any(letter.header(mark) for mark in marks) or letter.header("x-auto-response-suppress").lower() == "all"


# -- reports -----------------------------------------------------------------------------------------------------------


def _fields(text: str) -> list[dict[str, str]]:
    """Groups of `Name: value` with empty lines between."""
    groups = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        found: dict[str, str] = {}
        for line in re.sub(r"\n[ \t]+", " ", block).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                found.setdefault(name.strip().lower(), value.strip())
        groups += [found] if found else []
    return groups


def _part(letter: Letter, *kinds: str) -> str:
    return next((text for kind, text in letter.parts if kind in kinds), "")


def _original_id(letter: Letter) -> str:
    """The delivery the returned original names as its Message-ID, "" for none."""
    for group in _fields(_part(letter, "message/rfc822", "message/global", "text/rfc822-headers",
                               "message/rfc822-headers", "message/global-headers")):  # fmt: skip
        local = group.get("message-id", "").strip("<> ").partition("@")[0].lower()
        if _ID.fullmatch(local):
            return local
    return ""


def _without_comments(value: str) -> str:
    """A field's value without its comments, which may stand anywhere and in one another (RFC 3464 §2.1.1)."""
    quoted = re.split(r'("(?:[^"\\]|\\.)*")', value)
    for place in range(0, len(quoted), 2):
        for _ in range(5):
            quoted[place] = re.sub(r"\([^()]*\)", " ", quoted[place])
    return "".join(quoted).strip()


def _bare(value: str) -> str:
    """The address of `rfc822;somebody@example.org`, or of `utf-8;some\\x{F6}ne@example.org` (RFC 6533 §3)."""
    kind, semicolon, address = _without_comments(value).partition(";")
    if semicolon and kind.strip().lower() == "utf-8":
        address = re.sub(r"\\x\{(0?[0-9A-Fa-f]{2,5}|10[0-9A-Fa-f]{4})\}", lambda found: chr(int(found[1], 16)), address)
    return clean((address if semicolon else kind).strip().strip("<>"), 254)


def _read_complaint(letter: Letter, common: dict[str, Any]) -> Return | None:
    report = _part(letter, "message/feedback-report")
    if not report:
        return None
    fields: dict[str, str] = {}
    for group in _fields(report):
        fields = {**group, **fields}
    named = re.search(r"[+]([0-9a-f]{32})@", fields.get("original-mail-from", ""), re.I)
    delivery = common["delivery"] or (named[1].lower() if named else "") or _original_id(letter)
    kind = (_without_comments(fields.get("feedback-type", "")) or "abuse").split()[0].lower()
    final_to = _bare(fields.get("original-rcpt-to", ""))
    if kind in ("not-spam", "auth-failure", "dmarc"):
        return Return(kind="automatic", because=f"A report of {kind}.", **{**common, "delivery": delivery})
    meaning = "opt_out" if kind.startswith("opt-out") else "complaint"
    return Return(kind=meaning, because=clean(kind, 60), final_to=final_to, **{**common, "delivery": delivery})


def _read_report(letter: Letter, common: dict[str, Any]) -> Return | None:
    """A delivery status notification; the worst that is said of a recipient counts."""
    report = _part(letter, "message/delivery-status", "message/global-delivery-status")
    if not report:
        return None
    groups = [group for group in _fields(report) if "action" in group or "status" in group]
    if not groups:
        return None
    group = min(groups, key=lambda one: _RANKS.get(_action(one), 4))
    action = _action(group)
    found = _STATUS.search(group.get("status", "")) or _STATUS.search(group.get("diagnostic-code", ""))
    status = found[0] if found else ""
    words = clean(group.get("diagnostic-code", "").partition(";")[2] or group.get("diagnostic-code", ""), 200)
    own = {**common, "delivery": common["delivery"] or _original_id(letter)}
    told = [_bare(group.get(name, "")) for name in ("final-recipient", "original-recipient")]
    final_to = next((one for one in told if "@" in one), told[0] or told[1])
    if action == "failed":
        because = words or f"The mail came back ({status or 'no reason was given'})."
        return Return(kind="bounce", because=because, code=status, is_bad_address=is_bad_status(status, words),
                      final_to=final_to, **own)  # fmt: skip
    kind = {"delayed": "delayed", "delivered": "delivered"}.get(action, "automatic")
    return Return(kind=kind, because=words, code=status, final_to=final_to, **own)


#: What became of a recipient (RFC 3464 §2.3.3), the worst first.
_RANKS = {"failed": 0, "delayed": 1, "delivered": 2, "relayed": 3, "expanded": 3}


def _action(group: dict[str, str]) -> str:
    """The action; for a word of somebody's own ("expired") what the status says."""
    said = _without_comments(group.get("action", "")).lower().split()
    if said and said[0] in _RANKS:
        return said[0]
    status = _without_comments(group.get("status", ""))
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "")


def _read_odd_bounce(letter: Letter, common: dict[str, Any]) -> Return:
    """A notice that is no RFC 3464 report: only words say what happened. Unclear ones are automatic answers."""
    text = f"{letter.subject}\n{text_of(letter)}"[:20_000]
    codes = [match for line in text.split("\n") for match in _CODE.finditer(line[:1000])]
    hard = next((one for one in codes if one[1].startswith("5")), None)
    if hard is None and _DELAYED.search(text):
        return Return(kind="delayed", because=clean(letter.subject, 200), **common)
    if hard is None and not _FAILED.search(text):
        return Return(kind="automatic", because="A notice without a reason.", **common)
    if hard is not None:
        status, words = hard[2] or "", clean(hard[3], 200)
        return Return(kind="bounce", because=words or clean(letter.subject, 200), code=status or hard[1],
                      is_bad_address=is_bad_status(status, words or " "), **common)  # fmt: skip
    lines = [line[:500] for line in text.split("\n") if _FAILED.search(line)][-3:]
    is_bad = any(is_bad_status("", line) for line in lines)
    return Return(kind="bounce", because=clean(lines[-1], 200) if lines else "", is_bad_address=is_bad, **common)
