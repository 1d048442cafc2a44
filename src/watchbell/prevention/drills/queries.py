"""Drills as their readers see them: the record, what each site owes, the profile in use."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from watchbell.district.sites.facts import SiteFacts, read_id
from watchbell.district.sites.queries import all_site_facts, site_facts
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.errors import NotFound
from watchbell.prevention.drills.facts import SCHOOL_KINDS, Done, DrillTimes, Duty, Exempted, Rule, SchoolYear
from watchbell.prevention.drills.models import Drill, Exemption, Profile, Requirement
from watchbell.prevention.drills.rules import judge_duties, school_year
from watchbell.response.incidents import queries as incidents


def times_of_incident(actor: Actor, incident_id: UUID) -> DrillTimes:
    """What a closed drill measures: call to lock, call to check-in, people unaccounted for. Raises NotFound."""
    incident = incidents.incident_seen_by(actor, incident_id)
    board, roll = incidents.board_of(incident), incidents.roll_of(incident)
    since, zone = incident.opened_at, ZoneInfo(site_facts(incident.site_id).timezone)
    locked = [
        (row.done_at - since).total_seconds()
        for row in board
        if row.action == "lock_door" and not row.is_reset and row.state == "done" and row.done_at is not None
    ]
    reported = sorted((row.at - since).total_seconds() for row in roll if row.at is not None)
    missing = [row for row in roll if row.state in ("", "missing")]
    ended = incident.cleared_at or incident.closed_at or incident.last_press_at
    return DrillTimes(
        on=since.astimezone(zone).date(), at=since, seconds=max(0.0, (ended - since).total_seconds()),
        lock_seconds=max(locked) if locked else None, first_room_seconds=reported[0] if reported else None,
        all_rooms_seconds=reported[-1] if reported and len(reported) == len(roll) else None, rooms=len(roll),
        rooms_reported=len(reported),
        unaccounted=sum(max(0, row.students + row.staff - row.accounted) for row in missing),
    )  # fmt: skip


def incident_kind(actor: Actor, incident_id: UUID) -> tuple[UUID, str, str, str]:
    """(site, kind, mode, state) of an incident. Raises NotFound."""
    incident = incidents.incident_seen_by(actor, incident_id)
    return incident.site_id, incident.kind, incident.mode, incident.state


def drills_seen_by(
    actor: Actor, *, kind: str = "", site: str = "", year: SchoolYear | None = None, counted: str = ""
) -> QuerySet[Drill]:
    """Drills at the sites `actor` may see, newest first. counted: "yes" or "no"."""
    require(actor, "drills.view")
    rows = Drill.objects.select_related("site").order_by("-on", "-recorded_at", "id")
    rows = rows if actor.sites is None else rows.filter(site_id__in=actor.sites)
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(site_id=read_id(site)) if site else rows
    rows = rows.filter(counts=counted == "yes") if counted else rows
    return rows.filter(on__range=(year.starts_on, year.ends_on)) if year else rows


def drill_seen_by(actor: Actor, drill_id: UUID) -> Drill:
    found = Drill.objects.select_related("site").filter(id=drill_id).first()
    if found is None or not may(actor, "drills.view", found.site_id):
        raise NotFound("There is no such drill, or you may not see it.")
    return found


def profile_in_use() -> Profile | None:
    return Profile.objects.filter(is_in_use=True).first()


def profiles() -> list[Profile]:
    return list(Profile.objects.prefetch_related("requirements").order_by("-is_in_use", "name"))


def one_profile(profile_id: UUID) -> Profile:
    found = Profile.objects.prefetch_related("requirements").filter(id=profile_id).first()
    if found is None:
        raise NotFound("There is no such profile.")
    return found


def rules_of(profile: Profile) -> list[Rule]:
    rows = Requirement.objects.filter(profile=profile).order_by("kind", "id")
    return [
        Rule(row.pk, row.kind, row.count, row.period, row.within_days, tuple(row.site_kinds), row.note) for row in rows
    ]


def schools_seen_by(actor: Actor, site: str = "") -> list[SiteFacts]:
    """The sites with pupils that `actor` may see."""
    return [
        one for one in all_site_facts()
        if one.kind in SCHOOL_KINDS and may(actor, "drills.view", one.id) and site in ("", str(one.id))
    ]  # fmt: skip


def duties_seen_by(
    actor: Actor, today: date, *, site: str = "", year_of: date | None = None
) -> tuple[Profile | None, SchoolYear, list[SiteFacts], list[Duty]]:
    """(profile in use, school year, schools, duties worst first). Five queries, whatever the number of sites."""
    require(actor, "drills.view")
    profile = profile_in_use()
    year = school_year(year_of or today, *((profile.starts_month, profile.starts_day) if profile else (8, 1)))
    schools = schools_seen_by(actor, site)
    if profile is None:
        return None, year, schools, []
    drills = Drill.objects.filter(counts=True, on__range=(year.starts_on, year.ends_on + timedelta(days=1)))
    done = [Done(*row) for row in drills.values_list("id", "site_id", "kind", "on")]
    exempt = Exemption.objects.filter(requirement__profile=profile)
    exempted = [Exempted(*row) for row in exempt.values_list("site_id", "requirement_id", "starts_on", "because")]
    kinds = [(school.id, school.kind) for school in schools]
    return profile, year, schools, judge_duties(kinds, rules_of(profile), year, done, exempted, today)


def drill_as_dict(row: Drill) -> dict[str, Any]:
    """The API's form."""
    return {
        "id": str(row.id), "site": str(row.site_id), "site_name": row.site.name, "kind": row.kind,
        "on": row.on.isoformat(), "source": row.source, "incident": str(row.incident_id) if row.incident_id else None,
        "participants": row.participants, "seconds": row.seconds, "lock_seconds": row.lock_seconds,
        "first_room_seconds": row.first_room_seconds, "all_rooms_seconds": row.all_rooms_seconds, "rooms": row.rooms,
        "rooms_reported": row.rooms_reported, "unaccounted": row.unaccounted, "counts": row.counts,
        "counts_because": row.counts_because, "note": row.note, "by": row.by_name,
    }  # fmt: skip


def duty_as_dict(duty: Duty) -> dict[str, Any]:
    return {
        "site": str(duty.site), "kind": duty.rule.kind, "period": duty.rule.period,
        "starts_on": duty.starts_on.isoformat(), "ends_on": duty.ends_on.isoformat(), "needed": duty.needed,
        "done": len(duty.done), "state": duty.state, "because": duty.because,
    }  # fmt: skip
