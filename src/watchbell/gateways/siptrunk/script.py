"""What a called family hears: made once for all calls that hear the same, in frames that they share."""

import asyncio
import hashlib
import textwrap
from collections import OrderedDict
from pathlib import Path

import msgspec

from watchbell.gateways.rtppaging.audio import silence
from watchbell.gateways.rtppaging.words import Speaker
from watchbell.gateways.siptrunk.media import Frames, join_frames, make_frames
from watchbell.gateways.voicecall.codec import DRILLS, GOODBYES, MAX_ONCE, MAX_TWICE, NEVER_AGAIN, PROMPTS
from watchbell.line import clock
from watchbell.line.sound import decode_mulaw, encode_mulaw

#: How long a key is waited for after each round.
KEY_SECONDS = 5.0
BETWEEN_SECONDS = 0.4
AFTER_BEEP_SECONDS = 0.3
#: Scripts in memory at once: a mailing has a few; one that names each child has many, each used once.
MOST_SCRIPTS = 64
MOST_SPOKEN_AT_ONCE = 900
KEEP_SECONDS = 86400.0
#: Speech is rendered loud, for halls; an ear at a telephone wants less.
LOUDNESS = 0.45
_SOFTER = bytes(encode_mulaw([round(sample * LOUDNESS) for sample in decode_mulaw(bytes(range(256)))]))


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """whole: what a person hears, in rounds with quiet for a key. message: what a machine is left."""

    whole: Frames
    message: Frames
    thanks: Frames
    never: Frames


class NotSpoken(Exception):
    """No engine could say the words."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A script's ingredients. sound: a recording in µ-law that is played instead of `words`, b"" for none.

    mode: "drill" and "test" are said twice before all else. has_poll: the words say which keys there are.
    """

    words: str
    language: str
    mode: str = "real"
    sound: bytes = b""
    offers_never: bool = False
    has_poll: bool = False

    @property
    def key(self) -> str:
        digest = hashlib.sha256(self.sound)
        digest.update(f"{self.words}\x1f{self.language}\x1f{self.mode}\x1f{self.offers_never}{self.has_poll}".encode())
        return digest.hexdigest()


class Prompter:
    """Has scripts spoken and keeps them: on disk for a day, the last ones in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._speaker = Speaker(folder)
        self._scripts: OrderedDict[str, Script] = OrderedDict()
        self._at_work: dict[str, asyncio.Task[Script]] = {}

    async def script_of(self, wanted: Wanted) -> Script:
        """The script; who asks while it is made waits for the same. Raises NotSpoken."""
        key = wanted.key
        known = self._scripts.get(key)
        if known is not None:
            self._scripts.move_to_end(key)
            return known
        task = self._at_work.get(key)
        if task is None:
            task = self._at_work[key] = asyncio.create_task(self._make(wanted))
            task.add_done_callback(lambda _: self._at_work.pop(key, None))
        script = await asyncio.shield(task)
        self._scripts[key] = script
        while len(self._scripts) > MOST_SCRIPTS:
            self._scripts.popitem(last=False)
        return script

    async def _make(self, wanted: Wanted) -> Script:
        heard, never = PROMPTS.get(wanted.language, PROMPTS["en"])
        asking = wanted.language if wanted.language in PROMPTS else "en"
        thanking = "es" if wanted.language == "es" else "en"
        drill = DRILLS.get(wanted.language, DRILLS["en"]).format(mode=wanted.mode) * 2 if wanted.mode != "real" else ""
        is_short = len(wanted.words) <= MAX_TWICE or bool(wanted.sound)
        said = await self._say(drill, asking) if drill else b""
        said += wanted.sound or await self._say(wanted.words[:MAX_ONCE], wanted.language)
        asks = ["" if wanted.has_poll else heard, never if wanted.offers_never else ""]
        ask = b"".join([await self._say(one, asking) + silence(BETWEEN_SECONDS) for one in asks if one])
        thanks = await self._say(GOODBYES[thanking, True], thanking)
        goodbye = await self._say(NEVER_AGAIN[thanking], thanking) if wanted.offers_never else thanks
        once = make_frames(said + silence(BETWEEN_SECONDS) + ask + silence(KEY_SECONDS))
        return Script(
            whole=join_frames(once, once) if is_short else once,
            message=join_frames(make_frames(silence(AFTER_BEEP_SECONDS)), make_frames(said)),
            thanks=make_frames(thanks), never=make_frames(goodbye),
        )  # fmt: skip

    async def speak(self, text: str, language: str) -> bytes:
        """Words as µ-law, as loud as an ear at a telephone wants them. Raises NotSpoken."""
        return await self._say(text, language)

    async def _say(self, text: str, language: str) -> bytes:
        parts = textwrap.wrap(text, MOST_SPOKEN_AT_ONCE, break_long_words=True) or [""]
        spoken = [await self._speaker.speak(part, language) for part in parts]
        if not all(spoken):
            raise NotSpoken(f"The words could not be spoken ({language}).")
        return silence(BETWEEN_SECONDS).join(spoken).translate(_SOFTER)

    def forget(self) -> None:
        """Lets go of speech that is older than a day: it names people."""
        if not self._folder.exists():
            return
        for path in self._folder.iterdir():
            if path.stat().st_mtime < clock.unix() - clock.shifted() - KEEP_SECONDS:
                path.unlink(missing_ok=True)

    async def stop(self) -> None:
        for task in list(self._at_work.values()):
            task.cancel()
        await self._speaker.stop()
