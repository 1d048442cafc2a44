"""A call to record through a trunk: what is said, the tone, what is heard until the pound key, played back, kept."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec

from watchbell.gateways.recording import (
    AGAIN_KEY,
    END_KEY,
    KEEP_KEY,
    MOST_SILENT,
    MOST_TAKES,
    QUIET_SECONDS,
    WORDS_LEVEL,
    cut_quiet,
    words_in,
)
from watchbell.gateways.rtppaging.audio import silence, tone
from watchbell.gateways.sip.calls import Call
from watchbell.gateways.sip.media import decode_alaw
from watchbell.gateways.siptrunk.media import Frames, Voice, hear_call, make_frames
from watchbell.gateways.siptrunk.script import Prompter
from watchbell.line.sound import RATE, SILENCE, encode_mulaw, loudness

FRAME = RATE // 50
#: A little quiet before the first word: a handset is on its way to an ear.
FIRST_SECONDS, KEY_SECONDS, BEEP_HERTZ, BEEP_SECONDS = 0.6, 5.0, 1000.0, 0.4
MOST_QUESTIONS = 3
_FROM_ALAW = bytes(encode_mulaw(decode_alaw(bytes(range(256)))))


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a call that was answered has come to: one of wire.recording's states, its sound, whether 1 was pressed."""

    state: str
    sound: bytes = b""
    is_kept: bool = False


class Take:
    """Hears what is spoken as µ-law; `over` is called once, after so long a quiet or when there is no more room."""

    def __init__(self, seconds: float, over: Callable[[], None]) -> None:
        self.sound = bytearray()
        self._most = round(seconds * RATE)
        self._over: Callable[[], None] | None = over
        self._judged = self._quiet = 0

    def hear(self, sound: bytes, law: str) -> None:
        if self._over is None:
            return
        self.sound += sound if law == "PCMU" else sound.translate(_FROM_ALAW)
        while self._judged + FRAME <= len(self.sound):
            frame = bytes(self.sound[self._judged : self._judged + FRAME])
            self._quiet = 0 if loudness(frame) > WORDS_LEVEL else self._quiet + 1
            self._judged += FRAME
        if len(self.sound) >= self._most or self._quiet >= QUIET_SECONDS * 50:
            del self.sound[self._most :]
            over, self._over = self._over, None
            over()

    def hear_nothing(self) -> None:
        """Who is quiet may send nothing, and what was lost on its way keeps its length."""
        self.hear(bytes([SILENCE]) * FRAME, "PCMU")


class Prompts(msgspec.Struct, frozen=True, kw_only=True):
    """What is said, spoken once. ask: µ-law, it follows what was recorded."""

    intro: Frames
    nothing: Frames
    ask: bytes
    kept: Frames
    goodbye: Frames


async def make_prompts(prompter: Prompter, language: str, seconds: int) -> Prompts:
    """Raises NotSpoken."""
    words, spoken = words_in(language)
    beep = silence(0.3) + tone((BEEP_HERTZ,), BEEP_SECONDS)
    intro, nothing, ask, kept, goodbye = [
        await prompter.speak(one, spoken)
        for one in (words.intro.format(seconds=seconds), words.nothing, words.ask, words.kept, words.goodbye)
    ]
    return Prompts(
        intro=make_frames(silence(FIRST_SECONDS) + intro + beep), nothing=make_frames(nothing + beep), ask=ask,
        kept=make_frames(kept), goodbye=make_frames(goodbye),
    )  # fmt: skip


class _Gone(Exception):
    """They have hung up."""


class Recording:
    """Leads one call that was answered. tell: gets "heard" while something that was recorded is played back, and how
    it ended as soon as that is decided.
    """

    def __init__(
        self, call: Call, voice: Voice, prompts: Prompts, seconds: int, tell: Callable[[Said], Awaitable[None]]
    ) -> None:  # fmt: skip
        self._call, self._voice, self._prompts, self._seconds, self._tell = call, voice, prompts, seconds, tell
        self._events: asyncio.Queue[str] = asyncio.Queue()
        self._played = 0
        self._take: Take | None = None

    async def run(self) -> None:
        """Ends when the call has ended; it hangs up by itself."""
        hear_call(self._call, self._voice, self._events.put_nowait)
        try:
            said = await self._lead()
        except _Gone:
            sound = cut_quiet(bytes(self._take.sound)) if self._take is not None else b""
            said = Said(state="recorded", sound=sound) if sound else Said(state="dropped")
        self._voice.ear = None
        await self._tell(said)
        with contextlib.suppress(_Gone):
            await self._play(self._prompts.kept if said.is_kept else self._prompts.goodbye)
        await self._call.hang_up()

    async def _lead(self) -> Said:
        await self._play(self._prompts.intro)
        sound, silent = b"", 0
        for _ in range(MOST_TAKES):
            sound = await self._record()
            if not sound:
                silent += 1
                if silent == MOST_SILENT:
                    break
                await self._play(self._prompts.nothing)
                continue
            await self._tell(Said(state="heard"))
            key = await self._ask(sound)
            if key != AGAIN_KEY:
                return Said(state="recorded", sound=sound, is_kept=key == KEEP_KEY)
            self._take = None
            await self._play(make_frames(tone((BEEP_HERTZ,), BEEP_SECONDS)))
        return Said(state="recorded", sound=sound) if sound else Said(state="silent")

    async def _record(self) -> bytes:
        self._take = take = Take(self._seconds, lambda: self._events.put_nowait("full"))
        self._voice.ear = take
        while await self._next() not in ("full", f"key {END_KEY}"):
            pass
        self._voice.ear = None
        return cut_quiet(bytes(take.sound))

    async def _ask(self, sound: bytes) -> str:
        """Plays it back and asks for a key; "" when none was pressed."""
        asking = make_frames(self._prompts.ask + silence(KEY_SECONDS))
        whole = make_frames(sound + silence(0.4) + self._prompts.ask + silence(KEY_SECONDS))
        for frames in [whole, *[asking] * (MOST_QUESTIONS - 1)]:
            if key := await self._play(frames, KEEP_KEY + AGAIN_KEY):
                return key
        return ""

    async def _play(self, frames: Frames, keys: str = "") -> str:
        """Until it is over, or one of `keys` is pressed: that key. Raises _Gone."""
        self._played += 1
        over = f"over {self._played}"
        self._voice.play(frames, lambda: self._events.put_nowait(over))
        while True:
            event = await self._next()
            if event == over:
                return ""
            what, _, key = event.partition(" ")
            if what == "key" and key in keys:
                self._voice.hush()
                return key

    async def _next(self) -> str:
        event = "gone" if self._call.ended.is_set() else await self._events.get()
        if event == "gone":
            raise _Gone
        return event
