"""Writing drills: recorded by themselves or by hand, not counted for a reason, exempted; profiles of a state."""

from datetime import date
from typing import Any
from uuid import UUID

from watchbell.district.sites.queries import is_site, site_facts
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.prevention.drills.events import DrillRecorded
from watchbell.prevention.drills.facts import DRILL_KINDS, KIND_OF_ALARM, PERIODS, SAMPLES, SCHOOL_KINDS
from watchbell.prevention.drills.models import Drill, Exemption, Profile, Requirement
from watchbell.prevention.drills.queries import incident_kind, times_of_incident


def record_closed(actor: Actor, incident_id: UUID) -> UUID | None:
    """A closed drill stands in the record with its times; None for what is no drill the state knows. Once each."""
    site, alarm, mode, _ = incident_kind(actor, incident_id)
    kind = KIND_OF_ALARM.get(alarm)
    if mode != "drill" or kind is None:
        return None
    known = Drill.objects.filter(incident_id=incident_id).values_list("id", flat=True).first()
    if known is not None:
        return known
    times = times_of_incident(actor, incident_id)
    with recorded_change(actor, "drills.record_closed", cause=str(incident_id)) as change:
        drill, is_new = Drill.objects.get_or_create(
            incident_id=incident_id,
            defaults={
                "site_id": site, "kind": kind, "on": times.on, "at": times.at, "source": "auto",
                "seconds": times.seconds, "lock_seconds": times.lock_seconds,
                "first_room_seconds": times.first_room_seconds, "all_rooms_seconds": times.all_rooms_seconds,
                "rooms": times.rooms, "rooms_reported": times.rooms_reported, "unaccounted": times.unaccounted,
                "by_name": actor.name,
            },
        )  # fmt: skip
        change.about(drill)
        if is_new:
            change.announce(DrillRecorded(str(drill.id), str(site), kind))
        change.touch("incidents:all")
    return drill.id


def add_drill(
    actor: Actor, site: UUID, kind: str, on: date | None, *, minutes: float | None = None,
    participants: int | None = None, note: str = "",
) -> UUID:  # fmt: skip
    """A drill that was done without Watchbell, by hand. Refused for the future and for what lies over a year back."""
    require(actor, "drills.record", site)
    if not is_site(site):
        raise NotFound("There is no such site.")
    if kind not in DRILL_KINDS:
        raise Refused("Choose the kind of drill.")
    today = clock.now().date()
    if on is None or not 0 <= (today - on).days + 1 <= 400:
        raise Refused("The day of a drill is today or within the last year.")
    if site_facts(site).kind not in SCHOOL_KINDS and kind != "tabletop":
        raise Refused("The state's record is of schools. At an office only a tabletop is recorded.")
    with recorded_change(actor, "drills.add") as change:
        drill = Drill.objects.create(
            site_id=site, kind=kind, on=on, seconds=minutes * 60 if minutes is not None else None,
            participants=participants, note=note.strip()[:2000], by_name=actor.name,
        )  # fmt: skip
        change.about(drill)
        change.announce(DrillRecorded(str(drill.id), str(site), kind))
        change.touch("incidents:all")
    return drill.id


def complete_drill(
    actor: Actor, drill_id: UUID, *, counts: bool, because: str, participants: int | None, note: str, kind: str = ""
) -> None:
    """What people know of a drill beside its times; one that is not counted needs a reason."""
    row = Drill.objects.filter(id=drill_id).first()
    if row is None:
        raise NotFound("There is no such drill.")
    require(actor, "drills.record", row.site_id)
    if not counts and not because.strip():
        raise Refused("Say why this drill does not count.")
    if kind and kind not in DRILL_KINDS:
        raise Refused("Choose the kind of drill.")
    with recorded_change(actor, "drills.complete", target=row, why=because) as change:
        row.counts, row.counts_because = counts, "" if counts else because.strip()[:300]
        row.participants, row.note, row.kind = participants, note.strip()[:2000], kind or row.kind
        row.save(update_fields=["counts", "counts_because", "participants", "note", "kind"])
        change.note(counts=counts, kind=row.kind)
        change.touch("incidents:all")


def remove_drill(actor: Actor, drill_id: UUID, why: str) -> None:
    """Takes a drill somebody added by hand out of the record; one recorded by itself is only not counted."""
    row = Drill.objects.filter(id=drill_id).first()
    if row is None:
        raise NotFound("There is no such drill.")
    require(actor, "drills.record", row.site_id)
    if row.source == "auto":
        raise Refused("This drill was recorded by itself. Say that it does not count, and why.")
    if not why.strip():
        raise Refused("Say why it is taken out.")
    with recorded_change(actor, "drills.remove", target=row, why=why) as change:
        row.delete()
        change.touch("incidents:all")


def exempt_site(actor: Actor, site: UUID, requirement: UUID, starts_on: date | None, because: str) -> None:
    """A site need not do a requirement in one window; no reason takes the exemption away."""
    require(actor, "drills.record", site)
    if not is_site(site) or not Requirement.objects.filter(id=requirement).exists() or starts_on is None:
        raise NotFound("There is no such duty.")
    with recorded_change(actor, "drills.exempt", why=because, target=str(requirement)) as change:
        Exemption.objects.filter(site_id=site, requirement_id=requirement, starts_on=starts_on).delete()
        if because.strip():
            Exemption.objects.create(site_id=site, requirement_id=requirement, starts_on=starts_on,
                                     because=because.strip()[:300], by_name=actor.name)  # fmt: skip
        change.note(site=str(site), starts_on=str(starts_on))
        change.touch("incidents:all")


# -- profiles -------------------------------------------------------------------------------------------------------


def take_sample(actor: Actor, name: str) -> UUID:
    """Writes a sample profile and puts it to use, unchecked. Raises NotFound or Conflict."""
    require(actor, "drills.edit")
    sample: dict[str, Any] | None = next((one for one in SAMPLES if one["name"] == name), None)
    if sample is None:
        raise NotFound("There is no such sample.")
    if Profile.objects.filter(name=name).exists():
        raise Conflict("This sample has been taken already; edit it.")
    with recorded_change(actor, "drills.take_sample", target=name) as change:
        Profile.objects.filter(is_in_use=True).update(is_in_use=False)
        profile = Profile.objects.create(name=name, state=sample["state"], note=sample["note"], is_in_use=True)
        Requirement.objects.bulk_create(
            Requirement(profile=profile, kind=kind, count=count, period=period, within_days=within)
            for kind, count, period, within in sample["rules"]
        )
        change.about(profile)
        change.touch("incidents:all")
    return profile.id


def save_profile(
    actor: Actor, profile_id: UUID, *, name: str, note: str, starts_month: int, starts_day: int, in_use: bool,
    checked: bool,
) -> None:  # fmt: skip
    """The words of a profile, when its school year begins, whether it is in use, and that somebody has checked it."""
    require(actor, "drills.edit")
    if not name.strip() or not (1 <= starts_month <= 12 and 1 <= starts_day <= 31):
        raise Refused("A profile needs a name, and a month and day on which the school year begins.")
    with recorded_change(actor, "drills.save_profile") as change:
        row = Profile.objects.select_for_update().filter(id=profile_id).first()
        if row is None:
            raise NotFound("There is no such profile.")
        if Profile.objects.filter(name=name.strip()[:80]).exclude(id=profile_id).exists():
            raise Conflict("Another profile has this name.")
        if in_use:
            Profile.objects.exclude(id=profile_id).filter(is_in_use=True).update(is_in_use=False)
        row.name, row.note, row.is_in_use = name.strip()[:80], note.strip()[:400], in_use
        row.starts_month, row.starts_day = starts_month, starts_day
        row.is_checked, row.checked_by = checked, (row.checked_by or actor.name) if checked else ""
        row.save()
        change.about(row)
        change.note(in_use=in_use, checked=checked)


def write_requirement(
    actor: Actor, profile_id: UUID, requirement_id: UUID | None, *, kind: str, count: int, period: str,
    within_days: int | None, site_kinds: list[str], note: str,
) -> None:  # fmt: skip
    """Adds a line to a profile, or changes one."""
    require(actor, "drills.edit")
    if kind not in DRILL_KINDS or period not in PERIODS or not 1 <= count <= 60:
        raise Refused("A line names a kind of drill, how many (1 to 60), and in which period.")
    if within_days is not None and not 1 <= within_days <= 200:
        raise Refused("The first is asked for within 1 to 200 days, or at any time.")
    with recorded_change(actor, "drills.write_requirement") as change:
        profile = Profile.objects.filter(id=profile_id).first()
        row = Requirement.objects.filter(id=requirement_id, profile=profile).first() if requirement_id else None
        if profile is None or (requirement_id and row is None):
            raise NotFound("There is no such line.")
        row = row or Requirement(profile=profile)
        row.kind, row.count, row.period, row.within_days = kind, count, period, within_days
        row.site_kinds, row.note = [one for one in site_kinds if one in SCHOOL_KINDS], note.strip()[:200]
        row.save()
        _uncheck(profile)
        change.about(profile)
        change.note(kind=kind, count=count, period=period)


def remove_requirement(actor: Actor, requirement_id: UUID) -> UUID:
    """Takes a line out of its profile; the profile."""
    require(actor, "drills.edit")
    row = Requirement.objects.select_related("profile").filter(id=requirement_id).first()
    if row is None:
        raise NotFound("There is no such line.")
    with recorded_change(actor, "drills.remove_requirement", target=row.profile, why=row.kind):
        _uncheck(row.profile)
        row.delete()
    return row.profile_id


def _uncheck(profile: Profile) -> None:
    """A changed profile is to be checked again."""
    profile.is_checked, profile.checked_by = False, ""
    profile.save(update_fields=["is_checked", "checked_by"])


def load_drills(rows: list[dict[str, Any]]) -> int:
    """Writes many drills at once, as part of a larger recorded change; their number."""
    return len(Drill.objects.bulk_create([Drill(**row) for row in rows]))
