"""The browsers of people without an account that take pushes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from watchbell.communication.channels.models import Browser
from watchbell.line.clock import now


def browsers_of(people: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """{person: their browsers that take pushes}: {"id", "endpoint", "p256dh", "auth"}, the oldest first. One query."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in Browser.objects.filter(person_id__in=list(people), ends_at__gt=now()).order_by("made_at", "id"):
        words = {"id": str(row.pk), "endpoint": row.endpoint, "p256dh": row.p256dh, "auth": row.auth}
        found.setdefault(row.person_id, []).append(words)
    return found


def devices_pushed_to(person_id: UUID) -> set[UUID]:
    """Which of a person's devices take pushes."""
    rows = Browser.objects.filter(person_id=person_id, ends_at__gt=now())
    return set(rows.values_list("device", flat=True))
