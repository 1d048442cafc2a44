"""Serves the gallery with the live stream beside it, without a database: what a browser test needs of a server."""

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

from watchbell.console import assets, navigation
from watchbell.console.examples.gallery import gallery_context
from watchbell.kernel.permissions import Actor
from watchbell.project.middleware import CONTENT_SECURITY_POLICY

DANA = uuid4()  # the same person in every window
STATIC = assets.DIST.parent.parent
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
REGION = b'<section class="card" id="r" data-live="incident:1" hx-get="/part" hx-trigger="live"><p>part 0</p></section>'
#: A page of which only the list is drawn anew, as that of the equipment.
LISTED = (
    b'<div id="listed" data-live="equipment:all" hx-get="/listed" hx-trigger="live" hx-select="#the-list" '
    b'hx-target="#the-list" hx-swap="morph:outerHTML"><input aria-label="Search the list">'
    b'<p id="the-list">row 0</p></div>'
)


def draw_gallery(theme: str = "") -> bytes:
    """The gallery as the console would render it for a director."""
    request = RequestFactory().get("/ui/")
    request.user = AnonymousUser()
    rights = frozenset(entry.permission for entry in navigation.MAIN)
    request.actor = Actor(DANA, "Dana Whitfield", "safety_director", uuid4(), rights)  # type: ignore[attr-defined]
    request.COOKIES["theme"] = theme
    page = render_to_string("console/gallery.html", gallery_context(), request).encode()
    return page.replace(b'<div class="gallery', REGION + LISTED + b'<div class="gallery', 1)


def draw_press() -> bytes:
    """The press page as a teacher has it."""
    request = RequestFactory().get("/press")
    request.user = AnonymousUser()
    actor = Actor(uuid4(), "Kemi Okafor", "teacher", uuid4(), frozenset({"alarms.raise"}))
    request.actor = actor  # type: ignore[attr-defined]
    kinds = ("lockdown", "secure", "evacuate", "shelter", "hold", "fire", "medical", "staff_assist")
    press = {**gallery_context()["press"], "mode": "real", "site": str(uuid4()), "kinds": kinds}
    return render_to_string("console/press.html", {"press": press}, request).encode()


class GalleryServer(ThreadingHTTPServer):
    """`say` puts an event into every open stream, `hang_up` ends them; `posts` and `parts` are what was asked of it."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.streams: list[queue.Queue[bytes]] = []
        self.posts: list[tuple[str, bytes]] = []
        self.parts = 0
        self.alarm_answers: list[int] = []
        self.keys: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def say(self, event: str, body: Any) -> None:
        for stream in self.streams:
            stream.put(f"event: {event}\ndata: {json.dumps(body)}\n\n".encode())

    def hang_up(self) -> None:
        for stream in self.streams:
            stream.put(b"")


class Answer(BaseHTTPRequestHandler):
    server: GalleryServer

    def log_message(self, *args: object) -> None:
        """Nothing: the tests print what matters."""

    def _send(self, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/ui/":
            theme = self.headers.get("Cookie", "").partition("theme=")[2]
            self._send(draw_gallery(theme))
        elif path.startswith("/static/"):
            file = STATIC / Path(path).relative_to("/static")
            found = file.is_file()
            self._send(
                file.read_bytes() if found else b"",
                TYPES.get(file.suffix, "application/octet-stream"),
                200 if found else 404,
            )
        elif path == "/press":
            self._send(draw_press())
        elif path == "/sw.js":
            self._send((assets.DIST / "sw.js").read_bytes(), "text/javascript")
        elif path == "/press/ticket":
            self._send(b'{"ticket": "fresh"}', "application/json")
        elif path == "/live-ticket":
            self._send(b'{"ticket": "t", "topics": ["incident:1"]}', "application/json")
        elif path == "/live/events":
            self._stream()
        elif path == "/listed":
            self._send(LISTED.replace(b"row 0", b"row 1"))
        elif path == "/part":
            self.server.parts += 1
            self._send(b"<p>part %d</p>" % self.server.parts)
        else:
            self._send(b"", status=404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.posts.append((self.path, body))
        if self.path == "/api/v1/alarms":
            self.server.keys.append(self.headers.get("Idempotency-Key", ""))
            status = self.server.alarm_answers.pop(0) if self.server.alarm_answers else 201
            self._send(b'{"id": "x", "detail": "Your ticket has ended."}', "application/json", status)
        elif self.path == "/accounts/logout/":
            self.send_response(302)
            self.send_header("Location", "/ui/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send(b'{"confirmed": true}', "application/json")

    def _stream(self) -> None:
        told: queue.Queue[bytes] = queue.Queue()
        self.server.streams.append(told)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"event: beat\ndata: %d\n\n" % int(time.time() * 1000))  # noqa: TID251 - a stand-in's own time
                self.wfile.flush()
                try:
                    event = told.get(timeout=0.5)
                except queue.Empty:
                    continue
                if not event:
                    break
                self.wfile.write(event)
                self.wfile.flush()
        except OSError:
            pass
        self.server.streams.remove(told)
