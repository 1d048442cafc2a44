"""A web server that takes files by PUT: WebDAV, an object store behind a proxy, a small host with a token."""

import http.client
import ssl
from urllib.parse import quote, urlsplit

from watchbell.communication.public.ports import PlaceFailed
from watchbell.communication.public.rules import cache_control

TIMEOUT_SECONDS = 5.0
TYPES = {
    "html": "text/html; charset=utf-8", "json": "application/json", "js": "text/javascript; charset=utf-8",
    "atom": "application/atom+xml", "xml": "application/cap+xml", "txt": "text/plain; charset=utf-8",
    "sig": "application/octet-stream", "pem": "application/x-pem-file",
}  # fmt: skip
WORDS = {401: "it refuses our token: renew it", 403: "it refuses our token: renew it", 404: "there is no such folder",
         405: "it takes no PUT", 413: "the file is too large for it", 507: "it has no room left"}  # fmt: skip


def type_of(path: str) -> str:
    """The media type of one of our files."""
    return TYPES.get(path.rpartition(".")[2], "text/plain; charset=utf-8")


def say_error(error: BaseException) -> str:
    """Why, in words for people."""
    words = getattr(error, "strerror", None) or {"TimeoutError": "it took too long"}.get(type(error).__name__)
    return str(words or type(error).__name__)


class WebServer:
    """Files below `url`, over one connection. A token goes along as `Authorization: Bearer`."""

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        self._host, self._path = parts.netloc, parts.path.rstrip("/")
        self._is_tls = parts.scheme == "https"
        self._token = token
        self._made: set[str] = set()
        self._line: http.client.HTTPConnection | None = None

    def held(self, paths: dict[str, str]) -> dict[str, str]:
        return paths

    def put(self, path: str, raw: bytes) -> None:
        headers = {"Content-Type": type_of(path), "Cache-Control": cache_control(path)}
        status = self._ask("PUT", path, raw, headers)
        if status in (404, 409):  # WebDAV wants a folder to be there first
            self._make_folders(path)
            status = self._ask("PUT", path, raw, headers)
        self._judge(status, f"{path} was not taken")

    def remove(self, path: str) -> None:
        status = self._ask("DELETE", path)
        if status not in (404, 410):
            self._judge(status, f"{path} was not taken away")

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _make_folders(self, path: str) -> None:
        names = path.split("/")[:-1]
        for depth in range(len(names) + 1):
            folder = "/".join(names[:depth]) + "/" if depth else ""
            if folder not in self._made:
                self._ask("MKCOL", folder)
                self._made.add(folder)

    def _judge(self, status: int, what: str) -> None:
        if not 200 <= status < 300:
            raise PlaceFailed(f"{what}: {WORDS.get(status) or f'it answered {status}'}.")

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
        """The status of the answer; a connection that was closed between two files is opened once more."""
        known = self._line is not None
        try:
            return self._ask_once(method, path, body, headers or {})
        except (http.client.HTTPException, ConnectionError) as error:
            self.close()
            self._line = None
            if not known:
                raise PlaceFailed(f"{self._host} does not answer: {say_error(error)}.") from error
        except OSError as error:
            self.close()
            self._line = None
            raise PlaceFailed(f"{self._host} cannot be reached: {say_error(error)}.") from error
        return self._ask(method, path, body, headers)

    def _ask_once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> int:
        if self._line is None:
            self._line = self._connect()
        told = dict(headers) | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        self._line.request(method, f"{self._path}/{quote(path)}", body=body, headers=told)
        answer = self._line.getresponse()
        answer.read()
        return answer.status

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_tls:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, timeout=TIMEOUT_SECONDS, context=context)
        return http.client.HTTPConnection(self._host, timeout=TIMEOUT_SECONDS)
