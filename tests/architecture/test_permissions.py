"""The matrix role x page and operation: written down, current, and every refusal in it tried."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpRequest
from django.urls import get_resolver

from tools.permissions import EVERYBODY, find_operations, find_views
from watchbell.district.accounts.facts import PERMISSIONS, ROLE_NAMES
from watchbell.kernel.permissions import Actor
from watchbell.line.errors import Refused

ROOT = Path(__file__).parent.parent.parent


def _actor(role: str) -> Actor:
    return Actor(user_id=uuid4(), name=role, role=role, district=uuid4(), permissions=PERMISSIONS[role])


def _guarded() -> Iterator[tuple[str, str, str, Callable[..., Any]]]:
    for path, view in find_views(get_resolver().url_patterns):
        if view.permission not in EVERYBODY:
            yield path, "POST" if view.kind == "change" else "GET", view.permission, view
    for name, function in find_operations():
        if function.permission not in EVERYBODY:
            yield name, name.split()[0], function.permission, function


def _status(view: Callable[..., Any], request: HttpRequest) -> int:
    try:
        return int(view(request).status_code)
    except Refused:  # an operation's refusal becomes a problem document outside the function
        return 403


def test_the_matrix_is_current() -> None:
    command = [sys.executable, ROOT / "tools" / "permissions.py", "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run: python tools/permissions.py"


def test_roles_have_names_and_parents_none_of_the_schools_rights() -> None:
    assert set(PERMISSIONS) == set(ROLE_NAMES) and not PERMISSIONS["parent"]


@pytest.mark.parametrize("role", sorted(PERMISSIONS))
def test_a_role_is_refused_wherever_the_matrix_does_not_let_it_in(role: str, rf: Any) -> None:
    actor, tried, opened = _actor(role), 0, []
    for name, method, permission, view in _guarded():
        if permission in PERMISSIONS[role]:
            continue
        request = rf.generic(method, "/")
        request.actor, request.session = actor, {}
        tried += 1
        if _status(view, request) != 403:
            opened.append(name)
    assert (tried > 3 or role == "director") and not opened


def test_nobody_is_let_in_without_signing_in(rf: Any) -> None:
    for name, method, _, view in _guarded():
        request = rf.generic(method, "/")
        request.actor = None
        answer = view(request)
        is_sent_away = answer.status_code == 401 or answer.headers.get("Location", "").startswith("/accounts/login/")
        assert is_sent_away, name
