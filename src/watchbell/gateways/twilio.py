"""What Twilio-shaped carriers of calls and of texts have in common: signatures, credentials, numbers, errors."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from watchbell.line import config
from watchbell.wire.base import Malformed

Pairs = Iterable[tuple[str, str]]
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}

#: What a refusal is worth: nothing will ever arrive there; the person does not want it; it did not arrive this time;
#: the carrier wants it slower; it does not serve us at all; it is broken.
BAD_ADDRESS, OPTED_OUT, FAILED, SLOW, REFUSES, DOWN = "bad_address", "opted_out", "failed", "slow", "refuses", "down"
#: The carrier's code → what it is worth, and in words for people.
CODES: dict[int, tuple[str, str]] = {
    20003: (REFUSES, "The carrier refuses our key: renew the token in its settings."),
    20005: (REFUSES, "The carrier says that our account is not active."),
    20006: (REFUSES, "The carrier says that our account may not do this."),
    13223: (BAD_ADDRESS, "This is not a telephone number."),
    13224: (BAD_ADDRESS, "The number is unknown, or the carrier does not call it."),
    13227: (FAILED, "The carrier may not call there: allow the country in the carrier's settings."),
    20429: (SLOW, "The carrier asks to go slower."),
    14107: (SLOW, "The carrier asks to go slower."),
    21201: (FAILED, "The carrier misses the number to call."),
    21211: (BAD_ADDRESS, "This is not a telephone number."),
    21214: (BAD_ADDRESS, "This number cannot be reached."),
    21217: (BAD_ADDRESS, "This is not a telephone number."),
    21215: (FAILED, "The carrier may not call there: allow the country in the carrier's settings."),
    21216: (FAILED, "The carrier does not call this number."),
    21265: (BAD_ADDRESS, "This is not a mobile number."),
    21408: (FAILED, "The carrier may not send there: allow the country in the carrier's settings."),
    21610: (OPTED_OUT, "This person has opted out with the carrier."),
    21611: (SLOW, "The carrier's queue is full."),
    21612: (FAILED, "The carrier has no route to this number."),
    21608: (REFUSES, "The carrier's account is for trials: it sends to numbers that are verified there only."),
    21614: (BAD_ADDRESS, "This is not a mobile number."),
    21635: (BAD_ADDRESS, "This is a landline."),
    21617: (FAILED, "The message is too long."),
    21601: (REFUSES, "The sender's number cannot send texts."),
    21603: (REFUSES, "The carrier misses the sender's number."),
    21606: (REFUSES, "The sender's number is not ours at the carrier."),
    21210: (REFUSES, "The number shown is not verified at the carrier."),
    21212: (REFUSES, "The number shown is not valid at the carrier."),
    30001: (SLOW, "The carrier's queue is full."),
    30002: (REFUSES, "The carrier has suspended our account."),
    30003: (FAILED, "The telephone cannot be reached: it is switched off or out of range."),
    30004: (FAILED, "The message was blocked by the receiver or its network."),
    30005: (BAD_ADDRESS, "The number is unknown or no longer in service."),
    30006: (BAD_ADDRESS, "A landline, or a network that takes no texts."),
    30007: (FAILED, "The network took it for spam: check the 10DLC registration."),
    30008: (FAILED, "The network did not deliver it and does not say why."),
    30032: (REFUSES, "The toll-free number is not verified yet."),
    30034: (REFUSES, "The sender's number is not registered (10DLC)."),
}


#: What it has no route to or no leave for: as little of the number as of what it does not know when it says so of all.
NO_ROUTE = ("13227", "21215", "21216", "21408", "21612")


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a carrier did not take something. worth: one of the words above. code: the carrier's own, "" when none."""

    worth: str
    because: str
    code: str = ""


def is_number(text: str) -> bool:
    """True for an E.164 telephone number with its plus."""
    return _NUMBER.fullmatch(text) is not None


def sign_request(url: str, form: Pairs, token: str) -> str:
    """X-Twilio-Signature: base64 HMAC-SHA1 over the address and the sorted form; a value sent twice counts once."""
    text = url + "".join(name + value for name, value in sorted(set(form)))
    mark = hmac.new(token.encode("utf-8", "replace"), text.encode("utf-8", "replace"), hashlib.sha1)
    return base64.b64encode(mark.digest()).decode()


def is_signed(url: str, form: Pairs, token: str, signature: str) -> bool:
    """True when `signature` is the carrier's, whether it signed the address with or without its port.

    Without a token nothing is: anybody can sign with none.
    """
    if not token:
        return False
    pairs = list(form)
    given = signature.encode("utf-8", "replace")
    return any([hmac.compare_digest(sign_request(one, pairs, token).encode(), given) for one in _spellings(url)])


def _spellings(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.netloc
    except ValueError:
        return [url]
    default = _DEFAULT_PORTS.get(parts.scheme)
    if port is None and default:
        return [url, parts._replace(netloc=f"{host}:{default}").geturl()]
    return [url, parts._replace(netloc=host.rpartition(":")[0]).geturl()] if port else [url]


def basic(entry: dict[str, Any], token: str) -> str:
    """The credentials of HTTP Basic (RFC 7617): the account and its token."""
    return base64.b64encode(f"{entry.get('account_sid') or ''}:{token}".encode()).decode()


def account_url(entry: dict[str, Any], what: str) -> str:
    """The address of one of the account's resources, e.g. "/Messages.json"; of the account itself for ".json"."""
    return f"{str(entry.get('url') or '').rstrip('/')}/2010-04-01/Accounts/{entry.get('account_sid') or ''}{what}"


def callback_base(gateway: str, address: str) -> str:
    """Where the carrier reaches a gateway: `WATCHBELL_<GATEWAY>_PUBLIC_URL`, else its own address ("host:port")."""
    given = config.setting(f"{gateway.upper()}_PUBLIC_URL").rstrip("/")
    host, _, port = address.rpartition(":")
    if host in ("0.0.0.0", "::"):
        host = urlsplit(config.public_url()).hostname or host
    return given or f"http://{host}:{port}"


async def read_form(request: web.Request) -> list[tuple[str, str]]:
    """The fields of a posted form, in their order; 400 for a body that is none."""
    try:
        posted = await request.post()
    except (ValueError, LookupError) as error:
        raise web.HTTPBadRequest(text=f"This is no form: {type(error).__name__}.") from None
    return [(name, value) for name, value in posted.items() if isinstance(value, str)]


def read_code(code: Any) -> int:
    """An error code as the carrier gives it, a number or its text; 0 for none."""
    text = str(code) if isinstance(code, int | str) and not isinstance(code, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def judge_code(code: int, words: str = "") -> Refusal:
    """What an error code is worth; one that is not known here is a failure of this message alone."""
    worth, because = CODES.get(code, (FAILED, words[:200] or f"The carrier gives the error {code}."))
    return Refusal(worth=worth, because=because, code=str(code) if code else "")


def judge_answer(status: int, raw: bytes) -> Refusal:
    """What an HTTP answer that is no success is worth: by the carrier's code first, then by its status."""
    found = read_object(raw)
    fields = {} if isinstance(found, Malformed) else found
    code, words = read_code(fields.get("code")), str(fields.get("message") or "")
    if code in CODES:
        return judge_code(code)
    if status in (401, 403):
        return Refusal(worth=REFUSES, because=CODES[20003][1], code=str(code or status))
    if status == 429:
        return Refusal(worth=SLOW, because=CODES[20429][1], code=str(code or status))
    if status >= 500 or status < 400:
        return Refusal(
            worth=DOWN, because=f"The carrier answers with an error of its own ({status}).", code=str(status)
        )
    if status == 404 and not code:
        return Refusal(worth=REFUSES, because="The carrier does not know this account or address.", code="404")
    refusal = judge_code(code, words)
    return refusal if refusal.code else Refusal(worth=FAILED, because=words[:200] or f"It answered {status}.")


def read_object(raw: bytes) -> dict[str, Any] | Malformed:
    """A JSON object of the carrier's."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Malformed(because="The carrier's answer makes no sense.", raw=raw[:1000])
    return found if isinstance(found, dict) else Malformed(because="The carrier's answer is no object.", raw=raw[:1000])
