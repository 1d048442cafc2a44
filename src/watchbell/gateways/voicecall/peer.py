"""Plays the carrier and the people it calls: takes calls, rings, answers, presses a key, and tells the caller."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from watchbell.gateways.voicecall.codec import parse_twiml, sign_request
from watchbell.line import clock
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]


class Carrier:
    """A Twilio-shaped API on 127.0.0.1. `heard` gets {"at", "to", "body": said and how it ended, "raw": TwiML}.

    people: by number how they take a call: "confirms", "listens", "busy", "no-answer", "failed", "machine", "never"
    (nothing is heard of the call). Numbers not named do as `habit` says. ring_seconds: until it is answered.
    """

    def __init__(
        self, port: int, heard: Heard, *, account_sid: str = "ACtest", token: str = "", habit: str = "confirms",
        ring_seconds: float = 0.5,
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

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/2010-04-01/Accounts/{account}/Calls.json", self._create)
        application.router.add_get("/2010-04-01/Accounts/{account}.json", self._look, allow_head=False)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for task in list(self._calls):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

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

    async def _create(self, request: web.Request) -> web.Response:
        failure = self._failure if clock.monotonic() < self._fails_until else ""
        if failure == "silent":
            await asyncio.sleep(max(0.0, self._fails_until - clock.monotonic()))
        if failure == "slow":
            await asyncio.sleep(2)
        if failure in ("silent", "refuses"):
            return web.json_response({"code": 20429, "message": "Too many requests", "status": 429}, status=429)
        if failure == "garbles":
            return web.Response(body=b"\xff\x00<html>")
        if not self._is_known(request):
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        script = parse_twiml(form.get("Twiml", ""))
        if isinstance(script, Malformed) or not form.get("To", "").startswith("+"):
            return web.json_response({"code": 21201, "message": "No Twiml or no To", "status": 400}, status=400)
        sid = "CA" + os.urandom(16).hex()
        task = asyncio.create_task(self._call(sid, form, list(script.words), script.action))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        answer = {
            "sid": sid,
            "status": "queued",
            "to": form["To"],
            "from": form.get("From", ""),
            "direction": "outbound-api",
        }
        return web.json_response(answer, status=201)

    async def _call(self, sid: str, form: dict[str, str], words: list[str], action: str) -> None:
        habit = self.people.get(form["To"], self.habit)
        known = {"CallSid": sid, "AccountSid": self.account_sid, "To": form["To"], "From": form.get("From", "")}
        status = form.get("StatusCallback", "")
        if habit == "never":
            return
        await asyncio.sleep(0.02)
        await self._tell(status, known | {"CallStatus": "ringing"})
        await asyncio.sleep(self.ring_seconds)
        is_answered = habit not in ("busy", "no-answer", "failed")
        by = "machine_start" if habit == "machine" else "human"
        if is_answered:
            known["AnsweredBy"] = by
            await self._tell(status, known | {"CallStatus": "in-progress"})
        if habit == "confirms" and action:
            goodbye = parse_twiml(await self._tell(action, known | {"CallStatus": "in-progress", "Digits": "1"}))
            self.goodbyes += [] if isinstance(goodbye, Malformed) else list(goodbye.words)
        ended = "completed" if is_answered else habit
        body = {
            "said": words,
            "ended": ended,
            "by": by if is_answered else "",
            "confirmed": habit == "confirms",
            "sid": sid,
        }
        self._heard({"at": clock.unix(), "to": form["To"], "body": body, "raw": form.get("Twiml", "")})
        await self._tell(status, known | {"CallStatus": ended, "CallDuration": "12" if is_answered else "0"})

    async def _tell(self, url: str, form: dict[str, str]) -> str:
        headers = {"X-Twilio-Signature": sign_request(url, form.items(), self.token)}
        try:
            timeout = aiohttp.ClientTimeout(total=5)
            async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
                async with session.post(url, data=form) as answer:
                    if answer.status >= 400:
                        self.problems.append(f"{answer.status} {await answer.text()}")
                    return await answer.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self.problems.append(f"callback: {type(error).__name__}")
            return ""
