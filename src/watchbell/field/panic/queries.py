"""Presses and refused frames as their readers see them."""

from typing import Any

from django.db.models import QuerySet

from watchbell.field.panic.models import Press, RefusedFrame
from watchbell.kernel.permissions import Actor, require


def presses_seen_by(actor: Actor) -> QuerySet[Any]:
    """Presses at the sites `actor` may see, newest first."""
    require(actor, "incidents.view")
    rows = Press.objects.select_related("site", "place").order_by("-received_at")
    return rows if actor.sites is None else rows.filter(site_id__in=actor.sites)


def refused_frames(actor: Actor) -> QuerySet[Any]:
    """What gateways could not take for a press, newest first."""
    require(actor, "health.view")
    return RefusedFrame.objects.order_by("-at")
