"""Who comes, what helps there, whether somebody was forced; and how often nobody had meant to press."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from watchbell.district.sites.queries import place_fact, place_facts, place_points
from watchbell.kernel.permissions import Actor, may, require, roles_at
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now
from watchbell.response.incidents import rules
from watchbell.response.incidents.facts import (
    AID_WORDS,
    WITH_AID,
    AidHere,
    Answered,
    Helper,
    HelpNow,
    Outcome,
    Rate,
    Stairs,
)
from watchbell.response.incidents.models import Incident, IncidentPress, StaffConfirmation
from watchbell.response.plans.queries import responders_of_site, snapshot_aids, ways_of_site
from watchbell.wire.nearness import Point, Way, is_trained, nearest_aid, nearest_first
from watchbell.wire.press import BY_PLACE
from watchbell.wire.snapshot import SnapshotAid, SnapshotFloor

REPORT_DAYS = 365


def helpers_of(incident: Incident) -> list[Helper]:
    """Everybody who has said that they come, are there, or cannot come."""
    return rules.helpers_of(_answered(incident))


def _answered(incident: Incident) -> list[Answered]:
    presses = IncidentPress.objects.filter(incident=incident).values("press")
    rows = StaffConfirmation.objects.filter(press__in=presses).order_by("at")
    return [
        Answered(row.by, row.by_name, str(row.detail.get("role", "")), row.what,
                 str(row.detail.get("place_name", "")), row.at) for row in rows
    ]  # fmt: skip


def help_now(incident: Incident) -> HelpNow:
    """What the page's parts on help and on the plan both show, asked once."""
    answered = tuple(_answered(incident))
    is_aided = incident.kind in WITH_AID and incident.state != "closed"
    here = rules.aids_here(answered) if incident.kind in WITH_AID else {}
    aids, ways = aids_of(incident, here) if is_aided else ([], [])
    return HelpNow(answered, here, tuple(aids), tuple(ways))


def escalations_of(incident: Incident) -> list[float]:
    """After how many seconds each the frozen plan goes further when nobody is on the way."""
    return sorted(
        {float(one["after_seconds"]) for step in incident.plan.get("steps", ())
         for one in step.get("escalations", ()) if "on_my_way" in one.get("waits_for", ())}
    )  # fmt: skip


def help_shown(actor: Actor, incident: Incident, known: HelpNow | None = None) -> dict[str, Any] | None:
    """Who comes, when it goes further, the nearest aids: for the incident's page; None where nobody is called so."""
    known, after = known or help_now(incident), escalations_of(incident)
    helpers = rules.helpers_of(known.answered)
    if incident.kind not in BY_PLACE and not helpers and not after:
        return None
    is_on = incident.state == "open"
    has_answer = any(one.what != "cannot_come" for one in helpers)
    further, went = rules.next_escalation(incident.opened_at, after, has_answer, now())
    arrived = min((one.arrived_at for one in helpers if one.arrived_at), default=None)
    press = IncidentPress.objects.filter(incident=incident).order_by("at").values_list("press", flat=True).first()
    mine = next((one.what for one in helpers if one.user == str(actor.user_id)), "")
    found = {"aed", *(one["what"] for one in known.aids if not one["is_bad"])} if incident.kind in WITH_AID else set()
    return {
        "helpers": helpers, "escalates_at": further if is_on else None, "went_further_at": went if is_on else None,
        "first_on_scene": arrived - incident.opened_at if arrived else None, "press": press or "", "mine": mine,
        "may_answer": is_on and _is_called(actor, incident), "is_on": is_on,
        "aids": list(known.aids), "bring": [kind for kind in AID_WORDS if kind in found - known.here.keys()],
        "here": list(known.here.values()),
    }  # fmt: skip


def _is_called(actor: Actor, incident: Incident) -> bool:
    """Whether the plan may call this person: then they answer here as on the alert."""
    steps = incident.plan.get("steps", ())
    told = [step.get("params", {}) for step in steps] + [
        one.get("params", {}) for step in steps for one in step.get("escalations", ())
    ]
    roles = {role for params in told for role in (params.get("audience") or {}).get("roles", ())}
    return actor.user_id != incident.pressed_by and (not roles or bool(roles & set(roles_at(actor, incident.site_id))))


def aids_of(
    incident: Incident, is_here: Mapping[str, AidHere]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """(the nearest AED, kit and trained adult in words, their ways on the plan: {"floor", "points", "text"}).

    Only what is in date today and not in trouble is offered; nobody is sent for what is there already.
    """
    if incident.place_id is None:
        return [], []
    place, floors = place_fact(incident.place_id), ways_of_site(incident.site_id)
    here = Point(place.floor_id, place.x, place.y)
    today = now().astimezone(zone_of(incident.district_id)).date().isoformat()
    shown, ways = [], []
    aids = snapshot_aids(incident.site_id)
    for kind, word in AID_WORDS.items():
        if kind in is_here:
            continue
        found = nearest_aid(here, kind, aids, floors, today)
        if found is None:
            name = f"No {word if kind == 'aed' else word.lower()} in date at this site"
            shown.append({"what": kind, "word": word, "name": name, "far": "", "is_bad": True})
            continue
        aid, way = found
        legs, by = _legs_of(word, here, aid, way, floors, incident.site_id)
        ways += legs
        shown.append({"what": kind, "word": word, "name": aid.place_name or aid.name, "far": way.words + by,
                      "is_bad": False})  # fmt: skip
    everybody = responders_of_site(incident.site_id, place_facts(incident.site_id))
    trained = [one for one in everybody if is_trained(one)]
    people = nearest_first(here, [one for one in trained if one.user != str(incident.pressed_by)], floors)
    if people:
        person, way = people[0]
        far = ", ".join(word for word in (person.place_name, way.words) if word)
        shown.append({"what": "person", "word": "Trained", "name": person.name, "far": far, "is_bad": False})
    return shown, _joined(ways)


def _legs_of(
    word: str, here: Point, aid: SnapshotAid, way: Way, floors: Mapping[str, SnapshotFloor], site: UUID
) -> tuple[list[dict[str, Any]], str]:  # fmt: skip
    """(the way of an aid on each floor's plan, ", by the East stairs" where it leads over them)."""
    if aid.x is None or here.x is None or way.rank > 1:
        return [], ""
    if way.rank == 0:
        points = [(aid.x, aid.y), (here.x, here.y)]
        return [{"floor": here.floor, "points": points, "text": f"{word}, {way.words}"}], ""
    pair = rules.best_stairs(here, aid, _stairs_of(site), floors)
    if pair is None:
        return [], ""
    there, mine = pair
    turn = "up" if floors[here.floor].level > floors[aid.floor].level else "down"
    return [
        {"floor": aid.floor, "points": [(aid.x, aid.y), (there.x, there.y)],
         "text": f"{word}, {turn} the {there.name}"},
        {"floor": here.floor, "points": [(mine.x, mine.y), (here.x, here.y)],
         "text": f"{word} from {floors[aid.floor].name}"},
    ], f", by the {there.name}"  # fmt: skip


def _stairs_of(site: UUID) -> list[Stairs]:
    return [
        Stairs(str(one["floor_id"]), one["name"], one["label_x"], one["label_y"])
        for one in place_points(site) if one["kind"] == "stairs" and one["floor_id"]
    ]  # fmt: skip


def _joined(ways: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two things that come the same way are one line with both their words."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for way in ways:
        key = (way["floor"], *way["points"])
        known = found.setdefault(key, way)
        if known is not way:
            known["text"] = f"{known['text'].split(' ')[0].rstrip(',')} and {way['text'][0].lower()}{way['text'][1:]}"
    return list(found.values())


# -- duress -------------------------------------------------------------------------------------------------------


def duress_of(actor: Actor, incident: Incident) -> Incident | None:
    """The silent incident that a duress PIN made of this one's cancel; None for everybody who must not know."""
    if not incident.duress_press or actor.is_system:
        return None
    press = IncidentPress.objects.select_related("incident").filter(press=incident.duress_press).first()
    if press is None or not may(actor, "incidents.view", incident.site_id):
        return None
    roles = roles_at(actor, incident.site_id)
    return press.incident if rules.may_see_duress(roles, actor.user_id, press.incident.pressed_by) else None


def duress_as_dict(actor: Actor, incident: Incident) -> dict[str, Any]:
    """For the few: the incident is on still, as long as the silent one is. {} for everybody else."""
    silent = duress_of(actor, incident)
    if silent is None:
        return {}
    return {"state": incident.state if silent.state == "closed" else "open",
            "duress": {"id": str(silent.id), "state": silent.state}}  # fmt: skip


# -- taken back, and outcomes -------------------------------------------------------------------------------------


def cancel_offer(actor: Actor, incident: Incident, is_own: bool) -> datetime | None:
    """Until when this person may take the alarm back by PIN; None when they may not now."""
    seconds = float(incident.plan.get("cancel_seconds", 0.0))
    is_leader = may(actor, "incidents.all_clear", incident.site_id)
    if rules.judge_cancel(incident.kind, incident.state, incident.opened_at, seconds, is_own, is_leader, now()):
        return None
    return rules.cancel_until(incident.opened_at, seconds)


def outcomes_seen_by(actor: Actor, *, site: str = "", days: int = REPORT_DAYS) -> list[Outcome]:
    """Closed real incidents of the last `days` days at the sites `actor` may see; duress is never among them."""
    require(actor, "incidents.report")
    rows = Incident.objects.filter(state="closed", mode="real", opened_at__gte=now() - timedelta(days=days))
    rows = rows.exclude(kind="duress").select_related("site").order_by("opened_at")
    rows = rows if actor.sites is None else rows.filter(site_id__in=actor.sites)
    return [
        Outcome(f"{row.opened_at:%Y-%m}", row.site.name, rules.device_kind(row.device), row.outcome)
        for row in rows if not site or str(row.site_id) == site
    ]  # fmt: skip


def unintended_rates(actor: Actor, *, site: str = "", days: int = REPORT_DAYS) -> dict[str, list[Rate]]:
    """{"all", "month", "site", "device"}: the rate of unintended presses."""
    found = outcomes_seen_by(actor, site=site, days=days)
    return {"all": rules.rates_by(found, ""), **{by: rules.rates_by(found, by) for by in ("month", "site", "device")}}
