"""Whoever may tell an incident's families is reminded in time that they wait."""

from uuid import UUID

from watchbell.communication.notices.models import FamilyReminder
from watchbell.communication.notices.queries.owed import owed_now, reminded_of, tellers_of
from watchbell.kernel.changes import recorded_batch, recorded_change, take_turns
from watchbell.kernel.jobs import enqueue
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now

JOB = "notices.remind_families"


def watch_families(actor: Actor, incident_id: UUID) -> None:
    """The reminder's moment is set, once; nothing where families are owed nothing."""
    found = owed_now(actor.district, incident_id)
    if found is None:
        return
    due_at = found[1].due_at
    with recorded_batch("a reminder is set", actor):
        enqueue(JOB, {"incident": str(incident_id)}, at=due_at, queue="soon", once=f"{incident_id}:{due_at:%s}")


def remind_families(actor: Actor, incident_id: UUID) -> UUID | None:
    """What is due and not sent: whoever may send is pushed to, once for each message. The reminder's id, or None.

    What was sent meanwhile sets the next moment instead; with the incident it ends.
    """
    found = owed_now(actor.district, incident_id)
    if found is None:
        return None
    incident, owed = found
    if owed.due_at > now():
        watch_families(actor, incident_id)
        return None
    with recorded_change(actor, "notices.remind_families", target=incident) as change:
        take_turns(f"families reminded:{incident_id}")
        if reminded_of(incident_id, owed) is not None:
            change.note(again=True)
            return None
        people = tellers_of(incident.site_id)
        row = FamilyReminder.objects.create(
            incident_id=incident_id, kind=owed.kind, due_at=owed.due_at, people=[str(one) for one in people]
        )
        change.note(kind=owed.kind, people=sorted(people.values()))
        change.ask_soon("notices.push_reminder", reminder=str(row.pk))
        change.touch(f"incident:{incident_id}")
    return row.pk
