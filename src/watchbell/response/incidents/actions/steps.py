"""Steps that are not immediate: released when due or approved; single endpoints asked again."""

from uuid import UUID

from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound
from watchbell.response.incidents.models import BoardEntry, Incident, IncidentStep, TimelineEntry
from watchbell.response.incidents.queries import incident_to_change


def _step(actor: Actor, incident_id: UUID, step_id: UUID) -> IncidentStep:
    """A step of this very incident, for whoever may decide about it there."""
    incident = incident_to_change(actor, incident_id, "incidents.approve")
    found = IncidentStep.objects.select_related("incident").filter(id=step_id, incident=incident).first()
    if found is None:
        raise NotFound("There is no such step in this incident.")
    return found


def approve_step(actor: Actor, incident_id: UUID, step_id: UUID) -> None:
    """A person releases a step that waits for approval."""
    step = _step(actor, incident_id, step_id)
    with recorded_change(actor, "incidents.approve_step", target=step.name, cause=str(step.incident_id)) as change:
        _release(change, step, f"{actor.name}, {actor.role}", "Approved")


def refuse_step(actor: Actor, incident_id: UUID, step_id: UUID, why: str = "") -> None:
    """A person decides that the step is not taken."""
    step = _step(actor, incident_id, step_id)
    with recorded_change(actor, "incidents.refuse_step", target=step.name, why=why, cause=str(step.incident_id)) as c:
        _decide(c, step, "refused", actor.name, f"Not taken: {step.name}", why)


def release_due_steps(actor: Actor) -> int:
    """Steps that follow by themselves and are due now; returns how many."""
    due = IncidentStep.objects.filter(
        timing="follow", state="waiting", incident__state="open", due_at__lte=clock.now()
    ).select_related("incident")[:50]
    for step in due:
        with recorded_change(actor, "incidents.release_step", target=step.name, cause=str(step.incident_id)) as change:
            _release(change, step, "the plan", "Released")
    return len(due)


def _release(change: Change, step: IncidentStep, by: str, verb: str) -> None:
    _decide(change, step, "released", by, f"{verb}: {step.name}", "")
    change.ask_soon("incidents.send_step", incident=str(step.incident_id), step=step.step)


def _decide(change: Change, step: IncidentStep, state: str, by: str, what: str, why: str) -> None:
    count = IncidentStep.objects.filter(id=step.id, state="waiting").update(
        state=state, decided_by=by, decided_at=clock.now()
    )
    if not count:
        raise Conflict("Somebody has decided about this step already.")
    TimelineEntry.objects.create(incident=step.incident, kind="person", what=what[:200], by=by, because=why)
    change.touch(f"incident:{step.incident_id}")


def lock_entry(incident: Incident, entry_id: UUID) -> BoardEntry:
    """An order on the board of this very incident, locked. Inside a change. Raises NotFound."""
    rows = BoardEntry.objects.select_for_update(of=("self",)).filter(incident=incident)
    found = rows.filter(id=entry_id).first()
    if found is None:
        raise NotFound("There is no such endpoint on this board.")
    return found


def retry_endpoint(actor: Actor, incident_id: UUID, entry_id: UUID) -> None:
    """Asks an endpoint once more: same order, next attempt."""
    with recorded_change(actor, "incidents.retry_endpoint") as change:
        incident = incident_to_change(actor, incident_id, "incidents.retry")
        entry = lock_entry(incident, entry_id)
        if entry.state == "done":
            raise Conflict("This endpoint has answered meanwhile.")
        if not entry.is_reset and incident.state != "open":
            raise Conflict("The all-clear has been given: what the alarm asked is not asked again.")
        entry.attempts += 1
        entry.state, entry.because, entry.last_asked_at = "asked", "", clock.now()
        entry.wire_order = {**entry.wire_order, "attempt": entry.attempts}
        entry.save(update_fields=["attempts", "state", "because", "last_asked_at", "wire_order"])
        change.about(incident)
        change.note(endpoint=entry.endpoint["name"])
        change.ask_soon(
            "incidents.send_orders", incident=str(entry.incident_id), site=str(incident.site_id),
            orders=[entry.order], clears=[], reason=f"retry by {actor.name}",
        )  # fmt: skip
        change.touch(f"incident:{entry.incident_id}")
