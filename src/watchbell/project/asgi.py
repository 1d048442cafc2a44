"""One port: live events, presses and health as raw ASGI; everything else is Django under WSGI threads."""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import django
from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchbell.project.settings")
if sys.platform == "linux":  # a worker must not outlive the server that started it
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)

_django = get_wsgi_application()
# what follows needs the app registry
from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402

from watchbell import wiring  # noqa: E402
from watchbell.kernel import running  # noqa: E402
from watchbell.kernel.bus_thread import bus_thread  # noqa: E402
from watchbell.line import clock, config, signing  # noqa: E402
from watchbell.line.errors import Refused, WatchbellError  # noqa: E402
from watchbell.project import announce, pictures, presses, public_files, tokens  # noqa: E402
from watchbell.project.apart import beats  # noqa: E402
from watchbell.project.hearing import ANSWERS  # noqa: E402
from watchbell.project.hub_pages import pass_on  # noqa: E402
from watchbell.project.live import Receive, Scope, Send, hub, stream  # noqa: E402
from watchbell.project.progress import STAFF_ANSWERS  # noqa: E402
from watchbell.wire.subjects import HEARTBEATS  # noqa: E402

bus_thread.name_process("web")
if not config.is_edge():
    hub.also[HEARTBEATS] = beats.hear
    running.otherwise(beats.document)
hub.also[announce.TOLD] = announce.speakers.hear_told
hub.touched.append(pictures.watching.hear_topic)
wiring.connect()
_static = WhiteNoise(_django, root=settings.STATIC_ROOT, prefix="static/", max_age=31536000)
for app in ("account", "mfa"):  # allauth's passkey scripts
    _static.add_files(str(Path(apps.get_app_config(app).path) / "static"), prefix="static/")
pages = WSGIMiddleware(_static, workers=4)  # type: ignore[arg-type]
MOST_TOPICS = 60
#: So long a stream lasts of which the database could not say what it may follow.
UNSURE_SECONDS = 10.0
assert django.VERSION >= (5, 2)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Routes a request; the raw paths answer with any engine away."""
    if scope["type"] == "lifespan":
        await _live_through(receive, send)
    elif scope["type"] == "http":
        await _route(scope, receive, send)
    elif scope["type"] == "websocket":
        hub.start()
        if scope["path"] == "/live/announce":
            await announce.speakers.speak(scope, receive, send, hub.bus)
        elif scope["path"].startswith(pictures.PATH):
            await pictures.watching.show(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 4404})


async def _live_through(receive: Receive, send: Send) -> None:
    """The server's start and stop: the hub connects at start, so that health is told before the first visitor."""
    while True:
        event = (await receive())["type"]
        if event == "lifespan.startup":
            hub.start()
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


async def _route(scope: Scope, receive: Receive, send: Send) -> None:
    path, method = scope["path"], scope["method"]
    if path.startswith(public_files.PREFIX) and not config.is_edge():
        await public_files.serve_public(scope, send)
        return
    hub.start()
    if path == "/healthz":
        await _health(send)
    elif path in ("/live/events", "/api/v1/live") and method == "GET":
        await _live(scope, receive, send)
    elif path == "/live/confirm" and method == "POST":
        await _confirm(scope, receive, send)
    elif path == "/api/v1/alarms" and method == "POST":
        await _press(scope, receive, send)
    else:

        async def hear() -> dict[str, Any]:  # the server's own receive is awaitable but no coroutine
            return await receive()

        if config.is_edge() and not path.startswith("/static/"):
            await pass_on(scope, hear, send)
        else:
            await pages(scope, hear, send)  # type: ignore[arg-type]


async def _answer(send: Send, status: int, body: Any, kind: bytes = b"application/json") -> None:
    raw = json.dumps(body).encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(raw)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


async def _problem(send: Send, status: int, title: str, detail: str, **more: Any) -> None:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    await _answer(send, status, body, b"application/problem+json")


async def _body(receive: Receive, most: int = 64_000) -> bytes:
    raw = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return raw
        raw += message.get("body", b"")
        if not message.get("more_body") or len(raw) > most:
            return raw


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _bearer(scope: Scope) -> str:
    return tokens.bearer_of(_header(scope, b"authorization")) or ""


async def _claims(scope: Scope, kind: str) -> dict[str, Any] | None:
    """Who asks: a signed ticket of `kind`, or a bearer token that is looked up once and then remembered.

    A press ticket counts by its signature alone: whoever looks or answers by one goes through `_watcher`.
    """
    header, bearer = _header(scope, b"authorization"), _bearer(scope)
    query = parse_qs(scope["query_string"].decode("latin-1"))
    ticket = tokens.credentials_of(header, "Ticket") or query.get("ticket", [""])[0]
    if ticket:
        found = signing.read_ticket(ticket)
        return found if found is not None and found.get("kind") == kind else None
    return await tokens.claims_of(bearer) if bearer else None


async def _watcher(scope: Scope, ticket: str = "") -> dict[str, Any] | None:
    """Who looks or answers: by a live ticket, a bearer token, or a press ticket whose session still stands."""
    if ticket:
        claims = signing.read_ticket(ticket)
        if claims is not None and claims.get("kind") == "token":
            return await tokens.claims_of(f"wb_{ticket}")
    else:
        claims = await _claims(scope, "live") or await _claims(scope, "press")
    if claims is None or claims.get("kind") not in ("live", "press", "token"):
        return None
    is_press_ticket = claims["kind"] == "press" and "may_view" not in claims
    return await tokens.standing_of(claims) if is_press_ticket else claims


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    claims = await _watcher(scope)
    if claims is None:
        await _problem(send, 401, "Sign in first", "The live ticket is missing or has ended; ask for a new one.")
        return
    wanted = ",".join(parse_qs(scope["query_string"].decode("latin-1")).get("topics", [""]))
    topics = set(claims.get("topics") or [])
    asked = frozenset([topic for topic in wanted.split(",") if topic][:MOST_TOPICS])
    if claims.get("kind") == "press" and "may_view" not in claims:
        topics = set()  # alerts and what becomes of one's own press, with the database away too
    elif "topics" not in claims:
        if not claims.get("may_view"):
            await _problem(send, 403, "Not allowed", "This token may not follow incidents.")
            return
        found = await tokens.topics_of(_bearer(scope), asked)
        if found is None:  # alerts come all the same, and the page soon asks again
            claims = {**claims, "exp": clock.unix() + UNSURE_SECONDS}
        topics = set(found or ())
    await stream(scope, receive, send, claims, frozenset(topics & asked if asked else topics))


async def _confirm(scope: Scope, receive: Receive, send: Send) -> None:
    """Somebody answers an alert: {"press", "what"?, "key"?, "because"?, "ticket"?}; the ticket may be a header."""
    try:
        body = json.loads(await _body(receive) or b"{}")
        press, what = str(body["press"]), str(body.get("what") or "screen_confirmed")
        key, because = str(body.get("key") or "")[:64], str(body.get("because") or "")
        ticket = str(body.get("ticket") or "")
    except (ValueError, KeyError, AttributeError, TypeError):
        await _problem(send, 422, "Some fields are not right", "Send {“ticket”, “press”}.")
        return
    if what not in STAFF_ANSWERS:
        await _problem(send, 422, "Some fields are not right", f"what: one of {', '.join(STAFF_ANSWERS)}")
        return
    claims = await _watcher(scope, ticket)
    if claims is None:
        await _problem(send, 401, "Sign in first", "The ticket is missing or has ended; reload the page.")
        return
    if claims.get("is_display"):
        await _problem(send, 403, "Not allowed", "A display shows alerts; only a person confirms them.")
        return
    if ANSWERS not in (claims.get("rights") or {}):
        await _problem(send, 403, "Not allowed", f"Answering an alert needs “{ANSWERS}”.")
        return
    done = await hub.confirm(claims, press, what, key, because)
    await _answer(send, 200 if done else 404, {"confirmed": done, "what": what})


async def _press(scope: Scope, receive: Receive, send: Send) -> None:
    claims = await _claims(scope, "press")
    if claims is None:
        await _problem(
            send, 401, "Not sent: call 911",
            "Your press ticket has ended and cannot be renewed here. If this is an emergency, call 911 now.",
        )  # fmt: skip
        return
    try:
        pressed = presses.read_press(await _body(receive), claims, _header(scope, b"idempotency-key"))
    except presses.Wrong as wrong:
        await _problem(send, 422, "Some fields are not right", str(wrong), fields=wrong.fields)
        return
    except Refused as refused:
        await _problem(send, 403, "Not allowed", str(refused))
        return
    except WatchbellError as error:
        await _problem(send, 400, "Not sent", str(error))
        return
    if not await hub.keep(presses.subject_of(pressed), pressed, pressed.id):
        await _problem(send, 503, "Not sent: call 911", "The alarm could not be stored. Call 911, then try again.")
        return
    told = {"id": pressed.id, "incident_id": None, "cause_id": pressed.id, "received_at": pressed.received_at}
    await _answer(send, 201, told)


async def _health(send: Send) -> None:
    """What the supervisor here says; where roles run apart, what their heartbeats do."""
    state: dict[str, Any] | None = None
    with contextlib.suppress(OSError, ValueError, TimeoutError):
        path = config.home() / "run" / "supervisor.path"
        reader, writer = await asyncio.wait_for(asyncio.open_unix_connection(path.read_text()), 0.5)
        state = json.loads(await asyncio.wait_for(reader.read(), 0.5))
        writer.close()
    if state is None:
        state = await beats.health(hub.bus)
    await _answer(send, 503 if state["status"] == "down" else 200, state)
