"""Pages of taking back, of what it was and how often by mistake; what one's own press is told; aids and their ways."""

from datetime import timedelta

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage

from watchbell.district.accounts.actions import set_pins
from watchbell.district.equipment.actions import load_equipment
from watchbell.district.sites.actions import load_places
from watchbell.district.sites.queries import place_fact
from watchbell.district.sites.tests.builders import SITE, floor_of, room_of, square
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.ids import new_id, same_uuid
from watchbell.response.incidents import actions, pages, queries
from watchbell.response.incidents.models import Incident, TimelineEntry
from watchbell.response.incidents.tests.builders import raised
from watchbell.response.plans.actions import write_plan
from watchbell.response.plans.tests.builders import build_endpoints
from watchbell.wire.order import Acknowledged

STEPS = [{"name": "Few", "action": "tell_dispatch", "escalations": [
    {"after_seconds": 30, "action": "tell_dispatch", "waits_for": ["on_my_way"]}]}]  # fmt: skip


@pytest.fixture
def teacher(actor_as):
    return actor_as("teacher")


@pytest.fixture
def incident(committed_db, actor, teacher, monkeypatch):
    """A medical press of the teacher's, with an AED near by that is in date and a nearer one that is not."""
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    monkeypatch.setattr(clock, "_shift_seconds", 0.0)
    build_endpoints()
    write_plan(actor, SITE, "medical", STEPS, cancel_seconds=120)
    place, today = place_fact(room_of()), clock.now().date()
    common = {"site_id": SITE, "kind": "aed", "floor_id": place.floor_id, "y": place.y, "state": "online"}
    load_equipment([
        common | {"name": "AED, hall", "x": place.x + 10, "expires_on": today - timedelta(days=1)},
        common | {"name": "AED, broken", "x": place.x + 20, "state": "trouble"},
        common | {"name": "AED, lobby", "x": place.x + 300, "expires_on": today + timedelta(days=9)},
    ])  # fmt: skip
    return actions.open_or_join(
        system_actor(actor.district), raised("m1", kind="medical", by=str(teacher.user_id), by_name=teacher.name)
    )


@pytest.fixture
def ask(incident, rf, actor):
    def get(view, path="/", who=None, post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        return answer.status_code, answer.content.decode()

    return get


def test_only_what_works_is_offered_and_the_way_is_drawn(incident, ask):
    row = Incident.objects.get()
    shown, ways = queries.aids_of(row, {})
    assert shown[0]["name"] == "AED, lobby" and shown[1]["is_bad"], "there is no kit at this site"
    (way,) = ways
    assert way["text"].startswith("AED, ") and len(way["points"]) == 2
    assert 'class="way"' in ask(pages.incident_part, incident_id=incident, name="plan")[1]
    body = ask(pages.incident_part, incident_id=incident, name="help")[1]
    assert "AED: AED, lobby" in body and "AED, hall" not in body and "data-until" in body


def said(what, actor, at=None, **more):
    return Acknowledged(
        id=str(new_id()), district=str(actor.district), site=str(SITE), press="m1", order="o", what=what,
        at=at or clock.unix(), by=str(actor.user_id), by_name=actor.name, detail={"role": actor.role}, **more,
    )  # fmt: skip


def test_who_brings_the_aed_says_so_once_and_nobody_is_sent_for_another(incident, ask, actor_as):
    nurse, row = actor_as("nurse"), Incident.objects.get()
    assert queries.help_shown(nurse, row)["bring"] == ["aed"], "there is no kit at this site"
    word = said("aed_here", nurse)
    actions.take_acknowledgements([said("on_my_way", nurse), word])
    actions.take_acknowledgements([word])
    line = TimelineEntry.objects.get(what="The AED is here")
    assert line.by == nurse.name and line.incident_id == incident
    audited = AuditRow.objects.get(action="incidents.say_aid_here")
    assert (audited.actor_id, audited.actor_name, audited.cause) == (nurse.user_id, nurse.name, str(incident))
    actions.take_acknowledgements([said("aed_here", actor_as("office"), clock.unix() + 1)])
    shown = queries.help_shown(nurse, row)
    assert [(one.words, one.name) for one in shown["here"]] == [("The AED is here", nurse.name)], "who said it first"
    assert shown["bring"] == [] and "aed" not in {one["what"] for one in shown["aids"]}
    plan = ask(pages.incident_part, incident_id=incident, name="plan")[1]
    assert 'class="who here"' in plan and 'class="way"' not in plan, "no way is drawn to another one"
    body = ask(pages.incident_part, who=nurse, incident_id=incident, name="help")[1]
    assert "The AED is here" in body and 'data-aid="aed_not_here"' in body and 'data-aid="aed_here"' not in body
    actions.take_acknowledgements([said("aed_not_here", nurse, clock.unix() + 2)])
    assert TimelineEntry.objects.filter(what="The AED is not here after all").count() == 1
    assert AuditRow.objects.filter(action="incidents.say_aid_not_here").count() == 1
    shown = queries.help_shown(nurse, row)
    assert shown["here"] == [] and shown["bring"] == ["aed"] and shown["aids"][0]["what"] == "aed"


def test_a_way_from_another_floor_leads_by_the_stairs(incident, ask):
    site, upper, place = {"site_id": SITE}, same_uuid("test", "floor two"), place_fact(room_of())
    building = same_uuid(SITE, "building")
    load_places({
        "floor": [site | {"id": upper, "building_id": building, "level": 2, "name": "Floor 2", "width": 1000,
                          "height": 500}],
        "place": [site | {"floor_id": floor, "kind": "stairs", "number": "", "name": name, "geometry": square(x, y),
                          "label_x": x + 40, "label_y": y + 40}
                  for floor in (floor_of(), upper) for name, x, y in (("East stairs", 800, 200), ("Stairs", 200, 200))
                  ],
    })  # fmt: skip
    load_equipment([site | {"kind": "kit", "name": "Kit, room 210", "floor_id": upper, "x": place.x + 300,
                            "y": place.y, "state": "online"}])  # fmt: skip
    shown, ways = queries.aids_of(Incident.objects.get(), {})
    kit = next(one for one in shown if one["what"] == "kit")
    assert kit["far"].startswith("Floor 2, about") and kit["far"].endswith(", by the Stairs")
    up, down = (next(one for one in ways if one["floor"] == str(floor) and "Kit" in one["text"])
                for floor in (upper, floor_of()))  # fmt: skip
    assert up["text"] == "Kit, down the Stairs" and up["points"] == [(place.x + 300, place.y), (240, 240)]
    assert down["text"] == "Kit from Floor 2" and down["points"] == [(240, 240), (place.x, place.y)]
    plan = ask(pages.incident_part, incident_id=incident, name="plan")[1]
    assert "Kit, down the Stairs" in plan and "Kit from Floor 2" in plan


def test_ones_own_press_is_followed_and_taken_back(incident, ask, teacher, actor):
    status, body = ask(pages.press_state, who=teacher, press="m1")
    assert status == 200 and '"state": "open"' in body and '"cancel_until": "20' in body
    assert '"recording"' in ask(pages.press_state, who=actor, press="m1")[1], "the press of another"
    assert ask(pages.cancel_press, who=teacher, post={"pin": "4827"}, press="m1")[0] == 403
    set_pins(teacher, "4827", "9153")
    assert ask(pages.cancel_press, who=teacher, post={"pin": "7777"}, press="m1")[0] == 403
    assert ask(pages.cancel_press, who=teacher, post={"pin": "4827"}, press="unknown")[0] == 409
    status, body = ask(pages.cancel_press, who=teacher, post={"pin": "4827"}, press="m1")
    assert status == 200 and "mistake" in body
    assert '"is_cancelled": true' in ask(pages.press_state, who=teacher, press="m1")[1]


def test_the_cancel_page_says_what_is_wrong(incident, ask, teacher):
    set_pins(teacher, "4827", "9153")
    assert "data-until" in ask(pages.cancel_page, who=teacher, incident_id=incident)[1]
    assert "That PIN is not right" in ask(pages.cancel_page, who=teacher, post={"pin": "1"}, incident_id=incident)[1]
    assert ask(pages.cancel_page, who=teacher, post={"pin": "4827"}, incident_id=incident)[0] == 302
    assert "cannot be taken back now" in ask(pages.cancel_page, who=teacher, incident_id=incident)[1]


def test_what_it_was_is_said_and_counted(incident, ask, actor):
    assert "all-clear first" in ask(pages.outcome_page, post={"outcome": "real"}, incident_id=incident)[1]
    assert "No closed alarm" in ask(pages.unintended_page)[1]
    actions.give_all_clear(actor, incident)
    clock.shift(4)
    actions.finish_if_over(actor, incident)
    assert ask(pages.outcome_page, post={"outcome": "unintended"}, incident_id=incident)[0] == 302
    status, body = ask(pages.unintended_page)
    assert status == 200 and "100.0 %" in body and "By kind of device" in body
    csv = ask(pages.unintended_page, "/?format=csv")[1].splitlines()
    assert csv[0].startswith("by,which") and len(csv) == 4
