"""Pages and operations of the roll call: what stands on them, for whom, in how many queries."""

import json
from datetime import timedelta

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.district.sites.tests.builders import SITE, room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.line import clock
from watchbell.response.accountability import actions, api, pages, queries
from watchbell.response.accountability.models import PersonReport
from watchbell.response.accountability.tests.builders import GYM, MARISOL, TOM, build_roll, told
from watchbell.response.incidents import pages as incident_pages
from watchbell.response.incidents.models import Incident


@pytest.fixture
def incident(committed_db, district, actor, actor_as, monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    cache.clear()
    made = build_roll(actor, actor_as("teacher"))
    batch = [told(MARISOL), told(TOM, "missing", note="went to the nurse")]
    actions.take_reports(actor_as("teacher"), made, batch)
    return made


@pytest.fixture
def ask(incident, rf, actor):
    def get(view, path="/", who=None, post=None, headers=None, **kwargs):
        request = rf.get(path, headers=headers) if post is None else rf.post(path, post, headers=headers)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        return (answer.status_code, answer.content.decode()) if hasattr(answer, "content") else answer

    return get


def test_the_roll_shows_who_needs_help_and_rooms_in_at_most_twelve_queries(ask, incident):
    ask(pages.roll_page, incident_id=incident)
    with CaptureQueriesContext(
        connection,
    ) as queries_:
        status, body = ask(pages.roll_page, incident_id=incident)
    assert status == 200 and len(queries_) <= 12, [q["sql"][:90] for q in queries_]
    assert "Tom Ames" in body and "went to the nurse" in body and "belongs in Room 101" in body
    assert "2 of 4" not in body and "1 of 4 people accounted for" in body


def test_everybody_s_name_only_for_those_whose_role_allows_it(ask, incident, actor_as):
    for role in ("dispatcher", "police"):
        body = ask(pages.roll_page, "/?q=vega", who=actor_as(role), incident_id=incident)[1]
        assert "Tom Ames" in body and "Marisol" not in body and "Paper roll" not in body, role
        assert ask(pages.roll_page, "/?format=csv", who=actor_as(role), incident_id=incident)[0] == 403
        assert ask(pages.print_page, who=actor_as(role), incident_id=incident)[0] == 403
        given = ask(api.read_roll_call, who=actor_as(role), incident_id=incident)
        assert "people" not in given and [one["name"] for one in given["needs_help"]] == ["Tom Ames"]
    assert "Marisol" in ask(pages.roll_page, "/?q=vega", incident_id=incident)[1]


def test_the_question_is_put_in_words(ask, incident, actor):
    actions.take_reports(actor, incident, [told(MARISOL, place=GYM)])
    body = ask(pages.roll_page, incident_id=incident)[1]
    assert (
        "Marisol Vega:" in body and "Room 101 says present" in body and "Gym says present" in body and "Which?" in body
    )
    rival = queries.picture_of(Incident.objects.get()).questions[0].rivals[0]
    post = {"subject": f"person:{MARISOL}", "report": str(rival.id)}
    assert ask(pages.answer_question, post=post, incident_id=incident)[0] == 302
    assert "Which?" not in ask(pages.questions_part, incident_id=incident)[1]


def test_paper_and_files(ask, incident):
    body = ask(pages.print_page, incident_id=incident)[1]
    assert "Room 101" in body and "Marisol Vega" in body and "Somebody else" in body
    names = ask(pages.roll_page, "/?format=csv", incident_id=incident)[1]
    assert "Marisol Vega" in names and "not accounted for" in names
    assert "Room 101,missing,4,1,1" in ask(pages.roll_page, "/?format=rooms", incident_id=incident)[1]


def test_the_parts_answer(ask, incident):
    assert "Tom Ames" in ask(pages.help_part, incident_id=incident)[1]
    assert "<svg" in ask(pages.progress_part, incident_id=incident)[1]
    assert json.loads(ask(pages.standings_part, incident_id=incident)[1])["people"][str(MARISOL)][0] == "safe"
    rooms = json.loads(ask(pages.standings_part, incident_id=incident)[1])["rooms"]
    assert rooms[str(room_of())][:2] == ["missing", 1]
    assert json.loads(ask(pages.find_part, "/?q=vega")[1])["people"][0]["home"] == "Room 101"
    assert json.loads(ask(pages.room_list_part, place_id=room_of())[1])["title"] == "Room 101"


def test_the_phone_s_page_holds_no_name(ask, incident, actor_as):
    teacher = actor_as("teacher")
    body = ask(pages.check_in_page, who=teacher)[1]
    assert "data-roll" in body and "Marisol" not in body
    assert "Marisol Vega" in ask(pages.lists_part, who=teacher)[1]
    places = json.loads(ask(pages.lists_part, who=teacher)[1])["places"]
    assert {"id": str(room_of()), "name": "Room 101", "people": 4} in places
    assert ask(pages.lists_part, who=actor_as("dispatcher"))[0] == 403


def test_people_to_help_are_symbols_on_the_incident_s_plan(ask, incident, actor_as):
    body = ask(incident_pages.incident_part, who=actor_as("dispatcher"), incident_id=incident, name="plan")[1]
    assert 'class="who help"' in body and "1 missing" in body and "Tom" not in body


def test_the_operations_take_a_batch_or_a_room(ask, incident, actor_as):
    report = {"id": "r1", "person": str(MARISOL), "state": "safe", "place": str(GYM), "made_at": None}
    body = api.CheckIns(reports=[report, {"id": "r2", "state": "safe", "person": "no id"}, "nonsense"])
    answer = ask(api.check_in, post={}, incident_id=incident, body=body)
    assert [one["verdict"] for one in answer["verdicts"]] == ["kept", "refused", "refused"]
    again = ask(api.check_in, post={}, incident_id=incident, body=api.CheckIns(reports=[report]))
    assert again["verdicts"][0]["verdict"] == "repeated"
    room = api.CheckIns(place=room_of(), state="safe", accounted=4, report="x")
    assert ask(api.check_in, post={}, incident_id=incident, body=room) == {"kept": True}
    assert ask(api.check_in, post={}, incident_id=incident, body=room) == {"kept": False}
    rooms = [{"id": "w1", "place": str(room_of()), "state": "safe", "accounted": 4}, {"id": "w2"}, "nonsense"]
    both = api.CheckIns(reports=[report], rooms=rooms)
    answer = ask(api.check_in, post={}, incident_id=incident, body=both)
    assert [one["verdict"] for one in answer["verdicts"]] == ["repeated", "kept", "refused", "refused"]
    at_site = ask(api.check_in_at_site, post={}, site_id=SITE, body=api.SiteCheckIns(rooms=rooms[:1]))
    assert [one["verdict"] for one in at_site["verdicts"]] == ["repeated"]
    full = ask(api.read_roll_call, incident_id=incident)
    assert full["totals"]["questions"] == 1 and {"people", "rooms", "unknown", "questions"} <= set(full)
    assert ask(api.read_progress, incident_id=incident)["steps"][-1]["people"] >= 1


def test_a_phone_that_knew_of_no_incident_reports_to_its_site(ask, incident, actor_as):
    reports = [{"id": "s1", "person": str(TOM), "state": "safe", "place": str(room_of())},
               {"id": "s2", "person": str(TOM), "state": "safe", "made_at": "2020-01-01T00:00:00Z"}]  # fmt: skip
    answer = ask(api.check_in_at_site, post={}, site_id=SITE, body=api.SiteCheckIns(reports=reports))
    assert [one["verdict"] for one in answer["verdicts"]] == ["kept", "refused"]
    assert answer["incidents"] == [str(incident)]


@pytest.mark.parametrize("minutes", [-45, 45])
def test_a_phone_whose_clock_is_wrong_says_so_and_its_reports_are_set_right(ask, incident, minutes):
    wrong = clock.now() + timedelta(minutes=minutes)
    reports = [{"id": "w1", "person": str(TOM), "state": "safe", "made_at": (wrong - timedelta(seconds=1)).isoformat()}]
    headers = {"Watchbell-Device-Time": str(int(wrong.timestamp() * 1000))}
    answer = ask(api.check_in, post={}, headers=headers, incident_id=incident, body=api.CheckIns(reports=reports))
    assert answer["verdicts"][0]["verdict"] == "kept"
    made_at = PersonReport.objects.get(report="w1").made_at
    assert timedelta(0) <= clock.now() - made_at < timedelta(seconds=20)


@pytest.mark.parametrize("shown", ["", "soon", "-5", "9" * 40, "²", str(10**12)])
def test_a_clock_that_cannot_be_is_no_clock(ask, incident, shown):
    report = {"id": "c1", "person": str(TOM), "state": "safe", "made_at": "9999-12-31T23:59:59Z"}
    headers = {"Watchbell-Device-Time": shown.encode().decode("latin-1")}
    answer = ask(api.check_in, post={}, headers=headers, incident_id=incident, body=api.CheckIns(reports=[report]))
    assert answer["verdicts"][0]["verdict"] == "kept"
