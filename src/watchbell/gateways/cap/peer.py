"""Plays a county's alerting authority: takes CAP over HTTP, judges it, and polls the feed as a reader would."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web
from lxml import etree

from watchbell.gateways.cap.codec import parse_cap
from watchbell.line import clock
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]


class County:
    """`heard` gets {"at", "to", "body": the words that matter, "raw"} of every message it takes.

    token: what the sender must show. schema: the XSD of CAP 1.2, or None to go by the codec's own judgement.
    """

    def __init__(
        self, name: str, port: int, heard: Heard, *, token: str = "", schema: etree.XMLSchema | None = None
    ) -> None:
        self.name, self.port, self.token = name, port, token
        self.problems: list[str] = []
        self._heard, self._schema = heard, schema
        self._failure, self._fails_until = "", 0.0
        self._runner: web.AppRunner | None = None
        self._marks: dict[str, str] = {}

    async def start(self) -> None:
        """Listens on 127.0.0.1."""
        application = web.Application(client_max_size=1_000_000)
        application.router.add_post("/cap", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cap"

    def fail(self, how: str, seconds: float) -> None:
        """Breaks it: "silent", "slow" (2 s), "refuses" (503) or "garbles" (500)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    async def _take(self, request: web.Request) -> web.Response:
        failure = self._failure if clock.monotonic() < self._fails_until else ""
        if failure == "silent":
            await asyncio.sleep(max(0.0, self._fails_until - clock.monotonic()))
        if failure == "slow":
            await asyncio.sleep(2)
        if failure in ("silent", "refuses"):
            return web.Response(status=503, text="Out of order")
        if failure == "garbles":
            return web.Response(status=500, body=b"\xff\xfe<<<")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401, text="Unknown sender")
        return self._read(await request.read())

    def _read(self, raw: bytes) -> web.Response:
        found = parse_cap(raw)
        problem = found.because if isinstance(found, Malformed) else "" if found.messages else "There is no alert."
        is_judged = self._schema is not None and not problem
        if is_judged and not self._schema.validate(etree.fromstring(raw)):  # type: ignore[union-attr]
            problem = str(self._schema.error_log)  # type: ignore[union-attr]
        if problem or isinstance(found, Malformed):
            self.problems.append(problem)
            return web.Response(status=400, text=problem[:500])
        alert = found.messages[0].alert
        body = {
            "identifier": alert.identifier, "message": alert.message_type, "status": alert.status, "sent": alert.sent,
            "references": [list(one) for one in alert.references], "languages": [i.language for i in alert.infos],
            "headline": alert.infos[0].headline if alert.infos else "",
        }  # fmt: skip
        self._heard({"at": clock.unix(), "to": self.name, "body": body, "raw": raw.decode("utf-8", "replace")})
        return web.Response(status=202)

    async def poll(self, address: str) -> tuple[int, bytes]:
        """(status, body) of a feed or a message; the second look at what has not changed brings 304 and nothing."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if address in self._marks:
            headers["If-None-Match"] = self._marks[address]
        async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as answer:
            self._marks[address] = answer.headers.get("ETag", "")
            return answer.status, await answer.read()
