"""The health page: engines, roles, gateways, and what nobody could take."""

import json
import socket
from typing import Any

from django.http import HttpRequest

from watchbell.field.panic.queries import refused_frames
from watchbell.kernel.models import DeadLetter, Reaction
from watchbell.kernel.web import page
from watchbell.line import config


def _supervisor() -> dict[str, Any]:
    path = config.home() / "run" / "supervisor.path"
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            link.connect(path.read_text())
            raw = b""
            while piece := link.recv(65536):
                raw += piece
        return dict(json.loads(raw))
    except (OSError, ValueError):
        return {}


@page(permission="health.view", template="project/health_page.html")
def health_page(request: HttpRequest) -> dict[str, Any]:
    """What runs, what is wrong with it, and messages that failed."""
    state = _supervisor()
    groups = [
        (title, [{"name": name, **found} for name, found in sorted(state.get(key, {}).items())])
        for title, key in (("Engines", "engines"), ("Roles", "roles"), ("Gateways", "gateways"))
    ]
    return {
        "status": state.get("status", "unknown"), "groups": groups,
        "dead": DeadLetter.objects.filter(is_resolved=False),
        "stuck": Reaction.objects.filter(state="dead")[:50], "refused": refused_frames(request.actor)[:50],
    }  # fmt: skip
