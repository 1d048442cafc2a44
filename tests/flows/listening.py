"""One person's open screen: the live stream with their own token, read as a browser reads it."""

import contextlib
import http.client
import json
import threading
import time
from typing import Any

from tests.flows.installation import Installation


class Screen:
    """`with Screen(district, "nurse") as nurse: nurse.wait("alert", lambda alert: …)`."""

    def __init__(self, district: Installation, role: str) -> None:
        self.role = role
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._token = district.token(role)
        self._link = http.client.HTTPConnection("127.0.0.1", district.port, timeout=300)
        self._reading = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Screen":
        self._link.request("GET", "/live/events", headers={"Authorization": f"Bearer {self._token}"})
        self._answer = self._link.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            if self._link.sock is not None:
                self._link.sock.close()

    def _read(self) -> None:
        name = ""
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            for raw in iter(self._answer.readline, b""):
                line = raw.decode().strip()
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and name not in ("beat", "touch", ""):
                    self.events.append((name, json.loads(line.removeprefix("data: "))))

    def all(self, name: str) -> list[dict[str, Any]]:
        return [body for kind, body in list(self.events) if kind == name]

    def wait(self, name: str, fits: Any = lambda body: True, seconds: float = 15.0) -> dict[str, Any]:
        """The first event `name` that fits."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found = next((body for body in self.all(name) if fits(body)), None)
            if found is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{self.role} saw no such {name} within {seconds} s, but {self.events}")
