"""Who may change what is out, and which messages an incident speaks for."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from watchbell.communication.notices.facts import Draft
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.queries.audiences import sites_meant
from watchbell.communication.notices.queries.reading import notice_seen_by
from watchbell.kernel.permissions import Actor, may
from watchbell.line.clock import now
from watchbell.line.errors import Refused
from watchbell.response.incidents.queries import incident_span, incidents_seen_by

#: How long after its end an incident still speaks for messages about it: the all-clear, where children are picked up.
AFTERWARDS = timedelta(hours=6)


def may_change(actor: Actor, row: Notice) -> bool:
    """Whether everybody it goes to is of the actor's own schools; who sees a message does not yet change it."""
    return actor.sites is None or (bool(row.sites) and set(row.sites) <= {str(site) for site in actor.sites})


def check_change(actor: Actor, row: Notice) -> None:
    """Raises Refused where it goes beyond the actor's schools."""
    if not may_change(actor, row):
        raise Refused("It goes to more than your school: only the district's own people change it.")


def notice_to_change(actor: Actor, notice_id: UUID) -> Notice:
    """One notice that `actor` may correct, end, stop. Raises NotFound, Refused where it goes beyond their schools."""
    row = notice_seen_by(actor, notice_id)
    check_change(actor, row)
    return row


def is_of_incident(draft: Draft) -> bool:
    """Whether it is of an incident that is on, or was until a moment ago, in its mode, to the people of its school."""
    if draft.incident is None:
        return False
    site, mode, closed_at = incident_span(draft.incident)
    is_on = closed_at is None or closed_at > now() - AFTERWARDS
    return is_on and mode == draft.mode and sites_meant(draft.audience) == [str(site)]


def incidents_offered(actor: Actor, chosen: UUID | None = None) -> list[Any]:
    """Those a message can be of: what is open, what closed within a day, and the one that is chosen. One query."""
    if not may(actor, "incidents.view"):
        return []
    lately = Q(closed_at=None) | Q(closed_at__gt=now() - timedelta(days=1))
    return list(incidents_seen_by(actor).filter(lately | Q(pk=chosen) if chosen else lately)[:20])
