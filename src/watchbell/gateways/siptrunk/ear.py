"""Who has answered: a person, an answering machine or a fax, from the first seconds of what is heard (G.711, 8 kHz).

A person says a word or two and waits. A machine speaks on, and beeps. All thresholds stand here; nothing else decides.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

from watchbell.gateways.sip.media import decode_alaw
from watchbell.line.sound import SILENCE, decode_mulaw

FRAME = 160
FRAME_SECONDS = 0.02
#: Nothing said for so long: a person who waits for us to speak.
FIRST_WORD_SECONDS = 2.5
#: So long a quiet after a short greeting: a person waits for us.
PERSON_PAUSE_SECONDS = 0.8
#: A greeting that goes on for longer is a machine's.
GREETING_SECONDS = 2.5
#: So long a quiet after a machine's greeting: it has beeped unheard, or does not beep.
MACHINE_PAUSE_SECONDS = 2.0
#: The message is left then, beep or no beep.
MACHINE_LATEST_SECONDS = 40.0
#: Sound counts as a voice when it is louder than this (mean of absolute 16-bit samples) and than a fifth of the
#: loudest so far: noise behind a voice is no voice.
VOICE_LEVEL, VOICE_SHARE = 190, 0.2
#: So many loud frames in a row begin a greeting; fewer are a click.
VOICE_FRAMES = 3
#: A beep: one steady pitch within these bounds for so long, most of the sound's power in it.
BEEP_SECONDS, BEEP_LATEST_SECONDS = 0.16, 4.0
BEEP_HERTZ = (350.0, 2200.0)
BEEP_PURITY = 0.8
STEADY_CROSSINGS, STEADY_SHARE = 2, 0.2
#: So much of a tone may be lost on its way without ending it.
TONE_GAP_SECONDS = 0.2
#: The tone of an answering fax (T.30 CED).
FAX_HERTZ, FAX_SECONDS = (2060.0, 2140.0), 1.2

Verdict = Literal["person", "machine", "ready", "fax"]
#: By coding: each octet as a 16-bit sample.
SAMPLES_OF = {"PCMU": tuple(decode_mulaw(bytes(range(256)))), "PCMA": tuple(decode_alaw(bytes(range(256))))}
_LEVEL = {law: bytes(min(255, abs(one) >> 5) for one in table) for law, table in SAMPLES_OF.items()}
_SIGN = {law: bytes(int(one < 0) for one in table) for law, table in SAMPLES_OF.items()}
_QUIET = bytes([SILENCE]) * FRAME


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_SECONDS)


_BEEP_FRAMES = _frames(BEEP_SECONDS)


class Ear:
    """Hears one call frame by frame; `tell` gets "person" or "machine" or "fax" once, and "ready" when a machine takes
    the message. A beep after "person" is told as "machine" after all.
    """

    def __init__(self, tell: Callable[[Verdict], None]) -> None:
        self._tell = tell
        self.verdict = ""
        self.is_ready = False
        self._heard = self._loud = self._quiet = self._spoken = self._machine_frames = 0
        self._loudest = 0.0
        self._tone = Tone()
        self._rest = b""

    def hear(self, sound: bytes, law: str) -> None:
        """Sound as it came, of any length."""
        if len(sound) == FRAME and not self._rest:
            self._hear_frame(sound, law)
            return
        whole = self._rest + sound
        for at in range(0, len(whole) - FRAME + 1, FRAME):
            self._hear_frame(whole[at : at + FRAME], law)
        self._rest = whole[len(whole) - len(whole) % FRAME :]

    def hear_nothing(self) -> None:
        """20 ms in which nothing came: who is quiet may send nothing."""
        if not self._tone.survives():
            self._hear_frame(_QUIET, "PCMU")

    def _hear_frame(self, frame: bytes, law: str) -> None:
        if self.is_ready or self.verdict == "fax":
            return
        self._heard += 1
        level = sum(frame.translate(_LEVEL[law])) * 32 / FRAME
        if self._tone.hear(frame, law, level):
            self._take_tone()
            return
        if self._tone.has_ended():
            self._say("ready", "machine")
            return
        self._loudest = max(self._loudest, level if self._loud else 0.0)
        is_loud = level > max(VOICE_LEVEL, VOICE_SHARE * self._loudest)
        self._loud = self._loud + 1 if is_loud else 0
        self._quiet = 0 if self._loud >= VOICE_FRAMES else self._quiet + 1
        if self._spoken or self._loud >= VOICE_FRAMES:
            self._spoken += 1
        if self.verdict == "machine":
            self._wait_for_end()
        elif not self.verdict:
            self._judge()

    def _judge(self) -> None:
        if not self._spoken:
            if self._heard >= _frames(FIRST_WORD_SECONDS):
                self._say("person")
            return
        length = self._spoken - self._quiet + VOICE_FRAMES
        if length > _frames(GREETING_SECONDS):
            self._say("machine")
        elif self._quiet >= _frames(PERSON_PAUSE_SECONDS):
            self._say("person")

    def _wait_for_end(self) -> None:
        self._machine_frames += 1
        is_late = self._machine_frames >= _frames(MACHINE_LATEST_SECONDS)
        if is_late or self._quiet >= _frames(MACHINE_PAUSE_SECONDS):
            self._say("ready")

    def _take_tone(self) -> None:
        self._quiet = 0
        if self._tone.is_fax():
            self._say("fax")

    def _say(self, verdict: Verdict, first: Verdict | None = None) -> None:
        if first is not None and self.verdict != first:
            self.verdict = first
            self._tell(first)
        if verdict == "ready":
            self.is_ready = True
        else:
            self.verdict = verdict
        self._tell(verdict)


class Tone:
    """One steady pitch. Counting crossings of zero is cheap; what looks like a tone is then measured once."""

    def __init__(self) -> None:
        self.frames = 0
        self.hertz = 0.0
        self._steady: list[bytes] = []
        self._crossings = 0
        self._level = 0.0
        self._is_ended = False
        self._missing = 0

    def survives(self) -> bool:
        """Whether a tone that is on goes on over one more frame that did not come."""
        self._missing += 1
        return self.frames > 0 and self._missing <= _frames(TONE_GAP_SECONDS)

    def hear(self, frame: bytes, law: str, level: float) -> bool:
        """Whether a tone is on."""
        self._missing = 0
        if level < VOICE_LEVEL:
            crossings, is_steady = 0, False
        else:
            signs = frame.translate(_SIGN[law])
            crossings = signs.count(b"\0\1") + signs.count(b"\1\0")
            is_steady = (
                abs(crossings - self._crossings) <= STEADY_CROSSINGS
                and abs(level - self._level) < STEADY_SHARE * self._level
            )
        self._crossings, self._level = crossings, level
        if not is_steady:
            self._is_ended = self.frames > 0
            self.frames = 0
            self._steady.clear()
        elif self.frames:
            self.frames += 1
            if self.frames > _frames(BEEP_LATEST_SECONDS) and not self.is_fax():
                self.frames = 0  # a line that hums is no beep
        elif len(self._steady) < _BEEP_FRAMES:
            self._steady.append(frame)
            if len(self._steady) == _BEEP_FRAMES:
                self._measure(b"".join(self._steady), law)
        return self.frames > 0

    def _measure(self, sound: bytes, law: str) -> None:
        signs = sound.translate(_SIGN[law])
        hertz = (signs.count(b"\0\1") + signs.count(b"\1\0")) * 4000 / len(sound)
        if BEEP_HERTZ[0] <= hertz <= BEEP_HERTZ[1] and purity(sound[-2 * FRAME :], law, hertz) >= BEEP_PURITY:
            self.frames, self.hertz = _BEEP_FRAMES, hertz

    def has_ended(self) -> bool:
        """True once after a tone."""
        is_ended, self._is_ended = self._is_ended, False
        return is_ended

    def is_fax(self) -> bool:
        return FAX_HERTZ[0] <= self.hertz <= FAX_HERTZ[1] and self.frames >= _frames(FAX_SECONDS)


def purity(sound: bytes, law: str, hertz: float) -> float:
    """How much of the sound's power is at `hertz`, 0 to 1 (Goertzel)."""
    table = SAMPLES_OF[law]
    samples: Sequence[int] = [table[code] for code in sound]
    factor = 2 * math.cos(2 * math.pi * hertz / 8000)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    power = before * before + last * last - factor * before * last
    whole = sum(sample * sample for sample in samples)
    return min(1.0, 2 * power / (len(samples) * whole)) if whole else 0.0
