"""Would a lockdown work here now: decided from tables of cases, shown with links to what to mend."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.district.equipment.actions import load_equipment, record_statuses, report_fault
from watchbell.district.equipment.facts import Heard, Told
from watchbell.district.sites.tests.builders import SITE, build_site
from watchbell.kernel.acting import acting_in
from watchbell.line import clock
from watchbell.line.ids import same_uuid
from watchbell.response.plans import api, pages, queries
from watchbell.response.plans.actions import write_plan
from watchbell.response.plans.facts import BuildingRooms, Running, SiteNow
from watchbell.response.plans.queries.readiness import read_running, with_zone_test
from watchbell.response.plans.rules import judge_site
from watchbell.response.plans.tests.builders import CENTRE, DOOR, INNER, LINE, ZONE, build_endpoints, plan, step, thing

AT = datetime(2026, 9, 9, 10, tzinfo=UTC)
MAIN, ANNEX = same_uuid("main"), same_uuid("annex")
SCREENS, PHONES, BUTTON = (same_uuid("ready", name) for name in ("screens", "phones", "button"))
GATEWAYS = {"osdp": "ok", "rtppaging": "ok", "eido": "ok", "voicecall": "ok", "webpush": "ok", "siadc09": "ok"}
RUNNING = Running(True, "ok", "", 1, 0.0, GATEWAYS)
PLAN = plan(
    step("Lock", "lock_door"), step("Speak", "start_page"),
    step("Tell", "tell_dispatch", fallback_action="place_call", fallback_endpoints=(str(LINE),)),
    step("Show", "tell_screens"), step("Push", "push_staff"),
)  # fmt: skip
THINGS = {
    "door": thing(DOOR, "controlled_door", "Door 1", gateway="osdp", building=MAIN),
    "inner": thing(INNER, "controlled_door", "Door 2", gateway="osdp", building=ANNEX),
    "zone": thing(ZONE, "paging_zone", "Hall zone", gateway="rtppaging", building=MAIN, self_test="passed",
                  self_test_at=AT - timedelta(hours=9)),
    "centre": thing(CENTRE, "dispatch_endpoint", "County 911", gateway="eido", site=None),
    "line": thing(LINE, "voice_line", "Line 1", gateway="voicecall", site=None),
    "screens": thing(SCREENS, "screen_group", "Screens", gateway="screens", detail={"open": 4}),
    "phones": thing(PHONES, "push_group", "Phones", gateway="webpush", detail={"subscribed": 30}),
    "button": thing(BUTTON, "panic_button", "Button", gateway="siadc09"),
}  # fmt: skip
BUILDINGS = (BuildingRooms(MAIN, SITE, "Main", 20, 20), BuildingRooms(ANNEX, SITE, "Annex", 5, 5))


def now(*, with_plan=PLAN, without=(), sessions=None, buildings=BUILDINGS, **changed):
    things = {name: one for name, one in THINGS.items() if name not in without}
    for name, words in changed.items():
        things[name] = replace(things[name], **words)
    return SiteNow(SITE, "Main school", with_plan, tuple(things.values()), buildings, sessions or {})


def judge(site, running=RUNNING, sites=1):
    found = judge_site(site, running, sites, AT)
    return found, {building.name: building for building in found.buildings}


def test_yes_when_nothing_stands_against_it():
    found, buildings = judge(now())
    assert (found.verdict, found.reasons) == ("yes", ())
    assert {one.verdict for one in buildings.values()} == {"yes"} and not buildings["Main"].reasons


@pytest.mark.parametrize(
    ("site", "running", "verdict", "words"),
    [
        (now(with_plan=None), RUNNING, "no", "There is no lockdown plan here"),
        (now(with_plan=plan(step("Lock", timing="approval"))), RUNNING, "no", "does nothing at once"),
        (now(with_plan=plan(step("Lock", "lock_door"))), RUNNING, "but", "tells no dispatch centre"),
        (now(), replace(RUNNING, reflex="down"), "no", "The reflex, which acts on a press, is down"),
        (now(), Running(False), "but", "Nobody can say whether the reflex"),
        (now(), replace(RUNNING, snapshots=0), "but", "holds the plans of 0 of 1 sites"),
        (now(), replace(RUNNING, gateways={**GATEWAYS, "osdp": "down"}), "no", "it would not lock doors"),
        (now(), replace(RUNNING, gateways={**GATEWAYS, "rtppaging": "silent"}), "but", "not speak on speakers"),
        (now(), replace(RUNNING, gateways={**GATEWAYS, "siadc09": "down"}), "but", "not hear panic buttons"),
        (now(), replace(RUNNING, gateways={**GATEWAYS, "osdp": "degraded"}), "yes", ""),
        (now(centre={"state": "silent"}), RUNNING, "but", "No dispatch centre answers; Line 1 would be used"),
        (now(centre={"state": "silent"}, line={"state": "trouble"}), RUNNING, "no", "Nobody outside would be told"),
        (now(line={"state": "silent"}), RUNNING, "but", "The voice line that stands by is not reachable"),
        (now(), replace(RUNNING, gateways={**GATEWAYS, "eido": "down", "voicecall": "down"}), "no",
         "Nobody outside would be told"),
        (now(screens={"detail": {"open": 0}}), RUNNING, "but", "No staff screen is open"),
        (now(phones={"detail": {"subscribed": 0}}), RUNNING, "but", "No phone of the staff here has subscribed"),
        (now(phones={"state": "silent", "state_because": "No push host answers."}), RUNNING, "but", "No push host"),
        (now(button={"state": "trouble"}), RUNNING, "but", "1 panic button is in trouble: Button."),
        (now(sessions={BUTTON: ("test", AT + timedelta(minutes=15))}), RUNNING, "but",
         "1 button is in a test session until 05:15"),
        (now(without=("button",)), RUNNING, "yes", "No panic button is known here"),
    ],
)  # fmt: skip
def test_each_reason_for_the_whole_site_has_its_verdict(site, running, verdict, words):
    found, _ = judge(site, running)
    assert found.verdict == verdict
    assert words in " ".join(reason.text for reason in found.reasons)


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({"door": {"state": "silent"}}, "no", "None of its 1 doors that lock by order answers"),
        ({"door": {"state": "unknown"}}, "but", "None of its 1 doors has ever been heard"),
        ({"door": {"contact": "open", "lock": "locked"}}, "but", "Door 1 stands open"),
        ({"zone": {"state": "trouble"}}, "but", "No speaker would sound: Hall zone"),
        ({"zone": {"self_test": "failed"}}, "but", "Hall zone failed its last self-test"),
        ({"zone": {"self_test_at": AT - timedelta(hours=60)}}, "but", "was not tested for two nights"),
        ({"zone": {"self_test_at": None, "self_test": ""}}, "yes", "1 paging zone never tested itself"),
    ],
)
def test_each_reason_of_a_building_is_its_own(changed, verdict, words):
    found, buildings = judge(now(**changed))
    assert buildings["Main"].verdict == verdict == found.verdict
    assert words in " ".join(reason.text for reason in buildings["Main"].reasons)
    assert buildings["Annex"].verdict == "yes", "the other building stands"


def test_one_silent_door_of_two_weakens_and_is_named():
    site = now(door={"state": "silent", "building": ANNEX})
    _, buildings = judge(site)
    assert buildings["Annex"].verdict == "but"
    assert buildings["Annex"].reasons[0].text == "1 of 2 doors is silent: Door 1."


def test_classrooms_without_a_known_lock_are_worth_knowing():
    _, buildings = judge(now(buildings=(replace(BUILDINGS[0], with_lock=3), BUILDINGS[1])))
    assert buildings["Main"].verdict == "yes"
    assert buildings["Main"].reasons[0].text == "17 of 20 classrooms have no lock that is known here."


def test_doors_outside_every_building_are_judged_too():
    _, buildings = judge(now(inner={"building": None, "state": "silent"}))
    assert buildings["Elsewhere on the site"].verdict == "no"


def test_what_stops_stands_before_what_weakens_and_the_heavier_first():
    found, _ = judge(
        now(phones={"detail": {"subscribed": 0}}, screens={"detail": {"open": 0}}), replace(RUNNING, reflex="down")
    )
    assert [reason.level for reason in found.reasons] == ["stops", "weakens", "weakens"]
    assert found.reasons[1].weight > found.reasons[2].weight
    assert found.buildings[0].verdict == "no", "what stops the site stops each building"


def test_the_health_document_is_read_with_edges():
    told = {"roles": {"reflex": {"state": "ok", "because": "", "detail": {"sites": 7, "oldest": 5.0}}},
            "gateways": {"osdp": {"state": "down"}}, "edges": {"osdp@x": {"state": "ok"}}}  # fmt: skip
    assert read_running(told) == Running(True, "ok", "", 7, 5.0, {"osdp": "ok"})
    assert read_running({}) == Running(False)


@pytest.fixture
def committed(committed_db, actor):
    build_endpoints()
    write_plan(actor, SITE, "lockdown", [{"name": "Lock", "action": "lock_door"}])


@pytest.fixture
def look(committed, rf, actor, monkeypatch):
    for asks in ("pages.readiness", "api"):  # else what another test's supervisor has left is read
        monkeypatch.setattr(f"watchbell.response.plans.{asks}.read_running", lambda: {})

    def get(view, path="/", **kwargs):
        request = rf.get(path)
        request.actor, request.session = actor, {}
        answer = view(request, **kwargs)
        return answer.content.decode() if hasattr(answer, "content") else answer

    return get


def test_the_pages_say_why_and_lead_to_what_to_mend(look):
    body = look(pages.readiness_page, "/readiness")
    assert "Yes, but" in body and "Nobody can say whether the reflex" in body and "/health" in body
    assert "Door 1" in look(pages.site_readiness_page, site_id=SITE)
    assert "Would a lockdown work now?" in look(pages.ready_part)
    assert "Would a lockdown work here now?" in look(pages.site_ready_part, site_id=SITE)
    lines = look(pages.readiness_page, "/readiness?format=csv").splitlines()
    assert lines[0].startswith("site,building") and len(lines) > 2
    assert "No site found" in look(pages.readiness_page, "/readiness?verdict=yes")
    assert look(api.list_readiness)["items"][0]["verdict"] == "but"


def test_what_fails_leads_to_its_ticket(look, actor):
    record_statuses({DOOR: Told(Heard("trouble", clock.now(), "The lock does not move."))})
    ticket, _ = report_fault(actor, "Stuck", equipment=DOOR)
    for body in (look(pages.readiness_page, "/readiness"), look(pages.site_readiness_page, site_id=SITE)):
        assert f'href="/tickets/{ticket}"' in body and "Ticket 1" in body


def test_twenty_sites_cost_no_more_questions_than_one(look, actor, district):
    for number in range(19):
        site = build_site(f"S{number}", same_uuid("site", number))
        load_equipment([{"kind": "controlled_door", "name": f"Door {n}", "site_id": site} for n in range(3)])
        write_plan(actor, site, "lockdown", [{"name": "Lock", "action": "lock_door"}])
    with acting_in(district.id), CaptureQueriesContext(connection) as asked:
        found = queries.readiness_seen_by(actor, {})
    assert len(found) == 20 and len(asked) <= 12
    with CaptureQueriesContext(connection) as asked:
        look(pages.readiness_page, "/readiness")
    assert len(asked) <= 12


def test_a_zone_is_judged_by_the_newer_of_its_own_and_pagings_test():
    zone = THINGS["zone"]
    failed = SimpleNamespace(verdict="unheard", asked_at=AT)
    assert with_zone_test(zone, failed).self_test == "failed" and with_zone_test(zone, None) is zone
    assert with_zone_test(zone, SimpleNamespace(verdict="", asked_at=AT)) is zone, "asked, not answered yet"
    old = SimpleNamespace(verdict="unheard", asked_at=AT - timedelta(days=2))
    assert with_zone_test(zone, old) is zone
    sent = with_zone_test(replace(zone, self_test="", self_test_at=None), SimpleNamespace(verdict="sent", asked_at=AT))
    assert (sent.self_test, sent.self_test_at) == ("passed", AT)
