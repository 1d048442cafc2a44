"""Would a lockdown work here right now? Decided for each building from what is known of everything it needs."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.response.plans.facts import (
    BuildingReadiness,
    BuildingRooms,
    PlanFacts,
    Reason,
    Running,
    SiteNow,
    SiteReadiness,
    StepFacts,
)
from watchbell.response.plans.rules.judging import choose_endpoints

#: A zone that was not tested for this long is not known to sound; tests come round each night.
SELF_TEST_HOURS = 50
DEAD = ("silent", "trouble")
SAID = {"silent": "silent", "trouble": "in trouble"}
GATEWAY_WORK = {
    "osdp": "lock doors", "rtppaging": "speak on speakers", "sip": "speak on speakers", "eido": "tell dispatch centres",
    "voicecall": "place calls", "webpush": "push to phones", "siadc09": "hear panic buttons",
    "blebadge": "hear badges",
}  # fmt: skip
#: Without these an alarm would not do what it is for.
VITAL = ("osdp",)


def judge_site(now: SiteNow, running: Running, sites: int, at: datetime) -> SiteReadiness:
    """The readiness of a site and each of its buildings at the moment `at`. sites: how many the district has."""
    steps = [step for step in now.plan.steps if step.timing == "immediate"] if now.plan else []
    reasons = [*_of_plan(now.plan, steps), *_of_running(running, sites)]
    if steps:
        reasons += _of_gateways(now, steps, running)
        reasons += _of_dispatch(now, steps, running)
        reasons += _of_staff(now, steps)
        reasons += _of_zones([t for t in _asked(now, steps, "start_page") if t.building is None], at, now.plan)
    reasons += _of_buttons(now)
    ordered = _ordered(reasons)
    buildings = tuple(_judge_building(now, one, steps, ordered, at) for one in _buildings_of(now))
    verdict = _worst([_verdict(ordered), *(building.verdict for building in buildings)])
    return SiteReadiness(now.id, now.name, verdict, ordered, buildings)


def _buildings_of(now: SiteNow) -> list[BuildingRooms]:
    """The buildings, and the site itself for doors that stand in none of them."""
    known = {building.id for building in now.buildings}
    is_loose = any(t.kind == "controlled_door" and t.building not in known for t in now.equipment)
    return [*now.buildings, *([BuildingRooms(now.id, now.id, "Elsewhere on the site", 0, 0)] if is_loose else [])]


def _judge_building(
    now: SiteNow, building: BuildingRooms, steps: Sequence[StepFacts], above: Sequence[Reason], at: datetime
) -> BuildingReadiness:
    known = {one.id for one in now.buildings}
    is_rest = building.id not in known
    here = [t for t in now.equipment if (t.building not in known if is_rest else t.building == building.id)]
    doors = [thing for thing in here if thing.kind == "controlled_door" and not thing.is_test]
    reasons = [*_of_doors(now, doors, steps)] if steps else []
    if steps and not is_rest:
        zones = [thing for thing in _asked(now, steps, "start_page") if thing.building == building.id]
        reasons += _of_zones(zones, at, now.plan)
    without = building.classrooms - building.with_lock
    if without > 0:
        reasons.append(
            Reason("note", 10, f"{without} of {building.classrooms} classrooms have no lock that is known here.",
                   ("site", str(now.id)))
        )  # fmt: skip
    own = _ordered(reasons)
    return BuildingReadiness(
        None if is_rest else building.id, building.name, _worst([_verdict(above), _verdict(own)]), own
    )


def _of_plan(plan: PlanFacts | None, steps: Sequence[StepFacts]) -> Iterable[Reason]:
    if plan is None:
        yield Reason("stops", 100, "There is no lockdown plan here: a press would only be recorded.", ("plans", ""))
    elif not steps:
        yield Reason("stops", 99, "The lockdown plan does nothing at once.", ("plan", str(plan.id)))
    else:
        for action, weight, words in (
            ("lock_door", 80, "locks no door"), ("start_page", 70, "speaks on no speaker"),
            ("tell_dispatch", 75, "tells no dispatch centre"), ("tell_screens", 40, "alerts no staff screen"),
        ):  # fmt: skip
            if not any(step.action == action for step in steps):
                yield Reason("weakens", weight, f"The lockdown plan {words} at once.", ("plan", str(plan.id)))


def _of_running(running: Running, sites: int) -> Iterable[Reason]:
    if not running.is_known:
        yield Reason("weakens", 85, "Nobody can say whether the reflex and the gateways run.", ("health", ""))
    elif running.reflex != "ok":
        why = f" ({running.reflex_because})" if running.reflex_because else ""
        yield Reason("stops", 98, f"The reflex, which acts on a press, is {running.reflex}{why}.", ("health", ""))
    elif running.snapshots < sites:
        text = f"The reflex holds the plans of {running.snapshots} of {sites} sites."
        yield Reason("weakens", 82, text, ("health", ""))


def _of_gateways(now: SiteNow, steps: Sequence[StepFacts], running: Running) -> Iterable[Reason]:
    asked = {thing.gateway for step in steps for thing in choose_endpoints(step, now.equipment)}
    heard = {thing.gateway for thing in now.equipment if thing.kind in ("panic_button", "badge_gateway")}
    for gateway in sorted((asked | heard) - {"", "screens"}):
        state = running.gateways.get(gateway, "not running") if running.is_known else "ok"
        if state not in ("ok", "degraded"):
            work = GATEWAY_WORK.get(gateway, "reach its equipment")
            is_vital = gateway in VITAL and gateway in asked
            text = f"The gateway {gateway} is {state}: it would not {work}."
            yield Reason("stops" if is_vital else "weakens", 97 if is_vital else 78, text, ("health", ""))


def _of_dispatch(now: SiteNow, steps: Sequence[StepFacts], running: Running) -> Iterable[Reason]:
    told = [step for step in steps if step.action == "tell_dispatch"]
    known = {str(thing.id): thing for thing in now.equipment}
    down = {name for name, state in running.gateways.items() if state not in ("ok", "degraded")}
    for step in told:
        centres = choose_endpoints(step, now.equipment)
        bad = [thing for thing in centres if thing.state in DEAD or thing.gateway in down]
        lines = [known[one] for one in step.fallback_endpoints if one in known]
        live = [line for line in lines if line.state not in DEAD and line.gateway not in down]
        if centres and len(bad) == len(centres):
            if live:
                text = f"No dispatch centre answers; {live[0].name} would be used instead."
                yield Reason("weakens", 88, text, *_of_things(bad))
            else:
                text = "Nobody outside would be told: no dispatch centre answers and no voice line stands by."
                yield Reason("stops", 95, text, *_of_things(bad))
        else:
            yield from _named(bad, 72, "dispatch centre")
        yield from _unheard(centres, 20, "dispatch centre")
        for line in lines:
            if line not in live:
                text = f"The voice line that stands by is not reachable: {line.name}."
                yield Reason("weakens", 45, text, *_of_things([line]))
        if not lines:
            yield Reason("note", 15, "No voice line stands by for the dispatch centres.", ("plans", ""))


def _of_staff(now: SiteNow, steps: Sequence[StepFacts]) -> Iterable[Reason]:
    for thing in _asked(now, steps, "tell_screens"):
        if thing.detail.get("open") == 0 or (thing.heard_at is not None and thing.state in DEAD):
            text = "No staff screen is open: nobody would see the alert on a desktop."
            yield Reason("weakens", 50, text, *_of_things([thing]))
    for thing in _asked(now, steps, "push_staff"):
        if thing.detail.get("subscribed") == 0:
            text = "No phone of the staff here has subscribed to alerts."
            yield Reason("weakens", 48, text, *_of_things([thing]))
        elif thing.state in DEAD:
            text = f"Staff phones would not be reached: {thing.state_because or SAID[thing.state]}"
            yield Reason("weakens", 49, text, *_of_things([thing]))


def _of_buttons(now: SiteNow) -> Iterable[Reason]:
    if now.sessions:
        ends = max(end for _, end in now.sessions.values()).astimezone(ZoneInfo(now.zone))
        count = len(now.sessions)
        text = f"{count} button{_s(count)} {_are(count)} in a test session until {ends:%H:%M}: no alarm comes of them."
        yield Reason("weakens", 60, text, ("sessions", ""))
    yield from _named([t for t in now.equipment if t.kind == "alarm_panel" and t.state in DEAD], 68, "alarm panel")
    yield from _named([t for t in now.equipment if t.kind == "badge_gateway" and t.state in DEAD], 55, "badge gateway")
    buttons = [thing for thing in now.equipment if thing.kind == "panic_button"]
    yield from _named([thing for thing in buttons if thing.state in DEAD], 58, "panic button")
    if not any(thing.kind in ("panic_button", "badge_gateway") for thing in now.equipment):
        yield Reason("note", 12, "No panic button is known here: alarms come from screens and phones only.",
                     ("equipment_list", f"site={now.id}"))  # fmt: skip


def _of_doors(now: SiteNow, doors: Sequence[EquipmentFacts], steps: Sequence[StepFacts]) -> Iterable[Reason]:
    locking = [step for step in steps if step.action == "lock_door"]
    asked = {thing.id for step in locking for thing in choose_endpoints(step, now.equipment)}
    mine = [door for door in doors if door.id in asked]
    dead = [door for door in mine if door.state in DEAD]
    where = ("equipment_list", f"site={now.id}&kind=controlled_door&state=failing")
    if mine and len(dead) == len(mine):
        yield Reason("stops", 94, f"None of its {len(mine)} doors that lock by order answers.", where, _ids(dead))
    elif dead:
        yield from _named(dead, 76, "door", len(mine))
    unheard = [door for door in mine if door.state == "unknown"]
    if unheard and len(unheard) == len(mine):
        yield Reason("weakens", 74, f"None of its {len(mine)} doors has ever been heard.", where)
    else:
        yield from _unheard(mine, 52, "door")
    live = [door for door in mine if door.state == "online"]
    yield from _standing([door for door in live if door.contact == "open"], 64, "stands open", "stand open")
    untouched = len(doors) - len(mine)
    if locking and untouched:
        text = f"{untouched} door{_s(untouched)} that could lock {_are(untouched)} not in the plan."
        yield Reason("weakens", 42, text, ("plan", str(now.plan.id)) if now.plan else ("plans", ""))


def _of_zones(zones: Sequence[EquipmentFacts], at: datetime, plan: PlanFacts | None) -> Iterable[Reason]:
    dead = [zone for zone in zones if zone.state in DEAD]
    if zones and len(dead) == len(zones):
        text = f"No speaker would sound: {_list(dead)} {_are(len(dead))} not reachable."
        yield Reason("weakens", 77, text, *_of_things(dead))
    else:
        yield from _named(dead, 66, "paging zone", len(zones))
    failed = [zone for zone in zones if zone not in dead and zone.self_test == "failed"]
    yield from _standing(failed, 62, "failed its last self-test", "failed their last self-test")
    old = [z for z in zones if z.self_test_at is not None and at - z.self_test_at > timedelta(hours=SELF_TEST_HOURS)]
    yield from _standing([z for z in old if z not in failed], 30, "was not tested for two nights",
                         "were not tested for two nights")  # fmt: skip
    never = [zone for zone in zones if zone.self_test_at is None]
    if never:
        yield Reason("note", 14, f"{len(never)} paging zone{_s(len(never))} never tested {_itself(len(never))}.",
                     ("equipment", str(never[0].id)))  # fmt: skip


def _asked(now: SiteNow, steps: Sequence[StepFacts], action: str) -> list[EquipmentFacts]:
    found: dict[UUID, EquipmentFacts] = {}
    for step in steps:
        if step.action == action:
            found |= {thing.id: thing for thing in choose_endpoints(step, now.equipment)}
    return list(found.values())


def _named(things: Sequence[EquipmentFacts], weight: int, word: str, of: int = 0) -> Iterable[Reason]:
    """One sentence for all that are silent, one for all in trouble."""
    for state, said in SAID.items():
        bad = [thing for thing in things if thing.state == state]
        if bad:
            share = f" of {of}" if of else ""
            many = of or len(bad)
            text = f"{len(bad)}{share} {word}{_s(many)} {_are(len(bad))} {said}: {_list(bad)}."
            yield Reason("weakens", weight, text, *_of_things(bad))


def _unheard(things: Sequence[EquipmentFacts], weight: int, word: str) -> Iterable[Reason]:
    bad = [thing for thing in things if thing.state == "unknown"]
    if bad:
        text = f"{len(bad)} {word}{_s(len(bad))} {'has' if len(bad) == 1 else 'have'} never been heard: {_list(bad)}."
        yield Reason("weakens", weight, text, *_of_things(bad))


def _standing(things: Sequence[EquipmentFacts], weight: int, one: str, many: str) -> Iterable[Reason]:
    if things:
        text = f"{_list(things)} {one if len(things) == 1 else many}."
        yield Reason("weakens", weight, text, *_of_things(things))


def _ids(things: Sequence[EquipmentFacts]) -> tuple[UUID, ...]:
    return tuple(thing.id for thing in things)


def _of_things(things: Sequence[EquipmentFacts]) -> tuple[tuple[str, str], tuple[UUID, ...]]:
    """Where the first of them is mended, and all of them."""
    return ("equipment", str(things[0].id)), _ids(things)


def _list(things: Sequence[EquipmentFacts]) -> str:
    more = f" and {len(things) - 3} more" if len(things) > 3 else ""
    return ", ".join(thing.name for thing in things[:3]) + more


def _ordered(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    levels = {"stops": 0, "weakens": 1, "note": 2}
    return tuple(sorted(reasons, key=lambda reason: (levels[reason.level], -reason.weight, reason.text)))


def _verdict(reasons: Iterable[Reason]) -> str:
    levels = {reason.level for reason in reasons}
    return "no" if "stops" in levels else "but" if "weakens" in levels else "yes"


def _worst(verdicts: Iterable[str]) -> str:
    return min(verdicts, key=("no", "but", "yes").index)


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _itself(count: int) -> str:
    return "itself" if count == 1 else "themselves"
