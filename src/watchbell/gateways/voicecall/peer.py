"""Plays the carrier and the people it calls: takes calls, rings, answers, presses a key, and tells the caller."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from watchbell.gateways.rtppaging.words import shipped_prompt
from watchbell.gateways.twilio import sign_request
from watchbell.gateways.voicecall.codec import Script, parse_twiml
from watchbell.gateways.voicecall.takes import build_pcm, read_sound
from watchbell.line import clock
from watchbell.line.baudot import decode
from watchbell.line.sound import decode_mulaw
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]
#: The last two digits of a number → how it takes a call. All others do as most do.
HABITS = {"12": "listens", "13": "invalid", "14": "no-answer", "15": "slow", "16": "busy", "17": "machine",
          "18": "gone", "19": "never again", "20": "hangs up", "26": "records again", "27": "says nothing",
          "28": "hangs up in the middle", "30": "text telephone"}  # fmt: skip
KEYS = {"confirms": "1", "slow": "1", "never again": "9"}
UNANSWERED = {"busy": "busy", "no-answer": "no-answer", "failed": "failed", "gone": "failed"}
SLOW_SECONDS = 3.0
KEPT_FORMS = 100


class Carrier:
    """A Twilio-shaped API on 127.0.0.1. `heard` gets {"at", "to", "body": said and how it ended, "raw": TwiML}.

    people: by number how they take a call: "confirms", "listens", "busy", "no-answer", "failed", "machine", "never"
    (nothing is heard of the call), or one of HABITS. Others do as their last digits or `habit` say.
    ring_seconds: until it is answered. sound: what people say when they are asked to record something (µ-law); they
    end it by the pound key, hear it again and keep it with 1. media_late: seconds until a recording can be fetched.
    """

    def __init__(
        self, port: int, heard: Heard, *, account_sid: str = "ACtest", token: str = "", habit: str = "confirms",
        ring_seconds: float = 0.5, sound: bytes = b"",
    ) -> None:  # fmt: skip
        self.port, self.account_sid, self.token = port, account_sid, token
        self.habit, self.ring_seconds = habit, ring_seconds
        self.people: dict[str, str] = {}
        self.problems: list[str] = []
        self.goodbyes: list[str] = []
        self._heard = heard
        self._calls: set[asyncio.Task[None]] = set()
        self._failure, self._fails_until = "", 0.0
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None
        self.states: dict[str, str] = {}
        self.placed, self.most_at_once = 0, 0
        self.forms: list[dict[str, str]] = []
        self.sound, self.speak_seconds, self.media_late = sound or shipped_prompt("test", "en"), 0.0, 0.0
        self.media: dict[str, tuple[float, bytes]] = {}
        self.recorded: dict[str, list[str]] = {}
        self.dropped: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/2010-04-01/Accounts/{account}/Calls.json", self._create)
        application.router.add_get("/2010-04-01/Accounts/{account}.json", self._look, allow_head=False)
        application.router.add_get("/2010-04-01/Accounts/{account}/Calls/{sid}.json", self._show, allow_head=False)
        application.router.add_get("/2010-04-01/Accounts/{account}/Calls/{sid}/Recordings.json", self._list)
        application.router.add_get("/2010-04-01/Accounts/{account}/Recordings/{sid}.wav", self._give, allow_head=False)
        application.router.add_delete("/2010-04-01/Accounts/{account}/Recordings/{sid}.json", self._drop)
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=15), connector=aiohttp.TCPConnector(limit=50)
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for task in list(self._calls):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    def fail(self, how: str, seconds: float) -> None:
        """Breaks the carrier: "silent", "slow" (2 s), "refuses" (429) or "garbles" (nonsense with 200)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    def _is_known(self, request: web.Request) -> bool:
        basic = base64.b64encode(f"{self.account_sid}:{self.token}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {basic}"

    async def _look(self, request: web.Request) -> web.Response:
        """The account is read: it creates nothing."""
        if clock.monotonic() < self._fails_until and self._failure in ("silent", "refuses"):
            await asyncio.sleep(self._fails_until - clock.monotonic() if self._failure == "silent" else 0)
            return web.Response(status=503)
        known = self._is_known(request) and request.match_info["account"] == self.account_sid
        answer = {"sid": self.account_sid, "status": "active"} if known else {"code": 20003, "status": 401}
        return web.json_response(answer, status=200 if known else 401)

    async def _show(self, request: web.Request) -> web.Response:
        """A call is read."""
        sid = request.match_info["sid"]
        if not self._is_known(request) or sid not in self.states:
            return web.json_response({"code": 20404, "status": 404}, status=404)
        return web.json_response({"sid": sid, "status": self.states[sid]})

    async def _give(self, request: web.Request) -> web.Response:
        """A recording's media, once it is there."""
        at, sound = self.media.get(request.match_info["sid"], (0.0, b""))
        if not self._is_known(request) or not sound or clock.monotonic() < at:
            return web.json_response({"code": 20404, "status": 404}, status=404)
        return web.Response(body=build_pcm(sound), content_type="audio/x-wav")

    async def _list(self, request: web.Request) -> web.Response:
        """The recordings of a call, the newest first."""
        if not self._is_known(request):
            return web.json_response({"code": 20003, "status": 401}, status=401)
        mine = [{"sid": sid, "status": "completed"} for sid in self.recorded.get(request.match_info["sid"], [])]
        return web.json_response({"recordings": mine[::-1]})

    async def _drop(self, request: web.Request) -> web.Response:
        if not self._is_known(request) or self.media.pop(request.match_info["sid"], None) is None:
            return web.json_response({"code": 20404, "status": 404}, status=404)
        self.dropped.append(request.match_info["sid"])
        return web.Response(status=204)

    async def _create(self, request: web.Request) -> web.Response:
        failure = self._failure if clock.monotonic() < self._fails_until else ""
        if failure == "silent":
            await asyncio.sleep(max(0.0, self._fails_until - clock.monotonic()))
        if failure == "slow":
            await asyncio.sleep(2)
        if failure in ("silent", "refuses"):
            return _refuse(429, 20429, "Too many requests")
        if failure == "garbles":
            return web.Response(body=b"\xff\x00<html>")
        if not self._is_known(request):
            return _refuse(401, 20003, "Authenticate")
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        script = parse_twiml(form.get("Twiml", ""))
        if isinstance(script, Malformed) or not form.get("To", "").startswith("+"):
            return _refuse(400, 21201, "No Twiml or no To")
        if self.habit_of(form["To"]) == "invalid":
            return _refuse(400, 21211, "The phone number you are attempting to call is not valid.")
        sid = "CA" + os.urandom(16).hex()
        self.states[sid] = "queued"
        self.placed += 1
        self.forms = [*self.forms[-KEPT_FORMS:], form]
        task = asyncio.create_task(self._call(sid, form, script))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        self.most_at_once = max(self.most_at_once, len(self._calls))
        answer = {"sid": sid, "status": "queued", "to": form["To"], "from": form.get("From", ""),
                  "direction": "outbound-api"}  # fmt: skip
        return web.json_response(answer, status=201)

    def habit_of(self, number: str) -> str:
        """How a number takes a call: as was said for it, else by its last two digits, else as most do."""
        return self.people.get(number) or HABITS.get(number[-2:], self.habit)

    async def _call(self, sid: str, form: dict[str, str], script: Script) -> None:
        habit = self.habit_of(form["To"])
        known = {"CallSid": sid, "AccountSid": self.account_sid, "To": form["To"], "From": form.get("From", "")}
        is_followed = form.get("StatusCallbackEvent") != "completed" or script.record is not None
        status = form.get("StatusCallback", "") if is_followed else ""
        if habit == "never":
            return
        await asyncio.sleep(0.02)
        await self._tell(status, known | {"CallStatus": "ringing"})
        await asyncio.sleep(self.ring_seconds + (SLOW_SECONDS if habit == "slow" else 0))
        is_answered = habit not in UNANSWERED
        by = "human"
        if habit == "machine":
            by = "machine_end_beep" if form.get("MachineDetection") == "DetectMessageEnd" else "machine_start"
        played, heard = 0, list[bytes]()
        if is_answered:
            known["AnsweredBy"] = by
            await self._tell(status, known | {"CallStatus": "in-progress"})
            heard = [await self._fetch(url) for url in script.sounds[:1]]
            played = sum(map(len, heard))
            if script.record is not None:
                played = await self._record(script, known | {"CallStatus": "in-progress"}, habit)
        key = KEYS.get(habit, "") if script.action else ""
        if key:
            goodbye = parse_twiml(await self._tell(script.action, known | {"CallStatus": "in-progress", "Digits": key}))
            self.goodbyes += [] if isinstance(goodbye, Malformed) else list(goodbye.words)
        ended = "completed" if is_answered else UNANSWERED[habit]
        sound = read_sound(heard[0]) if heard and habit == "text telephone" else b""
        said = {} if not sound or isinstance(sound, Malformed) else {"typed": decode(decode_mulaw(sound))}
        body = {"said": list(script.words), "ended": ended, "by": by if is_answered else "", "confirmed": key == "1",
                "sid": sid, "key": key, "played": played, **said}  # fmt: skip
        self._heard({"at": clock.unix(), "to": form["To"], "body": body, "raw": form.get("Twiml", "")})
        self.states[sid] = ended
        length = {"text telephone": 5 + played // 8000, "hangs up": 2}.get(habit, 12)
        end = known | {"CallStatus": ended, "CallDuration": str(length) if is_answered else "0"}
        await self._tell(form.get("StatusCallback", ""), end | ({"SipResponseCode": "404"} if habit == "gone" else {}))
        if len(self.states) > 50_000:
            self.states.clear()

    async def _record(self, script: Script | Malformed, known: dict[str, str], habit: str) -> int:
        """Whoever is asked speaks, hears it, and presses keys; octets of what was played back."""
        played, keys = 0, {"records again": ["2", "1"], "listens": []}.get(habit, ["1"])
        while isinstance(script, Script):
            if script.record is not None and habit == "says nothing":
                script = parse_twiml(await self._tell(script.redirect, known)) if script.redirect else _NONE
            elif script.record is not None:
                if habit in ("hangs up", "machine"):
                    break
                script = parse_twiml(await self._speak(script, known, habit))
            else:
                played += sum([await self._listen(url) for url in script.sounds[:1]])
                if not script.action or not keys:
                    self.goodbyes += script.words
                    break
                script = parse_twiml(await self._tell(script.action, known | {"Digits": keys.pop(0)}))
        return played

    async def _speak(self, script: Script, known: dict[str, str], habit: str) -> str:
        """One recording, told as the carrier tells of it: its action at once, its media when that is there."""
        assert script.record is not None
        sid, hangs_up = "RE" + os.urandom(16).hex(), habit == "hangs up in the middle"
        sound = self.sound[: len(self.sound) * 7 // 10] if hangs_up else self.sound
        sound = sound[: script.record.seconds * 8000]
        await asyncio.sleep(self.speak_seconds)
        self.recorded.setdefault(known["CallSid"], []).append(sid)
        self.media[sid] = (clock.monotonic() + self.media_late, sound)
        told = known | {"RecordingSid": sid, "RecordingDuration": str(len(sound) // 8000),
                        "RecordingUrl": f"http://elsewhere.example/{sid}"}  # fmt: skip
        later = asyncio.create_task(
            self._tell_of_media(script.record.callback, told | {"RecordingStatus": "completed"})
        )
        self._calls.add(later)
        later.add_done_callback(self._calls.discard)
        answer = await self._tell(script.record.action, told | {"Digits": "hangup" if hangs_up else "#"})
        return "" if hangs_up else answer

    async def _tell_of_media(self, url: str, told: dict[str, str]) -> None:
        await asyncio.sleep(self.media_late)
        await self._tell(url, told)

    async def _listen(self, url: str) -> int:
        """Fetches what is to be played; its octets, 0 for what is no sound."""
        return len(await self._fetch(url))

    async def _fetch(self, url: str) -> bytes:
        """A WAV file that is to be played, b"" for what is none."""
        assert self._http is not None
        try:
            async with self._http.get(url) as answer:
                sound = await answer.read()
                return sound if answer.status == 200 and sound.startswith(b"RIFF") else b""
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self.problems.append(f"sound: {type(error).__name__}")
            return b""

    async def _tell(self, url: str, form: dict[str, str]) -> str:
        if not url or self._http is None:
            return ""
        headers = {"X-Twilio-Signature": sign_request(url, form.items(), self.token)}
        try:
            async with self._http.post(url, data=form, headers=headers) as answer:
                if answer.status >= 400:
                    self.problems.append(f"{answer.status} {await answer.text()}")
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self.problems.append(f"callback: {type(error).__name__}")
            return ""


_NONE = Malformed(because="nothing more is said")


def _refuse(status: int, code: int, words: str) -> web.Response:
    return web.json_response({"code": code, "message": words, "status": status}, status=status)
