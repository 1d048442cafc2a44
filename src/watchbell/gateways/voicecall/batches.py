"""Batches of calls to families: placed at the carrier's pace, so many at once, and what became of each as told."""

import asyncio
import contextlib
import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import aiohttp

from watchbell.gateways import twilio
from watchbell.gateways.doubts import Run
from watchbell.gateways.posting import Posting, Slowness
from watchbell.gateways.sending import Sending, body_for
from watchbell.gateways.texttelephone import IN_ENGLISH, OVER, NotTyped, Typed, words_for
from watchbell.gateways.voicecall.codec import (
    FINAL,
    NEVER_DIGIT,
    CallStatus,
    build_call,
    build_typed,
    judge_call,
    judge_typed,
    parse_created,
    read_call,
)
from watchbell.line import clock, config
from watchbell.line.filling import fill
from watchbell.wire.base import Malformed
from watchbell.wire.tell import Recipient, Result

log = logging.getLogger(__name__)
CONNECTIONS, AT_ONCE, RING_SECONDS = 16, 500, 30
#: After so long without a word the carrier is asked, and a call is given up.
CALL_SECONDS, LOOK_SECONDS = 240.0, 10.0
REMEMBERED = 50_000
MOST_ANSWER_BYTES = 100_000

#: Gets what became of a call; a pressed key: delivery, number, key, call, whether it means "never again".
Told = Callable[[Result], Awaitable[None]]
Pressed = Callable[[str, str, str, str, bool], Awaitable[bool]]


class Open:
    """A call that is under way. tones: of one to a text telephone. is_urgent: of an emergency."""

    def __init__(
        self, recipient: Recipient, sid: str, tones: "Tones | None" = None, *, is_urgent: bool = False
    ) -> None:
        self.recipient, self.sid, self.tones, self.is_urgent = recipient, sid, tones, is_urgent
        self.since = clock.monotonic()


class Tones(NamedTuple):
    """A call to a text telephone. once_seconds: how long one round is. is_english: instead of their language."""

    once_seconds: int
    is_english: bool = False

    @property
    def query(self) -> str:
        """What the carrier's word on the call brings back, so that a restart forgets nothing."""
        return f"typed={self.once_seconds}{'&english=1' if self.is_english else ''}"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Tones | None":
        """None for a call that was spoken."""
        seconds = query.get("typed", "")
        is_number = seconds.isascii() and seconds.isdigit() and len(seconds) < 5
        return cls(int(seconds), query.get("english") == "1") if is_number else None


class Sounds(NamedTuple):
    """What calls play. spoken: language → address of its recording. typed: gives tones' address."""

    spoken: dict[str, str]
    typed: Callable[[bytes], str]


class CallCarrier:
    """A carrier of calls. base: our address for its callbacks."""

    def __init__(
        self, entry: dict[str, Any], token: str, http: aiohttp.ClientSession, base: str, told: Told, pressed: Pressed
    ) -> None:  # fmt: skip
        self.entry, self.token, self._http, self._base = entry, token, http, base
        self._told, self._pressed = told, pressed
        self._headers = {"Authorization": f"Basic {twilio.basic(entry, token)}",
                         "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        self.at_once = max(1, min(5000, int(entry.get("at_once") or AT_ONCE)))
        self._slots = asyncio.Semaphore(self.at_once)
        self._slowness, self._unknown = Slowness(), Run()
        self.open: dict[str, Open] = {}
        self._over: OrderedDict[str, str] = OrderedDict()

    # -- placing -------------------------------------------------------------------------------------------------

    async def send(self, sending: Sending, sounds: Sounds) -> None:
        """Places the calls of a batch; ends when all are placed: how they end is told as it is heard."""
        going: list[Recipient] = []
        bad: list[Recipient] = []
        typed: dict[str, tuple[Tones, str]] = {}
        for one in sending.todo:
            (going if twilio.is_number(one.to) else bad).append(one)
        for one in [one for one in going if one.is_text_telephone]:
            try:
                typed[one.id] = _make_tones(words_for(sending.batch, one), sounds)
            except NotTyped as error:
                going.remove(one)
                sending.tell(Result(one.id, "failed", clock.unix(), str(error)))
        because = "This is not a telephone number with its country code."
        if bad:
            sending.tell(*(Result(one.id, "failed", clock.unix(), because, is_bad_address=True) for one in bad))
        url = twilio.account_url(self.entry, "/Calls.json")
        if not self.token or not url.startswith(("http://", "https://")):
            what = "token of the carrier" if not self.token else "address of the carrier's API"
            sending.blame("refuses", f"No {what} is configured.")
            return
        forms: dict[str, bytes] = {}

        async def post(one: Recipient) -> tuple[int, bytes]:
            given = typed.get(one.id)
            form = self._typed_form(one, *given) if given else self._form(sending, one, sounds.spoken, forms)
            async with self._http.post(url, data=form, headers=self._headers, allow_redirects=False) as answer:
                return answer.status, await answer.content.read(MOST_ANSWER_BYTES)

        is_urgent = sending.batch.purpose == "emergency"
        run = Posting(
            sending, self._slowness, self._unknown, going, recipient=lambda one: one, post=post,
            taken=lambda one, status, raw: self._taken(
                status, raw, lambda sid: Open(one, sid, typed.get(one.id, (None, ""))[0], is_urgent=is_urgent)
            ),
            ready=self._ready, given_up=lambda one, why: self._slots.release(),
        )  # fmt: skip
        await run.run(min(int(self.entry.get("connections") or CONNECTIONS), len(going)))

    async def _ready(self) -> bool:
        await self._slots.acquire()
        return True

    def _form(self, sending: Sending, one: Recipient, sounds: dict[str, str], forms: dict[str, bytes]) -> bytes:
        batch = sending.batch
        body = body_for(batch, one.language)
        urgent = "&urgent=1" if batch.purpose == "emergency" else ""
        where = f"{self._base}/voice/{{}}/{self.entry['endpoint']}/{one.id}?language={body.language}{urgent}"
        words = fill(body.spoken or body.text or body.short, one.fields)
        twiml = build_call(
            words, sounds.get(body.language, ""), where.format("key"), body.language, batch.mode,
            batch.purpose != "emergency", has_poll=len(batch.options.get("keys") or {}) > 1,
        )  # fmt: skip
        known = forms.get("")
        if known is None:
            known = forms[""] = urlencode([
                ("From", str(self.entry.get("from") or "")), ("Timeout", str(RING_SECONDS)),
                ("MachineDetection", "DetectMessageEnd"), ("StatusCallbackMethod", "POST"),
                ("StatusCallbackEvent", "completed"),
            ]).encode()  # fmt: skip
        own = [("To", one.to), ("Twiml", twiml), ("StatusCallback", where.format("state"))]
        return known + b"&" + urlencode(own, errors="replace").encode()

    def _typed_form(self, one: Recipient, tones: Tones, sound: str) -> bytes:
        """Nobody listens for machines: the tones of a text telephone would be taken for one, or for a fax."""
        state = f"{self._base}/voice/state/{self.entry['endpoint']}/{one.id}?{tones.query}"
        return urlencode([
            ("From", str(self.entry.get("from") or "")), ("To", one.to), ("Timeout", str(RING_SECONDS)),
            ("Twiml", build_typed(sound)), ("StatusCallback", state), ("StatusCallbackMethod", "POST"),
            ("StatusCallbackEvent", "completed"),
        ]).encode()  # fmt: skip

    def _taken(self, status: int, raw: bytes, make: Callable[[str], Open]) -> str | twilio.Refusal:
        if status not in (200, 201):
            return twilio.judge_answer(status, raw)
        sid = parse_created(raw)
        if isinstance(sid, Malformed):
            return twilio.Refusal(worth=twilio.DOWN, because=sid.because, code=str(status))
        if self._over.get(sid) == "over":  # before the carrier had said that it has it
            self._slots.release()
        else:
            call = make(sid)
            self.open[call.recipient.id] = call
        return sid

    # -- what is told of them ------------------------------------------------------------------------------------

    async def hear_state(self, delivery: str, heard: CallStatus, query: Mapping[str, str]) -> None:
        """A status callback, with what its address brings back; what is not the end says nothing."""
        if heard.status in FINAL:
            await self._end(delivery, heard, Tones.read(query), is_urgent=query.get("urgent") == "1")

    async def _end(self, delivery: str, heard: CallStatus, tones: Tones | None, *, is_urgent: bool) -> None:
        if self.open.pop(delivery, None) is not None:
            self._slots.release()
        known = self._over.get(heard.sid, "")
        if known == "over":
            return
        self._remember(heard.sid, "over")
        if tones is not None:
            state, because, is_bad = judge_typed(heard, tones.once_seconds, IN_ENGLISH if tones.is_english else "")
        else:
            state, because, is_bad = judge_call(heard, bool(known), is_urgent=is_urgent)
        if known and state == "answered":  # that was told with the key
            return
        code = str(heard.error or heard.sip or "")
        await self._told(
            Result(delivery, state, clock.unix(), because, ref=heard.sid, code=code, is_bad_address=is_bad)
        )

    async def hear_key(self, delivery: str, number: str, heard: CallStatus) -> bool:
        """A pressed key; True when it means "never again"."""
        key = heard.digits[:1]
        is_never = key == NEVER_DIGIT
        if key:
            await self._pressed(delivery, number, key, heard.sid, is_never)
            if not self._over.get(heard.sid):
                self._remember(heard.sid, "key")
                await self._told(Result(delivery, "answered", clock.unix(), ref=heard.sid))
        return is_never

    def _remember(self, sid: str, what: str) -> None:
        self._over[sid] = what
        self._over.move_to_end(sid)
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)

    async def look_after(self) -> None:
        """Asks the carrier about calls nothing was heard of for too long; for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            late = clock.monotonic() - CALL_SECONDS
            for delivery, call in [(id, one) for id, one in self.open.items() if one.since < late]:
                heard = await self._ask(call.sid)
                if heard is not None and heard.status in FINAL:
                    await self._end(delivery, heard, call.tones, is_urgent=call.is_urgent)
                elif self.open.pop(delivery, None) is not None:
                    self._slots.release()
                    await self._told(
                        Result(delivery, "unsure", clock.unix(), "Nothing was heard of the call.", ref=call.sid)
                    )

    async def _ask(self, sid: str) -> CallStatus | None:
        url = twilio.account_url(self.entry, f"/Calls/{sid}.json")
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with self._http.get(url, headers=self._headers, allow_redirects=False) as answer:
                found = read_call(await answer.content.read(MOST_ANSWER_BYTES))
                return None if isinstance(found, Malformed) else found
        return None


def _make_tones(typed: Typed, sounds: Sounds) -> tuple[Tones, str]:
    return Tones(int(typed.once_seconds), bool(typed.note)), sounds.typed(_tones_of(typed))


@lru_cache(maxsize=64)
def _tones_of(typed: Typed) -> bytes:
    """Made once for all that are typed the same."""
    return typed.tones(OVER)


class Recordings:
    """Recordings that calls play, by their hash, at addresses nobody can guess."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "recordings"
        self._folder.mkdir(parents=True, exist_ok=True)

    def name_of(self, digest: str) -> str:
        """What a recording is called in its address."""
        return hmac.new(config.secret("voicecall-sounds").encode(), digest.encode(), hashlib.sha256).hexdigest()

    def keep(self, digest: str, sound: bytes) -> bool:
        """Keeps a recording under its name; False when it is not the one of that hash."""
        if not sound or hashlib.sha256(sound).hexdigest() != digest:
            return False
        path = self._folder / self.name_of(digest)
        temporary = path.with_suffix(".new")
        temporary.write_bytes(sound)
        temporary.replace(path)
        return True

    def add(self, sound: bytes) -> str:
        """Keeps a sound under its own hash; its name."""
        digest = hashlib.sha256(sound).hexdigest()
        self.keep(digest, sound)
        return self.name_of(digest)

    def forget(self, seconds: float) -> None:
        """Lets go of what is older."""
        for path in self._folder.iterdir():
            if path.stat().st_mtime < clock.unix() - clock.shifted() - seconds:
                path.unlink(missing_ok=True)

    def drop(self, digest: str) -> None:
        """Keeps it no longer."""
        (self._folder / self.name_of(digest)).unlink(missing_ok=True)

    def has(self, digest: str) -> bool:
        return (self._folder / self.name_of(digest)).exists()

    def read(self, name: str) -> bytes:
        """The recording of that name; b"" for none."""
        path = self._folder / name
        return path.read_bytes() if name.isalnum() and path.exists() else b""
