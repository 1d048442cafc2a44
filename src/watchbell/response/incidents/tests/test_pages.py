"""Pages and operations of incidents: what stands on them, who may open them, what is asked before it is done."""

import msgspec
import pytest
from django.contrib.messages.storage.fallback import FallbackStorage

from watchbell.district.sites.tests.builders import SITE, add_room, room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.response.incidents import actions, api, pages
from watchbell.response.incidents.models import BoardEntry, Incident, IncidentStep
from watchbell.response.incidents.queries import board_of, report_numbers, signals_of
from watchbell.response.incidents.tests.builders import build_incident, order, raised, receipt
from watchbell.response.plans.tests.builders import CENTRE, DOOR


@pytest.fixture
def sent(monkeypatch):
    """What the jobs gave to the bus, instead of a bus."""
    found = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append(message) or True)
    return found


@pytest.fixture
def incident(committed_db, district, actor, sent):
    return build_incident(actor)


@pytest.fixture
def ask(incident, rf, actor):
    def get(view, path="/", who=None, post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        if not hasattr(answer, "content"):
            return answer
        return answer.status_code, answer.content.decode(), [str(message) for message in request._messages]

    return get


def test_the_page_stands_in_the_order_of_need(ask, incident):
    _, body, _ = ask(pages.incident_page, incident_id=incident)
    found = [body.index(words) for words in ('class="band', "strip", "plan-soon", "Receipts", "Roll call", "Timeline")]
    assert found[:2] == sorted(found[:2]) and "Rooms as a table" not in body.split("plan-soon")[0]
    assert body.index("No answer.") < body.index("done</summary>")


@pytest.mark.parametrize("name", ["band", "strip", "plan", "receipts", "checkin", "steps", "timeline"])
def test_each_part_answers_alone(ask, incident, name):
    assert ask(pages.incident_part, incident_id=incident, name=name)[0] == 200


def test_every_press_is_a_dot(ask, incident):
    assert ask(pages.incident_part, incident_id=incident, name="plan")[1].count('class="origin') == 1


def test_forty_buttons_in_forty_rooms_are_one_incident_with_forty_dots(ask, incident, actor):
    for number in range(201, 240):
        room = add_room(str(number), x=10 + number % 20 * 40, y=300 + number // 20 * 10)
        pressed = raised(f"many{number}", place=str(room), place_name=f"Room {number}")
        assert actions.open_or_join(system_actor(actor.district), pressed) == incident
    plan = ask(pages.incident_part, incident_id=incident, name="plan")[1]
    assert plan.count('class="origin') == 40 and Incident.objects.count() == 1


def test_the_board_is_filtered_and_given_as_csv(ask, incident):
    _, body, _ = ask(pages.board_page, "/?state=failed", incident_id=incident)
    assert "No answer." in one_line(body) and ">1 order<" in one_line(body).replace("> ", ">").replace(" <", "<")
    csv = ask(pages.board_page, "/?format=csv", incident_id=incident)[1].splitlines()
    assert len(csv) == 5 and csv[0].startswith("step,endpoint")
    assert "No orders found" in ask(pages.board_page, "/?q=nothing", incident_id=incident)[1]


def test_the_timeline_is_searched_and_given_as_csv(ask, incident, actor):
    actions.add_note(actor, incident, "Parents at the gate")
    assert "Parents" in ask(pages.log_page, "/?q=gate", incident_id=incident)[1]
    assert "Parents" not in ask(pages.log_page, "/?kind=press", incident_id=incident)[1]
    assert "Parents" in ask(pages.log_page, "/?format=csv", incident_id=incident)[1]


def test_closing_by_hand_asks_for_the_reason(ask, incident):
    entry = BoardEntry.objects.get(state="failed")
    where = {"incident_id": incident, "entry_id": entry.id}
    assert "How did you check it" in ask(pages.close_endpoint, **where)[1]
    status, body, _ = ask(pages.close_endpoint, post={"why": " "}, **where)
    assert status == 200 and "Say how you checked it" in body
    assert ask(pages.close_endpoint, post={"why": "I locked it with the key"}, **where)[0] == 302
    entry.refresh_from_db()
    assert entry.is_by_hand and "with the key" in entry.because


def test_a_room_is_checked_in_on_the_page(ask, incident):
    where = {"incident_id": incident, "place_id": room_of()}
    assert "How many people" in ask(pages.room_page, **where)[1]
    told = ask(pages.check_in_room, post={"state": "help", "accounted": "7", "note": "Smoke"}, **where)[2]
    assert "Recorded" in told[0]
    assert "Smoke" in ask(pages.rooms_page, "/?state=help", incident_id=incident)[1]
    assert "No room found" in ask(pages.rooms_page, "/?state=silent", incident_id=incident)[1]
    assert "Smoke" in ask(pages.rooms_page, "/?format=csv", incident_id=incident)[1]


def test_steps_are_approved_or_not_taken(ask, incident):
    step = IncidentStep.objects.get()
    assert ask(pages.refuse_step, post={}, incident_id=incident, step_id=step.id)[0] == 302
    told = ask(pages.approve_step, post={}, incident_id=incident, step_id=step.id)[2]
    assert "already" in told[0]


def test_the_list_is_searched_filtered_sorted_and_exported(ask, incident):
    assert "Room 101" in ask(pages.incidents_page, "/?q=101&kind=lockdown&since=1&sort=number")[1]
    for query in ("q=nowhere", "kind=fire", f"site={room_of()}", "site=x", "state=closed", "mode=drill"):
        assert "No incidents" in ask(pages.incidents_page, f"/?{query}")[1], query
    assert ask(pages.incidents_page, f"/?format=csv&site={SITE}")[1].count("\n") == 2


def test_the_report_and_the_home_parts_answer(ask, incident):
    assert "How fast" in ask(pages.report_page, incident_id=incident)[1]
    assert "Lockdown" in ask(pages.open_part)[1] and ask(pages.readiness_part)[0] == 200


def test_the_wall_shows_states_and_no_names(ask, actor, actor_as):
    _, body, _ = ask(pages.wall_page, who=actor_as("office"))
    wall = body.split('id="wall"')[1].split("</main>")[0]
    assert "1 alarm on" in wall and "Lockdown" in wall and actor.name not in wall
    assert ask(pages.wall_page, who=actor_as("teacher"))[0] == 403


def test_what_one_may_not_see_is_not_there(ask, incident, actor_as):
    assert ask(pages.incident_page, who=actor_as("it"), incident_id=incident)[0] == 403
    assert ask(pages.incident_page, incident_id=SITE)[0] == 404
    assert ask(pages.close_endpoint, who=actor_as("teacher"), incident_id=incident, entry_id=SITE)[0] == 403
    assert ask(pages.report_page, who=actor_as("teacher"), incident_id=incident)[0] == 403


def test_the_operations_tell_the_contract(ask, incident):
    found = ask(api.read_incident, incident_id=incident)
    assert {"id", "kind", "mode", "state", "cause_ids", "receipts", "timeline"} <= set(found)
    assert {r["state"] for r in found["receipts"]} == {"asked", "done", "failed"}
    assert ask(api.list_incidents)["count"] == 1 and ask(api.read_roll, incident_id=incident)["count"] == 0
    assert ask(api.give_all_clear, post={}, incident_id=incident)["state"] == "clearing"
    assert Incident.objects.get().state == "clearing"


def test_the_report_measures_the_first_word_of_each_endpoint(incident):
    """A later update of the same 911 centre is no late telling."""
    first = BoardEntry.objects.get(incident_id=incident, action="tell_dispatch")
    update = order(CENTRE, "tell_dispatch", id="update")
    actions.take_orders([update])
    actions.take_receipts([msgspec.structs.replace(receipt(update), at=clock.unix() + 600)])
    assert sum(1 for row in board_of(first.incident) if row.action == "tell_dispatch" and row.done_at) == 2
    alone = [row for row in board_of(first.incident) if row.action == "tell_dispatch"]
    steps = report_numbers(first.incident, alone, [])["steps"]
    assert len(steps) == 1 and steps[0]["count"] == 1 and steps[0]["last"] < 60_000


def test_after_the_all_clear_the_strip_tells_of_the_resets(incident, actor):
    whole = Incident.objects.get(pk=incident)
    assert signals_of(board_of(whole), {"silent": [], "total_rooms": 0}, 0, 1)[0]["value"] == "1 of 2 locked"
    reset = order(DOOR, "release_door")
    actions.take_orders([reset])
    actions.take_receipts([receipt(reset)])
    told = signals_of(board_of(whole), {"silent": [], "total_rooms": 0}, 0, 1, is_over=True)
    assert told[0]["value"] == "1 of 1 reset" and told[0]["tone"] == "good"


def test_help_in_one_room_asks_nothing_of_the_other_rooms(incident):
    whole = Incident.objects.get(pk=incident)
    assert whole.has_roll and whole.locks_doors
    labels = [one["label"] for one in signals_of([], {"silent": [1], "total_rooms": 1}, 0, 1, has_roll=False)]
    assert "Rooms" not in labels
    whole.kind = "staff_assist"
    assert not whole.has_roll
    whole.state = "closed"
    assert not whole.locks_doors


def test_the_map_is_there_for_who_may_see_sites_but_no_incident(ask, incident, actor_as):
    status, words = ask(pages.map_part, who=actor_as("it"))[:2]
    assert status == 200 and '"kind": ""' in words.replace("&quot;", '"')


def test_from_a_medical_alarm_it_is_one_step_to_hold_the_corridors(ask, incident, actor):
    assert "Hold the corridors" not in ask(pages.incident_page, incident_id=incident)[1]
    medical = actions.open_or_join(system_actor(actor.district), raised("m1", kind="medical"))
    body = ask(pages.incident_page, incident_id=medical)[1]
    assert "Hold the corridors" in body and f"/press?site={SITE}&amp;place=" in body


@pytest.mark.parametrize(
    ("tries", "goes_on"), [("0", True), ("19", True), ("20", False), ("²", False), ("9" * 5000, False)]
)
def test_an_alarm_that_is_being_recorded_is_looked_for_again_for_a_while(rf, actor, district, tries, goes_on):
    request = rf.get("/incidents/press/nobody", {"tries": tries})
    request.actor, request.session = actor, {}
    answer = pages.press_page(request, press="nobody")
    assert answer.status_code == 404 and ("Refresh" in answer) == goes_on
