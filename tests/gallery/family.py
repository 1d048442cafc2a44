"""Serves a family's own pages without a database: the real templates, a few messages, what a phone asks and sends."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

from tests.gallery.server import Answer, GalleryServer
from watchbell.communication.channels.facts.words import WORDS, words_in
from watchbell.line.clock import now

MESSAGES = {
    "aa-lockdown01": ("Cierre de emergencia en Lincoln",
                      "Los alumnos están en aulas cerradas.\nNo venga a la escuela.", "emergency"),
    "aa-with-you02": ("¿Está Ana con usted?", "Queremos saber que todos están a salvo.", "attendance"),
    "aa-buses-late": ("Los autobuses llegan tarde", "Veinte minutos, por el clima.", "routine"),
}  # fmt: skip
OPTIONS = {"aa-with-you02": ["Conmigo, a salvo", "No está conmigo"]}


def _request(path: str) -> Any:
    request = RequestFactory().get(path)
    request.user, request.actor = AnonymousUser(), None  # type: ignore[attr-defined]
    return request


class FamilyServer(GalleryServer):
    """`told` is what was posted to a message's page: (path, form, key). `withdrawn`: links that hold no more."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.RequestHandlerClass = FamilyAnswer
        self.told: list[tuple[str, dict[str, str], str]] = []
        self.withdrawn: set[str] = set()
        self.over: set[str] = {"aa-lockdown01"}
        self.messages = dict(MESSAGES)

    def answers(self, end: str = "/answer") -> list[tuple[str, dict[str, str], str]]:
        return [one for one in self.told if one[0].endswith(end)]

    def kept(self, tokens: list[str]) -> dict[str, Any]:
        rows = [
            {"token": token, "notice": f"n-{token}", "purpose": self.messages[token][2], "mode": "real",
             "sent_at": (now() - timedelta(hours=number + 1)).isoformat(), "language": "es",
             "title": self.messages[token][0], "text": self.messages[token][1], "about": "Ana", "mine": None,
             "options": OPTIONS.get(token, []), "is_over": token in self.over, "ended_because": "", "correction": "",
             "changed_at": now().isoformat(), "is_seen": False}
            for number, token in enumerate(tokens)
        ]  # fmt: skip
        return {"at": now().isoformat(), "zone": "America/Chicago", "language": "es", "person": "p1", "notices": rows}

    def draw_message(self, token: str) -> str:
        title, text, purpose = self.messages[token]
        words, is_over = words_in("es"), token in self.over
        notice = SimpleNamespace(mode="real", correction="", ended_because="", sent_at=now(), changed_at=now())
        return render_to_string("notices/message_page.html", {
            "notice": notice, "recipient": SimpleNamespace(fields={"child": "Ana"}, reached_at=None, person_id="p"),
            "token": token, "is_over": is_over, "mine": None, "words": words, "all_words": {"es": words},
            "kept": self.kept([token]), "key": "k", "is_urgent": purpose == "emergency" and not is_over,
            "is_own": True, "push_key": "BKey", "push_url": "/people/devices/keep",
            "text": {"title": title, "text": text, "short": text},
            "language": "es", "languages": [("en", "English"), ("es", "Español")], "preset": -1,
            "options": list(enumerate(OPTIONS.get(token, []))), "district": "Cedar District", "others": [],
        }, _request(f"/m/{token}"))  # fmt: skip


class FamilyAnswer(Answer):
    server: FamilyServer

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        token = path.split("/")[2] if path.startswith("/m/") else ""
        if path == "/family/offline":
            context = {"words": words_in("en"), "all_words": {code: words_in(code) for code in WORDS}}
            self._send(render_to_string("notices/offline_page.html", context, _request(path)).encode())
        elif token and (token in self.server.withdrawn or token not in self.server.messages):
            self._send(b"gone", status=404)
        elif token and path.endswith("/kept"):
            others = [one for one in self.server.messages if one != token and "only" not in self.path]
            self._send(json.dumps(self.server.kept([token, *others])).encode(), "application/json")
        elif token:
            self._send(self.server.draw_message(token).encode())
        elif path == "/healthz":
            self._send(b"well")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        if not self.path.startswith("/m/"):
            return super().do_POST()
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(raw).items()}
        self.server.told.append((self.path, form, self.headers.get("Idempotency-Key", "")))
        self._send(b'{"taken": true}', "application/json")
        return None
