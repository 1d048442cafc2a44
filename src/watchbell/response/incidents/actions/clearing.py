"""The all-clear travels like the alarm: every endpoint confirms its reset, only then is the incident closed."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.db import connection

from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor, roles_with
from watchbell.line import clock
from watchbell.line.errors import Conflict, Refused
from watchbell.response.incidents import rules
from watchbell.response.incidents.actions.board import UPSERT, order_row
from watchbell.response.incidents.actions.steps import lock_entry
from watchbell.response.incidents.events import IncidentClosed
from watchbell.response.incidents.models import (
    BoardEntry,
    Incident,
    IncidentPress,
    IncidentStep,
    StaffConfirmation,
    TimelineEntry,
)
from watchbell.response.incidents.queries import incident_to_change
from watchbell.response.plans.facts import StepFacts
from watchbell.response.plans.queries import orders_now
from watchbell.wire.order import Order


def give_all_clear(actor: Actor, incident_id: UUID, why: str = "") -> None:
    """Ends the alarm; where the plan demands two people, the first one's word is kept and the second one's ends it.

    Raises Refused without the authority the plan demands, Conflict when it is over already.
    """
    incident = incident_to_change(actor, incident_id)
    named = incident.plan.get("clear_roles", [])
    roles = [role for role in roles_with(actor, "incidents.all_clear", incident.site_id)
             if rules.may_clear(role, named, True)]  # fmt: skip
    if not actor.is_system and not roles:
        raise Refused("Your role may not give the all-clear here; the plan names who may.")
    with recorded_change(actor, "incidents.give_all_clear", target=incident, why=why, cause=str(incident_id)) as change:
        locked = Incident.objects.select_for_update().get(id=incident_id)
        if locked.state != "open":
            raise Conflict("The all-clear has been given already.")
        if not actor.is_system and _is_proposal(change, locked, actor, roles, why):
            return
        begin_clearing(change, locked, "All-clear given", "all-clear", why)


def begin_clearing(change: Change, locked: Incident, what: str, reason: str, why: str = "") -> None:
    """Every endpoint is asked to reset; the incident closes when each has confirmed. `locked` is the row, locked."""
    actor = change.actor
    first = locked.clear_proposed.get("name")
    locked.state, locked.cleared_at = "clearing", clock.now()
    locked.cleared_by = f"{first} and {actor.name}"[:160] if first and not actor.is_system else actor.name
    locked.save(update_fields=["state", "cleared_at", "cleared_by"])
    IncidentStep.objects.filter(incident=locked, state="waiting").update(state="dropped")
    TimelineEntry.objects.create(
        incident=locked, kind="person", what=what[:200], by=f"{actor.name}, {actor.role}", because=why
    )
    sent = _ask_resets(change, locked, reason)
    change.note(releases=sent)
    change.touch(f"incident:{locked.id}")
    change.touch("incidents:all")
    change.touch(f"site:{locked.site_id}")


def _is_proposal(change: Change, incident: Incident, actor: Actor, roles: Sequence[str], why: str) -> bool:
    """True when this was the first of two people; raises Refused when it may not be the one who ends it."""
    presses = IncidentPress.objects.filter(incident=incident).values("press")
    said = StaffConfirmation.objects.filter(press__in=presses, what="dispatch_status").values_list("what", "detail")
    user = str(actor.user_id)
    verdict, because = rules.judge_clearing(
        incident.plan, incident.clear_proposed, user, roles, rules.has_police_arrived(said)
    )
    if verdict == "refuse":
        raise Refused(because)
    if verdict == "clear":
        return False
    role = "police" if "police" in roles else roles[0]
    proposed = {"user": user, "name": actor.name, "role": role, "at": clock.now().isoformat()}
    incident.clear_proposed = proposed
    incident.save(update_fields=["clear_proposed"])
    TimelineEntry.objects.create(
        incident=incident, kind="person", what="All-clear proposed: a second person must confirm it",
        by=f"{actor.name}, {role}", because=why,
    )  # fmt: skip
    change.note(proposed=True)
    change.touch(f"incident:{incident.id}")
    return True


def _asked_of(incident: Incident) -> list[Order]:
    """What has been asked for this incident and must be taken back."""
    entries = BoardEntry.objects.filter(incident=incident, is_reset=False)
    told = [(msgspec.convert(entry.wire_order, Order), entry.state) for entry in entries.order_by("asked_at")]
    return [order for order, state in told if not rules.was_never_told(order, state)]


def _held_elsewhere(incident: Incident) -> set[tuple[str, str]]:
    """(endpoint, action) of what other open alarms need: what they have asked, and what their plans ask at once. A real
    alarm that ends a drill is recorded before its orders are, and its doors must not be released by the drill's end."""
    elsewhere = BoardEntry.objects.filter(incident__state="open", is_reset=False).exclude(incident=incident)
    held = {(entry.endpoint["id"], entry.action) for entry in elsewhere.only("endpoint", "action")}
    others = Incident.objects.filter(state="open", site_id=incident.site_id).exclude(id=incident.id)
    for plan in others.values_list("plan", flat=True):
        steps = [msgspec.convert(step, StepFacts) for step in plan.get("steps", []) if step["timing"] == "immediate"]
        held |= {(order.endpoint.id, order.action) for order in orders_now(steps, incident.site_id)}
    return held


def _ask_resets(change: Change, incident: Incident, reason: str) -> int:
    send, kept = rules.orders_to_reset(_asked_of(incident), _held_elsewhere(incident), clock.unix())
    if kept:
        names = ", ".join(order.endpoint.name for order in kept[:5])
        TimelineEntry.objects.create(
            incident=incident, kind="order", what=f"{len(kept)} endpoints stay as they are",
            because=f"Another alarm still needs them: {names}.",
        )  # fmt: skip
    return _send_resets(change, incident, send, reason)


def reset_late(actor: Actor, incident_id: UUID) -> int:
    """Asks the endpoints to reset whose orders were written down only after the all-clear; how many. A closed incident
    is being cleared again until they have.
    """
    with recorded_batch("look for orders that came late", actor):
        incident = Incident.objects.get(id=incident_id)
        resets = BoardEntry.objects.filter(incident=incident, is_reset=True)
        reset = [msgspec.convert(entry.wire_order, Order) for entry in resets]
        asked, now = _asked_of(incident), clock.unix()
        missing = rules.missing_releases(asked, reset, set(), now)
        if missing:  # seldom; this is asked each second, and the other alarms are much to read
            missing = rules.missing_releases(asked, reset, _held_elsewhere(incident), now)
    if not missing:
        return 0
    with recorded_change(actor, "incidents.reset_late", target=incident, cause=str(incident_id)) as change:
        locked = Incident.objects.select_for_update().get(id=incident_id)
        if locked.state == "closed":
            locked.state, locked.closed_at = "clearing", None
            locked.save(update_fields=["state", "closed_at"])
        TimelineEntry.objects.create(
            incident=locked, kind="order", what=f"{len(missing)} endpoints are reset after the others",
            because="They were asked so shortly before the all-clear that it did not know of them.",
        )  # fmt: skip
        change.touch(f"incident:{locked.id}")
        change.touch("incidents:all")
        return _send_resets(change, locked, missing, "all-clear", is_late=True)


def _send_resets(change: Change, incident: Incident, send: list[Order], reason: str, *, is_late: bool = False) -> int:
    presses = list(IncidentPress.objects.filter(incident=incident).values_list("press", flat=True))
    own = {"presses": presses}  # of all alerts on the screens these are over, and no other incident's there
    send = [
        msgspec.structs.replace(
            order, incident=str(incident.id),
            params={**order.params, **own} if order.action == "clear_screens" else order.params,
        )
        for order in send
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(UPSERT, [order_row(order, None) for order in send])
    change.ask_soon(
        "incidents.send_orders", incident=str(incident.id), site=str(incident.site_id), reason=reason,
        orders=[order.id for order in send], clears=[] if is_late else presses,
    )  # fmt: skip
    return len(send)


def close_endpoint(actor: Actor, incident_id: UUID, entry_id: UUID, why: str) -> None:
    """A named person has checked the endpoint by hand; without a reason it is refused."""
    if not why.strip():
        raise Refused("Say how you checked it: the reason is part of the record.")
    with recorded_change(actor, "incidents.close_endpoint", why=why) as change:
        incident = incident_to_change(actor, incident_id, "incidents.close_endpoint")
        entry = lock_entry(incident, entry_id)
        entry.is_by_hand, entry.state, entry.done_at = True, "done", clock.now()
        entry.because = f"Checked by hand by {actor.name}: {why}"
        entry.save(update_fields=["is_by_hand", "state", "done_at", "because"])
        change.about(incident)
        change.note(endpoint=entry.endpoint["name"])
        TimelineEntry.objects.create(
            incident=incident, kind="person", what=f"{entry.endpoint['name']} checked by hand"[:200],
            by=actor.name, because=why,
        )  # fmt: skip
        change.touch(f"incident:{incident_id}")
        if incident.state == "clearing":
            _close_if_over(change, incident)


def finish_if_over(actor: Actor, incident_id: UUID) -> bool:
    """Closes a clearing incident whose resets are all confirmed; True when it is closed."""
    with recorded_batch("look whether the incident is over", actor):
        states = list(
            BoardEntry.objects.filter(incident_id=incident_id, is_reset=True).values_list("state", "is_by_hand")
        )
        cleared_at = Incident.objects.values_list("cleared_at", flat=True).get(id=incident_id)
        if not rules.is_over(states) or not rules.is_settled(cleared_at, bool(states), clock.now()):
            return False
    with recorded_change(actor, "incidents.close", cause=str(incident_id)) as change:
        incident = Incident.objects.select_for_update().get(id=incident_id)
        change.about(incident)
        if incident.state == "clearing":
            _close(change, incident)
    return True


def _close_if_over(change: Change, incident: Incident) -> None:
    states = BoardEntry.objects.filter(incident=incident, is_reset=True).values_list("state", "is_by_hand")
    if rules.is_over(states):
        _close(change, incident)


def _close(change: Change, incident: Incident) -> None:
    incident.state, incident.closed_at = "closed", clock.now()
    if incident.mode != "real" and not incident.outcome:
        incident.outcome, incident.outcome_at = "drill", incident.closed_at
    incident.save(update_fields=["state", "closed_at", "outcome", "outcome_at"])
    TimelineEntry.objects.create(
        incident=incident, kind="order", what="Closed: every endpoint is back to normal", at=incident.closed_at
    )
    change.ask_soon("video.close_gate", incident=str(incident.id))
    change.announce(IncidentClosed(str(incident.id), str(incident.site_id), incident.kind, incident.mode))
    change.touch(f"incident:{incident.id}")
    change.touch("incidents:all")
    change.touch(f"site:{incident.site_id}")
