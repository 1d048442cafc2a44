"""Plays Facebook's Graph API and X's API v2 on one port: accounts with tokens, posts, threads, edits, limits."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from watchbell.line import clock
from watchbell.line.posts import X_MOST, weigh

Heard = Callable[[dict[str, Any]], None]


class Account(msgspec.Struct, kw_only=True):
    """A page or a user. posts: id → {"text", "reply_to"}. allowed: posts it may still make in this window."""

    network: str
    account: str
    token: str
    name: str = ""
    is_expired: bool = False
    allowed: int = 1000
    resets_at: float = 0.0
    posts: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


class Networks:
    """Both networks on 127.0.0.1. `heard` gets {"at", "to": account's name, "body": {"network", "what": "post",
    "reply", "edit" or "delete", "id", "text", "reply_to"}, "raw"} of everything that was done."""

    def __init__(self, port: int, heard: Heard, accounts: list[Account] | None = None) -> None:
        self.port, self._heard = port, heard
        self.accounts = accounts or []
        self.asked: list[tuple[str, str]] = []
        self._ids = itertools.count(1_900_000_000_000_000_001)
        self._failure, self._fails_until = "", 0.0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        application = web.Application(client_max_size=1_000_000)
        application.router.add_post("/2/tweets", self._x_post)
        application.router.add_delete("/2/tweets/{id}", self._x_delete)
        application.router.add_get("/2/users/me", self._x_look, allow_head=False)
        application.router.add_post("/{page}/feed", self._facebook_post)
        application.router.add_post("/{id}", self._facebook_edit)
        application.router.add_delete("/{id}", self._facebook_delete)
        application.router.add_get("/{page}", self._facebook_look, allow_head=False)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, how: str, seconds: float) -> None:
        """Breaks them: "silent", "slow" (2 s), "refuses" (503), "garbles" (nonsense with 200), "expired" (every token
        has ended), "limited" (too many posts)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    @property
    def failure(self) -> str:
        return self._failure if clock.monotonic() < self._fails_until else ""

    async def _broken(self, request: web.Request) -> web.Response | None:
        self.asked.append((request.method, request.path))
        failure = self.failure
        if failure == "silent":
            await asyncio.sleep(max(0.0, self._fails_until - clock.monotonic()))
        if failure == "slow":
            await asyncio.sleep(2)
        if failure in ("silent", "refuses"):
            return web.Response(status=503, text="Service unavailable")
        return web.Response(body=b"\xff\x00<html>") if failure == "garbles" else None

    def _owner(self, request: web.Request, network: str) -> Account | None:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ")
        found = next((one for one in self.accounts if one.network == network and one.token == told), None)
        return None if found is None or found.is_expired or self.failure == "expired" else found

    def _may_post(self, account: Account) -> bool:
        if account.resets_at and account.resets_at <= clock.unix():
            account.allowed, account.resets_at = 1000, 0.0
        return account.allowed > 0 and self.failure != "limited"

    def _keep(self, account: Account, what: str, ident: str, text: str, reply_to: str = "", raw: str = "") -> None:
        body = {"network": account.network, "what": what, "id": ident, "text": text, "reply_to": reply_to}
        self._heard({"at": clock.unix(), "to": account.name or account.account, "body": body, "raw": raw})

    # -- Facebook ------------------------------------------------------------------------------------------------------

    async def _facebook(self, request: web.Request) -> tuple[Account | None, web.Response | None]:
        broken = await self._broken(request)
        if broken is not None:
            return None, broken
        account = self._owner(request, "facebook")
        if account is None:
            return None, _graph(400, 190, "Error validating access token: Session has expired.", 463)
        return account, None

    async def _facebook_post(self, request: web.Request) -> web.Response:
        account, refused = await self._facebook(request)
        if account is None or refused is not None:
            return refused or web.Response(status=500)
        if request.match_info["page"] != account.account:
            return _graph(403, 200, "The user has not authorized the application to perform this action.")
        if not self._may_post(account):
            return _graph(400, 32, "Page request limit reached")
        text = str((await request.post()).get("message") or "")
        if not text:
            return _graph(400, 100, "Missing message or attachment")
        if any(post["text"] == text for post in account.posts.values()):
            return _graph(400, 506, "Duplicate status message")
        account.allowed -= 1
        ident = f"{account.account}_{next(self._ids)}"
        account.posts[ident] = {"text": text, "reply_to": ""}
        self._keep(account, "post", ident, text)
        return web.json_response({"id": ident})

    async def _facebook_edit(self, request: web.Request) -> web.Response:
        account, refused = await self._facebook(request)
        if account is None or refused is not None:
            return refused or web.Response(status=500)
        ident = request.match_info["id"]
        if ident not in account.posts:
            return _graph(404, 100, f"Object with ID '{ident}' does not exist", 33)
        account.posts[ident]["text"] = str((await request.post()).get("message") or "")
        self._keep(account, "edit", ident, account.posts[ident]["text"])
        return web.json_response({"success": True})

    async def _facebook_delete(self, request: web.Request) -> web.Response:
        account, refused = await self._facebook(request)
        if account is None or refused is not None:
            return refused or web.Response(status=500)
        ident = request.match_info["id"]
        if account.posts.pop(ident, None) is None:
            return _graph(404, 100, f"Object with ID '{ident}' does not exist", 33)
        self._keep(account, "delete", ident, "")
        return web.json_response({"success": True})

    async def _facebook_look(self, request: web.Request) -> web.Response:
        account, refused = await self._facebook(request)
        if account is None or refused is not None:
            return refused or web.Response(status=500)
        return web.json_response({"id": account.account, "name": account.name})

    # -- X -------------------------------------------------------------------------------------------------------------

    async def _x(self, request: web.Request) -> tuple[Account | None, web.Response | None]:
        broken = await self._broken(request)
        if broken is not None:
            return None, broken
        account = self._owner(request, "x")
        if account is None:
            return None, _problem(401, "Unauthorized", "Unauthorized", "about:blank")
        return account, None

    async def _x_post(self, request: web.Request) -> web.Response:
        account, refused = await self._x(request)
        if account is None or refused is not None:
            return refused or web.Response(status=500)
        if not self._may_post(account):
            resets = account.resets_at or self._wall(self._fails_until)
            headers = {
                "x-rate-limit-limit": "100",
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": f"{resets:.0f}",
            }
            return _problem(429, "Too Many Requests", "Too Many Requests", "about:blank", headers)
        body = await request.json()
        text, before = str(body.get("text") or ""), str((body.get("reply") or {}).get("in_reply_to_tweet_id") or "")
        if weigh(text) > X_MOST or not text:
            return _problem(403, "Forbidden", "Your Tweet text is too long.", "about:blank")
        if any(post["text"] == text for post in account.posts.values()):
            return _problem(
                403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.", "about:blank"
            )
        if before and before not in account.posts:
            words = "You attempted to reply to a Tweet that is deleted or not visible to you."
            return _problem(403, "Forbidden", words, "about:blank")
        account.allowed -= 1
        ident = str(next(self._ids))
        account.posts[ident] = {"text": text, "reply_to": before}
        self._keep(account, "reply" if before else "post", ident, text, before, str(body))
        return web.json_response({"data": {"id": ident, "text": text, "edit_history_tweet_ids": [ident]}}, status=201)

    def _wall(self, monotonic: float) -> float:
        return clock.unix() + max(1.0, monotonic - clock.monotonic())

    async def _x_delete(self, request: web.Request) -> web.Response:
        account, refused = await self._x(request)
        if account is None or refused is not None:
            return refused or web.Response(status=500)
        ident = request.match_info["id"]
        if account.posts.pop(ident, None) is None:
            return _problem(404, "Not Found Error", f"Could not find tweet with id: [{ident}].",
                            "https://api.twitter.com/2/problems/resource-not-found")  # fmt: skip
        self._keep(account, "delete", ident, "")
        return web.json_response({"data": {"deleted": True}})

    async def _x_look(self, request: web.Request) -> web.Response:
        account, refused = await self._x(request)
        if account is None or refused is not None:
            return refused or web.Response(status=500)
        return web.json_response({"data": {"id": account.account, "name": account.name, "username": "district"}})


def _graph(status: int, code: int, words: str, sub: int = 0) -> web.Response:
    error: dict[str, Any] = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf123"}
    if sub:
        error["error_subcode"] = sub
    headers = {"x-business-use-case-usage": '{"1":[{"type":"pages","estimated_time_to_regain_access":2}]}'}
    return web.json_response({"error": error}, status=status, headers=headers if code == 32 else None)


def _problem(status: int, title: str, detail: str, kind: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"title": title, "detail": detail, "type": kind, "status": status}
    return web.json_response(body, status=status, headers=headers)
