"""The other end: an OpenID Connect provider nobody here wrote, in a process of its own, and one that signs by hand."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from watchbell.line import clock


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def provider_process() -> Iterator[str]:
    """`oidc-provider-mock` in a process of its own; its issuer."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                requests.get(f"{issuer}/.well-known/openid-configuration", timeout=2)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield issuer
    finally:
        running.terminate()
        running.wait(10)


def person(issuer: str, sub: str, **claims: Any) -> None:
    """Makes or changes a person at the provider."""
    requests.put(f"{issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()


def consent(url: str, sub: str) -> str:
    """What a person does in a browser at the provider's page; the address they are sent back to."""
    answer = requests.post(url, data={"sub": sub}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text[:300]
    return str(answer.headers["Location"])


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _handler(crooked: "Crooked") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            crooked.asked.append(path)
            found = crooked.documents.get(path)
            if callable(found):
                found = found()
            if isinstance(found, str):  # a redirect
                self.send_response(302)
                self.send_header("Location", found)
                self.end_headers()
                return
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


class Crooked:
    """A provider that signs whatever a test wants, over a real socket. documents: path → JSON or bytes."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa

        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.documents: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.info: dict[str, Any] = {}
        self.signed_by, self.algorithm = self.key, "RS256"
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.documents = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo", "response_types_supported": ["code"],
            },
            "/jwks": self._jwks(),
            "/token": self._token,
            "/userinfo": lambda: self.info,
        }  # fmt: skip

    def _jwks(self) -> dict[str, Any]:
        from jwt.algorithms import RSAAlgorithm

        return {"keys": [{**RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True), "kid": "one", "use": "sig",
                          "alg": "RS256"}]}  # fmt: skip

    def _token(self) -> dict[str, Any]:
        import jwt

        raw = jwt.encode(self.claims, self.signed_by, algorithm=self.algorithm, headers={"kid": "one"})
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": raw}

    def vouch(self, asked: str, **claims: Any) -> None:
        """The ID token for whom `asked` (the address of the authorization endpoint) asks, changed by `claims`."""
        now, query = int(clock.unix()), query_of(asked)
        self.claims = {
            "iss": self.issuer, "aud": query["client_id"], "iat": now, "exp": now + 60, "sub": "s-1",
            "nonce": query.get("nonce", ""), "email": "teacher@cedar.invalid", "email_verified": True, **claims,
        }  # fmt: skip
        self.info = {"sub": self.claims["sub"]}

    @contextmanager
    def running(self) -> Iterator["Crooked"]:
        thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join(5)


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
