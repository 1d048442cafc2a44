"""The prompts that ship with the project, texts spoken at run time, and how both become a cycle of frames."""

import asyncio
import hashlib
import itertools
import logging
import re
import sys
import textwrap
import tomllib
from collections.abc import AsyncIterator
from functools import cache, lru_cache
from pathlib import Path

from watchbell.gateways.rtppaging.audio import RATE, chirp, cut_frames, silence, tone
from watchbell.gateways.rtppaging.piper import Piper
from watchbell.gateways.rtppaging.speech import MAX_CHARACTERS, VOICES, SpeechFailed, render_speech

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "prompts"
LANGUAGES = ("en", "es")
SAID_ONCE = frozenset({"drill", "staff_assist"})
BETWEEN_SECONDS = 0.5
PIECE_SECONDS = 0.3
SPEECH_SECONDS = 20.0
PIECE_CHARACTERS = 120
_SENTENCE = re.compile(r"(?<=[.!?。！？؟।])\s+")
_ALARM_TONE = ((960.0, 770.0, 960.0, 770.0), 0.2)
_PLAIN_TONE = ((523.25, 659.25, 783.99), 0.25)
_PLAIN = frozenset({"all_clear", "test", "staff_assist", "announcement"})


@cache
def shipped_prompt(kind: str, language: str) -> bytes:
    """The mu-law of a shipped prompt; empty when there is none."""
    path = FOLDER / f"{kind}.{language}.ulaw"
    is_plain_name = kind.replace("_", "").isalnum() and language in LANGUAGES
    return path.read_bytes() if is_plain_name and path.is_file() else b""


def languages_of(wanted: str) -> list[str]:
    """ "en", "es" or both in order for "en+es"; English when nothing known is named."""
    return [language for language in wanted.split("+") if language in LANGUAGES] or ["en"]


@lru_cache(maxsize=64)
def cut_cycle(kind: str, speech: bytes, language: str, mode: str, repeat_seconds: float) -> tuple[bytes, ...]:
    """One round of a page in frames of 20 ms: pre-tone, words, and quiet until `repeat_seconds` have passed.

    A drill says so before and after the words. A page in several languages says each in turn.
    """
    parts = [tone(*(_PLAIN_TONE if kind in _PLAIN else _ALARM_TONE)), silence(0.2)]
    for spoken in [speech] if speech else [shipped_prompt(kind, one) for one in languages_of(language)]:
        parts += [spoken, silence(BETWEEN_SECONDS)]
    if mode != "real":
        note = shipped_prompt("drill" if mode == "drill" else "test", languages_of(language)[0])
        parts[2:2] = [note, silence(BETWEEN_SECONDS)]
        parts += [note, silence(BETWEEN_SECONDS)]
    codes = b"".join(parts)
    return cut_frames(codes + silence(max(0.5, repeat_seconds - len(codes) / RATE)))


def voice_of(language: str) -> str:
    """The language a text is spoken in: the first of "en+es", English for one no engine has."""
    first = language.split("+")[0]
    return first if first in VOICES else "en"


def cut_text(text: str) -> list[str]:
    """`text` (at most 1,000 characters) in pieces of whole sentences, none much longer than PIECE_CHARACTERS."""
    text = " ".join(text[:MAX_CHARACTERS].split())
    pieces: list[str] = []
    for part in _SENTENCE.split(text):
        words = [part] if len(part) <= 2 * PIECE_CHARACTERS else textwrap.wrap(part, PIECE_CHARACTERS)
        for word in words:
            if pieces and len(pieces[-1]) + len(word) < PIECE_CHARACTERS:
                pieces[-1] += f" {word}"
            elif word:
                pieces.append(word)
    return pieces


def pre_tone(chime: str) -> bytes:
    """The sound before the words: "alarm", "plain", "bell" (a school bell), "none"."""
    if chime == "bell":
        return bell()
    if chime == "none":
        return silence(0.02)
    return tone(*(_ALARM_TONE if chime == "alarm" else _PLAIN_TONE)) + silence(0.2)


@cache
def bell(seconds: float = 2.5) -> bytes:
    """A class bell: two pitches struck eight times a second."""
    struck = tone((880.0, 1108.7), 0.0625, 14000)
    return struck * round(seconds / 0.125) + silence(0.2)


@cache
def test_chirp(is_quiet: bool) -> bytes:
    """What a zone plays to test itself: two rising tones; quiet ones nobody in the next room wakes from."""
    once = chirp(500, 3000, 0.8, 500 if is_quiet else 9000)
    return once + silence(0.2) + once + silence(0.1)


def mode_note(mode: str, language: str = "en") -> bytes:
    """ "This is a drill" or "this is a test", in the first of the page's languages that has it; empty when real."""
    if mode == "real":
        return b""
    return shipped_prompt("drill" if mode == "drill" else "test", languages_of(language)[0]) + silence(BETWEEN_SECONDS)


class Speaker:
    """Has new texts spoken by separate processes, and keeps the sound on disk by a hash of text and language.

    The better voice where there is one, the engine that knows many languages behind it. Pieces of a long text are
    rendered one by one, so that the first is heard while the next are being spoken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._piper = Piper(folder.parent / "piper")
        self._at_work: dict[str, asyncio.Task[bytes]] = {}

    def _path(self, text: str, language: str) -> Path:
        digest = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()
        return self._folder / f"{digest[:40]}.ulaw"

    def recall(self, text: str, language: str) -> bytes:
        """The sound of a text all of which was spoken before; empty when it was not."""
        pieces = [self._recall_piece(piece, voice_of(language)) for piece in cut_text(text)]
        return silence(PIECE_SECONDS).join(pieces) if pieces and all(pieces) else b""

    def _recall_piece(self, text: str, language: str) -> bytes:
        path = self._path(text, language)
        return path.read_bytes() if path.exists() else b""

    async def speak(self, text: str, language: str) -> bytes:
        """The sound of `text` (at most 1,000 characters); empty when no engine could say it."""
        pieces = [piece async for piece in self.speak_pieces(text, language)]
        return silence(PIECE_SECONDS).join(pieces) if all(pieces) else b""

    async def speak_pieces(self, text: str, language: str) -> AsyncIterator[bytes]:
        """The sound of `text` piece by piece, each as soon as it is there; an empty one where it could not be said."""
        for piece in cut_text(text):
            yield await self._speak_piece(piece, voice_of(language))

    async def _speak_piece(self, text: str, language: str) -> bytes:
        key = f"{language}\n{text}"
        task = self._at_work.get(key)
        if task is None:
            task = self._at_work[key] = asyncio.create_task(self._render(text, language))
            task.add_done_callback(lambda _: self._at_work.pop(key, None))
        return await asyncio.shield(task)

    async def _render(self, text: str, language: str) -> bytes:
        known = self._recall_piece(text, language)
        if known:
            return known
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(text, language)
        if self._piper.can_say(language):
            try:
                return await self._piper.speak(text, path)
            except SpeechFailed as error:
                log.warning("%s; the other engine speaks", error)
        return await self._render_elsewhere(text, language, path)

    async def _render_elsewhere(self, text: str, language: str, path: Path) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "watchbell.gateways.rtppaging.speech", language, str(path),
            stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, said = await asyncio.wait_for(process.communicate(text.encode()), SPEECH_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            said = b"took too long"
        except asyncio.CancelledError:
            process.kill()
            raise
        if process.returncode != 0:
            log.error("speech process: %s", said.decode("utf-8", "replace").strip()[-300:])
            return b""
        return path.read_bytes()

    async def warm(self) -> None:
        """Has the voice started before anybody waits for it, by a word that is kept."""
        if self._piper.can_say("en"):
            await self._speak_piece("Attention, please.", "en")

    async def stop(self) -> None:
        """Ends what is being spoken and the voice's process."""
        for task in list(self._at_work.values()):
            task.cancel()
        await asyncio.gather(*self._at_work.values(), return_exceptions=True)
        await self._piper.stop()


def render_missing() -> list[Path]:
    """Renders the shipped prompts whose file is missing, and says which."""
    made = []
    words = tomllib.loads((FOLDER / "words.toml").read_text())
    for kind, language in itertools.product(words, LANGUAGES):
        path = FOLDER / f"{kind}.{language}.ulaw"
        if path.exists():
            continue
        once = render_speech(words[kind][language], language)
        path.write_bytes(once if kind in SAID_ONCE else once + silence(BETWEEN_SECONDS) + once)
        made.append(path)
    return made


if __name__ == "__main__":
    for rendered in render_missing():
        sys.stdout.write(f"{rendered.name} {rendered.stat().st_size / RATE:.1f} s\n")
