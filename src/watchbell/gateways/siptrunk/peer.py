"""Plays a trunk and the people behind it: challenges, rings, answers, listens, presses a key, records what it heard."""

import asyncio
import contextlib
import wave
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchbell.gateways.rtppaging.audio import decode_mulaw, loudness, silence, tone
from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES
from watchbell.gateways.rtppaging.words import shipped_prompt
from watchbell.gateways.sip.addresses import parse_address
from watchbell.gateways.sip.agent import Agent
from watchbell.gateways.sip.calls import Call, answer_call
from watchbell.gateways.sip.media import Pump, decode_alaw
from watchbell.gateways.sip.transactions import Incoming
from watchbell.gateways.siptrunk.codec import RELAY_TYPES, build_events, build_relay
from watchbell.gateways.siptrunk.media import Frames, Voice, make_frames
from watchbell.gateways.texttelephone import is_turn
from watchbell.line import clock, ids
from watchbell.line.baudot import Reader, encode_tones
from watchbell.line.digest import Challenge, build_challenge, is_right
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]
#: The last two digits of a number → how it takes a call. All others do as most do.
HABITS = {"12": "listens", "13": "invalid", "14": "no-answer", "15": "slow", "16": "busy", "17": "machine",
          "18": "gone", "19": "never again", "20": "hangs up", "21": "confirms by info", "22": "declines",
          "23": "fax", "24": "asks again", "25": "machine without beep", "26": "records again",
          "27": "says nothing", "28": "hangs up in the middle", "30": "text telephone",
          "31": "text telephone that waits"}  # fmt: skip
KEYS = {"confirms": "1", "slow": "1", "never again": "9", "confirms by info": "1", "asks again": "0"}
REFUSALS = {"invalid": 484, "busy": 486, "gone": 404, "declines": 603, "unavailable": 503, "failed": 500,
            "refused": 403}  # fmt: skip
FAILURES = {"refuses": 403, "slow": 503, "down": 503, "garbles": 500}
SLOW_SECONDS = 3.0
LONGEST_SECONDS = 120.0
#: A frame that is louder has words in it.
WORDS_LEVEL = 300.0
KEPT_SECONDS = 120
#: So much quiet after words: whoever has spoken waits for an answer.
PAUSE_SECONDS = 0.6
KEPT_CALLS = 20
#: What a text telephone types when it answers.
GREETING = "HELLO MARIA HERE GA"


def hello() -> Frames:
    """A person's first words."""
    return make_frames(silence(0.3) + shipped_prompt("test", "en")[: 8000 * 9 // 10])


def greeting(has_beep: bool = True) -> Frames:
    """A machine's: words for several seconds, and its beep."""
    words = silence(0.3) + (shipped_prompt("all_clear", "en") * 2)[: 8000 * 5] + silence(0.4)
    return make_frames(words + (tone((1000.0,), 0.5) if has_beep else b""))


class Handset(Voice):
    """The other end of a call: keeps what it hears, tells how long there were words, and presses keys."""

    def __init__(self) -> None:
        super().__init__()
        self.law = "PCMU"
        self.words = 0
        self.since_words = 0
        self.tones = self.since_tone = 0
        self.reader: Reader | None = None

    def hear_sound(self, payload: bytes, law: str) -> None:
        self.law = law
        if len(self.sound) < KEPT_SECONDS * 8000:
            self.sound += payload
        if self.reader is not None:
            self.reader.hear(decode_mulaw(payload) if law == "PCMU" else decode_alaw(payload))
        level = loudness(payload) if law == "PCMU" else 0.0 if not payload else _loudness_of(payload)
        is_tone = len(payload) > 8 and payload[:8] * (len(payload) // 8) == payload and len(set(payload[:8])) > 2
        self.tones += is_tone
        self.since_tone = 0 if is_tone else self.since_tone + 1
        is_words = level > WORDS_LEVEL and not is_tone
        self.words += is_words
        self.since_words = 0 if is_words else self.since_words + 1

    @property
    def word_seconds(self) -> float:
        return self.words / 50

    async def beep(self, after: int) -> None:
        """Returns after a steady tone of 1 kHz (a period is eight samples), later than `after` frames of one."""
        while self.tones < after + 5 or self.since_tone < 2:
            await asyncio.sleep(0.02)

    async def pause(self) -> None:
        """Returns once the other side has said something more and waits."""
        words = self.words
        while self.words < words + 10 or self.since_words < PAUSE_SECONDS * 50:
            await asyncio.sleep(0.02)

    async def speak(self, sound: Frames) -> None:
        """Says it; returns when it has been said."""
        said = asyncio.Event()
        self.play(sound, said.set)
        await said.wait()

    async def press(self, key: str) -> None:
        """Presses a key by telephone-event (RFC 4733)."""
        stamp = self._stamp
        for at, payload in enumerate(build_events(key)):
            self._send_packet((self.remote_events or self.events) | (0x80 if at == 0 else 0), stamp, payload)
            await asyncio.sleep(FRAME_SAMPLES / 8000)

    async def read_turn(self, call: Call) -> None:
        """Returns once the other side's tones have said that it is our turn, or the call has ended."""
        assert self.reader is not None
        while not call.ended.is_set() and not _has_turn(self.reader):
            await asyncio.sleep(0.05)

    def save(self, path: Path) -> None:
        """What was heard, as a WAV file."""
        samples = decode_mulaw(bytes(self.sound)) if self.law == "PCMU" else decode_alaw(bytes(self.sound))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(samples.tobytes())


def _has_turn(reader: Reader) -> bool:
    return is_turn(reader.text) and reader.quiet_seconds >= PAUSE_SECONDS


def _loudness_of(alaw: bytes) -> float:
    return sum(map(abs, decode_alaw(alaw))) / len(alaw)


class TrunkHost:
    """`heard` gets {"at", "to", "body": how it ended, who took it, key, seconds of words heard, "raw": the From}.

    people: by number how they take a call: one of HABITS' words or REFUSALS', "confirms". accounts: user → password;
    without any, nobody is asked. folder: where the last calls are kept as WAV files. Port 0 takes any. sound: what
    people say after a tone (µ-law), which they end by the pound key, hear again and keep with 1. answer: what text
    telephones type back.
    """

    def __init__(
        self, port: int, heard: Heard, *, accounts: dict[str, str] | None = None, algorithm: str = "SHA-256",
        habit: str = "confirms", ring_seconds: float = 0.3, listen_seconds: float = 1.0, folder: Path | None = None,
        sound: bytes = b"",
    ) -> None:  # fmt: skip
        self._wanted_port, self._heard, self._folder = port, heard, folder
        self.agent, self.pump = Agent(), Pump()
        self.accounts, self.algorithm = accounts or {}, algorithm
        self.habit, self.ring_seconds, self.listen_seconds = habit, ring_seconds, listen_seconds
        self.people: dict[str, str] = {}
        self.answer = "OK GA"
        self.handsets: dict[str, Handset] = {}
        self.ended: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.up: set[str] = set()
        self.most_at_once = 0
        self.registered: set[str] = set()
        self._kept: deque[Path] = deque()
        self._failure, self._fails_until = "", 0.0
        self._nonce = ids.new_id().hex
        self._hello, self._greeting, self._bare = hello(), greeting(), greeting(has_beep=False)
        self._speech = make_frames(silence(0.3) + (sound or shipped_prompt("test", "en")))
        self._fax = make_frames(silence(0.4) + tone((2100.0,), 3.0))

    @property
    def port(self) -> int:
        return self.agent.port

    async def start(self) -> None:
        self.agent.handlers |= {"INVITE": self._take_invite, "REGISTER": self._take_register, "OPTIONS": self._show}
        await self.agent.start("127.0.0.1", self._wanted_port)
        self.pump.start()

    async def stop(self) -> None:
        await self.pump.stop()
        await self.agent.stop()

    def fail(self, how: str, seconds: float) -> None:
        """Breaks the trunk: "silent", "refuses" (403), "slow" and "down" (503), "garbles" (500)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    @property
    def failure(self) -> str:
        return self._failure if clock.monotonic() < self._fails_until else ""

    # -- the trunk ----------------------------------------------------------------------------------------------------

    def _is_known(self, incoming: Incoming, asks: str, gives: str, status: int) -> bool:
        """Whether the password fits; else it has been answered."""
        if not self.accounts:
            return True
        request = incoming.request
        challenge = Challenge(realm="trunk", nonce=self._nonce, algorithm=self.algorithm, has_auth=True)
        given = request.first(gives)
        if not given:
            incoming.answer(status, [(asks, build_challenge(challenge))])
            return False
        if any(is_right(given, challenge, password, request.method) for password in self.accounts.values()):
            return True
        incoming.answer(403 if request.method == "REGISTER" else status, [(asks, build_challenge(challenge))])
        return False

    async def _take_register(self, incoming: Incoming) -> None:
        if self.failure == "silent" or not self._is_known(incoming, "www-authenticate", "authorization", 401):
            return
        to = parse_address(incoming.request.first("to"))
        user = "" if isinstance(to, Malformed) else to.user
        expires = incoming.request.first("expires") or "3600"
        self.registered = self.registered - {user} if expires == "0" else self.registered | {user}
        incoming.answer(200, [("contact", f"{incoming.request.first('contact')};expires={expires}"),
                              ("expires", expires)])  # fmt: skip

    async def _show(self, incoming: Incoming) -> None:
        if self.failure != "silent":
            incoming.answer(FAILURES.get(self.failure, 200))

    async def _take_invite(self, incoming: Incoming) -> None:
        failure = self.failure
        if failure == "silent":
            return
        incoming.answer(100)
        if failure:
            incoming.answer(FAILURES.get(failure, 503))
            return
        if not self._is_known(incoming, "proxy-authenticate", "proxy-authorization", 407):
            return
        to = parse_address(incoming.request.first("to"))
        number = "" if isinstance(to, Malformed) else to.user
        self.counts[number] += 1
        habit = self.habit_of(number)
        if habit in REFUSALS:
            incoming.answer(REFUSALS[habit])
            self._note(number, habit, incoming, {})
            return
        incoming.answer(183 if habit == "slow" else 180)
        seconds = self.ring_seconds + (SLOW_SECONDS if habit == "slow" else 0)
        if habit == "no-answer":
            seconds = LONGEST_SECONDS
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(incoming.is_cancelled.wait(), seconds)
        if incoming.is_cancelled.is_set() or habit == "no-answer":
            self._note(number, "no-answer", incoming, {})
            return
        await self._answer(incoming, number, habit)

    def habit_of(self, number: str) -> str:
        """How a number takes a call: as was said for it, else by its last two digits, else as most do."""
        return self.people.get(number) or HABITS.get(number[-2:], self.habit)

    # -- the people ---------------------------------------------------------------------------------------------------

    async def _answer(self, incoming: Incoming, number: str, habit: str) -> None:
        handset = Handset()
        call = await answer_call(self.agent, incoming, handset)
        if call is None:
            return
        self.up.add(call.call_id)
        self.most_at_once = max(self.most_at_once, len(self.up))
        self.handsets[number] = handset
        self.pump.add(handset)
        key = ""
        recording = asyncio.create_task(self._record(call, handset, habit))
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                key = await self._behave(call, handset, habit)
                await call.ended.wait()
        except TimeoutError:
            await call.hang_up()
        finally:
            recording.cancel()
            self.up.discard(call.call_id)
            self.pump.remove(handset)
        said = {"key": key, "heard_seconds": round(handset.word_seconds, 2), "packets": handset.heard,
                "codec": handset.codec, "sid": call.call_id, **self._keep(handset, number)}  # fmt: skip
        said |= {"typed": handset.reader.text} if handset.reader is not None else {}
        self._note(number, habit, incoming, said)

    async def _behave(self, call: Call, handset: Handset, habit: str) -> str:
        """Does what this one does; the key that was pressed."""
        if habit == "hangs up":
            await asyncio.sleep(0.3)
            await call.hang_up()
            return ""
        if habit.startswith("text telephone"):
            await self._type(call, handset, is_first=habit == "text telephone")
            return ""
        if habit.startswith("machine") or habit == "fax":
            handset.play({"machine": self._greeting, "fax": self._fax}.get(habit, self._bare))
            return ""
        handset.play(self._hello)
        key = KEYS.get(habit, "")
        while key and not call.ended.is_set() and handset.word_seconds < self.listen_seconds:
            await asyncio.sleep(0.05)
        if not key or call.ended.is_set() or handset.tones:
            return ""
        if habit == "confirms by info":
            await call.inform(RELAY_TYPES[0], build_relay(key))
        else:
            await handset.press(key)
        if habit != "asks again":
            return key
        words = handset.word_seconds
        while not call.ended.is_set() and handset.word_seconds < words + self.listen_seconds:
            await asyncio.sleep(0.05)
        await handset.press("1")
        return "1"

    async def _type(self, call: Call, handset: Handset, *, is_first: bool) -> None:
        """A text telephone: greets by itself or waits, reads what is typed, and answers."""
        handset.reader = Reader()
        if is_first:
            await asyncio.sleep(0.3)
            await handset.speak(make_frames(encode_tones(GREETING)))
        await handset.read_turn(call)
        if not call.ended.is_set():
            await handset.speak(make_frames(encode_tones(self.answer)))

    async def _record(self, call: Call, handset: Handset, habit: str) -> None:
        """Speaks after a tone, when one comes; how it goes on depends on the habit."""
        await handset.beep(0)
        if habit in ("says nothing", "machine", "machine without beep", "fax") or habit.startswith("text"):
            return
        if habit == "hangs up in the middle":
            handset.play(self._speech)
            await asyncio.sleep(self._speech.seconds * 0.7)
            await call.hang_up()
            return
        await handset.speak(self._speech)
        await handset.press("#")
        if habit == "records again":
            await handset.pause()
            tones = handset.tones
            await handset.press("2")
            await handset.beep(tones)
            await handset.speak(self._speech)
            await handset.press("#")
        await handset.pause()
        if habit == "listens":
            await call.hang_up()
        else:
            await handset.press("1")

    def _note(self, number: str, habit: str, incoming: Incoming, said: dict[str, Any]) -> None:
        ended = "completed" if said else habit
        self.ended[number] = ended
        known = {"machine": "machine", "fax": "fax", "text": "text telephone"}
        by = known.get(habit.partition(" ")[0], "human") if said else ""
        body = {"ended": ended, "by": by, "key": said.get("key", ""), "confirmed": said.get("key") == "1", **said}
        self._heard({"at": clock.unix(), "to": number, "body": body, "raw": incoming.request.first("from")})

    def _keep(self, handset: Handset, number: str) -> dict[str, str]:
        """The file that holds what this call heard, {} where none are kept."""
        if self._folder is None:
            return {}
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{number.strip('+') or 'nobody'}-{ids.new_id().hex[-6:]}.wav"
        handset.save(path)
        self._kept.append(path)
        while len(self._kept) > KEPT_CALLS:
            self._kept.popleft().unlink(missing_ok=True)
        return {"recording": path.name}


__all__ = ["HABITS", "Handset", "TrunkHost", "greeting", "hello"]
