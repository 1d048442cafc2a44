"""A call to record: somebody is rung up to speak a recording into the telephone, and how that goes."""

from watchbell.wire.base import Message
from watchbell.wire.order import Endpoint

#: How such a call goes. "calling": the carrier has it. "answered": they took it. "heard": something was recorded and is
#: played back. Those of ENDS are the last: "recorded" (with its sound), "silent" (they were there and nothing was
#: heard), "dropped" (they hung up before anything was recorded), "busy", "no_answer", "failed".
STATES = ("calling", "answered", "heard", "recorded", "silent", "dropped", "busy", "no_answer", "failed")
ENDS = ("recorded", "silent", "dropped", "busy", "no_answer", "failed")
#: No recording by telephone is longer: as µ-law in one message it fits into what a bus takes by default (1 MiB).
MOST_SECONDS = 90


class CallToRecord(Message, frozen=True, kw_only=True):
    """Somebody is to be called. id: 32 hex digits, the same over all attempts. to: E.164. seconds: they may speak.

    What is said to them stands in the gateways alone: a message like this can say nothing to anybody.
    made_at, expires_at: Unix seconds. signature: hex Ed25519 over the other fields, see line.signing.
    """

    id: str
    district: str
    endpoint: Endpoint
    to: str
    language: str
    seconds: int
    made_at: float
    expires_at: float
    signature: str = ""


class Recorded(Message, frozen=True, kw_only=True):
    """How a call to record goes. state: one of STATES. because: in words for people, "" when well.

    sound: µ-law at 8 kHz, of "recorded" alone. is_kept: they heard it played back and pressed 1; else they hung up.
    """

    id: str
    district: str
    gateway: str
    endpoint: str
    state: str
    at: float
    because: str = ""
    sound: bytes = b""
    is_kept: bool = False


def is_call(text: str) -> bool:
    """Whether `text` can be the id of a call: it names files and addresses."""
    return len(text) == 32 and all(one in "0123456789abcdef" for one in text)
