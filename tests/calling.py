"""The JSON API asked as a program asks it."""

import json
from typing import Any

from django.test import Client


class Caller:
    """Asks the API as a program does, with a token or without one."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The answer's document, of the `status` that is expected."""
        answer = self.client.generic(method, path, json.dumps(body) if body is not None else "",
                                     content_type="application/json", headers=self.headers)  # fmt: skip
        assert answer.status_code == status, (answer.status_code, answer.content)
        return answer.json()
