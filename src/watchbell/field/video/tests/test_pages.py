"""Pages of cameras, the nearest ones on an incident's page, and the operations."""

import json

import pytest

from watchbell.district.sites.tests.builders import SITE
from watchbell.field.video import pages
from watchbell.field.video.models import Look
from watchbell.field.video.tests.builders import (
    HALL,
    INCIDENT,
    OFFICE,
    PRIVATE,
    build_cameras,
    close_gate,
    open_gate,
)
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line.ids import new_id


@pytest.fixture
def ask(committed_db, district, rf, actor):
    build_cameras()

    def get(view, path="/", who=None, post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session, request.resolver_match = who or actor, {}, None
        return view(request, **kwargs)

    return get


def test_the_list_has_failures_first_and_finds_by_words_site_and_state(ask, actor_as):
    content = one_line(ask(pages.cameras_page).content)
    assert content.index("Camera 2, Office") < content.index("Camera 1, Hall") and "Private room" in content
    assert "hunter2" not in content and "no address yet" in content and "Towards the gym" in content
    assert b"Camera 1, Hall" not in ask(pages.cameras_page, "/?state=failing").content
    assert b"Camera 5, New" in ask(pages.cameras_page, "/?state=unset").content
    assert b"Nothing found" in ask(pages.cameras_page, "/?q=nothing").content
    told = ask(pages.cameras_page, "/?format=csv&q=hall").content.decode()
    assert told.splitlines()[0].startswith("Name,Site") and "Camera 1, Hall" in told and "hunter2" not in told
    for role in ("teacher", "police", "dispatcher", "office", "parent"):
        assert ask(pages.cameras_page, who=actor_as(role)).status_code == 403, role


def test_one_camera_shows_a_tile_to_who_may_look_and_the_reason_to_others(ask, actor, actor_as):
    content = one_line(ask(pages.camera_page, camera_id=HALL).content)
    for landmark in (f'data-video="{HALL}"', f"/cameras/{HALL}/look", "data-video-test", "Who has looked"):
        assert landmark in content
    assert "hunter2" not in content
    assert b"it is private" in ask(pages.camera_page, camera_id=PRIVATE).content
    technician = one_line(ask(pages.camera_page, who=actor_as("it"), camera_id=HALL).content)
    assert "data-video=" not in technician and "Look for a picture" in technician and "may not look" in technician
    refused = ask(pages.camera_page, who=actor_as("police"), camera_id=HALL)
    assert refused.status_code == 403 and b"No incident that involves police" in refused.content
    assert AuditRow.objects.filter(action="video.refuse_look").count() == 1
    open_gate(actor)
    shown = one_line(ask(pages.camera_page, who=actor_as("police"), camera_id=HALL).content)
    assert "data-video=" in shown and "10.0.4.2" not in shown and "Who has looked" not in shown


def test_a_look_gives_a_ticket_or_says_why_not(ask, actor_as):
    told = json.loads(ask(pages.look, post={}, camera_id=HALL).content)
    assert told["ticket"] and told["watermark"] and told["renew_seconds"] < 300
    answer = ask(pages.look, post={}, who=actor_as("police"), camera_id=HALL)
    assert answer.status_code == 403 and "No incident" in json.loads(answer.content)["because"]
    assert ask(pages.renew, post={}, look_id=told["look"]).status_code == 200
    assert ask(pages.end, post={}, look_id=told["look"]).status_code == 204
    assert ask(pages.renew, post={}, look_id=told["look"]).status_code == 403
    assert ask(pages.end, post={}, look_id=new_id()).status_code == 404
    assert ask(pages.look, camera_id=HALL).status_code == 405
    assert ask(pages.look, post={}, who=actor_as("teacher"), camera_id=HALL).status_code == 403
    assert Look.objects.count() == 1
    content = one_line(ask(pages.looks_page).content)
    assert "Camera 1, Hall" in content and "at any time" in content
    assert b"Camera 1, Hall" in ask(pages.looks_page, f"/?camera={HALL}&format=csv").content
    assert b"Camera 1, Hall" not in ask(pages.looks_page, f"/?camera={OFFICE}").content


def test_the_nearest_cameras_stand_on_an_incidents_page_for_who_may_look(ask, actor, actor_as):
    waiting = ask(pages.near_part, incident_id=INCIDENT).content.decode()
    assert "data-part-again" in waiting, "the page asks again while the incident is being recorded"
    open_gate(actor, mode="drill")
    content = one_line(ask(pages.near_part, who=actor_as("police"), incident_id=INCIDENT).content)
    assert content.count("data-video=") == 2 and "Drill" in content and "close with it" in content
    assert str(PRIVATE) not in content and "All of this site" not in content
    close_gate(actor)
    over = one_line(ask(pages.near_part, who=actor_as("police"), incident_id=INCIDENT).content)
    assert "data-video=" not in over and "closed to you again" in over
    assert one_line(ask(pages.near_part, incident_id=INCIDENT).content).count("data-video=") == 2
    assert ask(pages.near_part, who=actor_as("teacher"), incident_id=INCIDENT).status_code == 403


def test_a_wall_has_nine_pictures_of_a_site_at_most(ask, actor_as):
    content = one_line(ask(pages.wall_page, f"/?site={SITE}").content)
    assert content.count("data-video=") == 2 and content.index("Camera 1") < content.index("Camera 2")
    assert b"No live picture here" in ask(pages.wall_page, f"/?site={new_id()}").content
    assert ask(pages.wall_page, who=actor_as("it")).status_code == 403


def test_the_operations(caller_as, committed_db, district, actor):
    build_cameras()
    director, police = caller_as("director"), caller_as("police")
    listed = director("GET", "/api/v1/cameras?q=hall")
    assert listed["count"] == 1 and listed["items"][0]["view"] == "Towards the gym"
    assert "hunter2" not in json.dumps(listed) and "10.0.4.2" not in json.dumps(listed)
    assert director("GET", f"/api/v1/cameras/{HALL}")["is_private"] is False
    police("GET", "/api/v1/cameras", status=403)
    assert "No incident" in police("POST", f"/api/v1/cameras/{HALL}/look", status=403)["detail"]
    open_gate(actor)
    told = police("POST", f"/api/v1/cameras/{HALL}/look")
    assert told["url"] == f"/live/video/{HALL}" and told["incident"] == str(INCIDENT)
    assert police("POST", f"/api/v1/camera-looks/{told['look']}/renew")["ticket"]
    assert police("POST", f"/api/v1/camera-looks/{told['look']}/end") == {"state": "ended"}
    assert [one["role"] for one in director("GET", f"/api/v1/camera-looks?camera={HALL}")["items"]] == ["police"]
    assert len(police("GET", f"/api/v1/incidents/{INCIDENT}/cameras")["items"]) == 2
    close_gate(actor)
    assert police("GET", f"/api/v1/incidents/{INCIDENT}/cameras")["items"] == []
