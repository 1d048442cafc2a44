"""Pages of announcing and of displays, and their operations."""

import re

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.uploadedfile import SimpleUploadedFile

from watchbell.district.sites.tests.builders import SITE
from watchbell.field.paging import actions, api, pages, queries
from watchbell.field.paging.facts import Said, Wanted
from watchbell.field.paging.models import Announcement, Display, Recording, ZoneTest
from watchbell.field.paging.pages import announcing, displays
from watchbell.field.paging.tests.builders import GROUNDS, INDOORS, build_zones, wav
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.tests.reading import one_line
from watchbell.line import signing
from watchbell.line.sound import encode_mulaw


@pytest.fixture
def ask(committed_db, district, rf, actor, monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda where, message, key, timeout=5.0: True)
    build_zones()

    def get(view, path="/", who=None, post=None, accept="", **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post, headers={"Accept": accept})
        request.actor, request.session, request.resolver_match = who or actor, {}, None
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        answer.told = [str(message) for message in request._messages]
        return answer

    return get


def form(**more):
    return {"way": "text", "zones": [str(INDOORS)], "priority": "5", "mode": "real", "chime": "plain", "times": "1",
            "text_en": "Buses are late.", "text_es": "Los autobuses.", **more}  # fmt: skip


def test_the_page_offers_zones_ways_and_languages(ask, actor_as):
    content = one_line(ask(pages.announce_page).content)
    for landmark in ("Indoors", "2 speakers", "data-live-mic", 'name="text_es"', "Listen here first", "Announce now"):
        assert landmark in content
    assert ask(pages.announce_page, who=actor_as("teacher")).status_code == 403


def test_it_is_announced_seen_zone_by_zone_and_stopped(ask):
    answer = ask(pages.announce, post=form())
    row = Announcement.objects.get()
    assert answer.status_code == 302 and answer["Location"].endswith(str(row.pk))
    content = ask(pages.announcement_page, announcement_id=row.pk).content.decode()
    assert "Los autobuses." in content and "Stop in every zone" in content
    assert "Buses are late." in ask(pages.on_air_part).content.decode()
    for content in (ask(pages.on_air_part), ask(pages.history_page), ask(pages.announce_page)):
        assert b"stop-everything" in content.content and b"What an alarm says by itself is not" in content.content
    assert "One announcement is being stopped" in ask(pages.stop_everything, post={}).told[0]
    assert ask(pages.stop, post={}, announcement_id=row.pk).told == ["Stopping in every zone."]
    assert b"Buses are late." in ask(pages.history_page, "/?q=buses&state=asked").content
    assert b"Nothing found" in ask(pages.history_page, "/?q=nothing").content
    assert b"Indoors" in ask(pages.history_page, "/?format=csv").content
    assert "is on in Indoors" in ask(pages.announce, post=form()).told[0]


def test_the_microphone_gets_a_ticket_of_its_own(ask):
    import json

    answer = json.loads(ask(pages.announce, post=form(way="live"), accept="application/json").content)
    claims = signing.read_ticket(answer["ticket"])
    assert (claims["kind"], claims["session"]) == ("announce", answer["id"])
    told = json.loads(ask(pages.announce, post=form(way="live"), accept="application/json").content)
    assert "is speaking in Indoors" in told["problem"]


def test_a_text_is_heard_before_it_is_sent(ask, monkeypatch):
    monkeypatch.setattr(announcing.VOICE, "say", lambda text, language: encode_mulaw([1000] * 800), raising=False)
    answer = ask(pages.preview, post={"text": "Hello.", "language": "en"})
    assert answer["Content-Type"] == "audio/wav" and answer.content[:4] == b"RIFF"
    assert ask(pages.preview, post={"text": " ", "language": "en"}).status_code == 503
    assert ask(pages.prompt_sound, kind="../x", language="en").status_code == 404


def test_the_library_takes_plays_and_retires(ask):
    file = SimpleUploadedFile("a.wav", wav(), "audio/wav")
    assert "Kept" in ask(pages.add_recording, post={"name": "Early dismissal", "sound": file}).told[0]
    row = Recording.objects.get()
    assert "Not yet" in ask(pages.recordings_page).content.decode()
    assert ask(pages.recording_sound, recording_id=row.pk).content[:4] == b"RIFF"
    assert ask(pages.note_listened, post={}, recording_id=row.pk).status_code == 204
    assert "Early dismissal (1.0 s)" in ask(pages.announce_page).content.decode()
    ask(pages.retire_recording, post={}, recording_id=row.pk)
    assert "Bring back" in ask(pages.recordings_page, "/?show=retired").content.decode()
    ask(pages.restore_recording, post={}, recording_id=row.pk)
    assert "no WAV" in ask(pages.add_recording, post={"name": "x", "sound": SimpleUploadedFile("b", b"MP3")}).told[0]


def test_the_board_of_zones_tests_and_settings(ask, actor_as):
    assert "Never tested" in ask(pages.zones_page).content.decode()
    assert "Testing 1 zone" in ask(pages.test_zones, post={"zones": [str(INDOORS)]}).told[0]
    assert ZoneTest.objects.count() == 1 and b"Indoors" in ask(pages.tests_page).content
    assert b"Indoors" in ask(pages.tests_page, "/?format=csv").content
    assert "02:30" in ask(pages.settings_page).content.decode()
    assert "03:10" in ask(pages.set_test_plan, post={"at": "03:10", "is_quiet": "1"}).told[0]
    assert "02:30" in ask(pages.set_test_plan, post={"at": "late"}).told[0]
    told = ask(pages.set_bells, post={"is_on": "1", "zones": [str(INDOORS)]}, site_id=SITE).told
    assert told == ["The bells ring by the schedule."]
    assert ask(pages.settings_page, who=actor_as("office")).status_code == 403


def test_a_display_shows_alerts_without_any_right(ask, actor, rf):
    ask(pages.enrol_display, post={"name": "Lobby", "site": str(SITE)})
    row = Display.objects.get()
    assert "Lobby" in ask(pages.displays_page).content.decode()
    request = rf.get("/")
    request.actor = actor
    token = displays._address(request, row.pk).rsplit("/", 1)[1]
    page = ask(pages.screen_page, token=token)
    assert page.status_code == 200 and b"data-display" in page.content and b"nav" not in page.content.split(b"<main")[1]
    import json

    claims = signing.read_ticket(json.loads(ask(pages.screen_ticket, token=token).content)["ticket"])
    assert claims["is_display"] and claims["sites"] == [str(SITE)] and claims["topics"] == []
    ask(pages.revoke_display, post={}, display_id=row.pk)
    assert ask(pages.screen_page, token=token).status_code == 404
    assert ask(pages.screen_ticket, token=token).status_code == 404
    assert ask(pages.screen_page, token="forged.x").status_code == 404


def test_the_operations_say_the_same(ask, rf, actor):
    def call(function, *arguments):
        request = rf.post("/") if function in posts else rf.get("/")
        request.actor = actor
        return function(request, *arguments)

    posts = (api.make_announcement, api.stop_announcement, api.test_zones)
    zones = call(api.list_zones)
    assert {row["id"] for row in zones["items"]} == {str(INDOORS), str(GROUNDS)}
    body = api.AnnouncementIn(zones=[INDOORS], say=[api.SaidIn(text="Hello.")])
    found = call(api.make_announcement, body)["id"]
    assert call(api.list_announcements)["items"][0]["title"] == "Hello."
    told = call(api.read_announcement, Announcement.objects.get().pk)
    assert told["id"] == found and told["zones"][0]["state"] == "asked"
    assert call(api.stop_announcement, Announcement.objects.get().pk) == {"state": "stopping"}
    assert call(api.test_zones, api.TestIn(zones=[INDOORS]))["run"]
    with pytest.raises(Exception, match="Choose at least one zone"):
        actions.make_announcement(actor, Wanted("text", (), say=(Said("en", "x"),)))
    assert queries.on_the_air(actor)


def test_an_announcement_is_kept_and_begun_with_again(ask, actor_as):
    ask(pages.announce, post=form(priority="6", times="2"))
    row = Announcement.objects.get()
    assert "Begin with" not in ask(pages.announce_page).content.decode()
    told = ask(pages.keep, post={"name": "  Late  buses "}, announcement_id=row.pk).told
    assert "stands above the form" in told[0] and Announcement.objects.get().kept_as == "Late buses"
    page = one_line(ask(pages.announce_page).content)
    assert "Begin with" in page and f'href="?again={row.pk}"' in page and "Late buses" in page
    begun = one_line(ask(pages.announce_page, f"/?again={row.pk}").content)
    assert ">Buses are late.</textarea>" in begun and ">Los autobuses.</textarea>" in begun
    assert re.search(rf'value="{INDOORS}" data-site="[^"]*" checked', begun)
    assert '<option value="6" selected' in begun and "<option selected>2</option>" in begun
    assert ask(pages.announce_page, "/?again=nonsense").status_code == 200
    ask(pages.announce, post=form(zones=[str(GROUNDS)]))
    other = Announcement.objects.exclude(pk=row.pk).get()
    assert "kept already" in ask(pages.keep, post={"name": "late buses"}, announcement_id=other.pk).told[0]
    ask(pages.keep, post={"name": ""}, announcement_id=row.pk)
    assert "Begin with" not in ask(pages.announce_page).content.decode()
    assert ask(pages.keep, who=actor_as("teacher"), post={"name": "x"}, announcement_id=row.pk).status_code == 403


def test_what_was_spoken_live_is_not_kept(ask):
    ask(pages.announce, post=form(way="live"))
    told = ask(pages.keep, post={"name": "x"}, announcement_id=Announcement.objects.get().pk).told
    assert "Record it instead" in told[0] and Announcement.objects.get().kept_as == ""
