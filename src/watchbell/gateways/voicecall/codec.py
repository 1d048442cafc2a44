"""Twilio-shaped voice: TwiML, the answer to a call, and status callbacks; total."""

import re
import struct
from typing import Any
from xml.sax.saxutils import escape, quoteattr  # only writes

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from watchbell.gateways.twilio import BAD_ADDRESS, CODES, Pairs, read_code, read_object
from watchbell.wire.base import Malformed

CONFIRM_DIGIT = "1"
#: CallStatus values after which nothing more comes.
FINAL = ("completed", "busy", "no-answer", "failed", "canceled")
#: What networks say of a number that is not there (RFC 3261).
UNKNOWN_NUMBER = (404, 410, 484, 485, 604)
STATUSES = ("queued", "initiated", "ringing", "in-progress", "answered", *FINAL)
#: The code that asks for no more routine calls.
NEVER_DIGIT = "9"
VOICES = {
    "en": "en-US", "es": "es-MX", "fr": "fr-CA", "pt": "pt-BR", "de": "de-DE", "it": "it-IT", "pl": "pl-PL",
    "ru": "ru-RU", "zh": "zh-CN", "ja": "ja-JP", "ko": "ko-KR", "vi": "vi-VN", "ar": "arb", "hi": "hi-IN",
}  # fmt: skip
#: What a called family can press: "I have heard it", and "no more routine calls".
PROMPTS = {
    "en": ("Press one to confirm that you have heard this.", "Press nine to get no more routine calls."),
    "es": ("Presione uno para confirmar que lo ha oído.", "Presione nueve para no recibir más llamadas de rutina."),
    "fr": (
        "Appuyez sur un pour confirmer que vous avez entendu.",
        "Appuyez sur neuf pour ne plus être appelé pour des messages ordinaires.",
    ),
    "pt": ("Pressione um para confirmar que ouviu.", "Pressione nove para não receber mais chamadas de rotina."),
}
DRILLS = {
    "en": "This is a {mode}. ",
    "es": "Esto es un simulacro. ",
    "fr": "Ceci est un exercice. ",
    "pt": "Isto é um exercício. ",
}
#: What is said after a key: (language, whether it was the confirming one), and after NEVER_DIGIT.
GOODBYES = {
    ("en", True): "Thank you. Your confirmation has been recorded. Goodbye.",
    ("en", False): "That key is not known. Goodbye.",
    ("es", True): "Gracias. Su confirmación ha sido registrada. Adiós.",
    ("es", False): "Esa tecla no se conoce. Adiós.",
}
NEVER_AGAIN = {
    "en": "You will get no more routine calls. Goodbye.",
    "es": "No recibirá más llamadas de rutina. Adiós.",
}
#: A call's words are said twice when they are short enough for one document.
MAX_TWICE, MAX_ONCE = 1300, 3000
MAX_SAY = 2000
#: Who hung up sooner has not heard what it is about.
HEARD_SECONDS = 4
#: So long after it was answered the tones to a text telephone begin.
CRADLE_SECONDS = 4
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class CallStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A callback about a call. digits: what was pressed. answered_by: "human", "machine_start", "" when not asked.
    error: the carrier's code; sip: the network's (RFC 3261) of a call that failed; 0 when not said.
    """

    sid: str
    status: str
    digits: str = ""
    answered_by: str = ""
    seconds: int = 0
    error: int = 0
    sip: int = 0


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A Record of TwiML. action: gets what was recorded. callback: hears when its media is there. seconds: at most."""

    action: str
    callback: str = ""
    seconds: int = 0
    ends_by: str = ""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What a TwiML document does, as far as a called person notices: words, and where a pressed key goes.

    redirect: where it goes on after a Record in which nothing was heard.
    """

    words: tuple[str, ...]
    action: str = ""
    digits: int = 0
    sounds: tuple[str, ...] = ()
    record: Record | None = None
    redirect: str = ""


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


def build_call(
    say: str, sound: str, action: str, language: str, mode: str, offers_never: bool, *, has_poll: bool = False
) -> str:  # fmt: skip
    """What a called family hears: a recording at the address `sound`, else `say`; then which keys it can press.

    has_poll: the words say what each key answers; that 1 confirms would be another meaning of the same key.
    """
    voice = quoteattr(VOICES.get(language, "en-US"))
    heard, never = PROMPTS.get(language, PROMPTS["en"])
    drill = DRILLS.get(language, DRILLS["en"]).format(mode=mode) * 2 if mode != "real" else ""
    words = escape(_NOT_XML.sub(" ", f"{drill}{say}")[:MAX_ONCE])
    keys = " ".join(filter(None, ("" if has_poll else heard, never if offers_never else "")))
    ask = f"<Say language={voice}>{keys}</Say>" if keys else ""
    said = f"<Say language={voice}>{words}</Say>"
    if sound:
        said = (
            f"<Say language={voice}>{drill}</Say>" if drill else ""
        ) + f"<Play>{escape(_NOT_XML.sub('', sound))}</Play>"
    gather = (
        f'<Gather input="dtmf" numDigits="1" timeout="5" method="POST" action={quoteattr(_NOT_XML.sub("", action))}>'
        f"{said}{ask}</Gather>"
    )
    twice = gather * (2 if len(words) <= MAX_TWICE or sound else 1)
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{twice}</Response>'


def build_typed(sound: str) -> str:
    """What a text telephone is played: tones at the address `sound`, once its handset lies in the cradle."""
    play = f"<Play>{escape(_NOT_XML.sub('', sound))}</Play>"
    pause = f'<Pause length="{CRADLE_SECONDS}"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{pause}{play}<Hangup/></Response>'


def judge_typed(heard: CallStatus, once_seconds: int, note: str) -> tuple[str, str, bool]:
    """`judge_call` of a text telephone: it presses no key, and who hangs up before one round has not read it."""
    if heard.status != "completed":
        return judge_call(heard, False)
    if heard.seconds < CRADLE_SECONDS + once_seconds:
        return "no_answer", "They hung up before the message was typed.", False
    return "delivered", note, False


def build_thanks(key: str, is_never: bool, language: str = "en") -> str:
    """What a family hears after it has pressed a key."""
    if key and not is_never:
        return build_goodbye(True, language)
    voice = quoteattr("es-MX" if language == "es" else "en-US")
    words = NEVER_AGAIN["es" if language == "es" else "en"]
    return f'<?xml version="1.0" encoding="UTF-8"?><Response><Say language={voice}>{words}</Say><Hangup/></Response>'


def judge_call(heard: CallStatus, has_key: bool, *, is_urgent: bool = False) -> tuple[str, str, bool]:
    """(state, why, whether the number is bad) of a call that is over. is_urgent: of an emergency."""
    if has_key:
        return "answered", "", False
    if heard.status == "completed":
        return _judge_completed(heard, is_urgent=is_urgent)
    if heard.status in ("busy", "no-answer"):
        return heard.status.replace("-", "_"), "", False
    worth, because = CODES.get(heard.error, ("", ""))
    if worth == BAD_ADDRESS or heard.sip in UNKNOWN_NUMBER:
        return "failed", because or "The number is not in service.", True
    code = heard.error or heard.sip
    return "failed", because or f"The network could not put the call through{f' ({code})' if code else ''}.", False


def _judge_completed(heard: CallStatus, *, is_urgent: bool) -> tuple[str, str, bool]:
    """Of a call that was taken and in which no key was pressed: who took it is the carrier's guess ("" when none was
    asked for), and a person counts as reached only where it takes them for one that has listened.
    """
    if heard.answered_by.startswith("fax"):  # a whistle on the line in an emergency closes no number for good
        return "failed", "A fax machine answered.", not is_urgent
    if 0 < heard.seconds < HEARD_SECONDS:
        return "no_answer", "They hung up before the message.", False
    return ("machine" if heard.answered_by.startswith(("machine", "unknown")) else "answered"), "", False


def read_call(raw: bytes) -> CallStatus | Malformed:
    """A call as the carrier shows it when asked for it."""
    found = read_object(raw)
    if isinstance(found, Malformed):
        return found
    fields = {"CallSid": found.get("sid"), "CallStatus": found.get("status"), "AnsweredBy": found.get("answered_by"),
              "CallDuration": found.get("duration")}  # fmt: skip
    return parse_callback((name, value) for name, value in fields.items() if isinstance(value, str))


def build_wav(sound: bytes) -> bytes:
    """µ-law at 8 kHz as a WAV file (format 7)."""
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 1, 8000, 8000, 1, 8, 0)
    body = form + struct.pack("<4sII4sI", b"fact", 4, len(sound), b"data", len(sound)) + sound
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


def build_goodbye(is_confirmed: bool, language: str = "en") -> str:
    """What a person hears after a key: thanks, or that it was another one."""
    words = GOODBYES["es" if language == "es" else "en", is_confirmed]
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
    gather, record = root.find("Gather"), root.find("Record")
    digits = gather.get("numDigits", "") if gather is not None else ""
    return Script(
        words=tuple((say.text or "").strip() for say in root.iter("Say")),
        sounds=tuple((play.text or "").strip() for play in root.iter("Play")),
        action=gather.get("action", "") if gather is not None else "",
        digits=int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0,
        record=None if record is None else _read_record(record.attrib),
        redirect=(root.findtext("Redirect") or "").strip(),
    )


def _read_record(found: dict[str, str]) -> Record:
    seconds = found.get("maxLength", "")
    return Record(
        action=found.get("action", ""), callback=found.get("recordingStatusCallback", ""),
        ends_by=found.get("finishOnKey", "1234567890*#"),
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 3600,
    )  # fmt: skip


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
        error=read_code(fields.get("ErrorCode")), sip=read_code(fields.get("SipResponseCode")),
    )  # fmt: skip
