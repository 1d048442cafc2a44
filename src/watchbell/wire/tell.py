"""Messages to people: batches that the hub gives to a carrier's gateway, what became of each, and what comes back."""

from typing import Any

import msgspec

from watchbell.wire.base import Message
from watchbell.wire.order import Endpoint

#: By which ways people are told. "post": a public post of the district's own account; its recipient is the account.
CHANNELS = ("email", "text", "voice", "push", "post")
#: What can become of one message. "sent": the carrier has it. "delivered": by its word, the recipient has it.
#: "answered": a person took the call, pressed a key. "machine": an answering machine has it. "busy", "no_answer":
#: calls. "opened": the recipient has looked. "failed": it will not arrive by this address. "later": this carrier could
#: not take it now; another may. "unsure": it may have gone out, nobody knows; it is not sent again by this way.
STATES = ("sent", "delivered", "answered", "machine", "busy", "no_answer", "opened", "failed", "later", "unsure")
#: What can be heard of somebody who was told, or who writes by himself.
HEARD = ("reply", "opt_out", "opt_in", "bounce", "complaint", "key")


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A message in one language. `{{name}}` in it stands for the recipient's field of that name.

    subject: an e-mail's, a push's title. text: the whole, plain. html: an e-mail's second half, may be empty.
    short: what a text message says. spoken: what a call says. sound: SHA-256 in hex of a recording in the bucket
    `recordings` (µ-law, 8 kHz) that is played instead of it.
    """

    language: str
    subject: str = ""
    text: str = ""
    html: str = ""
    short: str = ""
    spoken: str = ""
    sound: str = ""


class Recipient(msgspec.Struct, frozen=True, array_like=True):
    """One message of a batch. id: the delivery's, 32 hex digits; the same over all attempts. to: address, E.164 number,
    subscription (JSON) or account. language: which body. fields: what is put into it, e.g. {"page": "https://…"}; one
    whose name ends with `_html` is markup, and stands in an e-mail's second half as it is.

    is_text_telephone: words are typed to this number in tones (TTY), not spoken.
    """

    id: str
    to: str
    language: str
    name: str = ""
    fields: dict[str, str] = {}
    is_text_telephone: bool = False


class Batch(Message, frozen=True, kw_only=True):
    """A handful of one mailing's messages for one carrier.

    purpose: "emergency", "attendance", "routine" or "newsletter". endpoint: the carrier. made_at, expires_at: Unix s.
    options: what concerns all of them: "from_name", "reply_to" (address), "unsubscribe" (address with {{id}}; its
    List-Unsubscribe), "keys" ({"1": meaning} a called person can press), "link", "replaces" (push tag), "contacts"
    (where a family changes how it is reached), "apart" (no school has their address: newsrooms, subscribers).
    signature: hex Ed25519 over the other fields, see line.signing.
    """

    id: str
    attempt: int
    district: str
    site: str
    mailing: str
    channel: str
    purpose: str
    mode: str
    endpoint: Endpoint
    bodies: list[Body]
    recipients: list[Recipient]
    made_at: float
    expires_at: float
    options: dict[str, Any] = msgspec.field(default_factory=dict)
    signature: str = ""


class Stopped(Message, frozen=True, kw_only=True):
    """A mailing was stopped: none of its batches is begun any more. Kept under its key in the bucket `stopped`.

    mailing: as a Batch names it. at: Unix seconds. signature: as a Batch's.
    """

    district: str
    mailing: str
    at: float
    signature: str = ""


class Result(msgspec.Struct, frozen=True, array_like=True):
    """What became of one message. id: the delivery's. state: one of STATES. because: in words for people, "" when well.

    at: Unix seconds. ref: the carrier's own name for it. code: the carrier's own code for a failure.
    is_bad_address: nothing will ever arrive there, by the carrier's word.
    """

    id: str
    state: str
    at: float
    because: str = ""
    ref: str = ""
    code: str = ""
    is_bad_address: bool = False


class Told(Message, frozen=True, kw_only=True):
    """What became of messages: those of one batch while it is sent, or any, later, when the carrier reports.

    batch: "" for later reports. is_last: the gateway is through with this attempt, which says of no message that it
    has ended. untried, with is_last: the messages (ids) that the carrier does not have: begun with never, or told
    "later". They alone may go to another carrier; of what has neither a result nor stands here nobody knows.
    carrier: "ok", "slow", "refuses" or "down", as this batch found it, and because: why.
    """

    district: str
    gateway: str
    endpoint: str
    at: float
    results: list[Result]
    batch: str = ""
    attempt: int = 0
    is_last: bool = False
    untried: list[str] = []
    carrier: str = "ok"
    because: str = ""


class Heard(Message, frozen=True, kw_only=True):
    """Somebody answers, or an address complains. id: unique, the same when said twice. kind: one of HEARD.

    delivery: the message it answers, "" when unknown. sender, to: addresses or numbers. text: what was said (at most
    20,000 characters), for "key" the key.
    """

    id: str
    district: str
    gateway: str
    endpoint: str
    kind: str
    at: float
    channel: str
    sender: str
    to: str = ""
    delivery: str = ""
    text: str = ""
    subject: str = ""
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
