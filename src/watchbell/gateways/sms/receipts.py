"""Delivery receipts of SMPP carriers: the many forms of their text (appendix B), optional parameters; total."""

import re

import msgspec

from watchbell.gateways.sms.codec import (
    INTERMEDIATE,
    MESSAGE_STATE,
    NETWORK_ERROR_CODE,
    RECEIPT_BITS,
    RECEIPTED_MESSAGE_ID,
    SMSC_RECEIPT,
    Message,
)

ENROUTE, DELIVERED, FAILED, UNKNOWN = "enroute", "delivered", "failed", "unknown"
#: message_state (5.2.28).
_STATES = {0: "SCHEDULED", 1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD",
           7: "UNKNOWN", 8: "REJECTD", 9: "SKIPPED"}  # fmt: skip
#: The first letters of a word of state → what it means. Carriers cut and spell the words as they like.
_MEANINGS = (
    ("DELIV", DELIVERED), ("DELET", FAILED), ("DLVRD", DELIVERED), ("READ", DELIVERED),
    ("ACCEPT", ENROUTE), ("ACK", ENROUTE),
    ("ENRO", ENROUTE), ("BUFF", ENROUTE), ("SENT", ENROUTE), ("SCHED", ENROUTE), ("PEND", ENROUTE), ("EXP", FAILED),
    ("UNDEL", FAILED), ("NOTDEL", FAILED), ("FAIL", FAILED), ("REJ", FAILED), ("SKIP", FAILED), ("BLOCK", FAILED),
    ("CANCEL", FAILED), ("ERR", FAILED),
)  # fmt: skip
_WORDS = {"EXP": "It was not delivered in time: the telephone was off or out of range.",
          "DELET": "The carrier deleted it.",
          "UNDEL": "It could not be delivered.", "REJ": "The network rejected it."}  # fmt: skip
_FIELD = re.compile(
    r"(?<![A-Za-z])((?:message|msg)?[ _-]?id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat(?:us|e)?|err(?:or)?|text)"
    r"\s*[:=]\s*",
    re.IGNORECASE,
)
_NAMES = {
    "messageid": "id",
    "msgid": "id",
    "submitdate": "submit",
    "donedate": "done",
    "status": "stat",
    "state": "stat",
    "error": "err",
}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message. state: one of the words above. err: the carrier's code. done: as written."""

    id: str
    state: str
    word: str = ""
    err: str = ""
    done: str = ""

    @property
    def because(self) -> str:
        """In words for people; "" when it has arrived."""
        if self.state != FAILED:
            return ""
        words = next((said for begins, said in _WORDS.items() if self.word.startswith(begins)), "It was not delivered.")
        return f"{words} ({self.word}{', error ' + self.err if self.err.strip('0') else ''})"


def read_receipt(message: Message, text: str) -> Receipt | None:
    """The receipt that a deliver_sm is, or None for what a person wrote. Parameters go before the text."""
    kind = message.esm_class & RECEIPT_BITS
    fields = read_fields(text)
    has_parameters = RECEIPTED_MESSAGE_ID in message.tlvs
    if kind not in (SMSC_RECEIPT, INTERMEDIATE) and not has_parameters and not _is_like_one(text, fields):
        return None
    given = message.tlvs.get(RECEIPTED_MESSAGE_ID, b"").split(b"\0", 1)[0].decode("latin-1").strip()
    state = message.tlvs.get(MESSAGE_STATE, b"")[:1]
    word = _STATES.get(state[0], "") if state else ""
    word = word or _read_word(fields.get("stat", ""))
    network = message.tlvs.get(NETWORK_ERROR_CODE, b"")
    err = fields.get("err", "") or (str(int.from_bytes(network[1:3], "big")) if len(network) == 3 else "")
    meaning = _meaning_of(word)
    return Receipt(
        id=(given or fields.get("id", ""))[:65], state=ENROUTE if kind == INTERMEDIATE else meaning,
        word=word[:20] or "UNKNOWN", err=err[:20], done=fields.get("done", "")[:20],
    )  # fmt: skip


def _read_word(stat: str) -> str:
    """The state in capitals; some carriers write the number of message_state instead."""
    number = stat.strip()
    if number.isascii() and number.isdigit() and len(number) < 3:
        return _STATES.get(int(number), "")
    return re.sub(r"[^A-Z]", "", stat.upper())


def _meaning_of(word: str) -> str:
    return next((one for begins, one in _MEANINGS if word.startswith(begins)), UNKNOWN)


def _is_like_one(text: str, fields: dict[str, str]) -> bool:
    """Whether a message that does not say so is a receipt: people write "id:" and "stat:" too, but not like this."""
    word = _read_word(fields.get("stat", ""))
    is_state = _meaning_of(word) != UNKNOWN or re.fullmatch(r"[A-Z_]{2,20}", fields.get("stat", "")) is not None
    return is_state and bool(fields.get("id")) and _FIELD.match(text.lstrip()) is not None


def read_fields(text: str) -> dict[str, str]:
    """The fields of a receipt's text, by short names: id, sub, dlvrd, submit, done, stat, err, text; the first wins."""
    found: dict[str, str] = {}
    named = list(_FIELD.finditer(text[:2000]))
    for number, one in enumerate(named):
        name = re.sub(r"[ _-]", "", one[1].lower())
        end = named[number + 1].start() if number + 1 < len(named) and name != "text" else len(text)
        found.setdefault(_NAMES.get(name, name), text[one.end() : end].strip(" \t\r\n,;|\"'\0"))
        if name == "text":
            break
    return found


def spellings(id: str) -> list[str]:
    """How a carrier may write in a receipt the message_id it gave: as it was, without zeros, in hex or in decimal."""
    plain = id.strip()
    found = [plain, plain.lower(), plain.lstrip("0").lower()]
    if plain.isascii() and len(plain) <= 20:
        if plain.isdigit():
            found.append(f"{int(plain):x}")
        if re.fullmatch(r"[0-9a-fA-F]+", plain):
            found.append(str(int(plain, 16)))
    return list(dict.fromkeys(one for one in found if one))
