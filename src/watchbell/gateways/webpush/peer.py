"""Plays a push host and the browsers behind it: takes messages, checks the sender's token, decrypts and shows them."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from watchbell.gateways.webpush.codec import decode64, decrypt_push, encode64, read_vapid, say_point
from watchbell.line import clock, ids
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]


def make_keys() -> dict[str, str]:
    """A browser's keys, all base64url: {"private", "p256dh", "auth"}."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_numbers().private_value.to_bytes(32, "big")
    return {
        "private": encode64(private),
        "p256dh": encode64(say_point(key.public_key())),
        "auth": encode64(os.urandom(16)),
    }


class PushHost:
    """A push host on 127.0.0.1. `heard` gets {"at", "to": the browser's name, "body": the message, "raw": base64url}.

    `application_key`: the only VAPID key it takes, "" for any. problems: why messages were refused.
    """

    def __init__(self, port: int, heard: Heard, *, application_key: str = "") -> None:
        self.port, self.application_key = port, application_key
        self.problems: list[str] = []
        self.gone: set[str] = set()
        self.headers: list[dict[str, str]] = []
        self._heard = heard
        self._browsers: dict[str, tuple[str, ec.EllipticCurvePrivateKey, bytes]] = {}
        self._failure, self._fails_until = "", 0.0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/push/{id}", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def subscribe(self, name: str, keys: dict[str, str] | None = None) -> dict[str, str]:
        """A browser subscribes: the subscription as the gateway's configuration has it. `keys` as `make_keys` gives."""
        keys = keys or make_keys()
        number = ids.same_id("push", name, keys["p256dh"])
        private = ec.derive_private_key(int.from_bytes(decode64(keys["private"]), "big"), ec.SECP256R1())
        self._browsers[number] = (name, private, decode64(keys["auth"]))
        return {
            "id": number, "endpoint": f"http://127.0.0.1:{self.port}/push/{number}", "p256dh": keys["p256dh"],
            "auth": keys["auth"],
        }  # fmt: skip

    def fail(self, how: str, seconds: float) -> None:
        """Breaks the host: "silent", "slow" (1 s), "refuses" (503) or "garbles" (500 and nonsense)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    async def _take(self, request: web.Request) -> web.Response:
        failure = self._failure if clock.monotonic() < self._fails_until else ""
        if failure == "silent":
            await asyncio.sleep(max(0.0, self._fails_until - clock.monotonic()))
        if failure == "slow":
            await asyncio.sleep(1)
        if failure in ("silent", "refuses"):
            return web.Response(status=503)
        if failure == "garbles":
            return web.Response(status=500, body=b"\xff\x00<")
        number = request.match_info["id"]
        if number in self.gone or number not in self._browsers:
            return web.Response(status=410)
        return self._show(number, request, await request.read())

    def _show(self, number: str, request: web.Request, body: bytes) -> web.Response:
        problem = self._judge(request)
        name, private, auth = self._browsers[number]
        plain = decrypt_push(body, private, auth)
        if isinstance(plain, Malformed):
            problem = problem or plain.because
        if problem or isinstance(plain, Malformed):
            self.problems.append(problem)
            return web.Response(status=403 if "token" in problem else 400, text=problem)
        self.headers.append(dict(request.headers))
        self._heard({"at": clock.unix(), "to": name, "body": _read_json(plain), "raw": encode64(body)})
        return web.Response(status=201)

    def _judge(self, request: web.Request) -> str:
        found = read_vapid(request.headers.get("Authorization", ""))
        if isinstance(found, Malformed):
            return f"token: {found.because}"
        claims, key = found
        if self.application_key and key != self.application_key:
            return "token of another sender"
        if claims.get("aud") != f"http://127.0.0.1:{self.port}":
            return "token for another host"
        if not clock.unix() < claims.get("exp", 0) <= clock.unix() + 86400:
            return "token has expired or lives for more than a day"
        if request.headers.get("Content-Encoding") != "aes128gcm" or "TTL" not in request.headers:
            return "TTL or Content-Encoding is missing"
        return "" if len(request.headers.get("Topic", "")) <= 32 else "The topic is too long"


def _read_json(plain: bytes) -> Any:
    try:
        return json.loads(plain)
    except ValueError:
        return plain.decode("utf-8", "replace")
