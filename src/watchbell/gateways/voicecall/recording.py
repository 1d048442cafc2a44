"""Calls to record through a Twilio-shaped carrier: led by its callbacks, so that a gateway may die in between.

What is known of a call lies on disk before the carrier hears of it; what was recorded is fetched from the account's own
address alone (the address that a callback names is never asked), kept, and told before the person is thanked.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import web

from watchbell.gateways import twilio
from watchbell.gateways.recording import AGAIN_KEY, KEEP_KEY, MOST_SILENT, MOST_TAKES, OVER, cut_quiet, words_in
from watchbell.gateways.voicecall.batches import Recordings
from watchbell.gateways.voicecall.codec import (
    FINAL,
    CallStatus,
    judge_call,
    parse_callback,
    parse_created,
    read_call,
)
from watchbell.gateways.voicecall.takes import (
    Media,
    build_end,
    build_question,
    build_record,
    parse_media,
    parse_recordings,
    read_sound,
)
from watchbell.line import clock
from watchbell.line.sound import RATE
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed
from watchbell.wire.recording import CallToRecord

log = logging.getLogger(__name__)
RING_SECONDS = 30
#: So often the carrier is asked about a call of which nothing is heard, and so long such a call lasts at most.
LOOK_SECONDS, LONGEST_SECONDS = 30.0, 900.0
#: A carrier waits 15 s for an answer: so long its media is waited for in a call, and so long after one.
FETCH_SECONDS, LATE_SECONDS, FETCH_AGAIN_SECONDS = 8.0, 40.0, 0.5
#: A call that ended may be followed by word of its recording.
GRACE_SECONDS = 4.0
MOST_ANSWER_BYTES, LOOPBACK = 100_000, ("127.0.0.1", "::1", "localhost")
#: 16-bit samples, two channels, at most 16 kHz, and a header.
BYTES_PER_SECOND, HEAD_BYTES = 64_000, 4096

#: Tells how a call goes: state, because, sound, whether it was kept by key.
Tell = Callable[[CallToRecord, str, str, bytes, bool], Awaitable[None]]


class Course(msgspec.Struct, kw_only=True):
    """What is known of a call. sid: the carrier's name of it. take: which recording it is at. media: its name at the
    carrier. digest: of its sound, which is here. all: every recording of the call. is_ended: the call is over.
    """

    call: CallToRecord
    sid: str = ""
    take: int = 1
    silent: int = 0
    media: str = ""
    digest: str = ""
    is_kept: bool = False
    all: list[str] = []


class Account(NamedTuple):
    """A carrier's account: nothing is asked of any other host than its own."""

    http: aiohttp.ClientSession
    entry: dict[str, Any]
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Basic {twilio.basic(self.entry, self.token)}"}

    async def place(self, form: list[tuple[str, str]]) -> str | Malformed:
        """Has the carrier call; its name of the call, or why it does not."""
        url = twilio.account_url(self.entry, "/Calls.json")
        try:
            async with self.http.post(url, data=form, headers=self.headers, allow_redirects=False) as answer:
                raw = await answer.content.read(MOST_ANSWER_BYTES)
        except (aiohttp.ClientError, ValueError) as error:
            return Malformed(because=f"The carrier cannot be reached ({type(error).__name__}).")
        except TimeoutError:
            return Malformed(because="The carrier did not answer. If it rings all the same, hang up and try again.")
        if answer.status not in (200, 201):
            return Malformed(because=twilio.judge_answer(answer.status, raw).because)
        return parse_created(raw)

    async def look(self, call: str) -> CallStatus | Malformed:
        """A call as the carrier sees it."""
        raw = await self._get(f"/Calls/{call}.json", MOST_ANSWER_BYTES)
        return read_call(raw or b"")

    async def list_of(self, call: str) -> list[str]:
        """The recordings of a call, the newest first: for who has missed what was told of them."""
        found = parse_recordings(await self._get(f"/Calls/{call}/Recordings.json", MOST_ANSWER_BYTES) or b"")
        return [] if isinstance(found, Malformed) else found

    async def fetch(self, recording: str, most: int, seconds: float) -> bytes | Malformed:
        """A recording's WAV file of at most `most` bytes; it may be there a moment later only."""
        parts = urlsplit(twilio.account_url(self.entry, ""))
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            return Malformed(because="A recording is fetched by https only: set the carrier's address so.")
        until = clock.monotonic() + seconds
        while (raw := await self._get(f"/Recordings/{recording}.wav", most)) is None and clock.monotonic() < until:
            await asyncio.sleep(FETCH_AGAIN_SECONDS)
        return raw or Malformed(because="The carrier has no such recording, or a larger one than was asked for.")

    async def delete(self, recording: str) -> None:
        """The carrier keeps it no longer; when that fails, it does."""
        url = twilio.account_url(self.entry, f"/Recordings/{recording}.json")
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with self.http.delete(url, headers=self.headers, allow_redirects=False):
                pass

    async def _get(self, what: str, most: int) -> bytes | None:
        """A body of at most `most` bytes; None when it is not there, b"" when it is larger."""
        url, raw = twilio.account_url(self.entry, what), bytearray()
        try:
            async with self.http.get(url, headers=self.headers, allow_redirects=False) as answer:
                if answer.status != 200:
                    return None
                async for chunk in answer.content.iter_chunked(65536):
                    raw += chunk
                    if len(raw) > most:
                        return b""
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
        return bytes(raw)


class Calls:
    """The calls to record of a gateway. base: gives our address for the carrier's callbacks."""

    def __init__(self, memory: Memory, sounds: Recordings, base: Callable[[], str], tell: Tell) -> None:
        self._memory, self._sounds, self._base, self._tell = memory, sounds, base, tell
        self._courses: dict[str, Course] = {}
        self._over: dict[str, asyncio.Event] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}

    # -- a call from its beginning to its end ------------------------------------------------------------------------

    async def lead(self, call: CallToRecord, account: Account) -> None:
        """Rings, unless a process before this one has, and returns after its end was told."""
        try:
            await self._lead(call, account)
        finally:
            for known in (self._courses, self._over, self._turns):
                known.pop(call.id, None)

    async def _lead(self, call: CallToRecord, account: Account) -> None:
        course = self._course(call.id)
        is_taken_over = course is not None
        if course is None:
            course = self._courses[call.id] = Course(call=call)
            self._keep(course)  # from here on it may ring: who takes over never calls again
            sid = await account.place(self._form(course, account))
            if isinstance(sid, Malformed):
                await self._end(course, "failed", sid.because)
                return
            course.sid = sid
            self._keep(course)
            await self._tell(call, "calling", "", b"", False)
        await self._wait(course, account, is_taken_over)
        if not self._is_over(call.id):
            await self._end(course, "failed", "Nothing was heard of the call.")
        for one in course.all:  # the hub has what counts
            await account.delete(one)
        self._sounds.drop(course.digest)

    async def _wait(self, course: Course, account: Account, is_taken_over: bool) -> None:
        """Until its end was told, or nothing is to be hoped for; now and then the carrier is asked."""
        over, began = self._over.setdefault(course.call.id, asyncio.Event()), clock.monotonic()
        while not self._is_over(course.call.id):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), GRACE_SECONDS if is_taken_over else LOOK_SECONDS)
            is_taken_over = False
            if not over.is_set() and course.sid:
                found = await account.look(course.sid)
                if not isinstance(found, Malformed) and found.status in FINAL:
                    await self._wind_up(course, found, account)
            if clock.monotonic() - began > (LONGEST_SECONDS if course.sid else LOOK_SECONDS):
                return

    def _form(self, course: Course, account: Account) -> list[tuple[str, str]]:
        call = course.call
        words, language = words_in(call.language)
        return [
            ("To", call.to), ("From", str(account.entry.get("from") or "")), ("Timeout", str(RING_SECONDS)),
            ("Twiml", self._record_again(course, words.intro.format(seconds=call.seconds), language)),
            ("StatusCallback", self._address(call, "state")), ("StatusCallbackMethod", "POST"),
            ("StatusCallbackEvent", "answered"), ("StatusCallbackEvent", "completed"),
        ]  # fmt: skip

    # -- what the carrier says ---------------------------------------------------------------------------------------

    async def hear(self, what: str, id: str, form: list[tuple[str, str]], account: Account) -> str | Malformed:
        """A callback; TwiML that goes on with the call, "" where none is asked for."""
        found = parse_media(form) if what in ("take", "media") else parse_callback(form)
        if isinstance(found, Malformed):
            return found
        course = self._course(id)
        if course is None:  # it is over
            return "" if what in ("state", "media") else build_end(words_in("en")[0].goodbye, "en")
        if course.sid not in ("", found.call if isinstance(found, Media) else found.sid):
            return Malformed(because="This is another call.")
        if isinstance(found, CallStatus) and what == "state":
            await self._hear_state(course, found, account)
            return ""
        async with self._turns.setdefault(id, asyncio.Lock()):
            if isinstance(found, Media):
                return await self._hear_media(what, course, found, account)
            return await (self._hear_key(course, found.digits) if what == "key" else self._hear_nothing(course))

    async def _hear_state(self, course: Course, heard: CallStatus, account: Account) -> None:
        if not course.sid:
            course.sid = heard.sid
            self._keep(course)
        if heard.status not in FINAL:
            await self._tell(course.call, "answered", "", b"", False)
        elif course.call.id not in self._ending:  # the carrier need not wait for what is still to be fetched from it
            task = self._ending[course.call.id] = asyncio.create_task(self._wind_up(course, heard, account))
            task.add_done_callback(lambda _: self._ending.pop(course.call.id, None))

    async def _wind_up(self, course: Course, heard: CallStatus, account: Account) -> None:
        """The call is over: what it has left is the end of all."""
        if heard.status == "completed" and not course.media and not course.silent:
            await asyncio.sleep(GRACE_SECONDS)  # word of a recording may follow
        async with self._turns.setdefault(course.call.id, asyncio.Lock()):
            if heard.status == "completed" and not course.media and not self._is_over(course.call.id):
                missed = [one for one in await account.list_of(heard.sid) if one not in course.all]
                course.all += missed  # told while this process was away
                course.media = missed[0] if missed else ""
            if course.media and not course.digest:
                await self._fetch(course, account, LATE_SECONDS)
            if course.digest:
                await self._finish(course)
            elif heard.status == "completed":
                await self._end(course, *_judge_nothing(course))
            else:
                state, because, _ = judge_call(heard, False)
                await self._end(course, state if state in ("busy", "no_answer") else "failed", because)

    async def _hear_media(self, what: str, course: Course, heard: Media, account: Account) -> str:
        call = course.call
        words, language = words_in(call.language)
        if heard.status not in ("", "completed"):
            return ""
        if heard.sid not in course.all:
            course.all.append(heard.sid)
            course.media, course.digest = heard.sid, ""
            self._keep(course)
        if heard.sid == course.media and not course.digest:
            await self._fetch(course, account, FETCH_SECONDS)
        if course.is_kept and course.digest:  # the key came before the media did
            await self._finish(course)
        if what == "media":
            return ""
        if not course.media:
            return await self._hear_nothing(course)
        await self._tell(call, "heard", "", b"", False)
        sound = f"{self._base()}/voice/take/{self._sounds.name_of(course.digest)}.wav" if course.digest else ""
        return build_question(words.ask, words.goodbye, language, self._address(call, "key"), sound)

    async def _hear_key(self, course: Course, key: str) -> str:
        call = course.call
        words, language = words_in(call.language)
        if key == AGAIN_KEY and course.take < MOST_TAKES:
            course.take += 1
            self._sounds.drop(course.digest)
            course.media = course.digest = ""
            self._keep(course)
            return self._record_again(course, words.intro.format(seconds=call.seconds), language)
        if key == KEEP_KEY:
            course.is_kept = True
            self._keep(course)
            if course.digest:
                await self._finish(course)
            return build_end(words.kept, language)
        return build_question(words.ask, words.goodbye, language, self._address(call, "key"))

    async def _hear_nothing(self, course: Course) -> str:
        words, language = words_in(course.call.language)
        course.silent += 1
        course.media = course.digest = ""
        self._keep(course)
        if course.silent >= MOST_SILENT:
            return build_end(f"{words.nothing} {words.goodbye}", language)
        return self._record_again(course, words.nothing, language)

    # -- its parts ---------------------------------------------------------------------------------------------------

    async def _fetch(self, course: Course, account: Account, seconds: float) -> None:
        """Gets the newest recording; without words in it, it is none."""
        most = course.call.seconds * BYTES_PER_SECOND + HEAD_BYTES
        raw = await account.fetch(course.media, most, seconds)
        found = raw if isinstance(raw, Malformed) else await asyncio.to_thread(read_sound, raw)
        if isinstance(found, Malformed):
            log.warning("recording %s: %s", course.media, found.because)
            return
        sound = await asyncio.to_thread(cut_quiet, found[: course.call.seconds * RATE])
        if sound:
            course.digest = hashlib.sha256(sound).hexdigest()
            self._sounds.keep(course.digest, sound)
        else:
            course.media = ""
        self._keep(course)

    def _record_again(self, course: Course, words: str, language: str) -> str:
        call = course.call
        return build_record(
            words, language, call.seconds, self._address(call, "take"), self._address(call, "media"),
            self._address(call, "nothing"),
        )  # fmt: skip

    def _address(self, call: CallToRecord, what: str) -> str:
        return f"{self._base()}/voice/record/{what}/{call.endpoint.id}/{call.id}"

    async def _finish(self, course: Course) -> None:
        sound = self._sounds.read(self._sounds.name_of(course.digest))
        await self._end(course, "recorded", sound=sound, is_kept=course.is_kept)

    async def _end(
        self, course: Course, state: str, because: str = "", sound: bytes = b"", is_kept: bool = False
    ) -> None:  # fmt: skip
        await self._tell(course.call, state, because, sound, is_kept)
        self._over.setdefault(course.call.id, asyncio.Event()).set()

    def _is_over(self, id: str) -> bool:
        known = self._memory.get(id)
        return known is not None and known[1] == OVER

    def _course(self, id: str) -> Course | None:
        """What is known of a call that is not over; after a restart as it lies on disk."""
        known = self._memory.get(id)
        if known is None or known[1] == OVER:
            return None
        if id not in self._courses:
            with contextlib.suppress(msgspec.DecodeError, msgspec.ValidationError):
                self._courses[id] = msgspec.json.decode(known[1], type=Course)
        return self._courses.get(id)

    def _keep(self, course: Course) -> None:
        if not self._is_over(course.call.id):
            self._memory.keep(course.call.id, clock.unix(), msgspec.json.encode(course))


def _judge_nothing(course: Course) -> tuple[str, str]:
    """(state, why) of a call that was answered and left no recording."""
    if course.media:
        return "failed", "The carrier did not hand the recording over. Try again."
    return ("silent", "") if course.silent else ("dropped", "")


def routes(take: Callable[[web.Request], Awaitable[web.Response]]) -> list[web.RouteDef]:
    """Where the carrier's callbacks come in."""
    what = "{what:state|take|media|key|nothing}"
    return [web.post(f"/voice/record/{what}/{{endpoint}}/{{call:[0-9a-f]{{32}}}}", take)]
