"""At an edge: pages come from the hub while it can be reached; without it, a page says what still works here."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import aiohttp

from watchbell.line.edges import own_edge

TIMEOUT_SECONDS = 10.0
MOST_BYTES = 20_000_000
#: Headers that belong to one connection (RFC 9110 §7.6.1), and those the client library sets itself.
OWN = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade", "content-length", "content-encoding", "accept-encoding",
})  # fmt: skip
AWAY = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The district cannot be reached</title>
<body style="font: 18px/1.5 system-ui; max-width: 34em; margin: 2em auto; padding: 0 1em">
<h1>The district cannot be reached</h1>
<p>This school's link to the district is cut. Panic buttons, door locks, speakers and alerts on screens of this school
still work; what happens now is recorded as soon as the link is back.</p>
<p><b>In an emergency call 911.</b> The page to press on opens here if this device has used it before:
<a href="/press">Press</a>.</p>
"""
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@cache
def _client() -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, connect=2)
    return aiohttp.ClientSession(timeout=timeout, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar())


async def pass_on(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Asks the hub for this page and hands its answer on."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body") or len(body) > MOST_BYTES:
            break
    query = scope["query_string"].decode("latin-1")
    url = own_edge().url.rstrip("/") + scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
    headers = [
        (k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"] if k.decode("latin-1") not in OWN
    ]
    try:
        async with _client().request(
            scope["method"],
            url + (f"?{query}" if query else ""),
            data=body or None,
            headers=headers,
            allow_redirects=False,
        ) as answer:
            raw = await answer.content.read(MOST_BYTES)
            told = [
                (k.lower().encode(), v.encode("latin-1")) for k, v in answer.headers.items() if k.lower() not in OWN
            ]
            await _answer(send, answer.status, told, raw)
    except (aiohttp.ClientError, TimeoutError, OSError):
        await _answer(
            send, 503, [(b"content-type", b"text/html; charset=utf-8"), (b"retry-after", b"5")], AWAY.encode()
        )


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
