"""Announcements: made with one row a zone, stopped, and answered by receipts."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from watchbell.field.paging import queries
from watchbell.field.paging.events import AnnouncementMade
from watchbell.field.paging.facts import ENDED, STOPPING, Said, Wanted, Zone
from watchbell.field.paging.models import Announcement, AnnouncementZone, Recording
from watchbell.field.paging.rules import judge_state, judge_wanted, title_of
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line.clock import moment, now
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import new_id, same_id
from watchbell.wire.order import Receipt
from watchbell.wire.subjects import audio_subject

TOPIC = "announcements:all"
#: A zone whose end was never told (its gateway died for good) is over after its longest time.
LONGEST = timedelta(hours=1)
UNANSWERED = timedelta(minutes=2)


def make_announcement(actor: Actor, wanted: Wanted, bell: str = "") -> UUID:
    """Sends an announcement out; it is on in each zone within moments, and each zone answers for itself.

    Raises Refused with what to change, field by field, in its words.
    """
    require(actor, queries.SPEAK)
    zones = [zone for zone in queries.zones_of(actor, queries.SPEAK) if zone.id in set(wanted.zones)]
    recording = _recording_of(wanted)
    faults = judge_wanted(
        wanted, zones, queries.busy_zones(wanted.zones), may_all_call=may(actor, queries.ALL_CALL),
        may_drill=may(actor, "alarms.drill"), is_all_of_site=_is_all_of_site(actor, zones),
    )  # fmt: skip
    if faults:
        raise Refused(" ".join(faults.values()))
    with recorded_change(actor, "paging.announce") as change:
        row = Announcement(
            way=wanted.way, title=title_of(wanted, recording.name if recording else "", bell), priority=wanted.priority,
            mode=wanted.mode, say=[{"language": said.language, "text": said.text} for said in wanted.say],
            recording=recording, is_all_call=len({zone.site for zone in zones}) > 1, by=actor.user_id,
            by_name=actor.name, asked_at=now(),
        )  # fmt: skip
        row.id = new_id()
        row.params = _params_of(wanted, recording, str(actor.district), str(row.id))
        row.save(force_insert=True)
        AnnouncementZone.objects.bulk_create(_zone_row(row, zone) for zone in zones)
        change.about(row)
        change.note(way=wanted.way, mode=wanted.mode, priority=wanted.priority, zones=len(zones), text=row.say)
        sites = sorted({str(zone.site) for zone in zones})
        change.announce(
            AnnouncementMade(str(row.id), wanted.way, wanted.mode, row.title, sites,
                             str(actor.user_id) if actor.user_id else None, actor.name)
        )  # fmt: skip
        change.ask_soon("paging.send_announcement", announcement=str(row.id))
        change.touch(TOPIC)
    return row.id


def keep_announcement(actor: Actor, announcement_id: UUID, name: str) -> None:
    """Keeps it under a name, to be begun with again; no name: it is only a part of the history from now on."""
    require(actor, queries.SPEAK)
    row = queries.announcement_seen_by(actor, announcement_id)
    name = " ".join(name.split())[:80]
    if name and row.way == "live":
        raise Refused("What was spoken live is not kept. Record it instead.")
    if name and Announcement.objects.filter(kept_as__iexact=name).exclude(pk=row.pk).exists():
        raise Conflict(f"“{name}” is kept already. Choose another name, or take that one off first.")
    with recorded_change(actor, "paging.keep_announcement", target=row) as change:
        Announcement.objects.filter(pk=row.pk).update(kept_as=name)
        change.note(name=name)
        change.touch(TOPIC)


def _zone_row(row: Announcement, zone: Zone) -> AnnouncementZone:
    return AnnouncementZone(
        announcement=row, site_id=zone.site, zone=zone.id, zone_name=zone.name, gateway=zone.gateway,
        device=zone.device, order=same_id(str(row.id), str(zone.id), "start_page"),
    )  # fmt: skip


def _recording_of(wanted: Wanted) -> Recording | None:
    if wanted.way != "recording" or wanted.recording is None:
        return None
    found = Recording.objects.defer("sound").filter(pk=wanted.recording, retired_at=None).first()
    if found is None:
        raise NotFound("There is no such recording, or it was retired.")
    if found.listened_at is None:
        raise Refused("Nobody has listened to this recording yet. Play it once, then announce it.")
    return found


def _is_all_of_site(actor: Actor, zones: Sequence[Zone]) -> bool:
    if len(zones) < 2 or actor.is_system:
        return False
    chosen = {zone.id for zone in zones}
    here = {zone.id for zone in queries.zones_of(actor, queries.SPEAK) if zone.site in {one.site for one in zones}}
    return here <= chosen


def _params_of(wanted: Wanted, recording: Recording | None, district: str, session: str) -> dict[str, Any]:
    """What the orders say of the sound, as gateways/rtppaging documents it."""
    params: dict[str, Any] = {
        "announcement": True, "priority": wanted.priority, "times": wanted.times, "chime": wanted.chime,
        "language": "+".join(said.language for said in wanted.say) or wanted.languages, "until_seconds": 900,
    }  # fmt: skip
    if wanted.way == "text":
        params |= {"say": [{"language": s.language, "text": s.text} for s in wanted.say], "prompt": "announcement"}
    elif wanted.way == "recording" and recording is not None:
        params |= {"recording": recording.digest, "prompt": "announcement"}
    elif wanted.way == "live":
        params |= {"live": audio_subject(district, "district", session), "prompt": "announcement"}
    else:
        params |= {"prompt": wanted.prompt or "bell"}
    return params


def stop_announcement(actor: Actor, announcement_id: UUID) -> None:
    """Takes an announcement off the air in every zone. Raises Conflict when it is over already."""
    require(actor, queries.SPEAK)
    queries.announcement_seen_by(actor, announcement_id)
    with recorded_change(actor, "paging.stop") as change:
        row = Announcement.objects.select_for_update().get(pk=announcement_id)
        if row.ended_at is not None:
            raise Conflict("This announcement is over already.")
        row.stopped_name = actor.name
        row.save(update_fields=["stopped_name"])
        change.about(row)
        change.ask_soon("paging.send_stop", announcement=str(row.id))
        change.touch(TOPIC)


def stop_everything(actor: Actor) -> int:
    """Takes every announcement off the air in the zones `actor` may speak to; how many. Raises Conflict where none is.

    What an alarm says by itself is no announcement: it goes on until the alarm's own end.
    """
    require(actor, queries.SPEAK)
    with recorded_change(actor, "paging.stop_everything") as change:
        on = queries.speaking_now(actor)
        if not on:
            raise Conflict("Nothing is being announced now.")
        whole = [row.pk for row, is_whole in on if is_whole]
        Announcement.objects.filter(pk__in=whole).update(stopped_name=actor.name)
        sites = None if actor.sites is None else sorted(str(site) for site in actor.sites)
        for row, is_whole in on:
            change.ask_soon("paging.send_stop", announcement=str(row.pk), sites=None if is_whole else sites)
        change.note(stopped=[f"{row.title} ({row.pk})" for row, _ in on])
        change.touch(TOPIC)
    return len(on)


# -- what the zones answer ---------------------------------------------------------------------------------------------


def take_receipts(receipts: Sequence[Receipt]) -> None:
    """Receipts of announcements: on, over, cut, failed; each once, whatever the order they come in."""
    with recorded_batch("announcement receipts"):
        rows = {row.order: row for row in AnnouncementZone.objects.select_for_update(no_key=True).filter(
            order__in=[receipt.order.id for receipt in receipts])}  # fmt: skip
        for receipt in receipts:
            row = rows.get(receipt.order.id)
            if row is not None and receipt.order.step != STOPPING and row.state not in ENDED:
                _note(row, receipt)
        for announcement in {row.announcement_id for row in rows.values()}:
            _settle(announcement)


def _note(row: AnnouncementZone, receipt: Receipt) -> None:
    ended, at = receipt.detail.get("ended"), moment(receipt.at)
    if ended:
        row.state = {"played": "played", "stopped": "stopped"}.get(str(ended), "cut")
        row.ended_at, row.because = at, receipt.because[:300]
        row.seconds = receipt.detail.get("seconds")
    elif receipt.state == "done":
        row.state, row.on_at = "on", at
        row.first_audio_ms = receipt.detail.get("first_audio_ms")
        row.seconds = receipt.detail.get("seconds")
    elif receipt.state == "failed" and not receipt.because.startswith("Refused"):
        row.because = receipt.because[:300]  # asked again until its deadline
        if receipt.by == "reflex" or receipt.order.attempt >= 3:
            row.state, row.ended_at = "failed", at
    else:
        row.state = "expired" if receipt.state == "expired" else "failed"
        row.ended_at, row.because = at, receipt.because[:300]
    row.save(update_fields=["state", "because", "on_at", "ended_at", "seconds", "first_audio_ms"])


def _settle(announcement_id: UUID) -> None:
    """What the announcement has come to, now that some of its zones have answered."""
    row = Announcement.objects.select_for_update(no_key=True).get(pk=announcement_id)
    state = judge_state(list(row.zones.values_list("state", flat=True)))
    if state != row.state:
        row.state = state
        row.ended_at = now() if state not in ("asked", "on") else None
        row.save(update_fields=["state", "ended_at"])
    touch(f"announcement:{row.id}")
    touch(TOPIC)


def tidy_announcements() -> int:
    """Ends zones from which no word has come for long, so that nothing stays on the air for ever; how many."""
    count, at = 0, now()
    late = AnnouncementZone.objects.filter(state="asked", announcement__asked_at__lt=at - UNANSWERED)
    lost = AnnouncementZone.objects.filter(state="on", announcement__asked_at__lt=at - LONGEST)
    for rows, because in ((late, "No answer came."), (lost, "Its end was never told.")):
        found = list(rows)
        if not found:
            continue
        with recorded_batch("announcements nobody answered for"):
            for row in found:
                row.state, row.because, row.ended_at = "expired", because, at
                row.save(update_fields=["state", "because", "ended_at"])
            for announcement in {row.announcement_id for row in found}:
                _settle(announcement)
        count += len(found)
    return count


def read_say(pairs: Sequence[tuple[str, str]]) -> tuple[Said, ...]:
    """(language, text) pairs as they are typed, blanks left out."""
    return tuple(Said(language, " ".join(text.split())) for language, text in pairs if text.strip())
