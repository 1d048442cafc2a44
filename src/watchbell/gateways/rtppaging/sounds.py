"""What a page plays: shipped prompts, recordings fetched by their hash, texts spoken in turn, somebody speaking now."""

import asyncio
import contextlib
import hashlib
import json
import logging
import struct
from pathlib import Path

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from watchbell.gateways.rtppaging.audio import RATE, cut_frames, silence
from watchbell.gateways.rtppaging.player import Page
from watchbell.gateways.rtppaging.programme import Cycle, Live, Programme
from watchbell.gateways.rtppaging.words import (
    BETWEEN_SECONDS,
    Speaker,
    cut_cycle,
    languages_of,
    mode_note,
    pre_tone,
    shipped_prompt,
    test_chirp,
)
from watchbell.line.bus import Bus
from watchbell.wire.subjects import RECORDINGS, audio_told_subject, recording_key

log = logging.getLogger(__name__)
SPEECH_WAIT_SECONDS = 4.0
COUNT = struct.Struct(">I")
LAST_COUNT = 0xFFFFFFFF
CHIRP, QUIET_CHIRP = "test_chirp", "quiet_chirp"
NO_WORDS = "No speech engine could say this text."


class Sounds:
    """Makes programmes. Recordings and speech lie on disk under names that are hashes, so nothing is made twice."""

    def __init__(self, folder: Path, gateway: str) -> None:
        self._folder = folder / "recordings"
        self._gateway = gateway
        self.speaker = Speaker(folder / "speech")
        self._hearing: dict[str, tuple[Live, Subscription]] = {}
        self._growing: dict[tuple[object, ...], asyncio.Task[None]] = {}

    def make_programme(self, page: Page) -> Programme:
        """What `page` plays. Speech not yet made is grown into it by `finish_later`."""
        if page.live:
            lead = cut_frames(pre_tone(page.chime) + mode_note(page.mode, page.language))
            live = Live(lead)
            held = self._hearing.get(page.live)
            if held is not None:
                self._hearing[page.live] = (live, held[1])
            return live
        if page.prompt in (CHIRP, QUIET_CHIRP):
            return Cycle(cut_frames(test_chirp(page.prompt == QUIET_CHIRP)), page.times)
        if page.recording:
            return Cycle(self._round(page, [self._recorded(page.recording)]), page.times)
        if page.say:
            known = [self.speaker.recall(text, language) for language, text in page.say]
            if all(known):
                return Cycle(self._round(page, known), page.times)
            return Cycle(cut_frames(pre_tone(page.chime) + mode_note(page.mode)), page.times, is_whole=False)
        if page.prompt == "bell":
            return Cycle(cut_frames(pre_tone("bell")), page.times)
        return Cycle(self.make_cycle(page), page.times)

    def make_cycle(self, page: Page) -> tuple[bytes, ...]:
        """An alarm's round: its prompt, or the text said instead once that has been spoken."""
        speech = self.speaker.recall(page.text, page.language) if page.text else b""
        return cut_cycle(page.prompt, speech, page.language, page.mode, page.repeat_seconds)

    def _round(self, page: Page, parts: list[bytes]) -> tuple[bytes, ...]:
        note = mode_note(page.mode, page.language)
        return cut_frames(
            pre_tone(page.chime) + note + silence(BETWEEN_SECONDS).join(parts) + silence(BETWEEN_SECONDS) + note
        )

    def seconds_of(self, programme: Programme | None) -> float | None:
        """How long the page will last; None when nobody can know yet."""
        if isinstance(programme, Cycle) and programme.is_whole and programme.times:
            return len(programme.frames) * programme.times * 160 / RATE
        return None

    # -- what must be there before the first packet ------------------------------------------------------------

    async def prepare(self, page: Page, district: str, bus: Bus) -> str:
        """Fetches, subscribes or speaks what `page` cannot begin without; why it cannot, or ""."""
        if page.live:
            await self._hear(page.live, bus)
            return ""
        if page.recording:
            has = bool(self._recorded(page.recording)) or await self._fetch(page.recording, district, bus)
            return "" if has else "The recording is not here: it was not found under its hash. Save it again."
        if page.say or page.prompt in (CHIRP, QUIET_CHIRP, "bell"):
            return ""
        if shipped_prompt(page.prompt, languages_of(page.language)[0]):
            return ""
        if page.text:
            with contextlib.suppress(TimeoutError):
                if await asyncio.wait_for(self.speaker.speak(page.text, page.language), SPEECH_WAIT_SECONDS):
                    return ""
        return f"There is no prompt {page.prompt!r}, and no text could be spoken."

    def _path(self, digest: str) -> Path:
        return self._folder / f"{''.join(c for c in digest if c.isalnum())[:64]}.ulaw"

    def _recorded(self, digest: str) -> bytes:
        path = self._path(digest)
        return path.read_bytes() if path.exists() else b""

    async def _fetch(self, digest: str, district: str, bus: Bus) -> bool:
        sound = await bus.read_key(RECORDINGS, recording_key(district, digest)) if bus.is_up else b""
        if not sound or hashlib.sha256(sound).hexdigest() != digest:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(digest)
        temporary = path.with_suffix(".new")
        temporary.write_bytes(sound)
        temporary.replace(path)
        return True

    # -- speech that is still being made -----------------------------------------------------------------------

    def finish_later(self, page: Page, programme: Programme | None) -> None:
        """Has the missing words spoken, each piece heard as soon as it is there; once for all zones of the page."""
        if isinstance(programme, Cycle) and not programme.is_whole and page.programme not in self._growing:
            task = self._growing[page.programme] = asyncio.create_task(self._grow(page, programme))
            task.add_done_callback(lambda _: self._growing.pop(page.programme, None))

    async def _grow(self, page: Page, programme: Cycle) -> None:
        try:
            said = 0
            for language, text in page.say:
                async for piece in self.speaker.speak_pieces(text, language):
                    said += bool(piece)
                    programme.grow(cut_frames(piece + silence(0.3)))
                programme.grow(cut_frames(silence(BETWEEN_SECONDS)))
            programme.because = "" if said else NO_WORDS
            programme.grow(cut_frames(mode_note(page.mode, page.language) or silence(0.1)))
        except OSError as error:
            log.error("speech: %s", error)
            programme.because = NO_WORDS
        finally:
            programme.is_whole = True

    # -- somebody speaking now ---------------------------------------------------------------------------------

    async def _hear(self, where: str, bus: Bus) -> None:
        if where in self._hearing:
            return

        async def take(message: Msg) -> None:
            if len(message.data) < COUNT.size or where not in self._hearing:
                return
            (count,) = COUNT.unpack_from(message.data)
            live = self._hearing[where][0]
            live.end() if count == LAST_COUNT else live.take(count, message.data[COUNT.size :])

        self._hearing[where] = (Live(()), await bus.nc.subscribe(where, cb=take))

    def forget(self, page: Page, is_last: bool) -> None:
        """A page is over; with its last zone nobody is listened to any more."""
        if is_last and page.live:
            held = self._hearing.pop(page.live, None)
            if held is not None:
                asyncio.ensure_future(held[1].unsubscribe())

    async def tell_speaker(self, page: Page, state: str, because: str, bus: Bus) -> None:
        """Says to who speaks live how it goes in one zone: "on", "cut", "over" or "refused"."""
        if page.live and page.asked is not None:
            told = {"zone": page.zone, "state": state, "because": because, "seconds": self._lead_seconds(page)}
            where = audio_told_subject(page.asked.district, page.owner, self._gateway)
            await bus.say(where, json.dumps(told).encode())

    def _lead_seconds(self, page: Page) -> float:
        return len(pre_tone(page.chime) + mode_note(page.mode, page.language)) / RATE

    async def stop(self) -> None:
        for task in list(self._growing.values()):
            task.cancel()
        await self.speaker.stop()
