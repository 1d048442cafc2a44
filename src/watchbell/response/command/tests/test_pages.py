"""Command's pages, as whoever leads meets them."""

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage

from watchbell.district.sites.tests.builders import room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.tests.reading import one_line
from watchbell.response.command import actions, api, pages, queries
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.tests.builders import build_incident


@pytest.fixture
def incident(committed_db, district, actor, monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    return build_incident(actor)


@pytest.fixture
def ask(rf, actor):
    def get(view, path="/", who=None, post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        answer.told = [str(message) for message in request._messages]
        return answer

    return get


def body(answer):
    return one_line(answer.content)


def test_from_nobody_to_a_signed_hand_over(incident, ask, actor, actor_as):
    assert "Nobody is in command yet" in body(ask(pages.command_part, incident_id=incident))
    assert ask(pages.take, post={"back": "incident"}, incident_id=incident).url == f"/incidents/{incident}"
    page = body(ask(pages.command_page, incident_id=incident))
    assert actor.name in page and "Hand command over" in page
    to_sign = ask(pages.offer, post={"to_agency": "Cedar Valley Police", "briefing": "Gym."}, incident_id=incident).url
    offer = queries.offer_of(Incident.objects.get()).pk
    assert to_sign == f"/command/offers/{offer}"
    shown = body(ask(pages.sign_page, offer_id=offer))
    assert "Gym." in shown and "Signed with your account" not in shown, "the own offer is not signed by account"
    assert "Signed with your account" in body(ask(pages.sign_page, who=actor_as("police"), offer_id=offer))
    assert "badge number" in body(ask(pages.sign_page, post={"how": "here", "name": "Ames"}, offer_id=offer))
    signed = ask(pages.sign_page, post={"how": "here", "name": "Ames", "badge": "12"}, offer_id=offer)
    assert signed.status_code == 302 and "handed over" in signed.told[0]
    assert "badge 12" in body(ask(pages.command_page, incident_id=incident))
    refused = ask(pages.release, post={"places": [str(room_of())]}, incident_id=incident)
    assert "releases the rooms" in refused.told[0]


def test_the_briefing_is_a_page_and_a_pdf(incident, ask, actor):
    actions.take_command(actor, incident)
    actions.choose_post(actor, incident, room_of(), "")
    actions.assign(actor, incident, "guide", "Bo Lane", "Channel 3")
    actions.add_objective(actor, incident, "Account for every room")
    page = body(ask(pages.briefing_page, incident_id=incident))
    assert all(words in page for words in ("Account for every room", "Bo Lane", "Room 101", actor.name, "Channel 3"))
    pdf = ask(pages.briefing_pdf, incident_id=incident)
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF") and len(pdf.content) > 5000


def test_care_is_written_and_only_for_few(incident, ask, actor_as):
    nurse = actor_as("nurse")
    assert "This field is required" in body(ask(pages.care_page, who=nurse, post={"name": "Kim"}, incident_id=incident))
    words = {"name": "Kim Poe", "found": "Fainted", "given": "Water", "outcome": "class", "family_told": ""}
    assert ask(pages.care_page, who=nurse, post=words, incident_id=incident).status_code == 302
    assert "Back to class" in body(ask(pages.care_page, who=nurse, incident_id=incident))
    assert b"Fainted" in ask(pages.care_page, "/?format=csv", who=nurse, incident_id=incident).content
    assert ask(pages.care_page, who=actor_as("teacher"), incident_id=incident).status_code == 403


def test_who_may_not_see_command_sees_none(incident, ask, actor_as):
    for view in (pages.command_page, pages.command_part, pages.briefing_page):
        assert ask(view, who=actor_as("teacher"), incident_id=incident).status_code == 403
    assert ask(pages.take, who=actor_as("nurse"), post={}, incident_id=incident).status_code == 403


def test_the_api_tells_the_same(incident, ask, actor, rf):
    request = rf.post("/")
    request.actor = actor
    api.take_command(request, incident)
    api.assign_position(request, incident, api.Seat(position="safety", name="Cy Dale"))
    assert api.release_rooms(request, incident, api.Rooms(places=[room_of()], goes_to="Buses")) == {"released": 1}
    request = rf.get("/")
    request.actor = actor
    told = api.read_command(request, incident)
    assert [one["position"] for one in told["positions"]] == ["commander", "safety"]
    assert told["released"][0]["name"] == "Room 101" and told["rooms_waiting"] == len(
        [room for room in queries.rooms_of(Incident.objects.get()) if not room["released"]]
    )
