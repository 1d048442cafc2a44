"""The health page: engines, roles, gateways, and what nobody could take."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from watchbell.field.panic.queries import refused_frames
from watchbell.kernel.models import DeadLetter, Reaction
from watchbell.kernel.permissions import sites_with
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
    own = sites_with(request.actor, "health.view")
    dead = DeadLetter.objects.filter(is_resolved=False)
    told = {"status": state.get("status", "unknown"), "groups": groups, "is_part": own is not None}
    if own is not None:  # a message names its site in its subject; frames and reactions do not say where they belong
        here = (Q(subject__contains=f".{site}.") for site in own)
        return {**told, "dead": dead.filter(reduce(or_, here, Q(pk__in=[])))}
    stuck, refused = Reaction.objects.filter(state="dead")[:50], refused_frames(request.actor)[:50]
    return {**told, "dead": dead, "stuck": stuck, "refused": refused}
