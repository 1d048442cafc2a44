"""What the readiness of every site is judged by, in a handful of questions whatever their number."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import equipment_of_sites
from watchbell.district.sites.queries import all_site_facts, building_rooms
from watchbell.field.paging.facts import BAD_VERDICTS
from watchbell.field.paging.queries import newest_tests
from watchbell.field.panic.queries import open_session_of
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line import clock
from watchbell.response.plans.facts import BuildingRooms, PlanFacts, Reason, Running, SiteNow, SiteReadiness
from watchbell.response.plans.models import Plan
from watchbell.response.plans.queries.reading import REACHABLE, plan_facts
from watchbell.response.plans.rules import judge_site

ZONE_KINDS = ("paging_zone", "sip_speaker", "sip_group")
ALSO_LOOKED_AT = ("alarm_panel", "badge_gateway", "panic_button")


def read_running(told: dict[str, Any]) -> Running:
    """The supervisor's health document as the rules need it; {} when nobody answered."""
    reflex = told.get("roles", {}).get("reflex", {})
    if not told:
        return Running(is_known=False)
    detail = reflex.get("detail") or {}
    gateways = {name: str(state.get("state")) for name, state in told.get("gateways", {}).items()}
    for edge, state in told.get("edges", {}).items():  # one that lives at an edge counts for its gateway
        name = edge.partition("@")[0]
        if state.get("state") == "ok" or name not in gateways:
            gateways[name] = str(state.get("state"))
    return Running(
        True, str(reflex.get("state", "not running")), str(reflex.get("because", "")), int(detail.get("sites", 0)),
        float(detail.get("oldest", 0.0)), gateways,
    )  # fmt: skip


def with_zone_test(thing: EquipmentFacts, test: Any) -> EquipmentFacts:
    """A zone with the newer of what it told of itself and what paging's own test found."""
    is_known = test is not None and test.verdict
    if not is_known or (thing.self_test_at is not None and thing.self_test_at > test.asked_at):
        return thing
    return replace(thing, self_test="failed" if test.verdict in BAD_VERDICTS else "passed", self_test_at=test.asked_at)


def readiness_seen_by(actor: Actor, told: dict[str, Any], site_id: UUID | None = None) -> list[SiteReadiness]:
    """The readiness of the sites `actor` may see, the worst first. told: the supervisor's health. Seven queries."""
    require(actor, "equipment.view", site_id)
    running = read_running(told)
    sites = all_site_facts()
    lockdowns = Plan.objects.filter(kind="lockdown").prefetch_related("steps")
    lockdowns = lockdowns if site_id is None else lockdowns.filter(site_id=site_id)
    plans = {p.site_id: plan_facts(p) for p in lockdowns}
    things: dict[UUID | None, list[EquipmentFacts]] = defaultdict(list)
    found_things = equipment_of_sites((*REACHABLE, *ALSO_LOOKED_AT), site_id)
    tests = newest_tests(thing.id for thing in found_things if thing.kind in ZONE_KINDS)
    for thing in found_things:
        things[thing.site].append(with_zone_test(thing, tests.get(thing.id)))
    buildings: dict[UUID, list[BuildingRooms]] = defaultdict(list)
    for pk, site, name, rooms, locks in building_rooms():
        buildings[site].append(BuildingRooms(pk, site, name, rooms, locks))
    in_session = open_session_of()
    found = []
    for site in sites:
        if (site_id is None or site.id == site_id) and may(actor, "equipment.view", site.id):
            plan: PlanFacts | None = plans.get(site.id)
            here = tuple(things[site.id] + things[None])
            sessions = {
                one.id: (in_session[one.id][0], clock.moment(in_session[one.id][1]))
                for one in here if one.id in in_session
            }  # fmt: skip
            now = SiteNow(site.id, site.name, plan, here, tuple(buildings[site.id]), sessions, site.timezone)
            found.append(judge_site(now, running, len(sites), clock.now()))
    return sorted(found, key=lambda one: (("no", "but", "yes").index(one.verdict), one.name))


def readiness_as_dict(one: SiteReadiness, at: datetime) -> dict[str, Any]:
    """The API's form."""

    def said(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
        return [{"level": r.level, "weight": r.weight, "text": r.text} for r in reasons]

    return {
        "site": str(one.id), "name": one.name, "verdict": one.verdict, "reasons": said(one.reasons),
        "at": at.isoformat(),
        "buildings": [
            {"id": str(b.id) if b.id else None, "name": b.name, "verdict": b.verdict, "reasons": said(b.reasons)}
            for b in one.buildings
        ],
    }  # fmt: skip
