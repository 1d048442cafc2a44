"""Twilio-shaped voice: TwiML, the answer to a call, and status callbacks; total."""

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr  # only writes

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from watchbell.gateways.twilio import Pairs
from watchbell.wire.base import Malformed

CONFIRM_DIGIT = "1"
#: CallStatus values after which nothing more comes.
FINAL = ("completed", "busy", "no-answer", "failed", "canceled")
STATUSES = ("queued", "initiated", "ringing", "in-progress", "answered", *FINAL)
VOICES = {"en": "en-US", "es": "es-MX"}
MAX_SAY = 2000
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class CallStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A callback about a call. digits: what was pressed. answered_by: "human", "machine_start", "" when not asked."""

    sid: str
    status: str
    digits: str = ""
    answered_by: str = ""
    seconds: int = 0


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What a TwiML document does, as far as a called person notices: words, and where a pressed key goes."""

    words: tuple[str, ...]
    action: str = ""
    digits: int = 0


def _clean(text: str) -> str:
    return escape(_NOT_XML.sub(" ", text)[:MAX_SAY])


def build_twiml(say: str, action: str, language: str = "en") -> str:
    """Says `say` and asks for a key, twice; the pressed key is posted to `action`."""
    voice = quoteattr(VOICES.get(language, "en-US"))
    ask = "Presione uno para confirmar." if language == "es" else "Press one to confirm that you have heard this."
    gather = (
        f'<Gather input="dtmf" numDigits="1" timeout="6" method="POST" action={quoteattr(_NOT_XML.sub("", action))}>'
        f"<Say language={voice}>{_clean(say)} {ask}</Say></Gather>"
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{gather}{gather}</Response>'


def build_goodbye(is_confirmed: bool, language: str = "en") -> str:
    """What a person hears after a key: thanks, or that it was another one."""
    words = {
        ("en", True): "Thank you. Your confirmation has been recorded. Goodbye.",
        ("en", False): "That key is not known. Goodbye.",
        ("es", True): "Gracias. Su confirmación ha sido registrada. Adiós.",
        ("es", False): "Esa tecla no se conoce. Adiós.",
    }[("es" if language == "es" else "en", is_confirmed)]
    voice = quoteattr(VOICES.get(language, "en-US"))
    return f'<?xml version="1.0" encoding="UTF-8"?><Response><Say language={voice}>{words}</Say><Hangup/></Response>'


def parse_twiml(text: str) -> Script | Malformed:
    """What a TwiML document says and where its first Gather posts to."""
    try:
        root = fromstring(text.encode("utf-8", "replace"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError, LookupError) as error:
        return Malformed(because=f"Not XML: {type(error).__name__}.", raw=text[:200].encode("utf-8", "replace"))
    if root.tag != "Response":
        return Malformed(because="TwiML begins with Response.", raw=text[:200].encode("utf-8", "replace"))
    gather = root.find("Gather")
    digits = gather.get("numDigits", "") if gather is not None else ""
    return Script(
        words=tuple((say.text or "").strip() for say in root.iter("Say")),
        action=gather.get("action", "") if gather is not None else "",
        digits=int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0,
    )


def parse_created(raw: bytes) -> str | Malformed:
    """The Sid of a call that was created, or the carrier's words why it was not."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Malformed(because="The carrier's answer makes no sense.", raw=raw[:1000])
    sid = found.get("sid") if isinstance(found, dict) else None
    if isinstance(sid, str) and re.fullmatch(r"CA[0-9a-zA-Z]{8,64}", sid):
        return sid
    words = found.get("message") if isinstance(found, dict) else None
    return Malformed(because=str(words)[:200] if words else "The carrier's answer names no call.", raw=raw[:1000])


def parse_callback(form: Pairs) -> CallStatus | Malformed:
    """A status or Gather callback; Malformed without CallSid or with a CallStatus that is not Twilio's."""
    fields: dict[str, Any] = dict(form)
    sid, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
    if not re.fullmatch(r"CA[0-9a-zA-Z]{8,64}", sid):
        return Malformed(because="CallSid is missing.")
    if status not in STATUSES:
        return Malformed(because=f"CallStatus {status[:40]!r} is not known.")
    duration = fields.get("CallDuration", "")
    return CallStatus(
        sid=sid, status=status, digits=fields.get("Digits", "")[:40], answered_by=fields.get("AnsweredBy", "")[:40],
        seconds=int(duration) if duration.isascii() and duration.isdigit() and len(duration) < 8 else 0,
    )  # fmt: skip
