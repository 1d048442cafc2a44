"""One call to a text telephone: its greeting is read, the words are typed to it, and what is typed back is read."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache

import msgspec

from watchbell.gateways.rtppaging.audio import silence
from watchbell.gateways.sip.calls import Call
from watchbell.gateways.siptrunk.course import Ended
from watchbell.gateways.siptrunk.ear import FRAME, SAMPLES_OF, Ear
from watchbell.gateways.siptrunk.media import Frames, Voice, hear_call, make_frames
from watchbell.gateways.texttelephone import OVER, THANKS, YOUR_TURN, Typed, is_turn, read_typed
from watchbell.line import clock
from watchbell.line.baudot import Reader, encode_tones

#: A handset is on its way into its cradle: nobody hears tones in the first moments.
CRADLE_SECONDS = 2.0
#: Who has typed and then pauses for so long has ended their turn, with or without GA.
PAUSE_SECONDS = 3.0
#: So many ticks (of 20 ms) without sound are quiet, not sound that is late.
LATE_TICKS = 25
#: An echo of our own tones is over after so long (V.18 A.1).
ECHO_SECONDS = 0.3
#: A beep may be the carrier with which a text telephone begins: its first character is there after so long.
CARRIER_SECONDS = 0.6
#: How long an answer is waited for, how long it may be, and a greeting.
ANSWER_SECONDS, LONGEST_ANSWER, LONGEST_GREETING = 15.0, 90.0, 40.0
LONGEST_CALL = 420.0
#: More is no answer: a line that hums, a machine that types.
MOST_READ = 2000

#: Gets what was typed back.
Answered = Callable[[str], Awaitable[None]]


class TextScript(msgspec.Struct, frozen=True, kw_only=True):
    """message: all rounds and the sign that it is their turn. once_seconds: one round. note: for the ledger."""

    message: Frames
    thanks: Frames
    goodbye: Frames
    once_seconds: float
    note: str = ""


@lru_cache(maxsize=64)
def make_text_script(typed: Typed) -> TextScript:
    """Made once for all that are typed the same."""
    thanks, goodbye = (
        make_frames(silence(ECHO_SECONDS) + encode_tones(one, is_new_line=True)) for one in (THANKS, OVER)
    )
    return TextScript(
        message=make_frames(typed.tones(YOUR_TURN)), thanks=thanks, goodbye=goodbye,
        once_seconds=typed.once_seconds, note=typed.note,
    )  # fmt: skip


class TextEar:
    """Hears a call as an ear for voices and as a text telephone; `tell` gets the ear's words, and "typed" once for
    each character. While it is `deaf` it hears nothing: our own tones come back as an echo.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._ear, self.reader = tell, Ear(tell), Reader()
        self.is_deaf, self._has_greeting = False, True
        self._missing = 0

    def hear(self, sound: bytes, law: str) -> None:
        if self.is_deaf:
            return
        self._missing = 0
        if self._has_greeting:
            self._ear.hear(sound, law)
        table = SAMPLES_OF[law]
        self._read([table[one] for one in sound])

    def hear_nothing(self) -> None:
        if self.is_deaf:
            return
        if self._has_greeting:
            self._ear.hear_nothing()
        self._missing += 1
        if self._missing > LATE_TICKS:  # what is only late must not tear a character
            self._read([0] * FRAME)

    def _read(self, samples: list[int]) -> None:
        before = self.reader.characters
        self.reader.hear(samples)
        if self.reader.characters != before:
            self._has_greeting = False  # what types is neither a person's voice nor a machine's
            self._tell("typed")

    def begin_answer(self) -> None:
        """From now on only what is typed counts, as a text of its own."""
        self.reader, self.is_deaf, self._has_greeting = Reader(), False, False


class _Gone(Exception):
    """They have hung up."""


class TextCourse:
    """Types `script` to whatever has answered. answered: gets what is typed back, once."""

    def __init__(self, call: Call, voice: Voice, script: TextScript, answered: Answered) -> None:
        self._call, self._voice, self._script, self._answered = call, voice, script, answered
        self._events: asyncio.Queue[str] = asyncio.Queue()
        self._ear = TextEar(self._events.put_nowait)
        self._is_text_telephone = self._is_machine = self._is_typing = self._has_answered = False
        self._plays = 0

    async def run(self) -> Ended:
        """Ends when the call has ended; it hangs up by itself."""
        self._voice.ear = self._ear
        hear_call(self._call, self._voice, self._events.put_nowait)
        try:
            async with asyncio.timeout(LONGEST_CALL):
                ended = await self._lead()
        except _Gone:
            ended = self._judge_gone()
        except TimeoutError:
            ended = self._judge("It lasted too long.")
        self._voice.ear = None
        await self._call.hang_up()
        return ended

    async def _lead(self) -> Ended:
        if not await self._greet():
            return Ended(state="failed", because="A fax machine answered.", is_bad_address=True)
        self._ear.is_deaf = self._is_typing = True
        await self._play(self._script.message)
        if self._is_machine:
            return self._judge()
        self._voice.hush()
        await asyncio.sleep(ECHO_SECONDS)
        text = await self._read_answer()
        if text:
            self._has_answered = True
            await self._answered(text)
        self._ear.is_deaf = True
        await self._play(self._script.thanks if text else self._script.goodbye)
        return self._judge()

    async def _greet(self) -> bool:
        """Returns when it is our turn; False for a fax. A text telephone may greet first, or wait for us."""
        until = clock.monotonic() + LONGEST_GREETING
        quiet_at = until
        while (left := min(until, quiet_at) - clock.monotonic()) > 0:
            event = await self._next(left)
            if event == "fax":
                return False
            if event == "typed":
                self._is_text_telephone, self._is_machine = True, False
                is_ours = is_turn(self._ear.reader.text)
                quiet_at = clock.monotonic() + (ECHO_SECONDS if is_ours else PAUSE_SECONDS)
            elif event == "person" and not self._is_text_telephone:
                quiet_at = clock.monotonic() + CRADLE_SECONDS
            elif event == "machine":
                self._is_machine, quiet_at = True, until
            elif event == "ready":
                quiet_at = clock.monotonic() + CARRIER_SECONDS
        return True

    async def _read_answer(self) -> str:
        """What is typed within the wait, "" for nothing."""
        self._ear.begin_answer()
        until = clock.monotonic() + LONGEST_ANSWER
        quiet_at = clock.monotonic() + ANSWER_SECONDS
        while (left := min(until, quiet_at) - clock.monotonic()) > 0:
            if await self._next(left) == "typed":
                is_ours = is_turn(self._ear.reader.text)
                quiet_at = clock.monotonic() + (2 * ECHO_SECONDS if is_ours else PAUSE_SECONDS)
        return self._typed_back()

    def _typed_back(self) -> str:
        text = read_typed(self._ear.reader.text)[:MOST_READ]
        self._is_text_telephone = self._is_text_telephone or self._ear.reader.characters > 1
        return text

    async def _play(self, frames: Frames) -> None:
        self._plays += 1
        over = f"over {self._plays}"
        self._voice.play(frames, lambda: self._events.put_nowait(over))
        while await self._next(LONGEST_CALL) != over:
            pass

    async def _next(self, seconds: float) -> str:
        """The next event, "" after so many seconds. Raises _Gone."""
        if self._call.ended.is_set():
            raise _Gone
        try:
            async with asyncio.timeout(seconds):
                event = await self._events.get()
        except TimeoutError:
            return ""
        if event == "gone":
            raise _Gone
        return event

    def _judge(self, because: str = "") -> Ended:
        if self._is_machine:
            return Ended(state="machine", because=because or self._script.note)
        state = "answered" if self._is_text_telephone else "delivered"
        return Ended(state=state, because=because or self._script.note)

    def _judge_gone(self) -> Ended:
        """They hung up: whoever did so before one round was typed has not read it."""
        if not self._is_typing or self._voice.played / 50 < self._script.once_seconds:
            return Ended(state="no_answer", because="They hung up before the message was typed.")
        return self._judge()
