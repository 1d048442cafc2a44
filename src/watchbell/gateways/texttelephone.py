"""What both gateways to carriers of calls type to a text telephone: which words, how they end, what was answered."""

from typing import NamedTuple

from watchbell.gateways.sending import body_for
from watchbell.gateways.voicecall.codec import DRILLS
from watchbell.line.baudot import encode_tones, is_spelled, seconds_of, spell
from watchbell.line.filling import fill
from watchbell.wire.tell import Batch, Recipient

#: Longer words are typed once; the longest take about three minutes.
MAX_TWICE, MAX_TYPED = 420, 800
#: What ends a turn ("go ahead", or "stop keying" if there is nothing more), and a call.
YOUR_TURN, OVER, THANKS = "GA OR SK", "SK SK", "THANK YOU SK SK"
NOT_WRITTEN = "A text telephone cannot write these words, and there are none in English."
NOTHING_WRITTEN = "A text telephone was called, and there is only a recording."
IN_ENGLISH = "Typed in English: a text telephone has no letters for their language."


class NotTyped(Exception):
    """Nothing can be typed, and why."""


class Typed(NamedTuple):
    """What is typed. once: one round of it; note: what the ledger says of it."""

    once: str
    rounds: int
    note: str = ""

    @property
    def text(self) -> str:
        return "\n".join([self.once] * self.rounds)

    @property
    def once_seconds(self) -> float:
        return seconds_of(self.once)

    def tones(self, end: str) -> bytes:
        """All of it and how it ends, as µ-law."""
        return encode_tones(f"{self.text}\n{end}")


def words_for(batch: Batch, one: Recipient) -> Typed:
    """In their language where its letters are Latin, else the English ones. Raises NotTyped."""
    body, note = body_for(batch, one.language), ""
    known = [(body, ""), *((other, IN_ENGLISH) for other in batch.bodies if other.language == "en")]
    said = NOTHING_WRITTEN
    for body, note in known:
        words = fill(body.spoken or body.text or body.short, {**one.fields, "link": ""})[:MAX_TYPED]
        if not words.strip():
            continue
        if is_spelled(words) and spell(words):
            mode = batch.mode
            marked = DRILLS.get(body.language, DRILLS["en"]).format(mode=mode) if mode != "real" else ""
            once = spell(f"{marked}{words}")
            return Typed(once, 2 if len(once) <= MAX_TWICE else 1, note)
        said = NOT_WRITTEN
    raise NotTyped(said)


def read_typed(text: str) -> str:
    """What somebody typed, without the marks of turns at its end: "OK GA" is "OK"."""
    words = " ".join(text.split()).split(" ")
    while words and words[-1] in ("GA", "SK", "SKSK", "GASK"):
        words.pop()
    return " ".join(words)


def is_turn(text: str) -> bool:
    """Whether they have said that it is our turn, or that they hang up."""
    return " ".join(text.split()).rpartition(" ")[2] in ("GA", "SK", "SKSK")
