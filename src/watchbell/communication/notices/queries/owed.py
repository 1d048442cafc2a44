"""What the families of an incident wait for, and who may tell them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.communication.channels.queries import mailings_about
from watchbell.communication.notices.facts import WRITE, Owed
from watchbell.communication.notices.models import FamilyReminder, Notice
from watchbell.communication.notices.queries.reading import about_of
from watchbell.communication.notices.rules.owed import concerns_families, next_owed
from watchbell.district.accounts.facts import PERMISSIONS
from watchbell.district.accounts.queries import accounts_of_site
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now
from watchbell.line.errors import NotFound
from watchbell.response.incidents.queries import incident_seen_by


def families_told(notices: Iterable[Notice]) -> list[datetime]:
    """When families were told by these notices: by each, and by each correction that was told again. One query."""
    sent = [row for row in notices if row.sent_at and row.channels and "family" in row.audience.get("kinds", ())]
    again = [about_of(row, number) for row in sent for number in range(1, row.corrections + 1)]
    told = [row.sent_at for row in sent if row.sent_at]
    return [*told, *(one.made_at for one in mailings_about(again).values())] if again else told


def owed_to_families(incident: Any, notices: Iterable[Notice]) -> Owed | None:
    """What the families of an incident wait for; None when nothing is owed. incident: of incidents' queries."""
    is_over = incident.state == "closed"
    concerns = concerns_families(incident.kind, incident.mode, is_cancelled=incident.cancelled_at is not None)
    if is_over or not concerns:
        return None
    return next_owed(incident.opened_at, families_told(one for one in notices if one.mode == "real"))


def owed_now(district: UUID, incident_id: UUID) -> tuple[Any, Owed] | None:
    """(incident, what is owed) by its id, for a job; None when nothing is, or it is gone."""
    try:
        incident = incident_seen_by(system_actor(district), incident_id)
    except NotFound:
        return None
    owed = owed_to_families(incident, Notice.objects.filter(incident_id=incident_id))
    return (incident, owed) if owed else None


def tellers_of(site_id: UUID) -> dict[UUID, str]:
    """{account: name} of who may send to a school's families: there, or for the whole district. One query."""
    return {user: name for user, name, role in accounts_of_site(site_id) if WRITE in PERMISSIONS.get(role, ())}


def reminded_of(incident_id: UUID, owed: Owed) -> FamilyReminder | None:
    """The reminder that went out for this very message, if it did."""
    return FamilyReminder.objects.filter(incident_id=incident_id, due_at=owed.due_at).first()


def owed_shown(incident: Any, notices: Iterable[Notice]) -> dict[str, Any]:
    """{"owed", "owed_late", "reminded"} for an incident's page. Two queries at most."""
    owed = owed_to_families(incident, notices)
    if owed is None:
        return {"owed": None}
    is_late = owed.due_at <= now()
    return {"owed": owed, "owed_late": is_late, "reminded": reminded_of(incident.pk, owed) if is_late else None}


def reminder_by_id(reminder_id: UUID) -> FamilyReminder:
    return FamilyReminder.objects.select_related("incident__site").get(pk=reminder_id)
