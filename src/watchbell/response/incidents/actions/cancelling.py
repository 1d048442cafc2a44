"""An alarm pressed by mistake is taken back by PIN; a duress PIN looks the same and tells police; outcomes are said."""

from uuid import UUID

from django.db.models import Q

from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, may
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import same_id
from watchbell.response.incidents import rules
from watchbell.response.incidents.actions.clearing import begin_clearing
from watchbell.response.incidents.facts import OUTCOMES
from watchbell.response.incidents.models import Incident, IncidentPress, TimelineEntry
from watchbell.response.incidents.queries import incident_to_change


def cancel_incident(actor: Actor, incident_id: UUID, said: str) -> None:
    """Takes back an alarm pressed by mistake. Raises Refused for a kind that never is, Conflict when it is over.

    said: which of the person's PINs it was, by accounts.actions.judge_pin. The duress PIN does exactly this too, in
    every row, word and answer of it, and beside it asks for a silent alarm. The note that says which of the two it
    was goes the same way for both, so that nothing tells them apart.
    """
    incident = incident_to_change(actor, incident_id)
    if not (is_presser(actor, incident) or may(actor, "incidents.view", incident.site_id)):
        raise NotFound("There is no such incident, or you may not see it.")
    try:
        with recorded_change(actor, "incidents.cancel", target=incident, cause=str(incident_id)) as change:
            locked = Incident.objects.select_for_update().get(id=incident_id)
            fault = _fault_of(actor, locked)
            if fault:
                raise Conflict(fault) if locked.state != "open" else Refused(fault)
            locked.cancelled_at, locked.outcome = clock.now(), "unintended"
            locked.outcome_by, locked.outcome_at = actor.name, locked.cancelled_at
            locked.save(update_fields=["cancelled_at", "outcome", "outcome_by", "outcome_at"])
            begin_clearing(change, locked, f"Cancelled by {actor.name} as pressed by mistake", "cancelled")
            change.ask_later("incidents.look_after_cancel", incident=str(incident_id), **_asked(actor, said))
    except (Refused, Conflict):
        with recorded_change(actor, "incidents.cancel_refused", target=incident, cause=str(incident_id)) as change:
            change.ask_later("incidents.look_after_cancel", incident=str(incident_id), **_asked(actor, said))
        raise


def _asked(actor: Actor, said: str) -> dict[str, str]:
    return {"by": str(actor.user_id), "by_name": actor.name, "said": said}


def _fault_of(actor: Actor, incident: Incident) -> str:
    return rules.judge_cancel(
        incident.kind, incident.state, incident.opened_at, float(incident.plan.get("cancel_seconds", 0.0)),
        is_presser(actor, incident), may(actor, "incidents.all_clear", incident.site_id), clock.now(),
        has_others(incident),
    )  # fmt: skip


def has_others(incident: Incident) -> bool:
    """Whether it was raised by more than one: by several people, or by a person and a telephone or a wall button."""
    presses = IncidentPress.objects.filter(incident=incident).values_list("by", "device")
    return len({by or device for by, device in presses}) > 1


def is_presser(actor: Actor, incident: Incident) -> bool:
    """Whether one of the incident's presses is this person's."""
    mine = Q(by=actor.user_id) if actor.user_id else Q(pk=None)
    return IncidentPress.objects.filter(mine, incident=incident).exists()


def note_cancel(actor: Actor, incident_id: UUID, by: UUID, is_duress: bool) -> str:
    """After a cancel: with duress, ties its silent press to the incident. The record reads the same either way.

    Returns the wire identity of the press, the same each time.
    """
    press = same_id("duress", str(incident_id), str(by))
    with recorded_change(actor, "incidents.look_after_cancel", cause=str(incident_id)):
        if is_duress:
            Incident.objects.filter(id=incident_id).update(duress_press=press)
    return press


def set_outcome(actor: Actor, incident_id: UUID, outcome: str) -> None:
    """Says what a closed incident turned out to be; may be corrected later, each time in the record."""
    incident = incident_to_change(actor, incident_id, "incidents.all_clear")
    if outcome not in OUTCOMES:
        raise Refused(f"An incident was one of: {', '.join(OUTCOMES.values())}.")
    if incident.state == "open":
        raise Conflict("Give the all-clear first; then say what it was.")
    with recorded_change(actor, "incidents.set_outcome", target=incident, cause=str(incident_id)) as change:
        locked = Incident.objects.select_for_update().get(id=incident_id)
        change.note(before=locked.outcome, outcome=outcome)
        locked.outcome, locked.outcome_by, locked.outcome_at = outcome, actor.name, clock.now()
        locked.save(update_fields=["outcome", "outcome_by", "outcome_at"])
        if locked.kind == "duress":  # what looked like a mistake was none: the rate must not count it as one
            press = IncidentPress.objects.filter(incident=locked).values("press")
            Incident.objects.filter(duress_press__in=press).update(outcome=outcome)
        TimelineEntry.objects.create(
            incident=locked, kind="person", what=f"Outcome: {OUTCOMES[outcome]}", by=actor.name
        )
        change.touch(f"incident:{incident_id}")
