"""The JSON operations on announcements and zones."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.field.paging import actions, queries
from watchbell.field.paging.facts import ORDINARY, CallAsked, Said, Wanted
from watchbell.kernel.api import api_router, operation, paged

router = api_router("announcements")


class SaidIn(Schema):
    language: str = "en"
    text: str


class AnnouncementIn(Schema):
    """way: text (say), recording, prompt. zones: ids of /paging-zones. priority: 1 to 10, from 8 on an emergency."""

    way: str = "text"
    zones: list[UUID]
    say: list[SaidIn] = []
    recording: UUID | None = None
    prompt: str = ""
    languages: str = "en"
    priority: int = ORDINARY
    mode: str = "real"
    chime: str = "plain"
    times: int = 1


class TestIn(Schema):
    __test__ = False
    zones: list[UUID]
    is_quiet: bool = True


@operation(router.get, "/announcements", permission=queries.VIEW)
def list_announcements(
    request: HttpRequest, q: str = "", way: str = "", state: str = "", site: str = "", mode: str = ""
) -> Any:
    """Announcements, newest first."""
    rows = queries.announcements_seen_by(request.actor, q=q, way=way, state=state, site=site, mode=mode)
    return paged(
        request, rows.prefetch_related("zones"), lambda row: queries.announcement_as_dict(row, row.zones.all())
    )


@operation(router.post, "/announcements", permission=queries.SPEAK)
def make_announcement(request: HttpRequest, body: AnnouncementIn) -> Any:
    """Sends an announcement out; how it goes in each zone is told by GET /announcements/{id}.

    way=live gives a ticket too, for the WebSocket /live/announce?ticket=…: frames of 20 ms G.711 µ-law (160 bytes)
    behind a count (4 bytes, big-endian), or the count alone as a sign of life; the text "end" ends it.
    """
    wanted = Wanted(
        way=body.way, zones=tuple(body.zones), priority=body.priority, mode=body.mode,
        say=tuple(Said(one.language, one.text) for one in body.say), prompt=body.prompt, recording=body.recording,
        languages=body.languages, chime=body.chime, times=body.times,
    )  # fmt: skip
    found = actions.make_announcement(request.actor, wanted)
    ticket = {"ticket": queries.live_ticket(request.actor, found)} if body.way == "live" else {}
    return {"id": str(found), **ticket}


@operation(router.post, "/announcements/stop-everything", permission=queries.SPEAK)
def stop_everything(request: HttpRequest) -> Any:
    """Takes every announcement off the air; an alarm's own pages go on until its all-clear. 409 when none is on."""
    return {"stopped": actions.stop_everything(request.actor)}


@operation(router.get, "/announcements/{announcement_id}", permission=queries.VIEW)
def read_announcement(request: HttpRequest, announcement_id: UUID) -> Any:
    """One announcement with its zones."""
    row = queries.announcement_seen_by(request.actor, announcement_id)
    return queries.announcement_as_dict(row, queries.zones_of_announcement(row.pk))


@operation(router.post, "/announcements/{announcement_id}/stop", permission=queries.SPEAK)
def stop_announcement(request: HttpRequest, announcement_id: UUID) -> Any:
    """Takes it off the air."""
    actions.stop_announcement(request.actor, announcement_id)
    return {"state": "stopping"}


@operation(router.get, "/paging-zones", permission=queries.VIEW)
def list_zones(request: HttpRequest, site: str = "") -> Any:
    """Zones with their newest self-test."""
    return paged(request, queries.zone_board(request.actor, site), queries.zone_as_dict)


@operation(router.post, "/paging-zones/test", permission=queries.SPEAK)
def test_zones(request: HttpRequest, body: TestIn) -> Any:
    """Has these zones test themselves now."""
    return {"run": str(actions.start_test(request.actor, body.zones, body.is_quiet))}


class CallIn(Schema):
    """number: as people write it, "" for that of one's own record. language: of the recording. about: the message."""

    number: str = ""
    name: str
    language: str = "en"
    about: str = ""


@operation(router.post, "/recording-calls", permission=queries.SPEAK)
def call_to_record(request: HttpRequest, body: CallIn) -> Any:
    """Has whoever asks called, to speak a recording into their telephone; its id's GET says how it goes."""
    asked = CallAsked(body.number, body.name, body.language, body.about)
    return queries.call_as_dict(queries.call_seen_by(request.actor, actions.call_to_record(request.actor, asked)))


@operation(router.get, "/recording-calls/{recording_call_id}", permission=queries.SPEAK)
def show_call(request: HttpRequest, recording_call_id: UUID) -> Any:
    """One call to record of one's own."""
    return queries.call_as_dict(queries.call_seen_by(request.actor, recording_call_id))
