"""What a batch says, recipient by recipient: words filled in, cut into parts, numbers checked."""

from typing import Any, NamedTuple

from watchbell.gateways.sending import Sending, body_for
from watchbell.gateways.twilio import is_number
from watchbell.line import clock
from watchbell.line.filling import fill
from watchbell.line.sms import GSM, MOST_PARTS, encode_gsm, encode_ucs, simplified, split_text
from watchbell.wire.tell import Batch, Recipient, Result

MARKS = {"drill": "DRILL: ", "test": "TEST: "}


class Cut(NamedTuple):
    """A text as it is sent. octets: its parts without header. is_gsm: else UCS-2."""

    text: str
    is_gsm: bool
    octets: tuple[bytes, ...]


class Going(NamedTuple):
    """One message that may go out."""

    recipient: Recipient
    cut: Cut


def words_of(batch: Batch, recipient: Recipient) -> str:
    """What a recipient is to read; a drill or a test says so first."""
    body = body_for(batch, recipient.language)
    text = fill(body.short or body.text, recipient.fields).strip()
    mark = MARKS.get(batch.mode, "")
    return text if not text or not mark or text.upper().startswith(mark.strip(": ")) else mark + text


def cut_text(text: str, is_plain: bool) -> Cut:
    """is_plain: typographer's quotes and dashes are made plain where that keeps the text in GSM-7."""
    text = simplified(text) if is_plain else text
    encoding, parts = split_text(text)
    encode = encode_gsm if encoding == GSM else encode_ucs
    return Cut(text, encoding == GSM, tuple(encode(part) for part in parts))


def prepare(sending: Sending, entry: dict[str, Any]) -> list[Going]:
    """What can be sent of `sending.todo`; the rest is told to have failed."""
    batch, is_plain = sending.batch, entry.get("plain", True) is not False
    cuts: dict[str, Cut] = {}
    going, bad = [], []
    for one in sending.todo:
        words = words_of(batch, one)
        cut = cuts.get(words)
        if cut is None:
            cut = cuts[words] = cut_text(words, is_plain)
        if not is_number(one.to):
            bad.append(_failed(one, "This is not a telephone number with its country code.", is_bad_address=True))
        elif not cut.octets:
            bad.append(_failed(one, "There is nothing to say in a text message."))
        elif len(cut.octets) > MOST_PARTS:
            bad.append(_failed(one, f"The text is too long: it needs {len(cut.octets)} parts, {MOST_PARTS} can go."))
        else:
            going.append(Going(one, cut))
    if bad:
        sending.tell(*bad)
    return going


def _failed(one: Recipient, because: str, *, is_bad_address: bool = False) -> Result:
    return Result(one.id, "failed", clock.unix(), because, is_bad_address=is_bad_address)
