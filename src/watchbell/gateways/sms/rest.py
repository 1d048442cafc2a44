"""Twilio-shaped messages: what is posted, how it is answered, status callbacks and incoming messages; total."""

import re
from typing import Any
from urllib.parse import urlencode

import msgspec

from watchbell.gateways.twilio import Pairs, Refusal, judge_answer, judge_code, read_code, read_object
from watchbell.wire.base import Malformed

#: MessageStatus → the state of a message; "" says nothing new.
STATES = {"accepted": "", "scheduled": "", "queued": "", "sending": "", "sent": "", "receiving": "", "received": "",
          "partially_delivered": "", "delivered": "delivered", "read": "opened", "undelivered": "failed",
          "failed": "failed", "canceled": "failed"}  # fmt: skip
_SID = re.compile(r"(SM|MM)[0-9a-zA-Z]{8,64}")


class Taken(msgspec.Struct, frozen=True):
    """The carrier has the message, under this name. parts: as it counts them, 0 when it does not say."""

    sid: str
    parts: int = 0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A status callback. refusal: why it failed."""

    sid: str
    status: str
    state: str
    refusal: Refusal | None = None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody writes. opt_out_type: "STOP", "START", "HELP" where the carrier has already dealt with it."""

    sid: str
    sender: str
    to: str
    text: str
    opt_out_type: str = ""
    media: tuple[str, ...] = ()


def build_form(to: str, sender: str, text: str, callback: str) -> bytes:
    """The form of a new message. sender: a number, or a messaging service ("MG…")."""
    name = "MessagingServiceSid" if sender.startswith("MG") else "From"
    return urlencode(
        [("To", to), (name, sender), ("Body", text), ("StatusCallback", callback)], errors="replace"
    ).encode()


def read_answer(status: int, raw: bytes) -> Taken | Refusal:
    """What the carrier answers to a new message."""
    if status not in (200, 201):
        return judge_answer(status, raw)
    found = read_object(raw)
    sid = "" if isinstance(found, Malformed) else found.get("sid")
    if isinstance(found, Malformed) or not isinstance(sid, str) or not _SID.fullmatch(sid):
        return Refusal(worth="down", because="The carrier's answer names no message.", code=str(status))
    if found.get("status") in ("failed", "undelivered"):
        return judge_code(read_code(found.get("error_code")), str(found.get("error_message") or ""))
    return Taken(sid, read_code(found.get("num_segments")))


def read_status(form: Pairs) -> Status | Malformed:
    """A status callback; Malformed without a message or with a status that is not Twilio's."""
    fields: dict[str, Any] = dict(form)
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
    if not _SID.fullmatch(sid):
        return Malformed(because="MessageSid is missing.")
    if status not in STATES:
        return Malformed(because=f"MessageStatus {status[:40]!r} is not known.")
    state, code = STATES[status], read_code(fields.get("ErrorCode"))
    refusal = (
        judge_code(code, "" if code else "The carrier says that it failed, not why.") if state == "failed" else None
    )
    return Status(sid=sid, status=status, state=state, refusal=refusal)


def read_incoming(form: Pairs) -> Incoming | Malformed:
    """A message somebody wrote; Malformed without its name or its sender."""
    fields: dict[str, Any] = dict(form)
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if not _SID.fullmatch(sid) or not fields.get("From"):
        return Malformed(because="MessageSid or From is missing.")
    count = min(read_code(fields.get("NumMedia")), 10)
    return Incoming(
        sid=sid, sender=fields["From"][:40].replace("\0", ""), to=fields.get("To", "")[:40].replace("\0", ""),
        text=fields.get("Body", "")[:20_000].replace("\0", ""),
        opt_out_type=fields.get("OptOutType", "")[:10].upper(),
        media=tuple(fields[f"MediaUrl{at}"][:500] for at in range(count) if fields.get(f"MediaUrl{at}")),
    )  # fmt: skip
