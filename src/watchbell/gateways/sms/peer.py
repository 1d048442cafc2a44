"""Plays the people's telephones and a text carrier with a Twilio-shaped API: takes texts, reports, writes back."""

import asyncio
import base64
import os
from collections import deque
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from watchbell.gateways.twilio import is_number, sign_request
from watchbell.line import clock
from watchbell.line.sms import count_segments

Heard = Callable[[dict[str, Any]], None]
#: The last two digits of a number → what becomes of a text to it. All others have it at once.
HABITS = {"13": "invalid", "14": "unreachable", "15": "slow", "16": "opted_out", "17": "landline"}
SLOW_SECONDS = 3.0
REPORTERS = 4
KEPT = 100_000
_ERRORS = {"invalid": (400, 21211, "The 'To' number is not a valid phone number."),
           "opted_out": (400, 21610, "Attempt to send to unsubscribed recipient")}  # fmt: skip
_FAILURES = {"unreachable": "30003", "landline": "30006"}


def habit_of(number: str, habits: dict[str, str]) -> str:
    """What becomes of a text to this number: as was said for it, else by its last two digits."""
    return habits.get(number) or HABITS.get(number[-2:], "delivered")


class TextHost:
    """A carrier on 127.0.0.1. `heard` gets {"at", "to", "body": text, sender and parts, "raw": the text}.

    incoming: gives our gateway's address for what people write. copies: how often each report is sent.
    """

    faults = ("down",)

    def __init__(
        self, port: int, heard: Heard, *, account_sid: str = "ACtest", token: str = "",
        incoming: Callable[[], str] = lambda: "", copies: int = 1,
    ) -> None:  # fmt: skip
        self.port, self.account_sid, self.token = port, account_sid, token
        self.habits: dict[str, str] = {}
        self.copies, self.delay_seconds = copies, 0.05
        self.sent: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self.problems: list[str] = []
        self._heard, self._incoming = heard, incoming
        self._failure, self._fails_until = "", 0.0
        self._reports: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._create)
        application.router.add_get("/2010-04-01/Accounts/{account}.json", self._look, allow_head=False)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self._tasks = [asyncio.create_task(self._report()) for _ in range(REPORTERS)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    def fail(self, how: str, seconds: float) -> None:
        """Breaks the carrier: "silent", "slow" (2 s an answer), "refuses" (429), "down" (503), "garbles" (nonsense)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    def _is_known(self, request: web.Request) -> bool:
        known = base64.b64encode(f"{self.account_sid}:{self.token}".encode()).decode()
        is_ours = request.match_info["account"] == self.account_sid
        return is_ours and request.headers.get("Authorization") == f"Basic {known}"

    async def _look(self, request: web.Request) -> web.Response:
        if failed := await self._fail_now():
            return failed
        if not self._is_known(request):
            return web.json_response({"code": 20003, "status": 401}, status=401)
        return web.json_response({"sid": self.account_sid, "status": "active"})

    async def _fail_now(self) -> web.Response | None:
        failure = self._failure if clock.monotonic() < self._fails_until else ""
        if failure == "silent":
            await asyncio.sleep(max(0.0, self._fails_until - clock.monotonic()))
        if failure == "slow":
            await asyncio.sleep(2)
        if failure in ("silent", "down"):
            return web.Response(status=503, text="<html>unavailable</html>")
        if failure == "refuses":
            return web.json_response({"code": 20429, "message": "Too many requests", "status": 429}, status=429)
        return web.Response(body=b"\xff\x00<html>", status=500) if failure == "garbles" else None

    async def _create(self, request: web.Request) -> web.Response:
        if failed := await self._fail_now():
            return failed
        if not self._is_known(request):
            return _refuse(401, 20003, "Authenticate")
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        to, text, sender = form.get("To", ""), form.get("Body", ""), form.get("From") or form.get("MessagingServiceSid")
        if not sender:
            return _refuse(400, 21603, "A 'From' phone number is required")
        habit = habit_of(to, self.habits) if is_number(to) else "invalid"
        if habit in _ERRORS:
            return _refuse(*_ERRORS[habit])
        sid, parts = "SM" + os.urandom(16).hex(), count_segments(text)[1]
        self.sent.append((to, text))
        self._heard({"at": clock.unix(), "to": to, "body": {"text": text, "from": sender, "parts": parts, "id": sid,
                                                            "becomes": habit}, "raw": text})  # fmt: skip
        self._promise(form.get("StatusCallback", ""), sid, to, sender, habit)
        answer = {"sid": sid, "status": "queued", "to": to, "from": sender, "num_segments": str(parts),
                  "error_code": None}  # fmt: skip
        return web.json_response(answer, status=201)

    def _promise(self, callback: str, sid: str, to: str, sender: str, habit: str) -> None:
        """The reports of a message are sent when their time has come."""
        if not callback:
            return
        known = {"MessageSid": sid, "SmsSid": sid, "AccountSid": self.account_sid, "To": to, "From": sender}
        ends = {"MessageStatus": "undelivered", "ErrorCode": _FAILURES[habit]} if habit in _FAILURES else {
            "MessageStatus": "delivered"}  # fmt: skip
        seconds = SLOW_SECONDS if habit == "slow" else self.delay_seconds
        asyncio.get_running_loop().call_later(seconds, self._put, callback, known | ends)

    def _put(self, callback: str, form: dict[str, str]) -> None:
        for _ in range(self.copies):
            self._reports.put_nowait((callback, form))

    async def _report(self) -> None:
        while True:
            callback, form = await self._reports.get()
            await self._post(callback, form)

    async def _post(self, url: str, form: dict[str, str]) -> int:
        """Posts a signed form; its status, 0 for no answer."""
        assert self._http is not None
        headers = {"X-Twilio-Signature": sign_request(url, form.items(), self.token)}
        try:
            async with self._http.post(url, data=form, headers=headers) as answer:
                if answer.status >= 400:
                    self.problems.append(f"{answer.status} {await answer.text()}")
                return answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self.problems.append(f"callback: {type(error).__name__}")
            return 0

    async def write(self, sender: str, text: str, to: str = "", sid: str = "") -> int:
        """Somebody writes to the district: the gateway's status, 0 for no answer."""
        form = {"MessageSid": sid or "SM" + os.urandom(16).hex(), "AccountSid": self.account_sid, "From": sender,
                "To": to, "Body": text, "NumMedia": "0"}  # fmt: skip
        return await self._post(self._incoming(), form)


def _refuse(status: int, code: int, words: str) -> web.Response:
    return web.json_response({"code": code, "message": words, "status": status}, status=status)
