"""The prompts that ship with the project, texts spoken at run time, and how both become a cycle of frames."""

import asyncio
import hashlib
import itertools
import logging
import sys
import tomllib
from functools import cache, lru_cache
from pathlib import Path

from watchbell.gateways.rtppaging.audio import RATE, cut_frames, silence, tone
from watchbell.gateways.rtppaging.speech import MAX_CHARACTERS, render_speech

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "prompts"
LANGUAGES = ("en", "es")
SAID_ONCE = frozenset({"drill", "staff_assist"})
BETWEEN_SECONDS = 0.5
SPEECH_SECONDS = 20.0
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


class Speaker:
    """Has new texts spoken by a separate process, and keeps the sound on disk by a hash of text and language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at_work: dict[str, asyncio.Task[bytes]] = {}

    def _path(self, text: str, language: str) -> Path:
        digest = hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()
        return self._folder / f"{digest[:40]}.ulaw"

    def recall(self, text: str, language: str) -> bytes:
        """The sound of a text spoken before; empty when it was not."""
        path = self._path(text, language)
        return path.read_bytes() if path.exists() else b""

    async def speak(self, text: str, language: str) -> bytes:
        """The sound of `text` (at most 1,000 characters); empty when the speech process fails. One process a text."""
        text = text[:MAX_CHARACTERS]
        key = f"{language}\n{text}"
        task = self._at_work.get(key)
        if task is None:
            task = self._at_work[key] = asyncio.create_task(self._render(text, languages_of(language)[0]))
            task.add_done_callback(lambda _: self._at_work.pop(key, None))
        return await asyncio.shield(task)

    async def _render(self, text: str, language: str) -> bytes:
        known = self.recall(text, language)
        if known:
            return known
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(text, language)
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
