"""A press opens an incident or joins the one that is on."""

from datetime import timedelta
from uuid import UUID

import msgspec
from django.db.models import Max

from watchbell.district.sites.queries import place_names
from watchbell.field.panic.events import PanicRaised, PlaceCorrected
from watchbell.kernel.changes import Change, recorded_change, take_turns
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import moment, now
from watchbell.line.errors import NotFound
from watchbell.line.ids import same_uuid
from watchbell.response.incidents import rules
from watchbell.response.incidents.actions.board import hold_presses
from watchbell.response.incidents.events import IncidentOpened
from watchbell.response.incidents.facts import OpenIncident
from watchbell.response.incidents.models import BoardEntry, Incident, IncidentPress, IncidentStep, TimelineEntry
from watchbell.response.plans.facts import KINDS, PlanFacts
from watchbell.response.plans.queries import plan_for


def open_or_join(actor: Actor, press: PanicRaised) -> UUID:
    """The incident this press belongs to; the same press twice, also at the same moment, changes nothing."""
    known = _joined(press)
    if known is not None:
        return known
    try:
        return _join(actor, _named(press))
    except _IsKnownNow as other:
        return other.incident


def _named(press: PanicRaised) -> PanicRaised:
    """Who presses through the interface may name a place by its id alone: people are told its name."""
    if not press.place or press.place_name:
        return press
    place = UUID(press.place)
    return msgspec.structs.replace(press, place_name=place_names([place]).get(place, ""))


class _IsKnownNow(Exception):
    """Somebody else has filed the press while this one waited for its turn: nothing is written."""

    def __init__(self, incident: UUID) -> None:
        super().__init__(str(incident))
        self.incident = incident


def _joined(press: PanicRaised) -> UUID | None:
    return IncidentPress.objects.filter(press=press.press).values_list("incident_id", flat=True).first()


def _join(actor: Actor, press: PanicRaised) -> UUID:
    with recorded_change(actor, "incidents.open_or_join", cause=press.press) as change:
        hold_presses([press.press])
        known = _joined(press)
        if known is not None:
            raise _IsKnownNow(known)
        take_turns(f"incidents:{actor.district}")
        verdict = rules.judge_press(
            UUID(press.site), press.kind, press.mode, moment(press.received_at), _open_incidents(UUID(press.site)),
            UUID(press.place) if press.place else None, press.place_name,
        )  # fmt: skip
        incident = _open(change, press) if verdict.joins is None else Incident.objects.get(id=verdict.joins)
        _add_press(change, incident, press)
        for drill in verdict.ends:
            _end_drill(change, drill, incident)
        change.about(incident)
        change.note(press=press.press, because=verdict.because)
        change.touch(f"incident:{incident.id}")
        change.touch("incidents:all")
        change.touch(f"site:{press.site}")
    return incident.id


def _open_incidents(site: UUID) -> list[OpenIncident]:
    fields = ("id", "site_id", "kind", "mode", "state", "last_press_at", "place_id", "place_name")
    rows = Incident.objects.filter(site_id=site).exclude(state="closed").order_by("-opened_at").values_list(*fields)
    return [OpenIncident(*row) for row in rows]


def _open(change: Change, press: PanicRaised) -> Incident:
    plan = plan_for(UUID(press.site), press.kind)
    kind = press.kind if press.kind in KINDS else "lockdown"
    name, directive = (plan.name, plan.directive) if plan else KINDS[kind]
    number = (Incident.objects.aggregate(most=Max("number"))["most"] or 0) + 1
    at = moment(press.received_at)
    incident = Incident.objects.create(
        id=same_uuid("incident", press.press), number=number, site_id=UUID(press.site),
        place_id=UUID(press.place) if press.place else None, place_name=press.place_name, kind=kind, name=name,
        directive=directive, mode=press.mode, plan=msgspec.to_builtins(plan) if plan else {},
        plan_version=plan.version if plan else 0, opened_at=at, last_press_at=at, device=press.device,
        pressed_by=UUID(press.by) if press.by else None,
    )  # fmt: skip
    if plan is not None:
        _add_steps(incident, plan)
    change.announce(IncidentOpened(str(incident.id), press.site, kind, press.mode))
    ask_for_cameras(change, incident)
    return incident


def ask_for_cameras(change: Change, incident: Incident) -> None:
    """The cameras of the site open to those whom the incident involves."""
    change.ask_soon(
        "video.open_gate", incident=str(incident.id), site=str(incident.site_id), kind=incident.kind,
        mode=incident.mode, name=incident.name, place=str(incident.place_id) if incident.place_id else None,
        place_name=incident.place_name, agencies=rules.agencies_called(incident.kind, incident.plan),
        opened_at=incident.opened_at.isoformat(),
        pressed_by=str(incident.pressed_by) if incident.pressed_by else None,
    )  # fmt: skip


def _add_steps(incident: Incident, plan: PlanFacts) -> None:
    IncidentStep.objects.bulk_create(
        IncidentStep(
            incident=incident,
            step=str(step.id),
            number=step.number,
            name=step.name,
            timing=step.timing,
            due_at=incident.opened_at + timedelta(seconds=step.delay_seconds) if step.timing == "follow" else None,
        )
        for step in plan.steps
        if step.timing != "immediate"
    )


def _add_press(change: Change, incident: Incident, press: PanicRaised) -> None:
    at = moment(press.received_at)
    IncidentPress.objects.create(
        incident=incident, press=press.press, place_id=UUID(press.place) if press.place else None,
        place_name=press.place_name, device=press.device, by_name=press.by_name, at=at,
        by=UUID(press.by) if press.by else None, kind=press.kind, callback=press.callback,
    )  # fmt: skip
    BoardEntry.objects.filter(press=press.press, incident=None).update(incident=incident)
    if at > incident.last_press_at:
        Incident.objects.filter(id=incident.id).update(last_press_at=at)
    because = press.note or ("" if press.is_known else f"Unknown button {press.device}: check where it is.")
    what = rules.describe_press(press.kind, press.mode, press.place_name, press.device)
    TimelineEntry.objects.create(
        incident=incident, at=at, kind="press", what=what[:200],
        by=(press.by_name or press.device_name or press.device)[:160], because=because,
    )  # fmt: skip


def correct_place(actor: Actor, corrected: PlaceCorrected) -> UUID:
    """The press, and the incident where it was the first, move to the better place; the first stays in the timeline.

    Raises NotFound while the press has not joined its incident: the answer is tried again.
    """
    with recorded_change(actor, "incidents.correct_place", cause=corrected.press) as change:
        hold_presses([corrected.press])
        press = IncidentPress.objects.select_related("incident").filter(press=corrected.press).first()
        if press is None:
            raise NotFound("The press has not joined its incident yet.")
        incident = press.incident
        place = UUID(corrected.place) if corrected.place else None
        press.place_id, press.place_name = place, corrected.place_name
        press.save(update_fields=["place", "place_name"])
        first = incident.presses.order_by("at", "id").values_list("press", flat=True).first()
        if first == corrected.press:
            incident.place_id, incident.place_name = place, corrected.place_name
            incident.save(update_fields=["place", "place_name"])
            ask_for_cameras(change, incident)
        where = corrected.place_name or "place unknown"
        TimelineEntry.objects.create(
            incident=incident, kind="press", what=f"Rather in {where}"[:200], by=corrected.device_name[:160],
            because=f"Heard better there than in {corrected.was or 'the place told first'}.",
        )  # fmt: skip
        change.about(incident)
        change.note(was=corrected.was, now=corrected.place_name)
        change.touch(f"incident:{incident.id}")
        change.touch("incidents:all")
    return incident.id


def _end_drill(change: Change, drill: UUID, incident: Incident) -> None:
    """A real press ends a drill at its site, and says so; its endpoints are reset by the all-clear job."""
    because = f"A real alarm ended this drill: {incident.name}."
    TimelineEntry.objects.create(incident_id=drill, at=now(), kind="person", what="Drill ended", because=because)
    change.ask_soon("incidents.end_drill", incident=str(drill), because=because)
