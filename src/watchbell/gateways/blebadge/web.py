"""The HTTP side: gateways that post their reports, each with a token of its own; answered when all is kept."""

import asyncio
import base64
import binascii
import hmac
import json
import ssl
from typing import TYPE_CHECKING

from aiohttp import web

from watchbell.gateways.blebadge.book import GatewayEntry
from watchbell.line import config

if TYPE_CHECKING:
    from watchbell.gateways.blebadge.service import BadgeService

LARGEST_BYTES = 256 << 10
#: A gateway waits about this long for its answer; what is not kept by then is asked for again.
ANSWER_SECONDS = 3.0
MOST_TOKEN = 400


def make_application(service: "BadgeService") -> web.Application:
    """POST to any path. Token: as Bearer, as the password of Basic, or as `?token=` for gateways that offer no header.

    200 with {"commands": […]} for the gateway's badges; 401, 413 or 422 for what is refused; 503 while presses cannot
    be kept, upon which the gateway sends its report again.
    """

    async def take(request: web.Request) -> web.Response:
        gateway = find_gateway(service.book.tokens, read_token(request))
        if gateway is None:
            return _answer(401, error="This token belongs to no gateway.")
        raw = await request.read()
        working = service.run_task(service.take_report(raw, gateway.mac, gateway.district, ""))
        try:
            because = await asyncio.wait_for(asyncio.shield(working), ANSWER_SECONDS)
        except TimeoutError:
            return _answer(503, error="The press is not kept yet; send the report again.")
        if because:
            return _answer(422, error=because)
        return _answer(200, commands=service.take_commands(gateway.mac))

    application = web.Application(client_max_size=LARGEST_BYTES)
    application.router.add_post("/{path:.*}", take)
    return application


def _answer(status: int, **body: object) -> web.Response:
    headers = {"Retry-After": "1"} if status == 503 else {}
    return web.Response(status=status, text=json.dumps(body), content_type="application/json", headers=headers)


def read_token(request: web.Request) -> str:
    """The token as the gateway gives it; "" for none."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()[:MOST_TOKEN]
    if kind.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2][:MOST_TOKEN]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return request.query.get("token", "")[:MOST_TOKEN]


def find_gateway(tokens: dict[str, GatewayEntry], given: str) -> GatewayEntry | None:
    """The gateway of a token; every one is compared, and each in constant time."""
    found = None
    for token, gateway in tokens.items():
        if hmac.compare_digest(token.encode(), given.encode("utf-8", "replace")) and given:
            found = gateway
    return found


def tls_context() -> ssl.SSLContext | None:
    """The installation's own certificate (`WATCHBELL_TLS_CERT`, `WATCHBELL_TLS_KEY`), where it has one."""
    if not config.setting("TLS_CERT"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(config.setting("TLS_CERT"), config.setting("TLS_KEY") or None)
    return context
