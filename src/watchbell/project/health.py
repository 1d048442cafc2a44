"""The health page: engines, roles, gateways, and what nobody could take."""

from typing import Any

from django.http import HttpRequest

from watchbell.field.panic.queries import refused_frames
from watchbell.kernel.models import DeadLetter, Reaction
from watchbell.kernel.running import read_running
from watchbell.kernel.web import page


@page(permission="health.view", template="project/health_page.html")
def health_page(request: HttpRequest) -> dict[str, Any]:
    """What runs, what is wrong with it, and messages that failed."""
    state = read_running()
    groups = [
        (title, [{"name": name, **found} for name, found in sorted(state.get(key, {}).items())])
        for title, key in (("Engines", "engines"), ("Roles", "roles"), ("Gateways", "gateways"))
    ]
    return {
        "status": state.get("status", "unknown"), "groups": groups,
        "dead": DeadLetter.objects.filter(is_resolved=False),
        "stuck": Reaction.objects.filter(state="dead")[:50], "refused": refused_frames(request.actor)[:50],
    }  # fmt: skip
