"""Who comes, what helps there, whether somebody was forced; and how often nobody had meant to press."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from watchbell.district.sites.queries import place_fact, place_facts
from watchbell.kernel.permissions import Actor, may, require
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now
from watchbell.response.incidents import rules
from watchbell.response.incidents.facts import AID_WORDS, WITH_AID, AidHere, Answered, Helper, Outcome, Rate
from watchbell.response.incidents.models import Incident, IncidentPress, StaffConfirmation
from watchbell.response.plans.queries import responders_of_site, snapshot_aids, ways_of_site
from watchbell.wire.nearness import Point, is_trained, nearest_aid, nearest_first
from watchbell.wire.press import BY_PLACE

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


def aids_here(incident: Incident) -> dict[str, AidHere]:
    """What helps has been brought there, by what."""
    return rules.aids_here(_answered(incident))


def escalations_of(incident: Incident) -> list[float]:
    """After how many seconds each the frozen plan goes further when nobody is on the way."""
    return sorted(
        {float(one["after_seconds"]) for step in incident.plan.get("steps", ())
         for one in step.get("escalations", ()) if "on_my_way" in one.get("waits_for", ())}
    )  # fmt: skip


def help_shown(actor: Actor, incident: Incident) -> dict[str, Any] | None:
    """Who comes, when it goes further, the nearest aids: for the incident's page; None where nobody is called so."""
    answered, after = _answered(incident), escalations_of(incident)
    helpers, here = rules.helpers_of(answered), rules.aids_here(answered)
    if incident.kind not in BY_PLACE and not helpers and not after:
        return None
    is_on = incident.state == "open"
    has_answer = any(one.what != "cannot_come" for one in helpers)
    further, went = rules.next_escalation(incident.opened_at, after, has_answer, now())
    arrived = min((one.arrived_at for one in helpers if one.arrived_at), default=None)
    press = IncidentPress.objects.filter(incident=incident).order_by("at").values_list("press", flat=True).first()
    mine = next((one.what for one in helpers if one.user == str(actor.user_id)), "")
    called = incident.kind in WITH_AID
    aids = aids_of(incident, here)[0] if called and incident.state != "closed" else []
    found = {"aed", *(one["what"] for one in aids if not one["is_bad"])}
    return {
        "helpers": helpers, "escalates_at": further if is_on else None, "went_further_at": went if is_on else None,
        "first_on_scene": arrived - incident.opened_at if arrived else None, "press": press or "", "mine": mine,
        "may_answer": is_on and _is_called(actor, incident), "is_on": is_on,
        "aids": aids,
        "bring": [kind for kind in AID_WORDS if called and kind not in here and kind in found],
        "here": list(here.values()) if called else [],
    }  # fmt: skip


def _is_called(actor: Actor, incident: Incident) -> bool:
    """Whether the plan may call this person: then they answer here as on the alert."""
    steps = incident.plan.get("steps", ())
    told = [step.get("params", {}) for step in steps] + [
        one.get("params", {}) for step in steps for one in step.get("escalations", ())
    ]
    roles = {role for params in told for role in (params.get("audience") or {}).get("roles", ())}
    return actor.user_id != incident.pressed_by and (not roles or actor.role in roles)


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
        name = aid.place_name or aid.name
        shown.append({"what": kind, "word": word, "name": name, "far": way.words, "is_bad": False})
        if way.rank == 0 and aid.x is not None and here.x is not None:
            ways.append({"floor": here.floor, "points": [(aid.x, aid.y), (here.x, here.y)],
                         "text": f"{word}, {way.words}"})  # fmt: skip
    everybody = responders_of_site(incident.site_id, place_facts(incident.site_id))
    trained = [one for one in everybody if is_trained(one)]
    people = nearest_first(here, [one for one in trained if one.user != str(incident.pressed_by)], floors)
    if people:
        person, way = people[0]
        far = ", ".join(word for word in (person.place_name, way.words) if word)
        shown.append({"what": "person", "word": "Trained", "name": person.name, "far": far, "is_bad": False})
    return shown, ways


# -- duress -------------------------------------------------------------------------------------------------------


def duress_of(actor: Actor, incident: Incident) -> Incident | None:
    """The silent incident that a duress PIN made of this one's cancel; None for everybody who must not know."""
    if not incident.duress_press or actor.is_system:
        return None
    press = IncidentPress.objects.select_related("incident").filter(press=incident.duress_press).first()
    if press is None or not may(actor, "incidents.view", incident.site_id):
        return None
    return press.incident if rules.may_see_duress(actor.role, actor.user_id, press.incident.pressed_by) else None


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
