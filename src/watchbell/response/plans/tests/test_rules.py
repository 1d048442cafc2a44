"""Plans judged: who is meant, what would not work, what would happen, what changed, what fits elsewhere."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from watchbell.response.plans import rules
from watchbell.response.plans.facts import Escalation
from watchbell.response.plans.rules.entries import Listed, door_entries, panel_entries
from watchbell.response.plans.tests.builders import CENTRE, DESK, DOOR, INNER, LINE, THINGS, ZONE, plan, step, thing

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "meant"),
    [
        (step(), [DOOR, INNER]),
        (step(select="exterior"), [DOOR]),
        (step(select="named", endpoints=(str(INNER), str(ZONE))), [INNER]),
        (step(action="tell_dispatch"), [CENTRE]),
        (step(action="tell_dispatch", select="named", endpoints=(str(DESK),)), [DESK]),
        (step(action="tell_screens"), []),
        (step(action="dance"), []),
    ],
)
def test_a_step_means_what_it_says(one, meant):
    assert [found.id for found in rules.choose_endpoints(one, THINGS)] == meant


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (plan(step()), ""),
        (plan(step(), kind="dance"), "no kind of alarm"),
        (plan(step(timing="approval")), "Nothing happens at once"),
        (plan(step(action="dance")), "not something a step can do"),
        (plan(step(select="named", endpoints=("gone",))), "1 of its endpoints no longer exist"),
        (plan(step(action="tell_screens")), "reaches nobody"),
        (plan(step(deadline_seconds=0.0)), "deadline must be above zero"),
        (plan(step(deadline_seconds=90.0)), "not after the order expires"),
        (plan(step(fallback_endpoints=(str(LINE),))), "not what the fallback does"),
    ],
)
def test_faults_are_found_before_the_day(made, words):
    found = " ".join(fault.because for fault in rules.find_faults(made, THINGS))
    assert (words in found) if words else found == ""


def test_what_a_press_would_do_now_is_said_in_numbers_with_the_unreachable_first():
    made = plan(step("Page", "start_page"), step("Lock"), step("911", "tell_dispatch"),
                step("Call", "place_call", timing="approval"))  # fmt: skip
    found = rules.foresee(made, THINGS)
    assert found.now == "speaks in 1 zone, locks 2 doors, tells 1 centre"
    assert found.later == "calls by 1 line after a person's approval"
    assert found.steps[0].unreachable == ("Door 1 is silent",) and found.unreachable == 1
    assert rules.foresee(plan(), THINGS).now == "does nothing at once"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (plan(step()), plan(step()), []),
        (plan(step()), plan(step(), name="Full lockdown"), [("The plan", "name")]),
        (plan(step("A"), step("B")), plan(step("A")), [("B", "step taken out")]),
        (plan(step("A")), plan(step("A"), step("B")), [("B", "step added")]),
        (plan(step("A"), step("B")), plan(step("B"), step("A")), [("The plan", "order of steps")]),
        (plan(step()), plan(step(deadline_seconds=9.0)), [("Lock", "late after seconds")]),
        (plan(step()), plan(step(endpoints=(str(DOOR),), select="named")), [("Lock", "which"), ("Lock", "endpoints")]),
        (plan(step(params={"a": 1})), plan(step(params={"a": 2})), [("Lock", "params")]),
    ],
)
def test_versions_are_compared(old, new, found):
    differences = rules.compare_plans(old, new, {str(DOOR): "Door 1"})
    assert [(one.where, one.what) for one in differences] == found


def test_only_what_another_site_can_reach_goes_along():
    steps = (step(select="named", endpoints=(str(DOOR), str(INNER)), fallback_endpoints=(str(LINE),)),)
    fitted, lost = rules.fit_to_site(steps, [thing(LINE, "voice_line", "Voice line")])
    assert lost == 2 and fitted[0]["endpoints"] == [] and fitted[0]["fallback_endpoints"] == [str(LINE)]


def test_a_snapshot_holds_the_immediate_steps_that_reach_somebody_and_their_fallback():
    made = plan(step(fallback_action="place_call", fallback_endpoints=(str(LINE),)), step("Screens", "tell_screens"),
                step("Later", timing="follow"))  # fmt: skip
    found = rules.snapshot_step(made.steps[0], THINGS)
    assert [order.endpoint.id for order in found.orders] == [str(DOOR), str(INNER)]
    assert [(order.action, order.endpoint.id) for order in found.fallback] == [("place_call", str(LINE))]


def test_a_panels_entry_carries_the_session_of_its_buttons_with_the_end():
    panel = thing(DOOR, "alarm_panel", "Panel", settings={"account": "5678"}, secret="00")
    button = thing(ZONE, "panic_button", "Office", settings={"account": "5678", "zone": "1"})
    listed = [Listed("d", "s", panel), Listed("d", "s", button, "Office", (), ("test", 99.0))]
    entries, secrets = panel_entries(listed)
    assert secrets == {"d 5678": "00"} and entries[0]["test_session"] is None
    assert entries[0]["zones"]["1"]["test_session"] == "test" and entries[0]["zones"]["1"]["test_until"] == 99.0
    assert entries[-1]["fallback"] and entries[-1]["test_session"] is None


def test_a_step_is_read_aloud():
    assert rules.read_aloud(step(), 2) == "Lock all 2 doors at once; late after 5 s."
    assert replace(step(), action="dance") and "dance all 0 endpoints" in rules.read_aloud(step(action="dance"), 0)


def test_a_second_centre_on_standby_is_asked_by_name_only():
    second = thing(LINE, "dispatch_endpoint", "Second centre", settings={"is_standby": True})
    tell = step("Tell", "tell_dispatch")
    assert second not in rules.choose_endpoints(tell, [*THINGS, second])
    later = replace(tell, escalations=(Escalation(60, "tell_dispatch", endpoints=(str(second.id),)),))
    said = rules.escalations_aloud(later, [*THINGS, second])
    assert said == ["After 60 s, unless a dispatcher has acknowledged: tell Second centre"]
    assert rules.foresee(plan(later), [*THINGS, second]).escalations == tuple(said)
    made = rules.snapshot_step(later, [*THINGS, second])
    assert [o.endpoint.name for o in made.escalations[0].orders] == ["Second centre"]


def test_controllers_and_panels_of_two_districts_with_one_name_share_no_bus_and_no_key():
    door = {"controller": "C1", "host": "10.0.0.1", "port": 4000, "address": 0}
    doors = [
        Listed("d1", "", thing(DOOR, "controlled_door", "Door 1", settings=door, secret="aa")),
        Listed("d2", "", thing(INNER, "controlled_door", "Door 1", settings=door | {"host": "10.9.9.9"}, secret="bb")),
    ]
    entries, secrets = door_entries(doors)
    assert [(one["controller"], one["host"], one["district"]) for one in entries] == [
        ("C1", "10.0.0.1", "d1"), ("C1@d2", "10.9.9.9", "d2"),
    ]  # fmt: skip
    assert secrets == {"C1:0": "aa", "C1@d2:0": "bb"}
    panels = [
        Listed(name, "", thing(key, "alarm_panel", "Panel", settings={"account": "5678"}, secret=name * 16))
        for name, key in (("d1", ZONE), ("d2", CENTRE))
    ]
    assert panel_entries(panels)[1] == {"d1 5678": "d1" * 16, "d2 5678": "d2" * 16}
