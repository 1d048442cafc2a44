"""Zones with their newest tests, announcements, recordings and displays as their readers see them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import equipment_of, equipment_of_kinds, equipment_of_sites, speakers_by_zone
from watchbell.district.people.queries import person_of_user
from watchbell.district.sites.facts import SiteFacts, read_id
from watchbell.district.sites.queries import all_site_facts
from watchbell.field.paging.facts import (
    BAD_VERDICTS,
    CALL_KINDS,
    LIVE_TICKET_SECONDS,
    VERDICTS,
    ZONE_KINDS,
    Busy,
    TestPlan,
    Zone,
)
from watchbell.field.paging.models import (
    Announcement,
    AnnouncementZone,
    BellRing,
    Display,
    PagingSettings,
    Recording,
    RecordingCall,
    ZoneTest,
)
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line import signing
from watchbell.line.addresses import read_number
from watchbell.line.errors import NotFound

VIEW, SPEAK, ALL_CALL = "paging.view", "paging.speak", "paging.all_call"
ON_NOW = ("asked", "on")


def sites_of(actor: Actor, permission: str = VIEW) -> list[SiteFacts]:
    """The sites where `actor` has `permission`, by name."""
    return [site for site in all_site_facts() if may(actor, permission, site.id)]


def zones_at(site: SiteFacts) -> list[Zone]:
    """The zones of a site that can be spoken to, with how many speakers hang in each."""
    return _zones(site, equipment_of(site.id, ZONE_KINDS), speakers_by_zone(site.id)[site.id])


def _zones(site: SiteFacts, things: list[EquipmentFacts], hanging: Mapping[str, int]) -> list[Zone]:
    return [
        Zone(
            id=thing.id, name=thing.name.removesuffix(f", {site.name}"), site=site.id, site_name=site.name,
            gateway=thing.gateway, device=thing.device, is_test=thing.is_test, state=thing.state,
            speakers=hanging.get(thing.device, 0),
        )
        for thing in things if thing.gateway
    ]  # fmt: skip


def zones_of(actor: Actor, permission: str = VIEW) -> list[Zone]:
    """All zones at the sites of `actor`, by site and name."""
    return [zone for _, zones in zones_by_site(actor, permission) for zone in zones]


def zones_by_site(actor: Actor, permission: str = VIEW) -> list[tuple[SiteFacts, list[Zone]]]:
    """The sites of `actor` with their zones, a site without any among them. Three queries, however many sites."""
    by_site: dict[UUID | None, list[EquipmentFacts]] = defaultdict(list)
    for thing in equipment_of_sites(ZONE_KINDS):
        by_site[thing.site].append(thing)
    hanging = speakers_by_zone()
    return [(site, _zones(site, by_site[site.id], hanging[site.id])) for site in sites_of(actor, permission)]


def speakers_heard_back(zone: Zone) -> dict[str, str]:
    """{name it gives itself: endpoint} of the zone's speakers that have a return path."""
    return {
        thing.settings.get("cname") or thing.device or str(thing.id): str(thing.id)
        for thing in equipment_of(zone.site, ("speaker",))
        if thing.settings.get("zone") == zone.device and thing.settings.get("return") == "rtcp"
    }


# -- announcements -----------------------------------------------------------------------------------------------------


def busy_zones(zones: Iterable[UUID]) -> list[Busy]:
    """What is on now in these zones."""
    rows = AnnouncementZone.objects.filter(zone__in=tuple(zones), state__in=ON_NOW).select_related("announcement")
    return [Busy(row.zone, row.announcement.priority, row.announcement.by_name, row.announcement.way) for row in rows]


def announcements_seen_by(
    actor: Actor, *, q: str = "", way: str = "", state: str = "", site: str = "", mode: str = ""
) -> QuerySet[Announcement]:
    """Announcements that went to a site of `actor`, newest first."""
    require(actor, VIEW)
    rows = Announcement.objects.order_by("-asked_at", "-id")
    if actor.sites is not None:
        rows = rows.filter(Q(zones__site_id__in=actor.sites))
    if site:
        rows = rows.filter(zones__site_id=read_id(site))
    wanted = {"way": way, "state": state, "mode": mode}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    q = q.replace("\0", "")
    rows = rows.filter(Q(title__icontains=q) | Q(by_name__icontains=q)) if q else rows
    return rows.distinct()


def announcement_seen_by(actor: Actor, announcement_id: UUID) -> Announcement:
    """One announcement. Raises Refused or NotFound."""
    found = announcements_seen_by(actor).filter(pk=announcement_id).first()
    if found is None:
        raise NotFound("There is no such announcement, or you may not see it.")
    return found


def may_follow_announcement(actor: Actor, announcement: str) -> bool:
    """Whether a person may hear live of an announcement, named by its id."""
    found = read_id(announcement)
    return may(actor, VIEW) and found is not None and announcements_seen_by(actor).filter(pk=found).exists()


def zones_of_announcement(announcement_id: UUID) -> list[AnnouncementZone]:
    """Its zones, what failed first, then by site and name."""
    rows = AnnouncementZone.objects.filter(announcement_id=announcement_id).select_related("site")
    bad = ("failed", "expired", "cut")
    return sorted(rows, key=lambda row: (row.state not in bad, row.site.name, row.zone_name))


def live_ticket(actor: Actor, announcement: UUID) -> str:
    """What a microphone's stream is let in by: this announcement, this person, half an hour."""
    claims = {
        "kind": "announce", "session": str(announcement), "district": str(actor.district), "user": str(actor.user_id),
        "name": actor.name,
    }  # fmt: skip
    return signing.make_ticket(claims, LIVE_TICKET_SECONDS)


def on_the_air(actor: Actor) -> list[Announcement]:
    """What is being announced now at the sites of `actor`, newest first."""
    return list(announcements_seen_by(actor).filter(state__in=ON_NOW)[:20])


def speaking_now(actor: Actor) -> list[tuple[Announcement, bool]]:
    """(announcement that is on now in a zone `actor` may speak to, whether that is every zone it is on in)."""
    require(actor, SPEAK)
    rows = Announcement.objects.filter(state__in=ON_NOW).prefetch_related("zones").order_by("asked_at", "id")
    found = []
    for row in rows:
        sites = {zone.site_id for zone in row.zones.all() if zone.state in ON_NOW}
        mine = {site for site in sites if may(actor, SPEAK, site)}
        if mine:
            found.append((row, mine == sites))
    return found


def announcement_as_dict(row: Announcement, zones: Iterable[AnnouncementZone] = ()) -> dict[str, Any]:
    """The API's form."""
    return {
        "id": str(row.id), "way": row.way, "title": row.title, "priority": row.priority, "mode": row.mode,
        "state": row.state, "say": row.say, "recording": str(row.recording_id) if row.recording_id else None,
        "by": row.by_name, "asked_at": row.asked_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "zones": [
            {"zone": str(one.zone), "name": one.zone_name, "site": str(one.site_id), "state": one.state,
             "because": one.because, "first_audio_ms": one.first_audio_ms, "seconds": one.seconds}
            for one in zones
        ],
    }  # fmt: skip


# -- recordings --------------------------------------------------------------------------------------------------------


def kept_announcements(actor: Actor) -> list[Announcement]:
    """What was kept under a name and reaches at least one zone `actor` may speak to, by name."""
    require(actor, SPEAK)
    rows = Announcement.objects.exclude(kept_as="").order_by("kept_as")
    if actor.sites is not None:
        rows = rows.filter(zones__site__in=actor.sites).distinct()
    return list(rows[:60])


def begun_with(actor: Actor, announcement_id: UUID) -> dict[str, Any]:
    """How an announcement was made, for the form to begin with: {"way", "say", "zones", "priority", …}."""
    row = announcement_seen_by(actor, announcement_id)
    zones = AnnouncementZone.objects.filter(announcement=row).values_list("zone", flat=True)
    return {
        "id": row.pk, "way": "text" if row.way == "live" else row.way, "priority": row.priority,
        "say": {one["language"]: one["text"] for one in row.say}, "zones": {str(zone) for zone in zones},
        "chime": row.params.get("chime", ""), "times": int(row.params.get("times") or 1),
        "prompt": row.params.get("prompt", ""),
        "recording": row.recording_id,
    }  # fmt: skip


def recordings_seen_by(actor: Actor, *, q: str = "", retired: bool = False) -> QuerySet[Recording]:
    """The library, by name; without the sound itself."""
    require(actor, VIEW)
    rows = Recording.objects.defer("sound").filter(retired_at__isnull=not retired).order_by("name", "id")
    return rows.filter(name__icontains=q.replace("\0", "")) if q else rows


def recording_sound(actor: Actor, recording_id: UUID) -> tuple[str, bytes]:
    """(name, µ-law) of a recording. Raises NotFound."""
    require(actor, VIEW)
    found = Recording.objects.filter(pk=recording_id).values_list("name", "sound").first()
    if found is None:
        raise NotFound("There is no such recording.")
    return found[0], bytes(found[1])


# -- calls to record ---------------------------------------------------------------------------------------------------


def carrier_for_calls(avoided: Iterable[UUID] = ()) -> EquipmentFacts | None:
    """Who calls an author: the district's first carrier of calls that is well, not those `avoided` while others are."""
    found = [thing for thing in equipment_of_kinds(CALL_KINDS) if thing.gateway and not thing.is_test]
    away = set(avoided)

    def rank(thing: EquipmentFacts) -> tuple[bool, bool, int, str]:
        priority = int(thing.settings.get("priority") or 1)
        return thing.id in away, thing.state in ("silent", "trouble"), priority, thing.name

    return min(found, key=rank, default=None)


def own_numbers(actor: Actor) -> list[str]:
    """The telephone numbers (E.164) in the record of the person who asks, the first first."""
    person = person_of_user(actor.user_id) if actor.user_id else None
    return [number for number in map(read_number, person.phones if person else ()) if number]


def earlier_calls(actor: Actor, number: str, since: datetime) -> list[RecordingCall]:
    """Calls to record since then, by this person or to this number, the newest first."""
    rows = RecordingCall.objects.filter(Q(by=actor.user_id) | Q(number=number), asked_at__gt=since)
    return list(rows.order_by("-asked_at"))


def call_seen_by(actor: Actor, call_id: UUID) -> RecordingCall:
    """A call that `actor` has asked for: the number is theirs alone to see. Raises NotFound."""
    require(actor, SPEAK)
    rows = RecordingCall.objects.select_related("recording").defer("recording__sound")
    found = rows.filter(pk=call_id, by=actor.user_id).first()
    if found is None:
        raise NotFound("There is no such call, or somebody else has asked for it.")
    return found


def call_as_dict(row: RecordingCall) -> dict[str, Any]:
    """The API's form. recording: what it left, once it is there."""
    return {
        "id": str(row.id), "state": row.state, "because": row.because, "name": row.name, "language": row.language,
        "number": row.number, "about": row.about, "is_kept": row.is_kept, "asked_at": row.asked_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "recording": str(row.recording_id) if row.recording_id else None,
        "seconds": row.recording.seconds if row.recording else None,
    }  # fmt: skip


# -- tests and settings ------------------------------------------------------------------------------------------------


def test_plan() -> TestPlan:
    """When the acting district's zones test themselves."""
    row = PagingSettings.objects.first()
    return TestPlan(row.test_at, row.is_quiet, row.may_disturb, row.last_test_on) if row else TestPlan()


def newest_tests(zones: Iterable[UUID]) -> dict[UUID, ZoneTest]:
    """{zone: its newest test, those left out that found it busy}."""
    rows = ZoneTest.objects.filter(zone__in=tuple(zones)).exclude(verdict="busy")
    return {row.zone: row for row in rows.order_by("zone", "-asked_at").distinct("zone")}


def zone_board(actor: Actor, site: str = "") -> list[dict[str, Any]]:
    """Each zone with its newest test, trouble first."""
    zones = [zone for zone in zones_of(actor) if not site or str(zone.site) == site]
    tests = newest_tests(zone.id for zone in zones)
    rows = [{"zone": zone, "test": tests.get(zone.id), "is_bad": _is_bad(tests.get(zone.id))} for zone in zones]
    return sorted(rows, key=lambda row: (not row["is_bad"], row["zone"].site_name, row["zone"].name))


def _is_bad(test: ZoneTest | None) -> bool:
    return test is not None and test.verdict in BAD_VERDICTS


def tests_seen_by(actor: Actor, zone: str = "", verdict: str = "") -> QuerySet[ZoneTest]:
    """Self-tests of the last 90 days, newest first."""
    require(actor, VIEW)
    rows = ZoneTest.objects.select_related("site").order_by("-asked_at", "-id")
    rows = rows if actor.sites is None else rows.filter(site_id__in=actor.sites)
    rows = rows.filter(zone=read_id(zone)) if zone else rows
    return rows.filter(verdict=verdict) if verdict in VERDICTS and verdict else rows


def bell_rings() -> dict[UUID, BellRing]:
    """{site: its bells} of the acting district."""
    return {row.site_id: row for row in BellRing.objects.all()}


# -- displays ----------------------------------------------------------------------------------------------------------


def displays_seen_by(actor: Actor) -> QuerySet[Display]:
    """Unattended screens, those in use first."""
    require(actor, "paging.displays")
    rows = Display.objects.select_related("site").order_by("revoked_at", "name", "id")
    return rows if actor.sites is None else rows.filter(site_id__in=actor.sites)


def display_in_use(display_id: UUID) -> Display | None:
    """The display, unless it was revoked."""
    return Display.objects.select_related("site").filter(pk=display_id, revoked_at=None).first()


def zone_as_dict(row: dict[str, Any]) -> dict[str, Any]:
    """The API's form of a row of the board."""
    zone, test = row["zone"], row["test"]
    told = None
    if test is not None:
        told = {
            "verdict": test.verdict, "because": test.because, "heard": test.heard, "of": test.of,
            "unheard": test.unheard, "asked_at": test.asked_at.isoformat(), "is_nightly": test.is_nightly,
            "done_at": test.done_at.isoformat() if test.done_at else None, "packets": test.packets,
        }  # fmt: skip
    return {
        "id": str(zone.id), "name": zone.name, "site": str(zone.site), "site_name": zone.site_name, "state": zone.state,
        "speakers": zone.speakers, "gateway": zone.gateway, "test": told,
    }  # fmt: skip
