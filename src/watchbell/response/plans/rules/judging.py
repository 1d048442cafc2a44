"""Judges plans and turns them, with the equipment there is, into what the edges carry out."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.sites.facts import PlaceFacts, SiteFacts
from watchbell.response.plans.facts import (
    ACTIONS,
    KINDS,
    TIMINGS,
    WAITS_FOR,
    Escalation,
    Fault,
    PlanFacts,
    StepFacts,
)
from watchbell.wire.order import Endpoint
from watchbell.wire.snapshot import (
    SiteSnapshot,
    SnapshotAid,
    SnapshotEscalation,
    SnapshotFloor,
    SnapshotOrder,
    SnapshotPlace,
    SnapshotPlan,
    SnapshotResponder,
    SnapshotStep,
)

#: Device names of gateways whose endpoint is not one piece of equipment with an address of its own.
OWN_NAME = frozenset({"osdp", "rtppaging", "eido", "voicecall", "webpush", "screens", "sms", "siptrunk"})


NOUNS = {"lock_door": "doors", "unlock_door": "doors", "start_page": "paging zones", "tell_dispatch": "centres",
         "place_call": "telephone lines", "tell_screens": "screen groups", "push_staff": "phone groups",
         "start_strobe": "strobes", "show_sign": "signs", "send_cap": "alert feeds"}  # fmt: skip


def endpoint_of(thing: EquipmentFacts) -> Endpoint:
    """The equipment as the wire knows it."""
    return Endpoint(
        id=str(thing.id), name=thing.name, gateway=thing.gateway, device=thing.device or str(thing.id),
        test=thing.is_test,
    )  # fmt: skip


def choose_endpoints(step: StepFacts, equipment: Sequence[EquipmentFacts]) -> list[EquipmentFacts]:
    """The equipment a step means: all of its kind at the site, the exterior ones, or those named."""
    kinds = ACTIONS.get(step.action, ("", ()))[1]
    fitting = [thing for thing in equipment if thing.kind in kinds]
    if step.select == "named":
        wanted = set(step.endpoints)
        return [thing for thing in fitting if str(thing.id) in wanted]
    if step.select == "exterior":
        fitting = [thing for thing in fitting if thing.is_exterior]
    return [thing for thing in fitting if is_asked_unnamed(thing)]


def is_asked_unnamed(thing: EquipmentFacts) -> bool:
    """False for test endpoints, and for those on standby (a second 911 centre): they are asked only by name."""
    return not thing.is_test and not thing.settings.get("is_standby")


def find_faults(plan: PlanFacts, equipment: Sequence[EquipmentFacts]) -> list[Fault]:
    """What would not work on the day: dead references, empty steps, words nobody knows, impossible times."""
    known = {str(thing.id): thing for thing in equipment}
    faults = []
    if plan.kind not in KINDS:
        faults.append(Fault("", f"There is no kind of alarm “{plan.kind}”."))
    if not any(step.timing == "immediate" for step in plan.steps):
        faults.append(Fault("", "Nothing happens at once: a press would only be recorded."))
    for step in plan.steps:
        faults += [Fault(step.name, because) for because in _step_faults(step, known, equipment)]
    return faults


def _step_faults(
    step: StepFacts, known: dict[str, EquipmentFacts], equipment: Sequence[EquipmentFacts]
) -> Iterable[str]:
    if step.action not in ACTIONS or step.timing not in TIMINGS:
        yield f"“{step.action}” {step.timing} is not something a step can do."
        return
    named = (*step.endpoints, *step.fallback_endpoints, *(e for one in step.escalations for e in one.endpoints))
    gone = [endpoint for endpoint in named if endpoint not in known]
    if gone:
        yield f"{len(gone)} of its endpoints no longer exist."
    if not choose_endpoints(step, equipment):
        yield "It reaches nobody: no equipment at this site fits."
    if step.deadline_seconds <= 0 or step.expires_seconds < step.deadline_seconds:
        yield "Its deadline must be above zero and not after the order expires."
    if step.fallback_endpoints and step.fallback_action not in ACTIONS:
        yield "It names a fallback but not what the fallback does."
    for one in step.escalations:
        if not escalated_endpoints(one, equipment):
            yield f"Its escalation after {one.after_seconds:g} s reaches nobody."


def read_aloud(step: StepFacts, count: int) -> str:
    """A step as a sentence."""
    verb = ACTIONS.get(step.action, (step.action, ()))[0]
    what = NOUNS.get(step.action, "endpoints")
    which = {"all": "all", "exterior": "the exterior", "named": "the named"}[step.select]
    when = TIMINGS.get(step.timing, step.timing)
    return f"{verb} {which} {count} {what}{_for_whom(step.params)} {when}; late after {step.deadline_seconds:g} s."


def _for_whom(params: dict[str, Any]) -> str:
    audience = params.get("audience")
    if not isinstance(audience, dict) or not audience.get("roles"):
        return ""
    roles = ", ".join(str(role) for role in audience["roles"])
    if not audience.get("nearest"):
        return f" (only {roles})"
    each = ", of each role the nearest among them" if audience.get("each") else ""
    return f" (the {audience['nearest']} nearest of {roles}{each})"


def escalations_aloud(step: StepFacts, equipment: Sequence[EquipmentFacts]) -> list[str]:
    """What follows when people do not answer, each as a sentence; the soonest first."""
    return [escalation_aloud(one, equipment) for one in sorted(step.escalations, key=lambda one: one.after_seconds)]


def escalation_aloud(one: Escalation, equipment: Sequence[EquipmentFacts]) -> str:
    """E.g. "After 30 s, unless a dispatcher has acknowledged: call Telephone line to the 911 centre"."""
    unless = " or ".join(WAITS_FOR.get(word, word) for word in one.waits_for)
    verb = ACTIONS.get(one.action, (one.action, ()))[0].lower()
    names = [thing.name for thing in escalated_endpoints(one, equipment)]
    whom = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "") or "nobody"
    roles = one.params.get("audience", {}).get("roles", [])
    meant = f" (for {', '.join(role.replace('_', ' ') for role in roles)})" if roles else ""
    return f"After {one.after_seconds:g} s, unless {unless or 'somebody has answered'}: {verb} {whom}{meant}"


def escalated_endpoints(one: Escalation, equipment: Sequence[EquipmentFacts]) -> list[EquipmentFacts]:
    """Those an escalation names, or all of its kind that need not be named."""
    kinds = ACTIONS.get(one.action, ("", ()))[1]
    fitting = [thing for thing in equipment if thing.kind in kinds]
    wanted = set(one.endpoints)
    return [thing for thing in fitting if (str(thing.id) in wanted if wanted else is_asked_unnamed(thing))]


def snapshot_order(thing: EquipmentFacts, action: str, params: dict[str, Any]) -> SnapshotOrder:
    return SnapshotOrder(endpoint=endpoint_of(thing), action=action, params=params)


def snapshot_step(step: StepFacts, equipment: Sequence[EquipmentFacts]) -> SnapshotStep:
    """A step with the endpoints it has now."""
    known = {str(thing.id): thing for thing in equipment}
    fallback = [known[endpoint] for endpoint in step.fallback_endpoints if endpoint in known]
    return SnapshotStep(
        id=str(step.id), name=step.name,
        orders=[snapshot_order(thing, step.action, step.params) for thing in choose_endpoints(step, equipment)],
        deadline_seconds=step.deadline_seconds, expires_seconds=step.expires_seconds,
        fallback=[snapshot_order(thing, step.fallback_action, {}) for thing in fallback],
        escalations=[
            SnapshotEscalation(
                after_seconds=one.after_seconds, waits_for=list(one.waits_for),
                orders=[snapshot_order(thing, one.action, one.params) for thing in escalated_endpoints(one, equipment)],
            )
            for one in step.escalations
        ],
    )  # fmt: skip


def snapshot_plan(plan: PlanFacts, equipment: Sequence[EquipmentFacts]) -> SnapshotPlan:
    steps = [snapshot_step(step, equipment) for step in plan.steps if step.timing == "immediate"]
    return SnapshotPlan(
        id=str(plan.id), version=plan.version, kind=plan.kind, name=plan.name, directive=plan.directive,
        steps=[step for step in steps if step.orders],
    )  # fmt: skip


def snapshot_site(
    district: UUID, district_name: str, site: SiteFacts, places: Sequence[PlaceFacts], plans: Sequence[PlanFacts],
    equipment: Sequence[EquipmentFacts], version: int, now: float, responders: Sequence[SnapshotResponder] = (),
    floors: dict[str, SnapshotFloor] | None = None, aids: Sequence[SnapshotAid] = (), timezone: str = "",
) -> SiteSnapshot:  # fmt: skip
    """Everything the reflex needs of a site; unsigned."""
    return SiteSnapshot(
        district=str(district), district_name=district_name, site=str(site.id), site_name=site.name, version=version,
        made_at=now, valid_from=now, address=site.address, latitude=site.latitude, longitude=site.longitude,
        plans={plan.kind: snapshot_plan(plan, equipment) for plan in plans},
        places={
            str(place.id): SnapshotPlace(
                id=str(place.id), name=place.name, building=place.building, floor=place.floor, room=place.room,
                nearest_door=place.nearest_door, latitude=place.latitude, longitude=place.longitude,
                floor_id=place.floor_id, x=place.x, y=place.y,
            )
            for place in places
        },
        responders=list(responders), floors=floors or {}, aids=list(aids), timezone=timezone,
    )  # fmt: skip
